"""What couriers are tried with: a stand-in for Metaculus, and a database that has its clock."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from api.store.database import Database, database_url
from api.work.courier import Courier
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.world import World
from tests.api.work.courier.carried import POSTS, courier


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def database(database_address: str, world: World) -> Iterator[Database]:
    """Yield a database of each kind that has the clock of the world."""
    with closing(Database(database_url(database_address), world.now)) as database:
        yield database


@pytest.fixture
def site(world: World) -> FakeMetaculus:
    return FakeMetaculus(world, *(Question(number, post) for number, post in POSTS.items()))


@pytest.fixture
def carrier(database: Database, site: FakeMetaculus) -> Iterator[Courier]:
    with closing(courier(database, site)) as carrier:
        yield carrier

"""A new database whose clock the test moves."""

from collections.abc import Iterator

import pytest

from api.store.database import Database, database_url
from tests.api.store.support import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(database_address: str, clock: SetClock) -> Iterator[Database]:
    """Yield a database of each kind, with a clock that stands until it is moved."""
    database = Database(database_url(database_address), clock)
    yield database
    database.close()

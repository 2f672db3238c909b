"""A world whose clock stands still, and stand-ins for the platforms in it."""

from collections.abc import Iterator

import pytest

from api.platforms.cultivate import Cultivate
from api.platforms.manifold import Manifold
from api.platforms.metaculus import Metaculus
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_cultivate import FakeCultivate
from tests.api.platforms.fake_manifold import FakeManifold
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.fakes import serving
from tests.api.platforms.world import World


@pytest.fixture
def world() -> World:
    """Return a world of the test's own."""
    return World()


@pytest.fixture
def metaculus_site(world: World) -> Iterator[FakeMetaculus]:
    """Yield a Metaculus with questions of all types, of which 8 is closed."""
    labels = ("deal", "no deal", "other")
    questions = (
        Question(7, post=70),
        Question(8, post=80, closed=True),
        Question(9, post=90, type="multiple_choice", labels=labels, ever=("deal", "truce", "no deal", "other")),
        Question(10, post=100, type="numeric"),
        Question(11, post=110, type="discrete", outcomes=11),
        Question(12, post=110),
    )
    with serving(FakeMetaculus(world, *questions)) as fake:
        yield fake


@pytest.fixture
def metaculus(metaculus_site: FakeMetaculus) -> Iterator[Metaculus]:
    """Yield Metaculus as we see it."""
    with connected(Metaculus, metaculus_site) as platform:
        yield platform


@pytest.fixture
def manifold_site(world: World) -> Iterator[FakeManifold]:
    """Yield a Manifold without a bet."""
    with serving(FakeManifold(world)) as fake:
        yield fake


@pytest.fixture
def manifold(manifold_site: FakeManifold) -> Iterator[Manifold]:
    """Yield Manifold as we see it."""
    with connected(Manifold, manifold_site) as platform:
        yield platform


@pytest.fixture
def cultivate_site(world: World) -> Iterator[FakeCultivate]:
    """Yield a Cultivate without a prediction set."""
    with serving(FakeCultivate(world)) as fake:
        yield fake


@pytest.fixture
def cultivate(cultivate_site: FakeCultivate) -> Iterator[Cultivate]:
    """Yield Cultivate as we see it."""
    with connected(Cultivate, cultivate_site) as platform:
        yield platform

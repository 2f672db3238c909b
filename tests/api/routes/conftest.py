"""Apps whose clock the test moves, also with played sources of quotes, for the files that ask for one as ``app``."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from api.settings import Settings
from tests.api.clocked import NOON, clocked_app
from tests.api.quoting import Played, put_in
from tests.api.store.support import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
async def clocked(settings: Settings, clock: SetClock) -> AsyncIterator[FastAPI]:
    """Yield an app at the time that the clock tells."""
    async with clocked_app(settings, clock) as app:
        yield app


@pytest.fixture
def played(clock: SetClock) -> Played:
    """Return sources that know nothing yet."""
    return Played(clock)


@pytest.fixture
def clocked_and_played(clocked: FastAPI, played: Played) -> FastAPI:
    """Return such an app whose sources the test plays."""
    put_in(clocked, played)
    return clocked

"""An app whose clock the test moves, for the files that ask for it as their ``app``."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from api.settings import Settings
from tests.api.clocked import NOON, clocked_app
from tests.api.store.support import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
async def clocked(settings: Settings, clock: SetClock) -> AsyncIterator[FastAPI]:
    """Yield an app at the time that the clock tells."""
    async with clocked_app(settings, clock) as app:
        yield app

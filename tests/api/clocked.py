"""Apps whose clock a test sets, and clients of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.store.database import Clock, Database, database_url

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""A moment within the time that the coin of ``tests.api.store.support`` speaks about."""


_AHEAD = NOON - datetime.now(UTC)


def going_on() -> datetime:
    """Tell a time that began at ``NOON`` with these tests and goes on: the packaged scenarios are not over then."""
    return datetime.now(UTC) + _AHEAD


@asynccontextmanager
async def clocked_app(settings: Settings, clock: Clock) -> AsyncIterator[FastAPI]:
    """Yield an app whose lifespan has begun, on the database of the settings, at the time that a clock tells."""
    app = create_app(settings, lambda: Database(database_url(settings.database), clock))
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def clocked_client(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of such an app."""
    async with (
        clocked_app(settings, clock) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        yield client

"""An app with the packaged scenarios, asked in process; and a real server on a free port."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.catalogue import FileCatalogue, read_catalogue
from api.service import Service
from api.settings import PACKAGED, Settings
from tests.api.live import LiveServer, running


@pytest.fixture(scope="session")
def catalogue() -> FileCatalogue:
    """Return the packaged scenarios, read once."""
    return read_catalogue([PACKAGED])


@pytest.fixture
def settings() -> Settings:
    """Return the defaults; a test file overrides this fixture to ask an app with others."""
    return Settings(threads=2)


@pytest.fixture
async def app(settings: Settings, catalogue: FileCatalogue) -> AsyncIterator[FastAPI]:
    """Yield an app whose lifespan has begun."""
    app = create_app(settings, catalogue)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def service(app: FastAPI) -> Service:
    """Return what the app's routes share."""
    service = app.state.service
    assert isinstance(service, Service)
    return service


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that asks the app in process."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture(scope="session")
def live() -> Iterator[LiveServer]:
    """Yield one server with the packaged scenarios for all tests that do not change it."""
    with running(Settings(port=0, threads=2)) as server:
        yield server

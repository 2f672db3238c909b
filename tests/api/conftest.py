"""An app with the packaged scenarios, asked in process; and a real server on a free port."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.catalogue import FileCatalogue, read_catalogue
from api.server import server_config
from api.service import Service
from api.settings import PACKAGED, Settings


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


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[str, Service]]:
    config = server_config(settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}", config.app.state.service  # type: ignore[union-attr]
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="session")
def running() -> Callable[[Settings], AbstractContextManager[tuple[str, Service]]]:
    """Return a context in which a server with these settings answers at the address it yields."""
    return _running

"""Clients that wait for nothing, and a server of their own to change."""

from collections.abc import Callable, Iterator

import pytest

from api.client import Client
from api.settings import Settings
from api.store import keys
from tests.api.live import LiveServer, running


@pytest.fixture
def waits() -> list[float]:
    """Return the seconds that clients of the test were made to wait."""
    return []


@pytest.fixture
def client_of(waits: list[float]) -> Iterator[Callable[..., Client]]:
    """Return a maker of clients that note their waits instead of waiting, each the longest that chance allows."""
    made: list[Client] = []

    def make(url: str, **options: object) -> Client:
        made.append(Client(url, sleep=waits.append, chance=lambda: 1.0, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def server(sqlite_address: str) -> Iterator[LiveServer]:
    """Yield a server that asks for no key, on a database of its own."""
    settings = Settings(database=sqlite_address, scenarios=(), port=0, keyless=True, threads=2, max_work=2_000_000)
    with running(settings) as live:
        yield live


@pytest.fixture
def client(server: LiveServer, client_of: Callable[..., Client]) -> Client:
    """Return a client of the test's own server."""
    return client_of(server.url)


@pytest.fixture
def keyed(sqlite_address: str) -> Iterator[tuple[LiveServer, str]]:
    """Yield a server that asks for keys, and one with every right."""
    settings = Settings(database=sqlite_address, scenarios=(), port=0, threads=2)
    with running(settings) as live:
        database = live.service.database
        with database.writing() as connection:
            _, whole = keys.create(connection, database.now(connection), "chief", "admin", None, "test")
        yield live, whole

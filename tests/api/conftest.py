"""An app on a new database with the packaged scenarios, asked in process; and a real server on a free port."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cache

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from api.settings import PACKAGED, Settings
from api.store import keys
from api.store.database import Database, database_url
from api.work import forecasting
from api.work.prepared_database import prepared_database
from api.work.scenario_files import ScenarioFile, read_folders
from tests.api.clocked import going_on
from tests.api.held_runs import HeldRun
from tests.api.live import LiveServer, running
from tests.api.owned import owned_template
from tests.databases import Databases, SqliteDatabases


@pytest.fixture(scope="session")
def packaged() -> Mapping[str, ScenarioFile]:
    """Return the packaged scenarios by id, read once: what every database of these tests holds at first."""
    return {file.scenario.scenario: file for file in read_folders([PACKAGED])}


@pytest.fixture
def settings(database_address: str) -> Settings:
    """Return the settings of the app: no key is asked for. A test file overrides this to ask an app with others."""
    return Settings(database=database_address, scenarios=(), keyless=True, threads=2)


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """Yield the app's database, opened a second time."""
    database = Database(database_url(database_address), going_on)
    yield database
    database.close()


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Yield an app whose lifespan has begun."""
    app = create_app(settings, lambda: prepared_database(settings, going_on))
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
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


@pytest.fixture
def new_key(database: Database) -> Callable[[str], str]:
    """Return a maker of keys: called with a scope, it returns the header ``Authorization`` of a new key."""

    def make(scope: str) -> str:
        with database.writing() as connection:
            _, whole = keys.create(connection, database.now(connection), f"{scope}-key", scope, None, "test")
        return f"Bearer {whole}"

    return make


@pytest.fixture(scope="session")
def owned_copy() -> Callable[[Databases], str]:
    """Return a maker of databases whose every table has rows: called with their source, it returns a new address."""
    template_of = cache(owned_template)
    return lambda databases: databases.copy(template_of(databases))


@pytest.fixture
def owned_address(databases: Databases, owned_copy: Callable[[Databases], str]) -> Iterator[str]:
    """Yield the address of a new database whose every table has rows; a test that asks for it runs on each kind."""
    address = owned_copy(databases)
    yield address
    databases.drop(address)


@pytest.fixture(scope="session")
def live(sqlite_databases: SqliteDatabases) -> Iterator[LiveServer]:
    """Yield one server with the packaged scenarios for all tests that do not change it."""
    settings = Settings(database=sqlite_databases.address(), scenarios=(), port=0, keyless=True, threads=2)
    with running(settings) as server:
        yield server


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldRun]:
    """Yield a run that every forecast of this test goes through; it is released at the end, come what may."""
    held = HeldRun()
    monkeypatch.setattr(forecasting, "run_scenario", held)
    yield held
    held.released.set()

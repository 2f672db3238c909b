"""Settings every test shares: equal hypothesis examples everywhere, asyncio for async tests, both kinds of database."""

from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from tests.databases import KINDS, Databases, PostgresqlDatabases, SqliteDatabases, postgresql_server

hypothesis_settings.register_profile("branchcast", derandomize=True, deadline=None, max_examples=50, print_blob=True)
hypothesis_settings.load_profile("branchcast")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run tests marked ``anyio`` on asyncio, the loop the server runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Return the source of SQLite databases that hold the packaged scenarios."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """Yield the source of PostgreSQL databases that hold the packaged scenarios."""
    with postgresql_server() as server:
        databases = PostgresqlDatabases(server)
        yield databases
        databases.close()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    """Return the source of databases of one kind; a test that asks for it runs on each."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def database_address(databases: Databases) -> Iterator[str]:
    """Yield the address of a new database with the packaged scenarios; a test that asks for it runs on each kind."""
    address = databases.address()
    yield address
    databases.drop(address)


@pytest.fixture
def empty_address(databases: Databases) -> Iterator[str]:
    """Yield the address of a database without tables; a test that asks for it runs on each kind."""
    address = databases.empty()
    yield address
    databases.drop(address)


@pytest.fixture
def sqlite_address(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """Yield the address of a new SQLite database, for tests in which the kind makes no difference."""
    address = sqlite_databases.address()
    yield address
    sqlite_databases.drop(address)

"""An empty database of either kind to restore into, whatever the kind of the one that was saved."""

from collections.abc import Callable, Iterator

import pytest

from tests.api.work.archives.support import saved
from tests.databases import KINDS, Databases, SqliteDatabases


@pytest.fixture(params=KINDS)
def target_databases(request: pytest.FixtureRequest) -> Databases:
    """Return the source of databases of one kind."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def target(target_databases: Databases) -> Iterator[str]:
    """Yield the address of a database without tables; a test that asks for it runs on each kind."""
    address = target_databases.empty()
    yield address
    target_databases.drop(address)


@pytest.fixture(scope="session")
def backup(sqlite_databases: SqliteDatabases, owned_copy: Callable[[Databases], str]) -> bytes:
    """Return a backup of a database whose every table has rows."""
    address = owned_copy(sqlite_databases)
    file = saved(address)
    sqlite_databases.drop(address)
    return file

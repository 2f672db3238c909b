"""One database, opened for reading and for writing.

SQLite is one file with a write-ahead log. Its two engines differ: reading never takes the write lock, and
writing takes it at once, because a transaction that reads first and writes later fails instead of waiting
(``docs/decisions/0013-the-store.md`` has the measurements).
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.errors import StoreUnavailableError
from api.logs import redacted
from api.store.observing import READ, WRITE, Observer, Transaction, unobserved
from api.store.outages import RETRY_AFTER_SECONDS, MovedError, SameFile, is_outage, lasting, unavailable

LOCK_SECONDS = 10.0
"""How long a transaction waits for another's lock, or for a free connection, before the request is refused."""

READERS = 48
"""Connections for reading: as many as threads that answer requests."""

WRITERS = 16
"""Connections for writing on PostgreSQL; on SQLite there is one, so that writers queue in turn instead of polling."""

_UNDOUBTED = re.compile(r"[^:/@?]+://([^:/@?]*(:[^:/@?]+)?@)?[^:/@?]*(:\d+)?(/[^:@?]*)?")
"""An address in which nobody can mistake where a password begins and ends."""

Clock = Callable[[], datetime]
"""Tells the time in UTC; tests hand in one of their own."""


def database_url(stated: str) -> URL:
    """Return the address of a database from a URL or, for SQLite, from the path of its file.

    Raises
    ------
    ValueError
        If it is neither, or names a database that branchcast does not work on.

    Examples
    --------
    >>> database_url("team.db").render_as_string()
    'sqlite:///team.db'
    >>> database_url("postgresql://analyst:secret@localhost/team").render_as_string()
    'postgresql+psycopg://analyst:***@localhost/team'
    """
    if "://" not in stated:
        return _of_file(URL.create("sqlite", database=stated))
    try:
        url = make_url(stated)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        msg = "must be the path of an SQLite file, or a URL such as postgresql://user@host/name"
        raise ValueError(msg) from error
    if backend == "sqlite":
        return _of_file(url.set(drivername="sqlite"))
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    msg = f"is a {backend} database: branchcast works on SQLite and PostgreSQL"
    raise ValueError(msg)


def _of_file(url: URL) -> URL:
    if url.database in (None, "", ":memory:"):
        msg = "must name a file: an SQLite database in memory would be lost with its first connection"
        raise ValueError(msg)
    return url


def discreet_address(stated: str) -> str:
    """Return the address of a database that could not be read, without anything that might be a password.

    Examples
    --------
    >>> discreet_address("mysql://ann:hunter2@db/team"), discreet_address("mysql://ann:hun/t@r2@db/team")
    ('mysql://ann:***@db/team', 'mysql://…')
    """
    if _UNDOUBTED.fullmatch(stated):
        return redacted(stated)
    return f"{stated.partition('://')[0]}://…" if "://" in stated else stated


def discreet_name(url: URL) -> str:
    """Return an address without the password, which its query may state too.

    Examples
    --------
    >>> discreet_name(database_url("postgresql://analyst:secret@localhost/team?sslpassword=secret"))
    'postgresql+psycopg://analyst:***@localhost/team'
    """
    return url.set(query={}).render_as_string(hide_password=True)


class Database:
    """A database and its connections. Safe to share by threads; ``close`` when done.

    ``observer`` is told of every transaction.
    """

    def __init__(self, url: URL, clock: Clock | None = None) -> None:
        self.url, self._clock = url, clock
        self.observer: Observer = unobserved
        self._refuses_writes = False
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._file = SameFile(str(url.database)) if self.is_sqlite else None
        self._write, self._read = _sqlite_engines(url) if self.is_sqlite else _postgresql_engines(url)

    @property
    def name(self) -> str:
        """What messages call the database."""
        return discreet_name(self.url)

    def now(self, connection: Connection) -> datetime:
        """Return the time by the clock that all processes share: PostgreSQL's own, or this machine's beside SQLite."""
        if self._clock is not None:
            return self._clock()
        if self.is_sqlite:
            return datetime.now(UTC)
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one state of the database throughout and cannot change it.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or has no connection to spare.
        """
        return self._transaction(READ, self._read)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection whose changes are kept, all or none, when the context ends without an exception.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached, or is locked for too long. Nothing of it was kept, unless
            the connection broke during the commit itself, which only a repeated request can find out.
        """
        return self._transaction(WRITE, self._write)

    def require_writable(self) -> None:
        """Try to write, if the latest write failed of what lasts until somebody ends it, such as a full disk.

        Raises
        ------
        StoreUnavailableError
            If that is still so.
        """
        if self._refuses_writes:
            with self.writing() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    @contextmanager
    def _transaction(self, kind: str, engine: Engine) -> Iterator[Connection]:
        started, failed = time.perf_counter(), False
        try:
            if self._file is not None:
                self._file.require()
            with engine.begin() as connection:
                yield connection
            if kind == WRITE:
                self._refuses_writes = False
        except (PoolTimeoutError, OperationalError, InterfaceError, MovedError) as error:
            failed = True
            if kind == WRITE:
                self._refuses_writes = lasting(error) is not None
            raise unavailable(error) from error
        except DatabaseError as error:
            if not is_outage(error):
                raise
            failed = True
            raise unavailable(error) from error
        finally:
            self.observer(Transaction(kind, time.perf_counter() - started, failed))

    @property
    def connections(self) -> int:
        """Number of connections in use now."""
        return sum(engine.pool.checkedout() for engine in (self._read, self._write))  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close every connection."""
        self._read.dispose()
        self._write.dispose()


_DISCREET = {"hide_parameters": True}
"""What an unexpected error says may be logged; what was to be stored must not be."""


def _sqlite_engines(url: URL) -> tuple[Engine, Engine]:
    assert url.database is not None
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise StoreUnavailableError(
            f"there is no folder {folder} for the database: create it first", RETRY_AFTER_SECONDS
        )
    waiting: dict[str, Any] = {"connect_args": {"timeout": LOCK_SECONDS}, "pool_timeout": LOCK_SECONDS, **_DISCREET}
    write = create_engine(url, pool_size=1, max_overflow=0, **waiting)
    read = create_engine(url, pool_size=READERS, max_overflow=0, **waiting)
    event.listen(write, "connect", _prepare_writer)
    event.listen(read, "connect", _prepare_reader)
    event.listen(write, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    # Taking no lock, this cannot fail, and needs nobody who translates the driver's errors: half of what a read costs.
    event.listen(read, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
    return write, read


def _prepare_writer(connection: Any, _: object) -> None:  # noqa: ANN401 -- the driver's connection
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _: object) -> None:  # noqa: ANN401 -- the driver's connection
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _postgresql_engines(url: URL) -> tuple[Engine, Engine]:
    milliseconds = int(1_000 * LOCK_SECONDS)
    options = f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout={6 * milliseconds}"
    shared: dict[str, Any] = {
        "connect_args": {"connect_timeout": int(LOCK_SECONDS), "options": options},
        "pool_timeout": LOCK_SECONDS,
        "pool_pre_ping": True,
        **_DISCREET,
    }
    write = create_engine(url, pool_size=WRITERS, max_overflow=0, **shared)
    read = create_engine(
        url,
        pool_size=WRITERS,
        max_overflow=READERS - WRITERS,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        **shared,
    )
    return write, read


def let_pause(connection: Connection) -> None:
    """Let the transaction of a connection do nothing for as long as it likes.

    What a command reads or writes may be a pipe, and whoever is at its other end may take their time. A server has
    no such transactions: one that stops must not hold its locks for ever.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))

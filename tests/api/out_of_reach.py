"""A database that goes away under a running server, and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from api.store.database import database_url


@contextmanager
def out_of_reach(address: str) -> Iterator[None]:
    """Take a database away while the context lasts.

    An SQLite file makes room for a folder of its name. PostgreSQL ends every connection and lets nobody in.
    """
    url = database_url(address)
    with _folder_instead(Path(address)) if url.get_backend_name() == "sqlite" else _nobody_let_in(url):
        yield


@contextmanager
def _folder_instead(path: Path) -> Iterator[None]:
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        aside.rename(path)


@contextmanager
def _nobody_let_in(url: URL) -> Iterator[None]:
    with maintenance(url) as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        end_connections(connection, url)
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))


@contextmanager
def maintenance(url: URL) -> Iterator[Connection]:
    """Yield a connection to the server of a PostgreSQL database, beside that database."""
    engine = sqlalchemy.create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        yield connection


def end_connections(connection: Connection, url: URL) -> int:
    """End every connection to a PostgreSQL database, as its operator would; return how many there were."""
    ended = connection.execute(
        text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
        {"name": url.database},
    )
    return len(ended.all())

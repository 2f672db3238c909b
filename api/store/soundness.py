"""Whether SQLite finds its own file sound; PostgreSQL looks after that itself."""

from collections.abc import Iterator

from sqlalchemy import Connection

MOST_FAULTS = 20


def faults(connection: Connection) -> Iterator[str]:
    """Yield what is wrong with the file of an SQLite database, up to a bound; nothing on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return
    for (found,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_FAULTS})"):
        if found != "ok":
            yield str(found)
    for table, row, other, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS):
        yield f"row {row} of table {table} refers to a {other} that is not there"

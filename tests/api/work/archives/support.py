"""What the tests of archives share: the rows of a database as they are kept, and databases to restore into."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from api.store.database import Database, database_url
from api.store.kept_rows import kept_rows
from api.store.tables import METADATA
from api.work.archives.backup import write_backup

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def opened(address: str) -> Iterator[Database]:
    """Yield a database."""
    with closing(Database(database_url(address))) as database:
        yield database


def all_rows(address: str) -> Rows:
    """Return every row of every table; the order does not depend on how a database sorts texts."""
    with opened(address) as database, database.reading() as connection:
        found: Rows = {}
        for table in METADATA.sorted_tables:
            key = table.primary_key.columns.keys()
            with kept_rows(connection, table) as rows:
                found[table.name] = sorted(map(dict, rows), key=lambda row: [row[name] for name in key])
    return found


def saved(address: str) -> bytes:
    """Return a backup of a database."""
    file = io.BytesIO()
    with opened(address) as database, database.reading() as connection:
        write_backup(connection, database.now(connection), file)
    return file.getvalue()

"""An archive made a database again: an empty one of either kind, all of it or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, MetaData, delete, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from api.store import audit, keys, schema
from api.store.database import Database, let_pause
from api.store.kept_rows import READ_AT_ONCE
from api.store.tables import api_key
from api.store.verification import Verified, verify
from api.work.archives.archive import Archive, ArchiveError

VOID = "key.void"
"""Action in the audit log: a key came without its hash, so that nobody can use it any more."""

_BOOKKEEPING = ("alembic_version", "audit_head")
"""Tables that have a row in an empty database too."""


class OccupiedError(Exception):
    """A database that cannot be filled, as it is not empty; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a database holds now; ``void_keys`` counts the keys that came without their hashes and work no more."""

    verified: Verified
    void_keys: int


def restore(database: Database, archive: Archive) -> Restored:
    """Fill an empty database from an archive, and hold its audit log and its rows together before anybody sees them.

    Raises
    ------
    OccupiedError
        If the database is not empty.
    ArchiveError
        If the archive is not what was written.
    SchemaError
        If the database holds tables of something else.
    BrokenLogError
        If the archive is of a database whose audit log and rows did not belong together.
    """
    if archive.step > schema.NEWEST:
        raise ArchiveError(
            f"the archive is of step {archive.step}, this release knows {schema.NEWEST}: "
            "restore it with the newer branchcast that wrote it"
        )
    with database.writing() as connection:
        let_pause(connection)
        schema.hold(connection)
        _fill(connection, _empty_tables(connection, database.name, archive.step), archive)
        if archive.step != schema.NEWEST:
            schema.apply(connection, schema.NEWEST)
        void_keys = 0 if archive.whole else _void_keys(connection, database.now(connection))
        return Restored(verify(connection), void_keys)


def _empty_tables(connection: Connection, name: str, step: str) -> MetaData:
    """Return the tables as they were after a step, made if need be; none of them has a row afterwards."""
    found = schema.revision(connection)
    if found is None:
        schema.apply(connection, step)
    elif found != step:
        raise OccupiedError(
            f"the database {name} is at step {found} and the archive at {step}: restore into one without tables"
        )
    else:
        # Whoever writes ends with the log: from here on nobody else does.
        audit.hold(connection)
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name not in _BOOKKEEPING and connection.execute(select(1).select_from(table).limit(1)).first():
            raise OccupiedError(
                f"the database {name} is not empty, its table {table.name} has rows: restore into a new one"
            )
    connection.execute(delete(tables.tables["audit_head"]))
    return tables


def _fill(connection: Connection, tables: MetaData, archive: Archive) -> None:
    for name, rows in groupby(archive.rows(), lambda each: each[0]):
        if name not in tables.tables:
            raise ArchiveError(f"the archive has a table {name}, which step {archive.step} does not know")
        for batch in _batches(row for _, row in rows):
            try:
                connection.execute(insert(tables.tables[name]), batch)
            except (DataError, IntegrityError, ProgrammingError) as error:
                raise ArchiveError(f"the database refuses a row of table {name}: {error.orig}") from error


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while batch := list(islice(rows, READ_AT_ONCE)):
        yield batch


def _void_keys(connection: Connection, now: datetime) -> int:
    """Revoke every key and say so in the audit log; each row is then what its newest entry names."""
    found = keys.page(connection, limit=None)
    connection.execute(update(api_key).where(api_key.c.revoked_at.is_(None)).values(revoked_at=now))
    for key in found:
        audit.append(connection, now, audit.SERVICE, *keys.audited(connection, key, VOID))
    return len(found)

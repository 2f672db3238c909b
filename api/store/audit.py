"""The audit log: what was done, by whom and when, each entry holding the hash of the one before.

Whoever can change the database can write a new log, but not one that ends in a hash somebody has noted.
An entry about a row of a table that has a ``SUBJECT`` names it by that and holds its digest, in
``details[ROW]``, so that a changed row is found too: the newest entry about a row says what it must be.
``api.store.verification`` holds log and rows together.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, LargeBinary, Table, insert, select, update

from api.store.columns import kept, microseconds
from api.store.documents import text_digest, unpacked
from api.store.tables import MOVES, SUBJECT, audit, audit_head

START = "0" * 64
"""Stands for the hash before the first entry."""

SERVICE = "branchcast"
"""Actor of what nobody asked for with a key: the first key, the scenarios of a folder."""

KEYLESS = "keyless"
"""Actor of everything that is asked of a server which wants no key."""

COMMAND_LINE = "command line"
"""Begins the actor of what is done in the database itself; who was logged in stands behind it in brackets."""

ROW = "row"
"""Key in the details of an entry: the digest of the row that the entry speaks of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; ``details`` hold what is needed to recognise it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    previous: str
    hash: str


class End(NamedTuple):
    """Where the log ends: the number and the hash of its last entry. Whoever notes it can tell a rewritten log."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def row_subject(table: Table, values: Mapping[str, Any]) -> str:
    """Return what the log calls a row: the ``SUBJECT`` of its table, filled in.

    Examples
    --------
    >>> from api.store.tables import retraction
    >>> row_subject(retraction, {"scenario_id": "talks", "name": "rumour", "author": "ann"})
    'scenarios/talks/evidence/rumour/retraction'
    """
    return str(table.info[SUBJECT]).format_map(values)


def row_digest(table: Table, values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row as it will always be: of every column that does not move.

    Parameters
    ----------
    table : the row's table
    values : column → value, as it is inserted or read; what is kept compressed may be given as text too.
        Columns of ``values`` that the table lacks, or that move, are passed over.
    """
    return kept_row_digest(table, {name: kept(table.c[name], values[name]) for name in table.c.keys() & values.keys()})


def kept_row_digest(table: Table, values: Mapping[str, Any]) -> str:
    """Return the same of a row as the database keeps it: of the very texts and numbers, and of what is compressed.

    Raises
    ------
    zlib.error, UnicodeDecodeError
        If what is compressed cannot be read.

    Notes
    -----
    What is null is left out, so that a column which a later release adds leaves older digests as they are.
    """
    said = {name: _said(values[name], packed) for name, packed in _fixed(table).items() if values.get(name) is not None}
    return text_digest(json.dumps(said, ensure_ascii=True, separators=(",", ":")))


@cache
def _fixed(table: Table) -> Mapping[str, bool]:
    """Return the columns that do not move, sorted, and of each whether it is kept compressed."""
    fixed = sorted((column.name, column) for column in table.c if MOVES not in column.info)
    return {name: isinstance(column.type, LargeBinary) for name, column in fixed}


def _said(value: Any, packed: bool) -> Any:  # noqa: ANN401 -- any value of a row
    if packed:
        return text_digest(value if isinstance(value, str) else unpacked(value))
    # SQLite knows no negative zero; and what stands where it should not must not read as something else.
    return value + 0.0 if isinstance(value, float) else value.hex() if isinstance(value, bytes) else value


def rows_digest(digests: Iterable[str]) -> str:
    """Return the SHA-256 of the digests of some rows; their order does not matter."""
    return text_digest("\n".join(sorted(digests)))


def entry_hash(seq: int, at: int, actor: str, action: str, subject: str, details: str, previous: str) -> str:
    """Return the SHA-256 of an entry as the database keeps it, the previous hash included.

    ``at`` is in microseconds since 1970 UTC, and ``details`` is JSON text.
    """
    said = json.dumps([seq, at, actor, action, subject, details, previous], ensure_ascii=True, separators=(",", ":"))
    return text_digest(said)


def append(
    connection: Connection, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, Any]
) -> None:
    """Add an entry; the last thing a transaction does, as it holds the end of the log until the commit."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one()
    seq, previous = head.seq + 1, head.hash
    text = kept(audit.c.details, dict(details))
    digest = entry_hash(seq, microseconds(at), actor, action, subject, text, previous)
    connection.execute(
        insert(audit).values(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=dict(details),
            previous=previous,
            hash=digest,
        )
    )
    connection.execute(update(audit_head).values(seq=seq, hash=digest))


def hold(connection: Connection) -> None:
    """Let nobody else add an entry before the commit; whoever decides by what is not there yet does this first."""
    connection.execute(select(audit_head.c.seq).with_for_update())


def page(connection: Connection, limit: int, before: int | None = None, subject: str | None = None) -> Sequence[Entry]:
    """Return entries, the newest first, from the one before number ``before``.

    ``subject`` asks for those about it and about what is below it: ``scenarios/talks`` has every version of it.
    """
    query = select(audit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if subject is not None:
        # What is below sorts between "subject/" and the character after the slash.
        below = (audit.c.subject > f"{subject}/") & (audit.c.subject < f"{subject}0")
        query = query.where((audit.c.subject == subject) | below)
    return [Entry(**row._mapping) for row in connection.execute(query.order_by(audit.c.seq.desc()).limit(limit))]


def end(connection: Connection) -> End:
    """Return where the log is said to end."""
    row = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    return End(row.seq, row.hash)

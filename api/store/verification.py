"""The audit log and the rows it speaks of, held together: nothing changed, nothing gone, nothing slipped in.

Three looks at one state of the database, each with few rows in memory: the chain of entries, with the rows
that they name; the rows, whether an entry names each; and what follows from rows, such as a scenario's
newest version and the digests of documents.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, Text, select, type_coerce
from sqlalchemy.exc import NoResultFound

from api.store.audit import ROW, End, end, kept_row_digest, row_subject, rows_digest
from api.store.audit_chain import BrokenLogError, Chain
from api.store.consistency import verify_consistency
from api.store.forecasts import FIGURES
from api.store.kept_rows import READ_AT_ONCE, Kept, Key, kept_rows, kept_rows_by, kept_rows_by_key
from api.store.tables import METADATA, SUBJECT, audit, figure, forecast

LOGGED = tuple(table for table in METADATA.sorted_tables if SUBJECT in table.info)
"""The tables whose rows the log names."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found to be whole: how many entries, how many rows of which table, and where the log ends."""

    entries: int
    rows: Mapping[str, int]
    end: End


def verify(connection: Connection, noted: End | None = None) -> Verified:
    """Hold the log and all rows together.

    Parameters
    ----------
    connection : to a database that is up to date; it must see one state of it throughout
    noted : an end of the log that somebody wrote down; it must still be one of the entries

    Raises
    ------
    BrokenLogError
        At the first thing that is wrong.
    """
    entries = _verify_log(connection, noted)
    rows = {table.name: _verify_named(connection, table) for table in LOGGED}
    rows |= verify_consistency(connection)
    return Verified(entries, dict(sorted(rows.items())), end(connection))


def _verify_log(connection: Connection, noted: End | None) -> int:
    chain = Chain(noted)
    with kept_rows(connection, audit) as entries:
        while page := list(islice(entries, READ_AT_ONCE)):
            fitting, broken = chain.extend(page)
            _verify_rows_said(connection, fitting)
            if broken is not None:
                raise broken
    chain.finish(_stated_end(connection))
    return chain.last.seq


def _stated_end(connection: Connection) -> End:
    try:
        return end(connection)
    except NoResultFound as error:
        raise BrokenLogError("nothing says where the log ends: table audit_head has lost its row") from error


class _Said(NamedTuple):
    """What an entry says of a row."""

    seq: int
    subject: str
    table: Table
    key: Key
    details: Mapping[str, Any]


def _verify_rows_said(connection: Connection, entries: Sequence[Kept]) -> None:
    """Compare the rows that some entries name, in the order of the entries."""
    said = [each for entry in entries if (each := _said(entry)) is not None]
    found: dict[tuple[str, Key], Kept] = {}
    for table in LOGGED:
        keys = [each.key for each in said if each.table is table]
        rows = kept_rows_by_key(connection, table, keys) if keys else {}
        found |= {(table.name, key): row for key, row in rows.items()}
    for each in said:
        _verify_row(connection, each, found.get((each.table.name, each.key)))


_FORMS = {
    table: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(table.info[SUBJECT]))) for table in LOGGED
}


def _said(entry: Kept) -> _Said | None:
    """Return what an entry says of a row, None if it names none."""
    details = json.loads(entry["details"])
    if ROW not in details:
        return None
    seq, subject = entry["seq"], entry["subject"]
    for table, form in _FORMS.items():
        found = form.fullmatch(subject)
        if found is not None:
            key = tuple(column.type.python_type(found[column.name]) for column in table.primary_key.columns)
            return _Said(seq, subject, table, key, details)
    raise BrokenLogError(f"names a row by '{subject}', which this release does not know", seq)


def _verify_row(connection: Connection, said: _Said, row: Kept | None) -> None:
    if row is None:
        raise BrokenLogError(f"names {said.subject}, which is gone from table {said.table.name}", said.seq)
    if _digest(said.table, row) == said.details[ROW]:
        if said.table is forecast:
            _verify_figures(connection, said)
    elif not _superseded(connection, said):
        raise BrokenLogError(f"names {said.subject}, which was changed in table {said.table.name}", said.seq)


def _digest(table: Table, row: Kept) -> str:
    try:
        return kept_row_digest(table, row)
    except (zlib.error, ValueError, TypeError):
        return "unreadable"


def _superseded(connection: Connection, said: _Said) -> bool:
    """Tell whether a later entry says what the row is since then."""
    query = select(audit.c.seq).where(audit.c.subject == said.subject, audit.c.seq > said.seq, _NAMES_A_ROW)
    return connection.execute(query.limit(1)).first() is not None


_NAMES_A_ROW = type_coerce(audit.c.details, Text).contains(f'"{ROW}":')
"""Inside a JSON text, a quotation mark has a backslash before it, so that nothing else looks like the key."""


def _verify_figures(connection: Connection, said: _Said) -> None:
    rows = kept_rows_by(connection, figure, figure.c.forecast_id == said.key[0])
    if rows_digest(_digest(figure, row) for row in rows) != said.details.get(FIGURES):
        raise BrokenLogError(f"names {said.subject}, whose figures in table {figure.name} were changed", said.seq)


def _verify_named(connection: Connection, table: Table) -> int:
    """Find an entry for every row of a table; return how many there are."""
    count = 0
    with kept_rows(connection, table, _FORMS[table].groupindex) as rows:
        while page := [row_subject(table, row) for row in islice(rows, READ_AT_ONCE)]:
            query = select(audit.c.subject).where(audit.c.subject.in_(page), _NAMES_A_ROW)
            named = set(connection.execute(query).scalars())
            unnamed = [subject for subject in page if subject not in named]
            if unnamed:
                raise BrokenLogError(f"no entry names {unnamed[0]}, which is in table {table.name}")
            count += len(page)
    return count

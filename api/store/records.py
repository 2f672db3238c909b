"""What tables of immutable rows have in common: the newest of each name counts, and a list of all is read in pages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, Table, func, select, tuple_

from api.store.audit import ROW, row_digest, row_subject
from api.store.columns import ByCodePoint

Place = tuple[datetime, str]
"""Where a page ends: a moment of recording, and the id that tells apart what was recorded in it."""


_INSTANT = timedelta(microseconds=1)


class _Recorded(Protocol):
    @property
    def recorded_at(self) -> datetime: ...


def after(now: datetime, *known: _Recorded | None) -> datetime:
    """Return when a row is recorded: now, but after those that it takes the place of, even if a clock was set back."""
    return max([now, *(each.recorded_at + _INSTANT for each in known if each is not None)])


def values_of(record: Any) -> dict[str, Any]:  # noqa: ANN401 -- any dataclass with slots, one per column
    """Return a record as column → value."""
    return {name: getattr(record, name) for name in type(record).__slots__}


def newest_of_each(
    table: Table, name: str, condition: ColumnElement[bool], moment: datetime | None = None
) -> Select[Any]:
    """Return the query of the row that counts of each ``name``, sorted by it: today's, or that of a moment."""
    turn = func.row_number().over(partition_by=table.c[name], order_by=(table.c.recorded_at.desc(), table.c.id.desc()))
    ranked = select(table, turn.label("turn")).where(condition)
    if moment is not None:
        ranked = ranked.where(table.c.recorded_at <= moment)
    of_each = ranked.subquery()
    columns = [of_each.c[column.name] for column in table.c]
    return select(*columns).where(of_each.c.turn == 1).order_by(ByCodePoint(of_each.c[name]))


def older(recorded_at: ColumnElement[Any], name: ColumnElement[Any], before: Place) -> ColumnElement[bool]:
    """Return the condition of a page, newest first; compared as rows, both values bound the range of an index."""
    return tuple_(recorded_at, name) < before


def newest_first(
    table: Table,
    condition: ColumnElement[bool],
    limit: int,
    before: Place | None = None,
    moment: datetime | None = None,
) -> Select[Any]:
    """Return the query of rows, newest first, from the one before ``before``; up to a moment if stated."""
    query = select(table).where(condition)
    if moment is not None:
        query = query.where(table.c.recorded_at <= moment)
    if before is not None:
        query = query.where(older(table.c.recorded_at, table.c.id, before))
    return query.order_by(table.c.recorded_at.desc(), table.c.id.desc()).limit(limit)


def audited_row(action: str, table: Table, record: object, *told: str) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a new row: action, subject, and details, which repeat the ``told`` columns."""
    values: Mapping[str, Any] = values_of(record)
    details = {ROW: row_digest(table, values), **{name: values[name] for name in told}}
    return action, row_subject(table, values), details

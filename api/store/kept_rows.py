"""Rows as the database keeps them: numbers, texts and bytes, alike in both kinds, nothing made of them yet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, tuple_, type_coerce
from sqlalchemy.types import NullType

Kept = Mapping[str, Any]
Key = tuple[Any, ...]
"""The values of a row's primary key, in the order of its columns."""

READ_AT_ONCE = 100
"""Rows in memory at a time: a forecast may weigh a hundred kilobytes."""


@cache
def _as_kept(table: Table) -> Mapping[str, ColumnElement[Any]]:
    """Return what to select of each column so that no value is changed on its way."""
    return {column.name: type_coerce(column, NullType()).label(column.name) for column in table.c}


def key_of(table: Table, row: Kept) -> Key:
    """Return the primary key of a row."""
    return tuple(row[column.name] for column in table.primary_key.columns)


@contextmanager
def kept_rows(connection: Connection, table: Table, columns: Iterable[str] | None = None) -> Iterator[Iterator[Kept]]:
    """Yield the rows of a table, or some columns of them, in the order of its primary key; they are read as they go.

    What PostgreSQL holds ready for that is given back when the context ends, wherever the reader has stopped.
    """
    as_kept = _as_kept(table)
    wanted = as_kept if columns is None else columns
    query = select(*(as_kept[name] for name in wanted)).order_by(*table.primary_key.columns)
    with connection.execute(query, execution_options={"yield_per": READ_AT_ONCE}) as result:
        yield (row._asdict() for row in result)


def kept_rows_by(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[Kept]:
    """Return the rows that fulfil a condition."""
    return [row._asdict() for row in connection.execute(select(*_as_kept(table).values()).where(condition))]


def kept_rows_by_key(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, Kept]:
    """Return the rows with these primary keys, by key; those that are not there are left out."""
    rows = kept_rows_by(connection, table, tuple_(*table.primary_key.columns).in_(keys))
    return {key_of(table, row): row for row in rows}

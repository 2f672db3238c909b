"""What means the same on SQLite and on PostgreSQL: instants, JSON whose order of keys is kept, the order of texts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Dialect, Text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ANY_DIALECT = DefaultDialect()


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970 UTC of a moment with a time zone."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(since: int) -> datetime:
    """Return the moment in UTC that is so many microseconds after 1970."""
    return _EPOCH + since * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """A moment with its time zone, kept as microseconds since 1970 UTC: the same order and precision everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970 UTC."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else instant(value)


class Json(TypeDecorator[Any]):
    """Plain data as JSON text. A database's own type would sort the keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Return JSON text."""
        return None if value is None else json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401 -- any JSON value
        """Return plain data."""
        return None if value is None else json.loads(value)


class ByCodePoint(FunctionElement[str]):
    """A column of text, to be sorted and compared by code point, as SQLite and Python do.

    PostgreSQL would go by the collation of each database: the same rows would come in another order elsewhere.
    """

    type = Text()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


@compiles(ByCodePoint)
def _as_it_is(element: ByCodePoint, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 -- SQLAlchemy's
    return compiler.process(element.clauses, **kw)


@compiles(ByCodePoint, "postgresql")
def _by_bytes(element: ByCodePoint, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 -- SQLAlchemy's
    # Of UTF-8, in which the order of bytes is that of code points.
    return f'({compiler.process(element.clauses, **kw)}) COLLATE "C"'


def kept(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 -- any value of a row
    """Return a value as the database keeps it, which is the same in both: a number, a text, bytes or None."""
    if isinstance(column.type, TypeDecorator):
        return column.type.process_bind_param(value, _ANY_DIALECT)
    return value

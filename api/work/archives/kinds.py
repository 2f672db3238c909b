"""How the values of a column stand in an export, where people and other programs read them, and back again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Float, Integer, LargeBinary

from api.store.columns import Instant, Json, instant, microseconds
from api.store.documents import packed, unpacked


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of column: how the manifest calls it, and both ways between what is kept and what is shown."""

    name: str
    shown: Callable[[Any], Any]
    kept: Callable[[Any], Any]


def _same(value: Any) -> Any:  # noqa: ANN401 -- any value of a row
    return value


TEXT = Kind("text", _same, _same)
JSON = Kind("JSON text", _same, _same)
INTEGER = Kind("integer", _same, _same)
NUMBER = Kind("number", _same, float)
MOMENT = Kind("moment", instant, microseconds)
PACKED = Kind("long text", unpacked, packed)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (TEXT, JSON, INTEGER, NUMBER, MOMENT, PACKED)}

_BY_TYPE = ((Instant, MOMENT), (Json, JSON), (LargeBinary, PACKED), (Float, NUMBER), (Integer, INTEGER))


def kind_of(column: Column[Any]) -> Kind:
    """Return the kind of a column."""
    return next((kind for of_type, kind in _BY_TYPE if isinstance(column.type, of_type)), TEXT)


def shown_row(columns: Mapping[str, Kind], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it is shown: these columns of it, in this order."""
    return {name: None if row[name] is None else kind.shown(row[name]) for name, kind in columns.items()}


def kept_row(columns: Mapping[str, Kind], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a database keeps it."""
    return {name: None if row[name] is None else kind.kept(row[name]) for name, kind in columns.items()}

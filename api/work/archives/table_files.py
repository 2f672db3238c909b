"""Files of one table each, in the formats of an export: NDJSON for everybody, Parquet for those who have pyarrow."""

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.store.kept_rows import READ_AT_ONCE
from api.tabular import MissingExtraError
from api.work.archives.kinds import INTEGER, MOMENT, NUMBER, Kind

Columns = Mapping[str, Kind]
Shown = Mapping[str, Any]
"""A row whose moments are datetimes and whose long texts are read out."""

MOST_IN_GROUP = 10_000
"""Rows of one group of a Parquet file."""

MOST_TEXT_IN_GROUP = 16_000_000
"""Characters of one group of a Parquet file: whoever writes or reads it holds a group in memory."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """One format: both ways between rows and a file.

    ``write`` returns how many rows there were; ``read`` yields them one after the other.
    """

    suffix: str
    write: Callable[[Path, Columns, Iterable[Shown]], int]
    read: Callable[[Path, Columns], Iterator[Shown]]


def _write_ndjson(path: Path, columns: Columns, rows: Iterable[Shown]) -> int:
    """Write one JSON object a line; moments as RFC 3339 has them, in UTC."""
    moments, count = _moments(columns), 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            said = {**row, **{name: _rfc_3339(row[name]) for name in moments if row[name] is not None}}
            file.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def _read_ndjson(path: Path, columns: Columns) -> Iterator[Shown]:
    moments = _moments(columns)
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            yield {**row, **{name: datetime.fromisoformat(row[name]) for name in moments if row[name] is not None}}


def _moments(columns: Columns) -> list[str]:
    return [name for name, kind in columns.items() if kind is MOMENT]


def _rfc_3339(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _write_parquet(path: Path, columns: Columns, rows: Iterable[Shown]) -> int:
    """Write typed columns; moments are timestamps in UTC.

    Raises
    ------
    MissingExtraError
        Without pyarrow.
    """
    arrow, parquet = _arrow()
    types = {INTEGER: arrow.int64(), NUMBER: arrow.float64(), MOMENT: arrow.timestamp("us", tz="UTC")}
    schema = arrow.schema([(name, types.get(kind, arrow.string())) for name, kind in columns.items()])
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _read_parquet(path: Path, columns: Columns) -> Iterator[Shown]:
    _, parquet = _arrow()
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(READ_AT_ONCE, columns=list(columns)):
            yield from batch.to_pylist()


def _arrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("Parquet", "branchcast[parquet]") from error


def _groups(rows: Iterable[Shown]) -> Iterator[list[Shown]]:
    """Yield rows in groups that fit in memory."""
    group: list[Shown] = []
    room = MOST_TEXT_IN_GROUP
    for row in rows:
        group.append(row)
        room -= sum(len(value) for value in row.values() if isinstance(value, str))
        if room <= 0 or len(group) == MOST_IN_GROUP:
            yield group
            group, room = [], MOST_TEXT_IN_GROUP
    if group:
        yield group


FORMATS: Mapping[str, TableFormat] = {
    "ndjson": TableFormat(".ndjson", _write_ndjson, _read_ndjson),
    "parquet": TableFormat(".parquet", _write_parquet, _read_parquet),
}
"""The formats by the name that a command asks for them with."""

"""The file of a round: its name, and its rows as CSV or Parquet and back.

The same rows give the same bytes (Parquet: with the same release of pyarrow).
"""

import csv
import importlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any

from forecast.tournaments.exports import Document, ExportError
from forecast.tournaments.hubverse.hub import Round
from forecast.tournaments.hubverse.listing import HubverseSettings
from forecast.tournaments.hubverse.table import Row
from forecast.tournaments.hubverse.texts import ColumnType

MISSING = "NA"
"""Nothing, in CSV; an empty cell reads as nothing too."""

Cells = list[tuple[str | None, ...]]

# The pattern of parse_file_name.R in hubValidations.
_STEM = re.compile(r"((\d{4}-\d{2}-\d{2})|[A-Za-z0-9_]+)-([A-Za-z0-9_]+)-([A-Za-z0-9_]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _FileFormat:
    """One way to write rows, and to read them back as the text that the hub compares."""

    media_type: str
    write: Callable[[Sequence[Row], Round], bytes]
    read: Callable[[bytes], tuple[list[str], Cells]]


def table_document(rows: Sequence[Row], round_: Round, settings: HubverseSettings) -> Document:
    """Return the rows as the file that the hub takes.

    Raises
    ------
    ExportError
        If the hub takes no such format or file name, a cell cannot be written, or pyarrow is missing.
    """
    kind = settings.file_format
    if round_.file_formats is not None and kind not in round_.file_formats:
        said = f"file_format is {kind}, and the hub takes {', '.join(round_.file_formats)}: choose another"
        raise ExportError("hubverse, settings", "file_format", said)
    stem = f"{round_.id}-{settings.model_id}"
    if not _STEM.fullmatch(stem):
        said = (
            f"round_id '{round_.id}' is neither YYYY-MM-DD nor of letters, digits and '_', so that no file can be named"
        )
        raise ExportError("hubverse, settings", "file_name", f"{said}: the hub must name the round otherwise")
    form = _FORMATS[kind]
    return Document(f"model-output/{settings.model_id}/{stem}.{kind}", form.media_type, form.write(rows, round_))


def read_back(document: Document, rows: Sequence[Row], kind: str) -> tuple[list[str], list[Row]]:
    """Return the columns of a file and its rows, each with the listing that it came from."""
    columns, cells = _FORMATS[kind].read(document.content)
    read = [
        Row(row.place, found[:-3], found[-3] or "", found[-2], found[-1] or "")
        for row, found in zip(rows, cells, strict=True)
    ]
    return columns, read


def _write_csv(rows: Sequence[Row], round_: Round) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(round_.columns)
    for row in rows:
        writer.writerow([_cell(row, cell) for cell in row.cells])
    return out.getvalue().encode()


def _cell(row: Row, cell: str | None) -> str:
    if cell is None:
        return MISSING
    if cell in ("", MISSING) or "\n" in cell or "\r" in cell:
        said = f"'{cell}' in a CSV file would be read as nothing, or as two lines: choose parquet"
        raise ExportError(row.place, "file_read", said)
    return cell


def _read_csv(content: bytes) -> tuple[list[str], Cells]:
    columns, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
    return columns, [tuple(None if cell in ("", MISSING) else cell for cell in line) for line in lines]


def _arrow() -> tuple[ModuleType, ModuleType]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        said = "Parquet needs a library that is not installed: install branchcast[parquet], or choose csv"
        raise ExportError("hubverse, settings", "file_format", said) from error


def _write_parquet(rows: Sequence[Row], round_: Round) -> bytes:
    arrow, parquet = _arrow()
    types = {
        "character": arrow.string(),
        "double": arrow.float64(),
        "integer": arrow.int32(),
        "logical": arrow.bool_(),
        "Date": arrow.date32(),
    }
    columns = zip(*(row.cells for row in rows), strict=True)
    arrays = [
        arrow.array([None if cell is None else _VALUES[round_.types[name]](cell) for cell in cells], types[kind])
        for (name, kind), cells in zip(_typed(round_), columns, strict=True)
    ]
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_arrays(arrays, names=list(round_.columns)), out)
    return out.getvalue()


def _typed(round_: Round) -> list[tuple[str, ColumnType]]:
    return [(name, round_.types[name]) for name in round_.columns]


def _read_parquet(content: bytes) -> tuple[list[str], Cells]:
    arrow, parquet = _arrow()
    table = parquet.read_table(io.BytesIO(content))
    columns = [column.cast(arrow.string()).to_pylist() for column in table.columns]
    return table.column_names, list(zip(*columns, strict=True))


_VALUES: Mapping[ColumnType, Callable[[str], Any]] = {
    "character": str,
    "double": float,
    "integer": int,
    "logical": lambda text: text == "true",
    "Date": date.fromisoformat,
}
"""What a cell's text stands for in a column of each type."""

_FORMATS: Mapping[str, _FileFormat] = {
    "csv": _FileFormat("text/csv; charset=utf-8", _write_csv, _read_csv),
    "parquet": _FileFormat("application/vnd.apache.parquet", _write_parquet, _read_parquet),
}

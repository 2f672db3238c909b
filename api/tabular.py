"""Tables of draws and worlds as files: one format for each way people read them on, written as the rows are drawn.

A format turns a table into chunks of bytes and holds one batch of rows at a time. The same table gives the
same bytes (Parquet: with the same release of pyarrow). Closing the generator ends the work; nothing is left behind.
"""

import importlib
import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray
from pydantic_core import to_json

from api.errors import ServiceError
from forecast.samples import Column, Kind, Rows, SampleTable

ROWS_AT_ONCE = 1 << 12
"""Rows of one chunk of CSV or NPY: as text, a whole batch would take several times its memory."""

Chunks = Generator[bytes, None, None]


class MissingExtraError(ServiceError):
    """A format whose library is not installed; ``extra`` is what to install it by."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs a library that is not installed: install {extra}, or choose another format")


@dataclass(frozen=True, slots=True)
class TableFormat:
    """One way to write a table.

    ``chunks`` raises what stands in its way, such as a missing library, before the first byte is asked for.
    """

    media_type: str
    suffix: str
    chunks: Callable[[SampleTable], Chunks]


def _csv(table: SampleTable) -> Chunks:
    """Write CSV as RFC 4180 has it: a header, CRLF after every row, UTF-8.

    A float has the fewest digits that read back as the very same number; what is missing is empty; yes/no
    is ``true`` or ``false``, a day is ``YYYY-MM-DD``.
    """
    columns = {column: {text: _quoted(text) for text in column.texts} for column in table.columns}
    yield b",".join(_quoted(column.name) for column in columns) + b"\r\n"
    for rows in table.blocks():
        for part in _parts(rows):
            cells = (_cells(column, part[column.name], texts) for column, texts in columns.items())
            yield b"".join(b",".join(row) + b"\r\n" for row in zip(*cells, strict=True))
        del rows, part  # so that the next batch is not drawn beside them


def _parts(rows: Rows) -> Generator[Rows, None, None]:
    """Yield the rows a few thousand at a time."""
    count = len(next(iter(rows.values())))
    for start in range(0, count, ROWS_AT_ONCE):
        yield {name: values[start : start + ROWS_AT_ONCE] for name, values in rows.items()}


def _cells(column: Column, values: NDArray[Any], texts: Mapping[str, bytes]) -> list[bytes]:
    """Return values as CSV text; numbers by way of JSON, which pydantic writes seven times as fast as ``csv``."""
    if column.kind == "text":
        return [texts[text] for text in values.tolist()]
    if column.kind == "date":
        return [b"" if day == "NaT" else day.encode() for day in np.datetime_as_string(values).tolist()]
    array = to_json(values.tolist(), inf_nan_mode="constants")
    return array[1:-1].replace(b"NaN", b"").split(b",")


def _quoted(text: str) -> bytes:
    """Return a CSV field, in quotes where it must be."""
    if any(character in text for character in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()


def _npy(table: SampleTable) -> Chunks:
    """Write one structured array, field by field little-endian, for ``numpy.load(..., allow_pickle=False)``.

    What is missing is NaN or NaT. A reader of a table with more than some 200 columns has to state a larger
    ``max_header_size``: numpy reads headers up to 10,000 bytes of itself.
    """
    fields = [(column.name, _field_type(column)) for column in table.columns]
    yield _npy_header(np.dtype(fields), table.rows)
    for rows in table.blocks():
        for part in _parts(rows):
            records = np.empty(len(part[fields[0][0]]), dtype=fields)
            for name, _ in fields:
                records[name] = part[name]
            yield records.tobytes()
        del rows, part  # so that the next batch is not drawn beside them


_FIELD_TYPES: Mapping[Kind, str] = {"float": "<f8", "integer": "<i8", "boolean": "|b1", "date": "<M8[D]"}


def _field_type(column: Column) -> str:
    return f"<U{max(map(len, column.texts))}" if column.kind == "text" else _FIELD_TYPES[column.kind]


def _npy_header(dtype: np.dtype[Any], rows: int) -> bytes:
    """Return the header in version 1.0, which every reader knows, or in 2.0 where it is too long for that."""
    header = {"descr": npy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows,)}
    written = io.BytesIO()
    try:
        npy_format.write_array_header_1_0(written, header)
    except ValueError:
        npy_format.write_array_header_2_0(written, header)
    return written.getvalue()


def _parquet(table: SampleTable) -> Chunks:
    """Write Parquet: one row group per batch, Zstandard, floats split by byte, texts by dictionary.

    Each field carries what it means as ``meaning``, the file the table's provenance as ``branchcast.…``;
    what is missing is null.

    Raises
    ------
    MissingExtraError
        Without pyarrow.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("Parquet", "branchcast[parquet]") from error
    return _row_groups(table, arrow, parquet)


def _row_groups(table: SampleTable, arrow: ModuleType, parquet: ModuleType) -> Chunks:
    schema, out = _schema(table, arrow), _Outbox()
    writer = parquet.ParquetWriter(
        out,
        schema,
        compression="zstd",
        use_dictionary=[column.name for column in table.columns if column.kind == "text"],
        use_byte_stream_split=[column.name for column in table.columns if column.kind == "float"],
    )
    with writer:
        for rows in table.blocks():
            arrays = [arrow.array(rows[field.name], field.type, from_pandas=True) for field in schema]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), row_group_size=len(arrays[0]))
            del rows, arrays  # so that the next batch is not drawn beside them
            yield out.taken()
    yield out.taken()


def _schema(table: SampleTable, arrow: ModuleType) -> Any:  # noqa: ANN401 -- pyarrow has no types and may be missing
    types = {
        "float": arrow.float64(),
        "integer": arrow.int64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "text": arrow.string(),
    }
    fields = [arrow.field(c.name, types[c.kind], metadata={"meaning": c.meaning}) for c in table.columns]
    return arrow.schema(fields, {f"branchcast.{name}": value for name, value in table.provenance.items()})


class _Outbox(io.RawIOBase):
    """A file that keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any, /) -> int:  # noqa: ANN401 -- any buffer, as the base class takes
        chunk = bytes(data)
        self._waiting.append(chunk)
        self._written += len(chunk)
        return len(chunk)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        chunk = b"".join(self._waiting)
        self._waiting.clear()
        return chunk


FORMATS: Mapping[str, TableFormat] = {
    "csv": TableFormat("text/csv; charset=utf-8; header=present", ".csv", _csv),
    "npy": TableFormat("application/x-npy", ".npy", _npy),
    "parquet": TableFormat("application/vnd.apache.parquet", ".parquet", _parquet),
}
"""The formats by the name that a request asks for them with."""

"""Tables as files: each format gives back the very values, streams them, and says what they mean where it can."""

import csv
import io
import re
import sys
import weakref
from collections.abc import Callable, Generator
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from api.tabular import FORMATS, MissingExtraError
from forecast import samples
from forecast.documents import read_scenario
from forecast.errors import ScenarioError
from forecast.result import Forecast
from forecast.run import run
from forecast.samples import Column, Rows, SampleTable, draw_table, world_table
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from tests.strategies import ONE_NODE, changed, forecast_of, full_tree

PRIORS = Path(__file__).parents[2] / "priors"
NAMES = sorted(path.stem for path in PRIORS.glob("*.yaml"))
SILENT = date(2026, 8, 20)

EACH_FORMAT = pytest.mark.parametrize("name", FORMATS)
BOTH = pytest.mark.parametrize("table_of", [draw_table, world_table])

TableOf = Callable[[Forecast], SampleTable]
Values = dict[str, NDArray[Any]]


@cache
def forecast_for(scenario: str) -> Forecast:
    settings = RunSettings(draws=1_024, as_of=SILENT if scenario == "trump-kim-2025" else None, evidence="all")
    return run(read_scenario((PRIORS / f"{scenario}.yaml").read_text(encoding="utf-8")), settings)


def written(name: str, table: SampleTable) -> bytes:
    return b"".join(FORMATS[name].chunks(table))


def values_of(table: SampleTable) -> Values:
    batches = list(table.blocks())
    return {column.name: np.concatenate([rows[column.name] for rows in batches]) for column in table.columns}


def _cell(kind: str, text: str) -> object:
    if kind == "text":
        return text
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "date":
        return np.datetime64(text or "NaT", "D")
    return int(text) if kind == "integer" else float(text or "nan")


def read_csv(data: bytes, table: SampleTable) -> Values:
    head, *body = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    columns = zip(head, *body, strict=True)
    kinds = {column.name: column.kind for column in table.columns}
    return {label: np.array([_cell(kinds[label], text) for text in texts]) for label, *texts in columns}


def read_npy(data: bytes, table: SampleTable) -> Values:
    found = np.load(io.BytesIO(data), allow_pickle=False)
    return {label: found[label] for label in found.dtype.names}


def read_parquet(data: bytes, table: SampleTable) -> Values:
    found = import_module("pyarrow.parquet").read_table(io.BytesIO(data))
    return {label: found.column(label).to_numpy() for label in found.column_names}


READERS = {"csv": read_csv, "npy": read_npy, "parquet": read_parquet}


def test_every_format_has_its_reader_here() -> None:
    assert READERS.keys() == FORMATS.keys()


@BOTH
@pytest.mark.parametrize("scenario", NAMES)
@EACH_FORMAT
def test_what_is_read_is_what_was_drawn(name: str, scenario: str, table_of: TableOf) -> None:
    """Every value bit for bit, every column in its place, what is missing missing."""
    table = table_of(forecast_for(scenario))
    found, drawn = READERS[name](written(name, table), table), values_of(table)
    assert list(found) == list(drawn)
    for label, values in drawn.items():
        np.testing.assert_array_equal(found[label], values, err_msg=label)


def test_days_are_missing_in_some_worlds() -> None:
    """So that the round trips above have something missing to carry."""
    missing = np.isnat(values_of(world_table(forecast_for("trump-kim-2025")))["dates.summit"])
    assert 0 < missing.sum() < missing.size


@BOTH
@EACH_FORMAT
def test_the_same_forecast_gives_the_same_bytes(name: str, table_of: TableOf) -> None:
    forecast = forecast_for("trump-kim-2025")
    assert written(name, table_of(forecast)) == written(name, table_of(forecast))


@pytest.mark.parametrize("name", ["csv", "npy"])
def test_batches_leave_no_trace_in_the_bytes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet alone shows them, as its row groups."""
    table = world_table(forecast_for("trump-kim-2025"))
    once = written(name, table)
    monkeypatch.setattr(samples, "MOST_ROWS", 128)
    monkeypatch.setattr(samples, "FEWEST_ROWS", 128)
    assert written(name, table) == once


ODD = SampleTable(
    columns=(
        Column("draw", "integer", "number"),
        Column('said "so", twice', "float", "a name that needs quotes"),
        Column("who", "text", "texts that need quotes", ("a,b", 'c"d', "e\r\nf", "g")),
        Column("when", "date", "a day"),
        Column("held", "boolean", "yes or no"),
    ),
    rows=8,
    provenance={"scenario": "odd", "seed": "7"},
    blocks=lambda: _odd_rows(),
)
FLOATS = [0.1 + 0.2, 5e-324, -1.7976931348623157e308, 1e22, -0.0, float("nan"), 1e-7, float("inf")]


def _odd_rows() -> Generator[Rows, None, None]:
    days = np.array(["0001-01-01", "NaT", "9999-12-31", "2026-02-28"] * 2, dtype="datetime64[D]")
    for at in (slice(0, 5), slice(5, 8)):
        yield {
            "draw": np.arange(8)[at],
            'said "so", twice': np.array(FLOATS)[at],
            "who": np.array(["a,b", 'c"d', "e\r\nf", "g"] * 2)[at],
            "when": days[at],
            "held": np.array([True, False] * 4)[at],
        }


@EACH_FORMAT
def test_odd_values_come_through(name: str) -> None:
    """The ends of the floats, a minus before zero, infinity, days far off, commas, quotes, line ends."""
    found = READERS[name](written(name, ODD), ODD)
    for label, values in values_of(ODD).items():
        np.testing.assert_array_equal(found[label], values, err_msg=label)
    assert np.signbit(found['said "so", twice'][4])


def test_csv_is_as_rfc_4180_writes_it() -> None:
    """Fields in quotes where they must be and nowhere else, quotes doubled, CRLF after every row, empty for missing."""
    text = written("csv", ODD).decode()
    assert text.startswith('draw,"said ""so"", twice",who,when,held\r\n0,0.30000000000000004,"a,b",0001-01-01,true\r\n')
    assert "\r\n5,," in text
    assert '\r\n1,5e-324,"c""d",,false\r\n' in text
    assert text.endswith("\r\n")
    assert text.replace("\r\n", "").count("\n") == 0


def test_csv_holds_nothing_that_a_spreadsheet_would_run() -> None:
    """Names begin with a letter, so no text begins with a sign; a scenario with another name is refused."""
    for scenario in NAMES:
        for table in (draw_table(forecast_for(scenario)), world_table(forecast_for(scenario))):
            texts = [text for column in table.columns for text in (column.name, *column.texts)]
            assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", text) for text in texts)
    for name in ("=1+1", "+1", "-1", "@sum", "\tx"):
        with pytest.raises(ScenarioError):
            parse_scenario(changed(ONE_NODE, drivers={name: {}}))


def test_npy_is_of_the_version_that_every_reader_knows_where_it_can_be() -> None:
    """Wider tables need the second, and a reader who allows for a longer header than numpy does of itself."""
    assert written("npy", ODD)[6:8] == b"\x01\x00"
    table = draw_table(forecast_of(full_tree(400), draws=16))
    data = written("npy", table)
    assert data[6:8] == b"\x02\x00"
    with pytest.raises(ValueError, match="max_header_size"):
        np.load(io.BytesIO(data), allow_pickle=False)
    found = np.load(io.BytesIO(data), allow_pickle=False, max_header_size=1_000_000)
    assert found.dtype.names == tuple(column.name for column in table.columns)
    assert len(found) == table.rows


def test_parquet_says_what_its_columns_mean_and_where_they_come_from() -> None:
    table = world_table(forecast_for("trump-kim-2025"))
    schema = import_module("pyarrow.parquet").read_schema(io.BytesIO(written("parquet", table)))
    for column in table.columns:
        assert schema.field(column.name).metadata == {b"meaning": column.meaning.encode()}
    stated = {name.decode(): value.decode() for name, value in schema.metadata.items()}
    assert stated == {f"branchcast.{name}": value for name, value in table.provenance.items()}
    assert {"branchcast.scenario", "branchcast.forecast_digest", "branchcast.seed", "branchcast.version"} <= set(stated)


def test_parquet_is_packed_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row group each; Zstandard; floats split by byte, texts by dictionary; null where a value is missing."""
    monkeypatch.setattr(samples, "MOST_ROWS", 512)
    table = world_table(forecast_for("trump-kim-2025"))
    batches = list(table.blocks())
    file = import_module("pyarrow.parquet").ParquetFile(io.BytesIO(written("parquet", table))).metadata
    assert [file.row_group(i).num_rows for i in range(file.num_row_groups)] == [len(rows["draw"]) for rows in batches]
    assert len(batches) > 1
    for number, column in enumerate(table.columns):
        chunk = file.row_group(0).column(number)
        assert chunk.compression == "ZSTD"
        assert ("BYTE_STREAM_SPLIT" in chunk.encodings) == (column.kind == "float")
        assert chunk.has_dictionary_page == (column.kind == "text")
        values = batches[0][column.name]
        missing = np.isnat(values) if column.kind == "date" else np.isnan(values) if column.kind == "float" else None
        assert chunk.statistics.null_count == (0 if missing is None else missing.sum())


def test_without_pyarrow_parquet_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first byte, so that an answer has not begun; the other formats do without it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"install branchcast\[parquet\]") as refused:
        FORMATS["parquet"].chunks(ODD)
    assert refused.value.extra == "branchcast[parquet]"
    assert written("csv", ODD)
    assert written("npy", ODD)


class _Watched:
    """A table whose batches are counted while they are held by anybody, and whose generator is seen to end."""

    def __init__(self) -> None:
        self.held_before: list[int] = []
        self.ended = False
        columns = (Column("draw", "integer", "number"), Column("x", "float", "a number"))
        self.table = SampleTable(columns, 6 << 12, {}, self._blocks)

    def _blocks(self) -> Generator[Rows, None, None]:
        seen: list[weakref.ref[Any]] = []
        try:
            for first in range(0, 6 << 12, 2 << 12):
                self.held_before.append(sum(1 for reference in seen if reference() is not None))
                rows = {"draw": np.arange(first, first + (2 << 12)), "x": np.linspace(0.0, 1.0, 2 << 12)}
                seen += [weakref.ref(values) for values in rows.values()]
                yield rows
                del rows
        finally:
            self.ended = True


@EACH_FORMAT
def test_one_batch_is_held_at_a_time(name: str) -> None:
    """When the next is drawn, nobody holds the last; some bytes have left by then."""
    watched = _Watched()
    drawn_at_chunk = [len(watched.held_before) for chunk in FORMATS[name].chunks(watched.table) if chunk]
    assert watched.held_before == [0, 0, 0]
    assert set(drawn_at_chunk) >= {1, 2, 3}
    assert watched.ended


@EACH_FORMAT
def test_a_reader_who_leaves_ends_the_work(name: str) -> None:
    """After the first rows: no other batch is drawn, and the table's generator has ended."""
    watched = _Watched()
    chunks = FORMATS[name].chunks(watched.table)
    while not watched.held_before:
        next(chunks)
    chunks.close()
    assert watched.ended
    assert len(watched.held_before) == 1


@EACH_FORMAT
def test_an_error_while_drawing_comes_through(name: str) -> None:
    """It is neither swallowed nor covered by one of the format's own."""

    def failing() -> Generator[Rows, None, None]:
        yield from [next(_odd_rows())]
        raise ArithmeticError("no more")

    with pytest.raises(ArithmeticError, match="no more"):
        written(name, SampleTable(ODD.columns, ODD.rows, {}, failing))


def test_formats_say_what_they_are() -> None:
    """A media type that a header can carry, a suffix that a file can have."""
    for name, each in FORMATS.items():
        assert re.fullmatch(r"(text|application)/[a-z.-]+(; [a-z]+=[a-z0-9-]+)*", each.media_type)
        assert each.suffix == f".{name}"

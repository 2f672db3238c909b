"""Quotes in a CSV file of one's own, such as of sources that are not read here.

Columns, in any order, the first line their names; the file is UTF-8:

| column | what it holds |
|---|---|
| `place` | the source's id of the question; lines with the same one are one quote |
| `question` | its wording |
| `kind` | `probability`, `options` or `quantiles` |
| `item` | of an option its label, of a quantile its level, such as 0.25; else empty |
| `value` | the probability, from 0 to 1, or the quantile; those of options sum to 1, but for rounding |
| `spread` | what is asked less what is bid; may be empty, or the column missing |
| `unit` | of quantiles; may be empty, or the column missing |
| `option` | of a probability: the option of ours that it is of; empty, or missing, as are the parts that follow |
| `by` | the day by whose end it has happened, such as 2027-01-01 |
| `given` | `true` or `false`: whether the condition of a pair holds |
| `at_least` | the least of a range of numbers |
| `below` | what a range of numbers ends below |
| `valid_at` | since when it stands, such as 2026-08-20T09:30:00Z; the zone is part of it |
"""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from pydantic import ValidationError

from api.platforms.errors import PayloadError
from api.platforms.moments import from_iso
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.parts import KEYS, read_part
from api.platforms.quotes.quote import (
    NoQuote,
    Quote,
    Quoted,
    QuotedOptions,
    QuotedProbability,
    QuotedQuantiles,
    QuoteRequest,
)
from api.platforms.said import Said
from forecast.scores.checks import SUM_TOLERANCE
from forecast.statements.wording import faults_of
from forecast.tournaments.listings import Part

SOURCE = "csv"

NEEDED = ("place", "question", "kind", "item", "value", "valid_at")
ALLOWED = ("spread", "unit", *KEYS)

FEWEST_DECIMALS = 2
"""Options are taken to be rounded to hundredths at the coarsest: what was rounded to tenths may be anything."""

_Row = dict[str, str]
_Rows = list[tuple[int, _Row]]
_Made = TypeVar("_Made")


def requests(_: str) -> tuple[QuoteRequest, ...]:
    """Return nothing: a file is not read over the network."""
    return ()


def parse(payload: bytes, fetched_at: datetime) -> tuple[Quote | NoQuote, ...]:
    """Return the quotes of a file, in the order in which they begin.

    Raises
    ------
    PayloadError
        If a column is missing or strange, or a line says nothing that can be quoted; with the number of the line.
    """
    by_place: dict[str, _Rows] = {}
    for number, row in _rows(payload):
        by_place.setdefault(row["place"], []).append((number, row))
    return tuple(_quote(place, rows, payload, fetched_at) for place, rows in by_place.items())


def _rows(payload: bytes) -> Iterator[tuple[int, _Row]]:
    try:
        # Spreadsheets put a mark before the first column's name, which is no part of it.
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PayloadError("the file of quotes is no text in UTF-8: save it so") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(lines, [])
        _require_columns(columns)
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise PayloadError(
                    f"line {lines.line_num} has {len(cells)} cells, and there are {len(columns)} columns"
                )
            yield lines.line_num, dict(zip(columns, map(str.strip, cells), strict=True))
    except csv.Error as error:
        raise PayloadError(f"line {lines.line_num} is no CSV ({error}): put quotation marks around it") from None


def _require_columns(columns: list[str]) -> None:
    missing = [name for name in NEEDED if name not in columns]
    strange = [name for name in columns if name not in (*NEEDED, *ALLOWED)]
    if missing or strange or len(set(columns)) != len(columns):
        raise PayloadError(
            f"the columns are {', '.join(columns) or 'none'}: state {', '.join(NEEDED)} once each, and any of "
            f"{', '.join(ALLOWED)} if you like"
        )


def _quote(place: str, rows: _Rows, payload: bytes, fetched_at: datetime) -> Quote:
    number, first = rows[0]
    for name in ("question", "kind", "unit", "valid_at", *KEYS):
        for line, row in rows:
            if row.get(name) != first.get(name):
                raise PayloadError(
                    f"line {line} has another {name} than line {number}, and the same place: make them one"
                )
    if not place or not first["question"]:
        raise PayloadError(f"line {number} has no place or no question: state both")
    since = from_iso(Said(first["valid_at"], f"valid_at of line {number}"))
    value, part = _value(rows), _part(first, number)
    return _in_lines(
        rows, lambda: Quote(SOURCE, place, first["question"], value, since, fetched_at, Licence.OWN, payload, part)
    )


def _in_lines(rows: _Rows, make: Callable[[], _Made]) -> _Made:
    """Return what several lines make together, and name them where they do not make it."""
    try:
        return make()
    except PayloadError as error:
        raise PayloadError(f"{_lines(rows)}: {error}") from None


def _lines(rows: _Rows) -> str:
    numbers = [str(line) for line, _ in rows]
    return f"line{'s' * (len(rows) > 1)} {', '.join(numbers)}"


def _value(rows: _Rows) -> Quoted:
    number, first = rows[0]
    match first["kind"]:
        case "probability":
            if len(rows) > 1 or first["item"]:
                raise PayloadError(f"line {rows[-1][0]}: a probability is one line without an item")
            return QuotedProbability(_share(first, "value", number), _spread(first, number))
        case "options":
            return _options(rows)
        case "quantiles":
            return _quantiles(rows)
    raise PayloadError(f"line {number}: {first['kind'][:100]!a} is none of probability, options, quantiles")


def _part(row: _Row, line: int) -> Part | None:
    said: dict[str, object] = {key: row[key] for key in KEYS if row.get(key)}
    said |= {key: _number(row, key, line) for key in ("at_least", "below") if key in said}
    if "given" in said:
        said["given"] = _truth(row, line)
    try:
        return read_part(said or None)
    except ValidationError as error:
        raise PayloadError(f"line {line}: {faults_of(error, said)[0].message}") from None


def _truth(row: _Row, line: int) -> bool:
    # Spreadsheets write truth values in capitals.
    if row["given"].lower() not in ("true", "false"):
        raise PayloadError(f"line {line}: given is {row['given'][:100]!a}: write true or false")
    return row["given"].lower() == "true"


def _quantiles(rows: _Rows) -> QuotedQuantiles:
    _require_items(rows)
    levels = {_number(row, "item", line): _number(row, "value", line) for line, row in rows}
    if len(levels) < len(rows):
        raise PayloadError(f"{_lines(rows)}: two of them are of one level: state each once")
    return _in_lines(rows, lambda: QuotedQuantiles(dict(sorted(levels.items())), rows[0][1].get("unit") or None))


def _options(rows: _Rows) -> QuotedOptions:
    _require_items(rows)
    stated = {row["item"]: _share(row, "value", line) for line, row in rows}
    _require_sum(stated, rows)
    spreads = {row["item"]: spread for line, row in rows if (spread := _spread(row, line)) is not None}
    return normalised(stated, spreads)


def _require_sum(stated: Mapping[str, float], rows: _Rows) -> None:
    """Refuse options that are farther from 1 than the rounding of what is written can take them."""
    decimals = max(FEWEST_DECIMALS, *(-int(Decimal(row["value"]).as_tuple().exponent) for _, row in rows))
    total = math.fsum(stated.values())
    if abs(total - 1.0) > max(len(rows) * 0.5 * 10.0**-decimals, SUM_TOLERANCE):
        raise PayloadError(
            f"{_lines(rows)}: the options of {rows[0][1]['place'][:100]!a} sum to {total:.6g}, which is farther from 1 "
            "than their rounding takes them: correct them, add the one that is missing, or state more digits"
        )


def _require_items(rows: _Rows) -> None:
    seen: set[str] = set()
    for line, row in rows:
        if not row["item"] or row["item"] in seen:
            raise PayloadError(f"line {line} has no item, or one that stands above: state each once")
        seen.add(row["item"])


def _spread(row: _Row, line: int) -> float | None:
    return _share(row, "spread", line) if row.get("spread") else None


def _share(row: _Row, name: str, line: int) -> float:
    number = _number(row, name, line)
    if not 0.0 <= number <= 1.0:
        raise PayloadError(f"line {line}: the {name} is {number}, which is no share of 1: is it in percent or cents?")
    return number


def _number(row: _Row, name: str, line: int) -> float:
    try:
        number = float(row[name])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise PayloadError(f"line {line}: {name} is {row[name][:100]!a}, which is no number")
    return number

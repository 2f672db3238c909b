"""A table for people: every number of every question in a row of its own, as CSV and as JSON.

A number is printed with no digit below the first one of its MC error, which stands beside it; ``unrounded`` has it
with all that it was computed to. For a binary or multiple-choice question, and for a day by which the forecast
reports, the error is the forecast's. For other figures of numbers and dates it is that of as many independent worlds
as the weighted ones are worth (Kish 1965); those of the engine are spread more evenly, which makes it rather smaller.
For conditional questions none is known.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from forecast.arrays import FloatArray
from forecast.fields import Day, Share, Statement
from forecast.predictions.empirical import Empirical
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    NumberPrediction,
    PairPrediction,
    Predicted,
    Prediction,
)
from forecast.tournaments.asked import asked_probability, prediction_of, probability_by
from forecast.tournaments.exports import Document, Export
from forecast.tournaments.formats import Format
from forecast.tournaments.listings import DayPart, HalfPart, Listing, OptionPart

_TYPES: dict[type[Prediction], str] = {
    BinaryPrediction: "binary",
    ChoicePrediction: "multiple_choice",
    NumberPrediction: "numeric",
    DatePrediction: "date",
    PairPrediction: "conditional",
}
_NUMBERS = ("probability", "value", "mc_error")

_CERTAIN = 1e-11
"""A probability closer to 1 than this is 1, which sums in double precision miss by their rounding."""


class TableListing(Listing):
    """A question to show, or the part of one; without any listing all questions are shown."""

    platform: Literal["table"] = "table"


class TableSettings(Statement):
    """How much is shown.

    quantiles : levels, of numbers and dates
    days : by which probabilities of date questions are shown, beside those that the forecast reports
    digits : significant ones at most; where an MC error supports fewer, fewer are printed
    """

    quantiles: Annotated[tuple[Share, ...], Field(max_length=100, strict=False)] = (0.05, 0.25, 0.5, 0.75, 0.95)
    days: Annotated[tuple[Day, ...], Field(max_length=100, strict=False)] = ()
    digits: Annotated[int, Field(ge=1, le=15)] = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a question, in full; one of ``probability``, ``value`` and ``day``, or none and why.

    part, of : what it is a number of, such as ``option`` and its label, ``quantile`` and its level, ``by`` and a day
    mc_error : in the same unit, days for a day; None where none is known
    """

    part: str = ""
    of: str = ""
    probability: float | None = None
    value: float | None = None
    day: date | None = None
    mc_error: float | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as it is printed, with its question; empty is what does not apply.

    unit : of the value and its error; of a day's error
    unrounded : the number in full, or why there is none
    text : the question's wording
    """

    question: str
    type: str
    part: str
    of: str
    probability: str
    value: str
    day: str
    unit: str
    mc_error: str
    unrounded: str
    text: str


def shown(value: float, mc_error: float | None, digits: int, kept: float | None = None) -> str:
    """Return a number with at most ``digits`` significant digits, at least one, and none below the first of its error.

    Rounding then moves it by half its MC error at most.

    Parameters
    ----------
    value, mc_error : in one unit; an error of None is not known
    digits : significant ones, at most
    kept : what must keep a digit, if it is less than the value itself

    Examples
    --------
    >>> [shown(27617.58, 2.31, 4), shown(0.3, 0.002, 4), shown(0.0477716, 0.00018, 4), shown(119.7, 19.6, 4)]
    ['27620', '0.300', '0.0478', '120']
    """
    smallest = abs(value if kept is None else kept)
    if smallest == 0.0:
        return f"{value:.0f}"
    first = -math.floor(math.log10(smallest))
    decimals = first + digits - 1
    if mc_error:
        # The nudge keeps an error of exactly one unit from losing that digit to the rounding of log10.
        decimals = max(min(decimals, -math.floor(math.log10(mc_error) + 1e-9)), first)
    if not 1e-6 <= abs(value) < 1e15:
        return f"{value:.{max(decimals - first, 0)}e}"
    return f"{round(value, decimals):.{max(decimals, 0)}f}"


def effective_worlds(weight: FloatArray) -> float | None:
    """Return how many worlds of equal weight are worth as much: (Σw)² / Σw² (Kish 1965); None if there are none."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else None


def share_error(probability: float, worlds: float | None) -> float | None:
    """Return the standard error of a share of independent worlds."""
    return None if worlds is None else math.sqrt(max(probability * (1.0 - probability), 0.0) / worlds)


def mean_error(distribution: Empirical, worlds: float | None) -> float | None:
    """Return the standard error of a mean over those of independent worlds in which there is a value."""
    if worlds is None:
        return None
    squares = distribution.masses * (distribution.values - distribution.mean()) ** 2
    return math.sqrt(math.fsum(squares) / distribution.there / (worlds * distribution.there))


def quantile_error(distribution: Empirical, level: float, worlds: float | None) -> float | None:
    """Return half the distance of the quantiles one standard error of the level below and above it (Woodruff 1952)."""
    error = share_error(level, worlds)
    if error is None:
        return None
    low, high = distribution.quantile(max(level - error, 0.0)), distribution.quantile(min(level + error, 1.0))
    return None if math.isinf(high) else (high - low) / 2


def _figures(prediction: Prediction, listing: TableListing, settings: TableSettings, n: float | None) -> list[Figure]:
    match prediction:
        case BinaryPrediction(probability=p, mc_error=error):
            return [Figure(probability=p, mc_error=error)]
        case ChoicePrediction(options=options, mc_error=error):
            return [Figure("option", label, probability=p, mc_error=error) for label, p in options.items()]
        case NumberPrediction():
            quantiles = [_quantile(prediction, level, n) for level in settings.quantiles]
            return [*_moments(prediction.distribution, n), *quantiles]
        case DatePrediction():
            days = sorted({*settings.days, *prediction.reported, prediction.horizon})
            shares = [_by(prediction, day, probability_by(prediction, day, listing), n) for day in days]
            return [*shares, *(_quantile(prediction, level, n) for level in settings.quantiles)]
        case PairPrediction():
            halves = (("if true", prediction.if_true, "never"), ("if false", prediction.if_false, "always"))
            return [
                Figure("condition", probability=prediction.given),
                *(
                    Figure(part, probability=p, missing="" if p is not None else f"the condition {when} holds")
                    for part, p, when in halves
                ),
            ]


def _by(prediction: Prediction, day: date, p: float, n: float | None) -> Figure:
    """Return the probability by a day; where the forecast itself reports it, with the error that it has there."""
    reported = prediction.reported.get(day) if isinstance(prediction, DatePrediction) else None
    return Figure("by", day.isoformat(), probability=p, mc_error=share_error(p, n) if reported is None else reported)


def _moments(found: Empirical, n: float | None) -> Iterator[Figure]:
    if found.never > 0.0:
        yield Figure("no value", probability=found.never, mc_error=share_error(found.never, n))
    if found.values.size:
        yield Figure("mean", value=found.mean(), mc_error=mean_error(found, n))


def _quantile(prediction: NumberPrediction | DatePrediction, level: float, n: float | None) -> Figure:
    found, of = prediction.distribution.quantile(level), f"{level:g}"
    error = quantile_error(prediction.distribution, level, n)
    if isinstance(prediction, DatePrediction):
        if math.isinf(found):
            return Figure("quantile", of, missing=f"not by {prediction.horizon}")
        return Figure("quantile", of, day=prediction.day(found), mc_error=error)
    if math.isinf(found):
        return Figure("quantile", of, missing="no value")
    return Figure("quantile", of, value=found, mc_error=error)


def _part_figure(prediction: Prediction, listing: TableListing, predicted: Predicted, n: float | None) -> Figure:
    p = asked_probability(predicted.by_question, listing)
    match listing.part:
        case OptionPart(option=option):
            error = prediction.mc_error if isinstance(prediction, ChoicePrediction) else None
            return Figure("option", option, probability=p, mc_error=error)
        case DayPart(by=day):
            return _by(prediction, day, p, n)
        case HalfPart(given=given):
            return Figure("if true" if given else "if false", probability=p)
        case part:
            stated = () if part is None else part.model_dump(exclude_none=True).items()
            of = ", ".join(f"{name.replace('_', ' ')} {end:g}" for name, end in stated)
            return Figure("range", of, probability=p, mc_error=share_error(p, n))


def _row(prediction: Prediction, figure: Figure, digits: int) -> Row:
    p, value, day, error = figure.probability, figure.value, figure.day, figure.mc_error
    number = p if value is None else value
    unit = prediction.unit if isinstance(prediction, NumberPrediction) and value is not None else ""
    unrounded = day.isoformat() if day else figure.missing if number is None else repr(number)
    return Row(
        question=prediction.question,
        type=_TYPES[type(prediction)],
        part=figure.part,
        of=figure.of,
        probability="" if p is None else _shown_chance(p, error, digits),
        value="" if value is None else shown(value, error, digits),
        day="" if day is None else day.isoformat(),
        unit="days" if day else unit,
        mc_error="" if error is None else f"{error:.2g}",
        unrounded=unrounded,
        text=prediction.text,
    )


def _shown_chance(p: float, error: float | None, digits: int) -> str:
    """Of 0.99995 it is the distance from 1 that must keep a digit: printed as 1, it would be another claim."""
    return "1" if p > 1.0 - _CERTAIN else shown(max(p, 0.0), error, digits, kept=min(max(p, 0.0), 1.0 - p))


def _export(listings: Sequence[TableListing], predicted: Predicted, settings: TableSettings) -> Export:
    rows = list(_rows(listings, predicted, settings))
    head = {
        "scenario": predicted.scenario,
        "title": predicted.title,
        "as_of": predicted.as_of.isoformat(),
        "digest": predicted.digest,
        "supposed": predicted.supposed,
    }
    content = head | {"rows": [_json_row(row) for row in rows]}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    documents = (
        Document("predictions.csv", "text/csv; charset=utf-8; header=present", _csv(rows).encode()),
        Document("predictions.json", "application/json", text.encode()),
    )
    return Export("table", documents, ())


def _rows(listings: Sequence[TableListing], predicted: Predicted, settings: TableSettings) -> Iterator[Row]:
    worlds = effective_worlds(predicted.worlds.weight)
    for listing in listings or [TableListing(question=name) for name in predicted.by_question]:
        prediction = prediction_of(predicted.by_question, listing)
        if listing.part is None:
            figures = _figures(prediction, listing, settings, worlds)
        else:
            figures = [_part_figure(prediction, listing, predicted, worlds)]
        for figure in figures:
            yield _row(prediction, figure, settings.digits)


def _csv(rows: Sequence[Row]) -> str:
    """Return CSV as RFC 4180 has it: a header, CRLF after every row."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(field.name for field in fields(Row))
    writer.writerows(asdict(row).values() for row in rows)
    return written.getvalue()


def _json_row(row: Row) -> dict[str, str | float | None]:
    """Return a row with numbers as numbers, and null for what does not apply."""
    return {
        name: None if text == "" else float(text) if name in _NUMBERS else text for name, text in asdict(row).items()
    }


FORMAT = Format(
    name="table",
    title="Table for people: CSV and JSON",
    listing=TableListing,
    settings=TableSettings,
    export=_export,
    takes_suppositions=True,
)

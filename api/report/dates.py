"""Dated branches: a chart, the probability by each reported day, and the days that quantiles fall on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.report.charts.fan import FanChart, fan_chart
from api.report.rows import Figure, between_ends
from api.report.source import Source
from api.wording.figures import chance, frequency, interval
from api.wording.numbers import NAMED_LEVELS, days_to_show, not_by_horizon
from forecast.result import DateSummary

MIDDLE_HALF = ("0.25", "0.75")


@dataclass(frozen=True, slots=True)
class DayRow:
    """The probability by one day; the intervals are empty where it was counted over sampled worlds."""

    day: str
    mean: Figure
    half: str
    interval: str
    frequency: str


@dataclass(frozen=True, slots=True)
class DatedBranch:
    """When one branch is taken; ``quantiles`` pairs what is said of a level with its day."""

    id: str
    name: str
    path: str
    chart: FanChart | None
    days: tuple[DayRow, ...]
    never: Figure
    quantiles: tuple[tuple[str, str], ...]

    @property
    def in_words(self) -> str:
        """Return what the chart shows."""
        by = "; ".join(f"by {row.day}, {row.mean.text}" for row in self.days)
        return f"Mean probability: {by}. Not by the horizon: {self.never.text}."


def dated_branches(source: Source) -> Iterator[DatedBranch]:
    """Yield every dated branch in the order of the document."""
    found = source.forecast.dates
    for i, name in enumerate(source.names.labels.branches_in_order(found), start=1):
        yield dated_branch(source, f"date-{i}", source.names.branch(name), source.names.path(name), found[name])


def dated_branch(source: Source, branch_id: str, name: str, path: str, summary: DateSummary) -> DatedBranch:
    """Return one dated branch."""
    days = days_to_show(source.forecast, [summary])
    return DatedBranch(
        id=branch_id,
        name=name,
        path=path,
        chart=fan_chart(summary, days, source.forecast.as_of, from_nothing=_from_nothing(source, summary)),
        days=tuple(_day_row(source, summary, day) for day in days),
        never=Figure(repr(summary.not_by_horizon), not_by_horizon(summary)),
        quantiles=tuple(_quantiles(summary)),
    )


def _from_nothing(source: Source, summary: DateSummary) -> bool:
    """Tell whether the branch cannot have been taken by the day the forecast speaks from.

    It can if that has been observed, or if it was made to happen before that day.
    """
    forecast = source.forecast
    if forecast.request.do and forecast.as_of.isoformat() != source.names.labels.text("as_of"):
        return False
    first: date | None = summary.quantiles["0.05"]
    return first is None or first > forecast.as_of


def _day_row(source: Source, summary: DateSummary, day: str) -> DayRow:
    p = summary.by[day]
    return DayRow(
        day=day,
        mean=Figure(repr(p.mean), chance(p, source.draws)),
        half=between_ends(*interval(p, MIDDLE_HALF)),
        interval=between_ends(*interval(p)),
        frequency=frequency(p, source.draws),
    )


def _quantiles(summary: DateSummary) -> Iterator[tuple[str, str]]:
    for level, said in NAMED_LEVELS.items():
        day = summary.quantiles[level]
        if day is not None:
            yield said, day.isoformat()

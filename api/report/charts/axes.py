"""Places along an axis, and the round values that are written there."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

MOST_TICKS = 6
MOST_MONTHS = 4
"""Months have longer labels than numbers and years."""

_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEAR_EDGE = 0.06


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place; ``at`` in percent of the width, ``anchor`` as SVG has it, so that labels stay inside."""

    at: str
    label: str
    anchor: Literal["start", "middle", "end"]


def percent_of_width(share: float) -> str:
    """Return a place across as SVG writes it, to a hundredth of a percent.

    Examples
    --------
    >>> [percent_of_width(share) for share in (0.0, 0.5, 0.123456, 1.0)]
    ['0%', '50%', '12.35%', '100%']
    """
    return f"{round(100.0 * min(max(share, 0.0), 1.0), 2):g}%"


def tick(share: float, label: str) -> Tick:
    """Return a tick whose label does not reach over the edge of the chart."""
    anchor: Literal["start", "middle", "end"] = (
        "start" if share < _NEAR_EDGE else "end" if share > 1.0 - _NEAR_EDGE else "middle"
    )
    return Tick(percent_of_width(share), label, anchor)


def round_steps(low: float, high: float) -> list[float]:
    """Return up to six round values between two numbers, evenly spaced.

    Examples
    --------
    >>> round_steps(0.0, 70.0), round_steps(2.75, 3.76)
    ([0.0, 20.0, 40.0, 60.0], [2.8, 3.0, 3.2, 3.4, 3.6])
    """
    span = high - low
    unit = 10.0 ** math.floor(math.log10(span / MOST_TICKS))
    step = next(unit * factor for factor in (1.0, 2.0, 5.0, 10.0, 20.0) if span / (unit * factor) < MOST_TICKS)
    decimals = max(-math.floor(math.log10(step)), 0)
    first = math.ceil(round(low / step, 9))
    last = math.floor(round(high / step, 9))
    return [round(i * step, decimals) for i in range(first, last + 1)]


def round_powers(low: float, high: float) -> list[float]:
    """Return up to six round values between two positive numbers, evenly spaced by factors.

    Examples
    --------
    >>> round_powers(0.5, 310.0), round_powers(9000.0, 31000.0)
    ([1.0, 3.0, 10.0, 30.0, 100.0, 300.0], [10000.0, 20000.0])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = [factor * 10.0**decade for decade in decades for factor in factors]
        inside = [value for value in found if low <= value <= high]
        if len(inside) <= MOST_TICKS:
            return inside
    return inside[:: -(-len(inside) // MOST_TICKS)]


def calendar_ticks(first: date, last: date) -> list[Tick]:
    """Return up to six beginnings of months or years between two days."""
    span = (last - first).days
    for step in _MONTH_STEPS:
        found = list(_beginnings(first, last, step))
        if len(found) <= (MOST_TICKS if step % 12 == 0 else MOST_MONTHS):
            break
    return [tick((day - first).days / span, _named(day, found)) for day in found]


def _beginnings(first: date, last: date, months: int) -> Iterator[date]:
    """Yield the first days of every so many months."""
    start = first.year * 12 + first.month - 1
    for month in range(start - start % months, last.year * 12 + last.month, months):
        day = date(month // 12, month % 12 + 1, 1)
        if first <= day <= last:
            yield day


def _named(day: date, among: Sequence[date]) -> str:
    """Return the year alone where every tick begins one."""
    years_only = all(other.month == 1 for other in among)
    return str(day.year) if years_only else f"{_MONTHS[day.month - 1]} {day.year}"

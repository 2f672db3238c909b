"""The distribution of a quantity: bars for what is spread out, pins for single values, a strip for the quantiles."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from api.report.charts.axes import Tick, percent_of_width, round_powers, round_steps, tick
from api.wording.figures import number
from api.wording.numbers import ATOM_DIGITS, counted_share
from forecast.result import Atom, Histogram, QuantitySummary

PLOT_HEIGHT = 110
LEAST_BARS, MANY_BINS = 5, 15
"""A distribution of many bins that shows fewer bars than the least is too skewed for a picture."""

TAIL = 0.001
"""Up to so much at either end is not drawn."""

LEAST_SAID = 0.0025
"""Less than this beyond the ends is what every picture leaves out, and not worth a sentence."""

LABEL_ROOM = 0.16
"""Share of the width that a pin's label needs to itself."""

_MARGIN = 0.04


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: ``x`` and ``width`` in percent of the width, ``y`` and ``height`` in pixels."""

    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A single value with probability of its own; without ``label`` where there is no room for one."""

    x: str
    y: str
    label: str
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the quantiles lie, and the mean, in percent of the width."""

    low: str
    lower: str
    middle: str
    upper: str
    high: str
    mean: str


@dataclass(frozen=True, slots=True)
class HistogramChart:
    """The geometry of one chart; whether its axis rises by factors; the share of histories ``beyond`` its ends."""

    bars: tuple[Bar, ...]
    pins: tuple[Pin, ...]
    strip: Strip
    ticks: tuple[Tick, ...]
    by_factors: bool
    beyond: str


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    by_factors: bool

    def across(self, value: float) -> float:
        if not self.by_factors:
            return (value - self.low) / (self.high - self.low)
        return math.log(value / self.low) / math.log(self.high / self.low)

    def place(self, value: float) -> str:
        return percent_of_width(self.across(value))

    def ticks(self) -> Iterator[Tick]:
        round_values = round_powers if self.by_factors else round_steps
        for value in round_values(self.low, self.high):
            yield tick(self.across(value), number(value))


def histogram_chart(summary: QuantitySummary, draws: int) -> HistogramChart | None:
    """Return the picture of a quantity; None if it is one value only, or too skewed for a picture."""
    bins, atoms = list(_drawn(summary)), [atom for atom in summary.atoms if atom.probability > 0.0]
    skewed = len(bins) < LEAST_BARS and len(summary.histogram.probabilities) > MANY_BINS
    if skewed or len(bins) + len(atoms) < 2:
        return None
    axis = _axis(bins, atoms, by_factors=_rises_by_factors(summary.histogram))
    return HistogramChart(
        bars=tuple(_bars(bins, axis)),
        pins=tuple(_pins(atoms, axis, lambda atom: counted_share(atom.probability, draws))),
        strip=_strip(summary, axis),
        ticks=tuple(axis.ticks()),
        by_factors=axis.by_factors,
        beyond=_beyond(bins, atoms, draws),
    )


_Bin = tuple[float, float, float]
"""Lower edge, upper edge, probability."""


def _drawn(summary: QuantitySummary) -> Iterator[_Bin]:
    """Yield the bins without those in which less than ``TAIL`` lies at either end."""
    edges, shares = summary.histogram.edges, summary.histogram.probabilities
    below, above = 0.0, math.fsum(shares)
    for low, high, p in zip(edges, edges[1:], shares, strict=False):
        below, above = below + p, above - p
        if below > TAIL and above + p > TAIL:
            yield low, high, p


def _beyond(bins: Sequence[_Bin], atoms: Sequence[Atom], draws: int) -> str:
    """Return the probability of what is neither bar nor pin, in percent; empty if that is next to nothing."""
    rest = 1.0 - math.fsum([*(p for _, _, p in bins), *(atom.probability for atom in atoms)])
    return counted_share(rest, draws) if rest >= LEAST_SAID else ""


def _axis(bins: Sequence[_Bin], atoms: Sequence[Atom], *, by_factors: bool) -> _Axis:
    """Return an axis that holds the bars and the single values, by factors if the bins rise so and nothing is 0."""
    ends = [bins[0][0], bins[-1][1]] if bins else []
    values = [*ends, *(atom.value for atom in atoms)]
    low, high = min(values), max(values)
    if by_factors and low > 0.0:
        room = (high / low) ** _MARGIN
        return _Axis(low / room, high * room, by_factors=True)
    room = _MARGIN * (high - low)
    return _Axis(low - room, high + room, by_factors=False)


def _rises_by_factors(histogram: Histogram) -> bool:
    """Tell whether the third edge is as many times the second as that is the first."""
    edges = histogram.edges
    if len(edges) < 4 or edges[0] <= 0.0:
        return False
    return math.isclose(edges[1] / edges[0], edges[2] / edges[1], rel_tol=1e-9)


def _bars(bins: Sequence[_Bin], axis: _Axis) -> Iterator[Bar]:
    """Yield bars whose areas are their probabilities; the densest reaches the top."""
    placed = [(axis.across(low), axis.across(high), p) for low, high, p in bins]
    densest = max((p / (right - left) for left, right, p in placed), default=1.0)
    for left, right, p in placed:
        height = PLOT_HEIGHT * p / (right - left) / densest
        yield Bar(
            percent_of_width(left), percent_of_width(right - left), f"{PLOT_HEIGHT - height:.1f}", f"{height:.1f}"
        )


def _pins(atoms: Sequence[Atom], axis: _Axis, said: Callable[[Atom], str]) -> Iterator[Pin]:
    """Yield pins as high as their probabilities, the likeliest to the top; labels where they do not meet."""
    likeliest = max((atom.probability for atom in atoms), default=1.0)
    labelled: list[float] = []
    for atom in sorted(atoms, key=lambda atom: (-atom.probability, atom.value)):
        at = axis.across(atom.value)
        room = all(abs(at - other) >= LABEL_ROOM for other in labelled)
        if room:
            labelled.append(at)
        placed = tick(at, f"{number(atom.value, digits=ATOM_DIGITS)}: {said(atom)}" if room else "")
        yield Pin(placed.at, f"{PLOT_HEIGHT * (1.0 - atom.probability / likeliest):.1f}", placed.label, placed.anchor)


def _strip(summary: QuantitySummary, axis: _Axis) -> Strip:
    low, lower, middle, upper, high = (
        axis.place(summary.quantiles[level]) for level in ("0.05", "0.25", "0.5", "0.75", "0.95")
    )
    return Strip(low, lower, middle, upper, high, axis.place(summary.mean))

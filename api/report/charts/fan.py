"""When a branch is taken: its probability by each reported day, with the bands of what is not known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.report.charts.axes import Tick, calendar_ticks, percent_of_width
from api.wording.figures import number
from forecast.result import DateSummary, Probability

PLOT_HEIGHT = 150
BOX_WIDTH = 1000
BANDS = (("0.05", "0.95"), ("0.25", "0.75"))
"""Ends of the bands, the widest first, so that the narrower lies on it."""

_TOPS = (0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Gridline:
    """A labelled height, in pixels from the top of the plot."""

    y: str
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A computed point: ``x`` in percent of the width, ``y`` in pixels from the top of the plot."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class FanChart:
    """The geometry of one chart; bands and line are in a box of ``BOX_WIDTH`` × ``PLOT_HEIGHT``."""

    gridlines: tuple[Gridline, ...]
    ticks: tuple[Tick, ...]
    bands: tuple[str, ...]
    line: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date
    top: float

    def across(self, day: date) -> float:
        return (day - self.first).days / (self.last - self.first).days

    def down(self, p: float) -> float:
        return PLOT_HEIGHT * (1.0 - min(p / self.top, 1.0))

    def point(self, day: date, p: float) -> str:
        return f"{BOX_WIDTH * self.across(day):.1f},{self.down(p):.1f}"


def fan_chart(summary: DateSummary, days: Sequence[str], start: date, *, from_nothing: bool) -> FanChart | None:
    """Return the chart of a dated branch; None if there are not two days to draw a line between.

    Parameters
    ----------
    summary : DateSummary
    days : sequence of str
        The reported days to show, ISO.
    start : datetime.date
        Where the axis begins, unless the first of ``days`` comes earlier.
    from_nothing : bool
        Whether nothing can have happened up to ``start``, so that the line begins there at 0.
    """
    points = {date.fromisoformat(day): summary.by[day] for day in sorted(days)}
    begins = from_nothing and start < min(points)
    if len(points) + begins < 2:
        return None
    scale = _Scale(min(start, *points), max(points), _top(points.values()))
    origin = [scale.point(start, 0.0)] if begins else []
    return FanChart(
        gridlines=tuple(_gridline(scale, share) for share in (1.0, 0.5)),
        ticks=tuple(calendar_ticks(scale.first, scale.last)),
        bands=tuple(_bands(points, scale, origin)),
        line=" ".join([*origin, *(scale.point(day, p.mean) for day, p in points.items())]),
        dots=tuple(Dot(percent_of_width(scale.across(day)), f"{scale.down(p.mean):.1f}") for day, p in points.items()),
    )


def _top(shown: Iterable[Probability]) -> float:
    """Return the round probability that the axis goes up to."""
    highest = max(max(p.mean, *(p.quantiles or {}).values()) if p.quantiles else p.mean for p in shown)
    return next((top for top in _TOPS if highest <= top), 1.0)


def _gridline(scale: _Scale, share: float) -> Gridline:
    return Gridline(f"{scale.down(share * scale.top):.1f}", f"{number(100.0 * share * scale.top)} %")


def _bands(points: Mapping[date, Probability], scale: _Scale, origin: list[str]) -> Iterator[str]:
    """Yield one closed line per band: along its lower ends, and back along the upper ones."""
    known = {day: p.quantiles for day, p in points.items() if p.quantiles is not None}
    if not known:
        return
    for low, high in BANDS:
        out = [scale.point(day, quantiles[low]) for day, quantiles in known.items()]
        back = [scale.point(day, quantiles[high]) for day, quantiles in reversed(known.items())]
        yield " ".join([*origin, *out, *back])

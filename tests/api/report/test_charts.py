"""Charts: places that follow from the figures."""

from datetime import date, timedelta

import pytest

from api.report.charts.axes import calendar_ticks, round_powers, tick
from api.report.charts.fan import FanChart, fan_chart
from api.report.charts.histogram import HistogramChart, histogram_chart
from forecast.result import Atom, DateSummary, Histogram, Probability, QuantitySummary

DRAWS = 10_000


def probability(mean: float, *, counted: bool = False) -> Probability:
    """Return a probability whose quantiles are a quarter, a half, ... of twice its mean."""
    levels = {level: 2.0 * mean * float(level) for level in ("0.05", "0.25", "0.5", "0.75", "0.95")}
    return Probability(
        mean=mean,
        mc_error=0.0,
        sd=None if counted else 0.1,
        quantiles=None if counted else levels,
        quantile_mc_errors=None if counted else dict.fromkeys(levels, 0.0),
        exact=None,
        exact_sd=None,
        exact_reason=None,
        exact_sd_reason=None,
        method="counted over worlds" if counted else "exact in each draw",
    )


def dated(by: dict[str, float], *, counted: bool = False) -> DateSummary:
    """Return when a branch is taken."""
    return DateSummary(
        by={day: probability(mean, counted=counted) for day, mean in by.items()},
        quantiles=dict.fromkeys(("0.05", "0.25", "0.5", "0.75", "0.95")),
        not_by_horizon=1.0 - max(by.values()),
    )


def fan(by: dict[str, float], *, counted: bool = False, from_nothing: bool = True) -> FanChart | None:
    return fan_chart(dated(by, counted=counted), list(by), date(2026, 1, 1), from_nothing=from_nothing)


def test_a_fan_goes_through_its_dots() -> None:
    """Half-way through a year of 364 days is 50 % of the width; .1 of an axis up to .2 is half of 150 pixels."""
    chart = fan({"2026-07-02": 0.05, "2026-12-31": 0.1})
    assert chart is not None
    assert [(dot.x, dot.y) for dot in chart.dots] == [("50%", "112.5"), ("100%", "75.0")]
    assert chart.line == "0.0,150.0 500.0,112.5 1000.0,75.0"
    assert [(line.y, line.label) for line in chart.gridlines] == [("0.0", "20 %"), ("75.0", "10 %")]
    assert chart.bands[1] == "0.0,150.0 500.0,131.2 1000.0,112.5 1000.0,37.5 500.0,93.8"


def test_counted_probabilities_have_no_bands() -> None:
    chart = fan({"2026-07-02": 0.05, "2026-12-31": 0.1}, counted=True)
    assert chart is not None
    assert chart.bands == ()


def test_what_may_have_happened_before_has_no_beginning_at_nothing() -> None:
    chart = fan({"2026-07-02": 1.0, "2026-12-31": 1.0}, from_nothing=False)
    assert chart is not None
    assert chart.line == "500.0,0.0 1000.0,0.0"


def test_one_day_is_no_line() -> None:
    assert fan({"2026-12-31": 0.1}, from_nothing=False) is None


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (59, ["Jan 2026", "Feb 2026", "Mar 2026"]),
        (364, ["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026"]),
        (1388, ["2026", "2027", "2028", "2029"]),
        (30_000, ["2040", "2060", "2080", "2100"]),
    ],
)
def test_calendars_are_marked_where_months_and_years_begin(days: int, labels: list[str]) -> None:
    start = date(2026, 1, 1)
    assert [mark.label for mark in calendar_ticks(start, start + timedelta(days=days))] == labels


def test_wide_ranges_are_marked_at_some_of_their_powers() -> None:
    assert round_powers(1e-6, 1e6) == [1e-6, 1e-3, 1.0, 1e3, 1e6]


def test_labels_at_the_edge_stay_inside() -> None:
    assert [tick(share, "").anchor for share in (0.0, 0.5, 1.0)] == ["start", "middle", "end"]


def quantity(
    edges: tuple[float, ...], probabilities: tuple[float, ...], atoms: tuple[tuple[float, float], ...] = ()
) -> QuantitySummary:
    """Return a quantity of which only the picture matters."""
    return QuantitySummary(
        unit="things",
        mean=2.0,
        mc_error=0.0,
        sd=1.0,
        quantiles={"0.05": 0.5, "0.25": 1.0, "0.5": 2.0, "0.75": 3.0, "0.95": 4.5},
        exact=None,
        exact_sd=None,
        exact_reason=None,
        atoms=tuple(Atom(value=value, probability=p) for value, p in atoms),
        histogram=Histogram(edges=edges, probabilities=probabilities),
    )


def picture(summary: QuantitySummary) -> HistogramChart:
    chart = histogram_chart(summary, DRAWS)
    assert chart is not None
    return chart


def test_bars_are_as_high_as_they_are_dense() -> None:
    """A bin half as wide with half the probability is as dense as the others, so as high."""
    chart = picture(quantity((0.0, 1.0, 2.0, 3.0, 4.0, 4.5), (0.2, 0.2, 0.4, 0.1, 0.1)))
    assert [bar.height for bar in chart.bars] == ["55.0", "55.0", "110.0", "27.5", "55.0"]
    assert not chart.by_factors
    assert [mark.label for mark in chart.ticks] == ["0", "1", "2", "3", "4"]
    assert (chart.strip.middle, chart.strip.mean) == (chart.bars[2].x, chart.bars[2].x)


def test_bins_that_rise_by_factors_have_an_axis_that_does() -> None:
    """Equal factors are equally far apart: 10 is half-way from 1 to 100."""
    edges = tuple(10.0 ** (i / 4) for i in range(9))
    chart = picture(quantity(edges, (0.125,) * 8))
    assert chart.by_factors
    assert {bar.height for bar in chart.bars} == {"110.0"}
    assert next(mark.at for mark in chart.ticks if mark.label == "10") == "50%"


def test_single_values_are_pins_and_say_their_share() -> None:
    chart = picture(quantity((0.0, 1.0, 2.0, 3.0, 4.0, 5.0), (0.02,) * 5, ((2.5, 0.8), (2.6, 0.1), (9.0, 0.0))))
    assert [(pin.y, pin.label) for pin in chart.pins] == [("0.0", "2.5: 80 %"), ("96.2", "")]


def test_thin_tails_are_not_drawn_and_thick_ones_are_told() -> None:
    """A bin of .0005 at the end is left out of the picture; .05 that lies in no bin is told."""
    chart = picture(quantity(tuple(map(float, range(8))), (0.19, 0.19, 0.19, 0.19, 0.189, 0.0, 0.0005)))
    assert len(chart.bars) == 5
    assert chart.beyond == "5 %"


def test_a_distribution_too_skewed_for_a_picture_has_none() -> None:
    assert histogram_chart(quantity(tuple(map(float, range(65))), (0.999, 0.001, *(0.0,) * 62)), DRAWS) is None


def test_few_whole_numbers_are_a_picture() -> None:
    assert len(picture(quantity((-0.5, 0.5, 1.5), (0.4, 0.6))).bars) == 2


def test_a_certain_number_has_no_picture() -> None:
    assert histogram_chart(quantity((), (), ((3.0, 1.0),)), DRAWS) is None

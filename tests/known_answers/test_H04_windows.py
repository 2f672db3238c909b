"""An event at a rate that windows multiply: by the clock to the last digit, and from a document by whole days."""

import math
from datetime import date, timedelta

import pytest

from forecast.numerics.clock import clock_with_windows
from forecast.numerics.rates import FixedRateLaw
from tests.strategies import document, forecast_of, node

RATE = 0.15
SEASON, WANING = (0.5, 0.6, 10.0), (3.0, 3.8, 1 / 3)
CLOCK, LAW = clock_with_windows([SEASON, WANING]), FixedRateLaw(RATE)

# Quantity: known value. All to 1e-12.
CUMULATIVE_HAZARD = 0.625
BY_YEARS = {
    0.5: 0.07225651367144711,
    0.6: 0.20148378124062297,
    1.0: 0.24798574568061738,
    3.0: 0.4428941381878261,
    3.8: 0.4647385714810098,
}
IN_SEASON, LATER = 0.12922726756917585, 0.3296799539643607


def _by(years: float) -> float:
    return 1.0 - float(LAW.laplace(CLOCK.exposure(years)))


def test_cumulative_hazard() -> None:
    assert RATE * float(CLOCK.exposure(3.8)) == pytest.approx(CUMULATIVE_HAZARD, rel=0, abs=1e-12)


@pytest.mark.parametrize("years", BY_YEARS)
def test_probability_by_then(years: float) -> None:
    assert _by(years) == pytest.approx(BY_YEARS[years], rel=0, abs=1e-12)


def test_probability_inside_and_after_the_season() -> None:
    assert _by(0.6) - _by(0.5) == pytest.approx(IN_SEASON, rel=0, abs=1e-12)
    assert 1.0 - (1.0 - _by(3.8)) / (1.0 - _by(0.6)) == pytest.approx(LATER, rel=0, abs=1e-12)


OPENED = date(2026, 1, 1)
FIRST, LAST, HORIZON = (OPENED + timedelta(days=days) for days in (183, 219, 1388))
DAYS = document(
    {
        "meeting": node(
            ["meet", "no_meeting"],
            {
                "family": "hazard",
                "event": "meet",
                "rate": {"family": "fixed", "per_year": RATE},
                "windows": [{"from": FIRST + timedelta(days=1), "to": LAST, "multiplier": 10.0}],
            },
        )
    },
    horizon=HORIZON,
    checkpoints=[FIRST, LAST, HORIZON],
)


def _closed_form(exposure_days: float) -> float:
    return -math.expm1(-RATE * exposure_days / 365.25)


@pytest.mark.parametrize(
    ("as_of", "day", "exposure_days"),
    [
        (OPENED, FIRST, 183),
        (OPENED, LAST, 183 + 360),
        (OPENED, HORIZON, 183 + 360 + 1388 - 219),
        (FIRST, LAST, 360),
        (OPENED + timedelta(days=200), HORIZON, 190 + 1388 - 219),
        (LAST, HORIZON, 1388 - 219),
    ],
)
def test_windows_of_a_document(as_of: date, day: date, exposure_days: float) -> None:
    """A day in the season counts tenfold, whether a run starts before, inside or after it."""
    found = forecast_of(DAYS, as_of=as_of).dates["meet"].by[day.isoformat()]
    expected = _closed_form(exposure_days)
    assert found.exact == pytest.approx(expected, rel=0, abs=1e-12)
    assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-12)


def test_dates_of_worlds_crowd_into_the_season() -> None:
    """The 10th percentile of the date, worked out by hand, lies inside the season; sampled dates agree to a day."""
    quantiles = forecast_of(DAYS, draws=1 << 16).dates["meet"].quantiles
    by_hand = {"0.05": -math.log(0.95), "0.25": -math.log(0.75)}
    for level, hazard in by_hand.items():
        exposure = hazard / RATE * 365.25
        days = exposure if exposure <= 183 else 183 + (exposure - 183) / 10 if exposure <= 543 else exposure - 324
        found = quantiles[level]
        assert found is not None
        assert abs((found - OPENED).days - math.ceil(days)) <= 1

"""An event at a constant rate: the probability by a deadline falls by itself while nothing happens."""

import math
from datetime import date, timedelta

import pytest

from forecast.numerics.clock import Clock
from forecast.numerics.rates import FixedRateLaw
from forecast.scenario import parse_scenario
from forecast.statements.hazards import HazardPrior
from tests.strategies import document, fixed, forecast_of, node

OPENED, DEADLINE = date(2025, 4, 3), date(2026, 12, 31)
DAYS = 637
EVENT = document(
    {
        "meeting": node(
            {"meet": "result", "no_meeting": None},
            {"family": "hazard", "event": "meet", "rate": {"family": "by_date", "by": DEADLINE, "p": 0.4}},
        ),
        "result": node(["deal", "no_deal"], fixed(deal=0.3, no_deal=0.7)),
    },
    as_of=OPENED,
    horizon=date(2029, 1, 20),
    checkpoints=[OPENED + timedelta(days=365), DEADLINE],
)

# Days elapsed: P(by the deadline | nothing so far). All to 1e-12.
BY_DEADLINE = {
    0: 0.4,
    100: 0.34990268905476546,
    272: 0.25375572089365017,
    500: 0.10404366073397167,
    600: 0.029235321864697846,
    637: 0.0,
}
HAZARD_PER_DAY, MEDIAN_DAY, IN_DAYS_272_TO_365 = 0.0008019240561475521, 864.3551409217332, 0.07186579316840704


@pytest.mark.parametrize("elapsed", BY_DEADLINE)
def test_probability_by_the_deadline(elapsed: int) -> None:
    """Exactly, and in every draw alike, because the rate is known."""
    forecast = forecast_of(EVENT, as_of=OPENED + timedelta(days=elapsed))
    found = forecast.dates["meet"].by[DEADLINE.isoformat()]
    assert found.exact == pytest.approx(BY_DEADLINE[elapsed], rel=0, abs=1e-12)
    assert found.mean == pytest.approx(BY_DEADLINE[elapsed], rel=0, abs=5 * found.mc_error + 1e-12)


def test_probability_of_the_next_quarter() -> None:
    forecast = forecast_of(EVENT, as_of=OPENED + timedelta(days=272))
    found = forecast.dates["meet"].by[(OPENED + timedelta(days=365)).isoformat()]
    assert found.exact == pytest.approx(IN_DAYS_272_TO_365, rel=0, abs=1e-12)


def test_rate_and_median() -> None:
    """The stated probability by a date fixes the rate, and the rate the median of the date."""
    prior = parse_scenario(EVENT).nodes["meeting"].prior
    assert isinstance(prior, HazardPrior)
    clock = Clock()
    (rate,) = prior.rates().values()
    law = rate.law(lambda day: float(clock.exposure((day - OPENED).days / 365.25)), prior.never)
    assert isinstance(law, FixedRateLaw)
    assert law.per_year / 365.25 == pytest.approx(HAZARD_PER_DAY, rel=0, abs=1e-15)
    median = float(clock.time(math.log(2) / law.per_year)) * 365.25
    assert median == pytest.approx(MEDIAN_DAY, rel=0, abs=1e-8)


def test_sampled_median_is_that_day() -> None:
    """The 865th day is the first by which it is as likely as not; dates come from sampled worlds."""
    middle = forecast_of(EVENT, draws=1 << 16).dates["meet"].quantiles["0.5"]
    assert middle is not None
    assert abs((middle - OPENED).days - math.ceil(MEDIAN_DAY)) <= 1

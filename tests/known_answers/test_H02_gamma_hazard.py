"""An event at an uncertain rate, Gamma(1.2, 5 years): its date is Lomax, and silence lowers the rate itself."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.optimize import brentq

from forecast.numerics.clock import Clock
from forecast.numerics.rates import DrawnRate, GammaRateLaw
from tests.strategies import document, draws_of, forecast_of, gamma_hazard, modelled, node

OPENED, HORIZON = date(2025, 4, 3), date(2029, 1, 20)
DAYS_PER_YEAR = 365.25
EVENT = document(
    {"summit_by_t": node(["summit", "no_summit"], gamma_hazard("summit", 1.2, 5.0))},
    as_of=OPENED,
    horizon=HORIZON,
    checkpoints=[date(2025, 12, 31), date(2026, 12, 31), date(2027, 12, 31), HORIZON],
)
NOW, SEEN = date(2026, 8, 20), date(2025, 12, 31)

# Run as of, by the day: probability. All to 1e-12.
BY_DAY: dict[tuple[date, date], float] = {
    (OPENED, date(2025, 12, 31)): 0.15346757713282408,
    (OPENED, date(2026, 12, 31)): 0.30166777231684677,
    (OPENED, date(2027, 12, 31)): 0.4083690028647452,
    (OPENED, HORIZON): 0.49256935519068223,
    (SEEN, date(2026, 12, 31)): 0.1750673585331484,
    (SEEN, date(2027, 12, 31)): 0.3011124191422921,
    (SEEN, HORIZON): 0.4005774249134276,
    (NOW, date(2026, 12, 31)): 0.06443744724072742,
    (NOW, date(2027, 12, 31)): 0.20738613509541481,
    (NOW, HORIZON): 0.32019017512466197,
}
RATE_AT_OPEN, RATE_NOW = 0.24, 0.18809140650144834
VARIANCE, SECOND_MOMENT = 0.07235771430317016, 0.3149822839761346
MEDIAN_YEARS = 3.908987181403393
DAY_OFFSETS = {0.25: 494.75375344754053, 0.10: 167.59535585941651}

FORECASTS = {as_of: forecast_of(EVENT, draws=1 << 14, as_of=as_of) for as_of in (OPENED, SEEN, NOW)}
LAW = GammaRateLaw(1.2, 5.0)


@pytest.mark.parametrize(("as_of", "day"), BY_DAY)
def test_probability_by_a_day(as_of: date, day: date) -> None:
    found = FORECASTS[as_of].dates["summit"].by[day.isoformat()]
    assert found.exact == pytest.approx(BY_DAY[as_of, day], rel=0, abs=1e-12)
    assert found.mean == pytest.approx(BY_DAY[as_of, day], rel=0, abs=5 * found.mc_error + 1e-8)


def test_spread_of_the_probability_by_the_horizon() -> None:
    outcome = FORECASTS[OPENED].outcomes["summit"]
    assert outcome.exact is not None
    assert outcome.exact_sd is not None
    assert outcome.exact_sd**2 == pytest.approx(VARIANCE, rel=0, abs=1e-12)
    assert outcome.exact_sd**2 + outcome.exact**2 == pytest.approx(SECOND_MOMENT, rel=0, abs=1e-12)
    assert outcome.sd == pytest.approx(math.sqrt(VARIANCE), rel=1e-3)


def test_mean_rate_at_open_and_after_silence() -> None:
    """Given survival to exposure x, the mean rate is the density of the date over its survival, a/(b + x)."""
    silent = (NOW - OPENED).days / DAYS_PER_YEAR
    assert float(LAW.density(0.0)) == pytest.approx(RATE_AT_OPEN, rel=0, abs=1e-12)
    assert float(LAW.density(silent) / LAW.laplace(silent)) == pytest.approx(RATE_NOW, rel=0, abs=1e-12)


def test_weighted_draws_have_the_lower_rate() -> None:
    """The silence that a run writes itself as evidence teaches each draw's rate."""
    blocks = 16
    _, inferred = draws_of(modelled(EVENT, as_of=NOW), blocks, 1 << 12)
    rate = inferred.rates[0]
    assert isinstance(rate, DrawnRate)
    assert inferred.weight is not None
    weight, product = (a.reshape(blocks, -1).sum(axis=1) for a in (inferred.weight, inferred.weight * rate.per_year))
    error = float(np.std(product / weight, ddof=1)) / math.sqrt(blocks)
    assert product.sum() / weight.sum() == pytest.approx(RATE_NOW, rel=0, abs=5 * error + 1e-12)
    assert error < 1e-3


def _exact_day(level: float) -> float:
    """Day offset by which the event has happened with probability ``level``, by root search on rate and clock."""
    clock = Clock()
    years = brentq(lambda t: float(LAW.laplace(clock.exposure(t))) - (1 - level), 0.0, 100.0, xtol=1e-14, rtol=1e-14)
    return float(years) * DAYS_PER_YEAR


def test_quantiles_of_the_date() -> None:
    assert _exact_day(0.5) / DAYS_PER_YEAR == pytest.approx(MEDIAN_YEARS, rel=0, abs=1e-10)
    for level, day in DAY_OFFSETS.items():
        assert _exact_day(level) == pytest.approx(day, rel=0, abs=1e-6)


def test_sampled_quantile_of_the_date() -> None:
    """The 495th day is the first by which P ≥ 25 %; the median lies beyond the horizon, so there is none."""
    quantiles = forecast_of(EVENT, draws=1 << 16).dates["summit"].quantiles
    expected = OPENED + timedelta(days=math.ceil(DAY_OFFSETS[0.25]))
    assert quantiles["0.25"] is not None
    assert abs((quantiles["0.25"] - expected).days) <= 1
    assert quantiles["0.5"] is None

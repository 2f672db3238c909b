"""Missile launches in a year: a negative binomial, and what five launches by late May say of the rest."""

import pytest

from forecast.distributions import NegativeBinomial, Poisson
from forecast.distributions.counts import gamma_poisson_update, rate_behind, remaining_count

# Quantity: (known value, how far off a correct computation may be). Closed forms.
KNOWN: dict[str, tuple[float, float]] = {
    "mean": (21.0, 1e-12),
    "var": (360.2307692307692, 1e-12),
    "P(N=0)": (0.024850208448671623, 1e-12),
    "P(N<=10)": (0.35440805387250757, 1e-12),
    "P(N>=40)": (0.14332676363130079, 1e-12),
    "Poisson_same_mean P(N>=40) (overconfident)": (0.00014413103742861222, 1e-12),
    "q0.05": (1.0, 0),
    "q0.25": (7.0, 0),
    "q0.5": (16.0, 0),
    "q0.75": (29.0, 0),
    "q0.95": (59.0, 0),
    "posterior_mean_rate_after_5_in_0.4y": (13.639175257731958, 1e-12),
    "year_total_mean | 5 by 0.4y": (13.183505154639175, 1e-12),
    "P(year_total<=10 | 5 by 0.4y)": (0.2954787454962805, 1e-12),
    "year_total_q0.5 | 5 by 0.4y": (13.0, 0),
    "year_total_q0.95 | 5 by 0.4y": (21.0, 0),
}

YEAR = NegativeBinomial(mean=21, size=1.3)
SEEN, ELAPSED, REMAINING = 5, 0.4, 0.6
RATE = gamma_poisson_update(rate_behind(YEAR), SEEN, ELAPSED)
REST = remaining_count(YEAR, SEEN, ELAPSED, REMAINING)

COMPUTED: dict[str, float] = {
    "mean": YEAR.mean(),
    "var": YEAR.variance(),
    "P(N=0)": float(YEAR.cdf(0)),
    "P(N<=10)": float(YEAR.cdf(10)),
    "P(N>=40)": 1 - float(YEAR.cdf_below(40)),
    "Poisson_same_mean P(N>=40) (overconfident)": 1 - float(Poisson(mean=21).cdf_below(40)),
    "q0.05": float(YEAR.ppf(0.05)),
    "q0.25": float(YEAR.ppf(0.25)),
    "q0.5": float(YEAR.ppf(0.5)),
    "q0.75": float(YEAR.ppf(0.75)),
    "q0.95": float(YEAR.ppf(0.95)),
    "posterior_mean_rate_after_5_in_0.4y": RATE.mean(),
    "year_total_mean | 5 by 0.4y": SEEN + REST.mean(),
    "P(year_total<=10 | 5 by 0.4y)": float(REST.cdf(10 - SEEN)),
    "year_total_q0.5 | 5 by 0.4y": SEEN + float(REST.ppf(0.5)),
    "year_total_q0.95 | 5 by 0.4y": SEEN + float(REST.ppf(0.95)),
}


def test_every_known_answer_is_computed() -> None:
    """No row is left out, none is added."""
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    """The project's own functions give the known value."""
    value, tolerance = KNOWN[quantity]
    assert COMPUTED[quantity] == pytest.approx(value, rel=0, abs=tolerance)

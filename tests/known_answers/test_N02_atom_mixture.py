"""US troops in Korea: an atom at 28,500 and two uniform pieces, with gaps between them."""

import math

import pytest

from forecast.distributions import Fixed, Mixture, MixturePart, Uniform
from forecast.scores.distributions import crps, mean_absolute_difference

# Quantity: (known value, how far off a correct computation may be). Exact fractions.
KNOWN: dict[str, tuple[float, float]] = {
    "mean": (27202.5, 1e-12),
    "sd": (4182.881034645858, 1e-06),
    "P(X<=500)": (0.005, 1e-12),
    "P(X<=1000)": (0.01, 1e-12),
    "P(X<=12000)": (0.01, 1e-12),
    "P(X<=20000)": (0.0706896551724138, 1e-12),
    "P(X<=22000)": (0.08586206896551724, 1e-12),
    "P(X<=26500)": (0.12, 1e-12),
    "P(X<=28000)": (0.12, 1e-12),
    "P(X<=28499)": (0.12, 1e-12),
    "P(X<=28500)": (1.0, 1e-12),
    "P(X<28500)": (0.12, 1e-12),
    "q0.01": (1000.0, 1e-12),
    "q0.05": (17272.727272727272, 1e-12),
    "q0.10": (23863.636363636364, 1e-12),
    "q0.12 (first point of flat CDF)": (26500.0, 1e-12),
    "q0.5": (28500.0, 1e-12),
    "q0.95": (28500.0, 1e-12),
    "P(X<20000 | X<28500)": (0.5890804597701149, 1e-12),
    "E|X-X'|": (2383.366666666667, 1e-12),
    "CRPS(y=28500)": (105.81666666666666, 1e-12),
    "CRPS(y=20000)": (6886.333908045977, 1e-12),
}

TROOPS = Mixture(
    parts=(
        MixturePart(weight=0.88, of=Fixed(value=28500)),
        MixturePart(weight=0.11, of=Uniform(low=12000, high=26500)),
        MixturePart(weight=0.01, of=Uniform(low=0, high=1000)),
    )
)

COMPUTED: dict[str, float] = {
    "mean": TROOPS.mean(),
    "sd": math.sqrt(TROOPS.variance()),
    **{f"P(X<={x})": float(TROOPS.cdf(x)) for x in (500, 1000, 12000, 20000, 22000, 26500, 28000, 28499, 28500)},
    "P(X<28500)": float(TROOPS.cdf_below(28500)),
    **{f"q{level}": float(TROOPS.ppf(float(level))) for level in ("0.01", "0.05", "0.10", "0.5", "0.95")},
    "q0.12 (first point of flat CDF)": float(TROOPS.ppf(0.12)),
    "P(X<20000 | X<28500)": float(TROOPS.cdf_below(20000) / TROOPS.cdf_below(28500)),
    "E|X-X'|": mean_absolute_difference(TROOPS),
    "CRPS(y=28500)": crps(TROOPS, 28500),
    "CRPS(y=20000)": crps(TROOPS, 20000),
}


def test_every_known_answer_is_computed() -> None:
    """No row is left out, none is added."""
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    """The project's own functions give the known value."""
    value, tolerance = KNOWN[quantity]
    assert COMPUTED[quantity] == pytest.approx(value, rel=0, abs=tolerance)

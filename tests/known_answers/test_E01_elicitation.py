"""Beta and Dirichlet fits: the example of the SHELF vignette, round trips, the conditional method."""

import pytest

from forecast.distributions import Beta
from forecast.numerics.elicitation import connor_mosimann_moments, fit_beta, fit_dirichlet_marginal

# Quantity: (known value, how far off a correct computation may be). Least squares, round trips and exact fractions;
# rows "published" are the rounded output printed in the SHELF vignette.
KNOWN: dict[str, tuple[float, float]] = {
    "picu beta a:good": (24.889266524793022, 0.02),
    "picu beta b:good": (20.408707715273348, 0.03),
    "picu beta a:sequel": (6.202489462950582, 0.02),
    "picu beta b:sequel": (14.734141937218931, 0.03),
    "picu beta a:dead": (4.601442383689987, 0.02),
    "picu beta b:dead": (24.408069029494815, 0.03),
    "picu dirichlet opt:good": (16.612800489744696, 0.03),
    "picu dirichlet opt:sequel": (8.957127569990504, 0.03),
    "picu dirichlet opt:dead": (4.795822553068611, 0.03),
    "picu n_opt": (30.365750612803815, 0.05),
    "picu sum of marginal means before adjustment": (1.0043254992986057, 0.001),
    "picu dirichlet min:good": (11.45422304270926, 0.03),
    "picu dirichlet min:sequel": (6.1757761475559825, 0.03),
    "picu dirichlet min:dead": (3.306632209904269, 0.03),
    "published SHELF vignette dirichlet:good": (16.6, 0.05),
    "published SHELF vignette dirichlet:sequel": (8.96, 0.05),
    "published SHELF vignette dirichlet:dead": (4.8, 0.05),
    "roundtrip quartiles of Beta(20,15) -> a": (20.0, 0.01),
    "roundtrip quartiles of Beta(20,15) -> b": (15.0, 0.01),
    "roundtrip quartiles of Beta(10,25) -> a": (10.0, 0.01),
    "roundtrip quartiles of Beta(10,25) -> b": (25.0, 0.01),
    "roundtrip quartiles of Beta(5,30) -> a": (5.0, 0.01),
    "roundtrip quartiles of Beta(5,30) -> b": (30.0, 0.01),
    "roundtrip fitDirichlet(20,10,5): d1": (20.0, 0.01),
    "roundtrip fitDirichlet: d2": (10.0, 0.01),
    "roundtrip fitDirichlet: d3": (5.0, 0.01),
    "Beta(2,5) q0.05": (0.06284989170835438, 1e-10),
    "Beta(2,5) q0.95": (0.5818034092520259, 1e-10),
    "conditional method mean p1": (0.5833333333333334, 1e-12),
    "conditional method mean p2": (0.11666666666666667, 1e-12),
    "conditional method mean p3": (0.3, 1e-12),
    "check: Dirichlet mean p2": (0.11666666666666667, 1e-12),
    "CM(4,6;3,1) mean p2": (0.45, 1e-12),
    "CM(4,6;3,1) var p2": (0.026590909090909092, 1e-12),
    "CM(4,6;3,1) cov(p1,p2)": (-0.016363636363636365, 1e-12),
}

LEVELS = [0.25, 0.5, 0.75]
QUARTILES = {"good": [0.50, 0.55, 0.60], "sequel": [0.22, 0.30, 0.35], "dead": [0.11, 0.15, 0.20]}
BETAS = {outcome: fit_beta(values, LEVELS) for outcome, values in QUARTILES.items()}
OPTIMAL = fit_dirichlet_marginal(list(BETAS.values()), "opt")
CAUTIOUS = fit_dirichlet_marginal(list(BETAS.values()), "min")

# Marginals of a Dirichlet(20, 10, 5), stated by their quartiles and fitted back.
SOURCES = [(20.0, 15.0), (10.0, 25.0), (5.0, 30.0)]
REFITTED = [fit_beta(Beta(a=a, b=b).ppf(LEVELS), LEVELS) for a, b in SOURCES]
ROUND_TRIP = fit_dirichlet_marginal(REFITTED)

# Dirichlet(7, 7/5, 18/5), stated branch after branch; then one that is no Dirichlet.
CONDITIONAL, _ = connor_mosimann_moments([7, 1.4], [5, 3.6])
GENERAL, GENERAL_COVARIANCE = connor_mosimann_moments([4, 3], [6, 1])

COMPUTED: dict[str, float] = {
    **{f"picu beta a:{outcome}": a for outcome, (a, _) in BETAS.items()},
    **{f"picu beta b:{outcome}": b for outcome, (_, b) in BETAS.items()},
    **{f"picu dirichlet opt:{outcome}": alpha for outcome, alpha in zip(BETAS, OPTIMAL.alpha, strict=True)},
    "picu n_opt": OPTIMAL.equivalent_sample_size,
    "picu sum of marginal means before adjustment": OPTIMAL.sum_of_means,
    **{f"picu dirichlet min:{outcome}": alpha for outcome, alpha in zip(BETAS, CAUTIOUS.alpha, strict=True)},
    **{
        f"published SHELF vignette dirichlet:{outcome}": alpha
        for outcome, alpha in zip(BETAS, OPTIMAL.alpha, strict=True)
    },
    **{
        f"roundtrip quartiles of Beta({a:.0f},{b:.0f}) -> {name}": fitted
        for (a, b), pair in zip(SOURCES, REFITTED, strict=True)
        for name, fitted in zip("ab", pair, strict=True)
    },
    "roundtrip fitDirichlet(20,10,5): d1": ROUND_TRIP.alpha[0],
    "roundtrip fitDirichlet: d2": ROUND_TRIP.alpha[1],
    "roundtrip fitDirichlet: d3": ROUND_TRIP.alpha[2],
    "Beta(2,5) q0.05": float(Beta(a=2, b=5).ppf(0.05)),
    "Beta(2,5) q0.95": float(Beta(a=2, b=5).ppf(0.95)),
    **{f"conditional method mean p{k}": float(mean) for k, mean in enumerate(CONDITIONAL, start=1)},
    "check: Dirichlet mean p2": 1.4 / (7 + 1.4 + 3.6),
    "CM(4,6;3,1) mean p2": float(GENERAL[1]),
    "CM(4,6;3,1) var p2": float(GENERAL_COVARIANCE[1, 1]),
    "CM(4,6;3,1) cov(p1,p2)": float(GENERAL_COVARIANCE[0, 1]),
}


def test_every_known_answer_is_computed() -> None:
    """No row is left out, none is added."""
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    """The project's own functions give the known value."""
    value, tolerance = KNOWN[quantity]
    assert COMPUTED[quantity] == pytest.approx(value, rel=0, abs=tolerance)

"""An outcome whose probability has a law in closed form: Beta(5, 4) times Beta(2, 3) is Beta(2, 7)."""

import math

import numpy as np
import pytest

from forecast.distributions import Beta
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan
from tests.strategies import dirichlet, document, draws_of, forecast_of, modelled, node

# Quantity: (known value, how far off a correct computation may be).
KNOWN: dict[str, tuple[float, float]] = {
    "mean": (0.2222222222222222, 1e-12),
    "var": (0.01728395061728395, 1e-12),
    "q0.05": (0.04638926397961113, 1e-10),
    "q0.25": (0.1206287410983218, 1e-10),
    "q0.5": (0.20113119260500992, 1e-10),
    "q0.75": (0.3026997335741604, 1e-10),
    "q0.95": (0.47067940860113167, 1e-10),
    "P(leaf<=0.1)": (0.18689527, 1e-12),
}
LEVELS = [key.removeprefix("q") for key in KNOWN if key.startswith("q")]
TREE = document(
    {
        "n1": node({"other": None, "a": "n2"}, dirichlet(a=5, other=4)),
        "n2": node(["b", "c"], dirichlet(b=2, c=3)),
    }
)
SAMPLED = forecast_of(TREE, draws=1 << 18).outcomes["b"]


def _exact() -> dict[str, float]:
    model = modelled(TREE)
    value = ExactEngine(model).evaluate(leaf_plan(model, model.leaves_below[model.scenario.tree.outcomes["b"]]))
    assert value.mean is not None
    assert value.sd is not None
    law = Beta(a=2, b=7)
    quantiles = {f"q{level}": float(law.ppf(float(level))) for level in LEVELS}
    return {"mean": value.mean, "var": value.sd**2, **quantiles, "P(leaf<=0.1)": float(law.cdf(0.1))}


EXACT = _exact()


@pytest.mark.parametrize("quantity", KNOWN)
def test_exact_value(quantity: str) -> None:
    """Moments by the engine, the rest by the Beta law that the product collapses to."""
    value, tolerance = KNOWN[quantity]
    assert EXACT[quantity] == pytest.approx(value, rel=0, abs=tolerance)


def test_mean_over_draws() -> None:
    assert SAMPLED.mean == pytest.approx(KNOWN["mean"][0], rel=0, abs=5 * SAMPLED.mc_error + 1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_quantile_over_draws(level: str) -> None:
    """Within 5 MC errors of the quantile; the tree is told nothing of the closed form."""
    assert SAMPLED.quantiles is not None
    assert SAMPLED.quantile_mc_errors is not None
    value, tolerance = KNOWN[f"q{level}"]
    allowed = 5 * SAMPLED.quantile_mc_errors[level] + tolerance
    assert SAMPLED.quantiles[level] == pytest.approx(value, rel=0, abs=allowed)
    assert allowed < 1e-3


def test_share_of_draws_below_a_number() -> None:
    blocks = 16
    model = modelled(TREE, seed=7)
    _, inferred = draws_of(model, blocks, 1 << 12)
    leaf = next(i for i, leaf in enumerate(model.leaves) if leaf.name == "b")
    shares = (inferred.leaves[leaf] <= 0.1).reshape(blocks, -1).mean(axis=1)
    error = float(np.std(shares, ddof=1)) / math.sqrt(blocks)
    value, tolerance = KNOWN["P(leaf<=0.1)"]
    assert float(shares.mean()) == pytest.approx(value, rel=0, abs=5 * error + tolerance)

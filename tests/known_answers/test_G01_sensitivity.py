"""How much of an outcome's spread each node on its path accounts for: Sobol' indices and Shapley effects."""

import pytest

from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan
from forecast.sensitivity import node_effects, outcome_factors, product_effects
from tests.strategies import dirichlet, document, modelled, node

# Quantity: (known value, how far off a correct computation may be). All are ratios of whole numbers.
KNOWN: dict[str, tuple[float, float]] = {
    "mean": (0.06, 1e-12),
    "var": (0.001804195804195804, 1e-15),
    "sobol_first:summit": (0.1813953488372093, 1e-12),
    "sobol_total:summit": (0.2496124031007752, 1e-12),
    "shapley:summit": (0.21459948320413436, 1e-12),
    "sobol_first:bad_deal": (0.3581395348837209, 1e-12),
    "sobol_total:bad_deal": (0.4558139534883721, 1e-12),
    "shapley:bad_deal": (0.40607235142118864, 1e-12),
    "sobol_first:peace_kind": (0.3325581395348837, 1e-12),
    "sobol_total:peace_kind": (0.42790697674418604, 1e-12),
    "shapley:peace_kind": (0.379328165374677, 1e-12),
}
MODEL = modelled(
    document(
        {
            "summit": node({"meet": "bad_deal", "no_summit": None}, dirichlet(meet=5, no_summit=5)),
            "bad_deal": node({"bad": "peace_kind", "other": None}, dirichlet(bad=18 / 5, other=42 / 5)),
            "peace_kind": node(["peace", "rest"], dirichlet(peace=16 / 5, rest=24 / 5)),
        }
    )
)
PEACE = MODEL.leaves_below[MODEL.scenario.tree.outcomes["peace"]]


def _computed() -> dict[str, float]:
    value = ExactEngine(MODEL).evaluate(leaf_plan(MODEL, PEACE))
    assert value.mean is not None
    assert value.sd is not None
    found = {"mean": value.mean, "var": value.sd**2}
    for name, effects in product_effects(outcome_factors(MODEL, "peace")).items():
        found[f"sobol_first:{name}"] = effects.first
        found[f"sobol_total:{name}"] = effects.total
        found[f"shapley:{name}"] = effects.shapley
    return found


COMPUTED = _computed()


def test_every_known_answer_is_computed() -> None:
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    value, tolerance = KNOWN[quantity]
    assert COMPUTED[quantity] == pytest.approx(value, rel=0, abs=tolerance)


@pytest.mark.parametrize("name", ["summit", "bad_deal", "peace_kind"])
def test_effects_of_nodes_in_general(name: str) -> None:
    """The indices for any group of a tree agree with those of a product on its path."""
    effects = node_effects(MODEL, PEACE)[name]
    assert effects.first == pytest.approx(KNOWN[f"sobol_first:{name}"][0], rel=0, abs=1e-12)
    assert effects.total == pytest.approx(KNOWN[f"sobol_total:{name}"][0], rel=0, abs=1e-12)

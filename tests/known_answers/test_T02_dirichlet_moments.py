"""The reference tree with independent Dirichlet nodes: mean, variance and covariance of outcomes and groups."""

import math

import numpy as np
import pytest

from forecast.arrays import FloatArray
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan
from tests.strategies import dirichlet, document, forecast_of, modelled, node

# Quantity: (known value, how far off a correct computation may be). All are ratios of whole numbers.
KNOWN: dict[str, tuple[float, float]] = {
    "mean:official_talks_only": (0.1, 1e-12),
    "var:official_talks_only": (0.0048760330578512395, 1e-15),
    "mean:no_talks": (0.4, 1e-12),
    "var:no_talks": (0.018512396694214877, 1e-15),
    "mean:embittered_escalation": (0.175, 1e-12),
    "var:embittered_escalation": (0.006755801017164654, 1e-15),
    "mean:muted": (0.11666666666666667, 1e-12),
    "var:muted": (0.004189270325633962, 1e-15),
    "mean:acceptable_deal": (0.058333333333333334, 1e-12),
    "var:acceptable_deal": (0.0024713480963480965, 1e-15),
    "mean:freeze_for_relief": (0.06, 1e-12),
    "var:freeze_for_relief": (0.001804195804195804, 1e-15),
    "mean:icbm_only": (0.03, 1e-12),
    "var:icbm_only": (0.0007727272727272727, 1e-15),
    "mean:not_raised": (0.012, 1e-12),
    "var:not_raised": (0.00015077431659249842, 1e-15),
    "mean:refuses": (0.0336, 1e-12),
    "var:refuses": (0.0006718430977287176, 1e-15),
    "mean:full_withdrawal": (0.001152, 1e-12),
    "var:full_withdrawal": (3.7244994949273115e-06, 1e-15),
    "mean:partial_drawdown": (0.006048, 1e-12),
    "var:partial_drawdown": (4.003768233973089e-05, 1e-15),
    "mean:announced_only": (0.0072, 1e-12),
    "var:announced_only": (5.340173947765232e-05, 1e-15),
    "group_mean:no_deal": (0.2916666666666667, 1e-12),
    "group_var:no_deal": (0.012832653457653458, 1e-15),
    "group_mean:any_deal": (0.20833333333333334, 1e-12),
    "group_var:any_deal": (0.00904477466977467, 1e-15),
    "group_mean:bad_deal": (0.15, 1e-12),
    "group_var:bad_deal": (0.006451048951048951, 1e-15),
    "group_mean:peace_declaration": (0.06, 1e-12),
    "group_var:peace_declaration": (0.001804195804195804, 1e-15),
    "group_mean:troop_cut_via_peace": (0.0072, 1e-12),
    "group_var:troop_cut_via_peace": (5.340173947765232e-05, 1e-15),
    "group_mean:all": (1.0, 1e-12),
    "group_var:all": (0.0, 1e-15),
    "cov:icbm_only,freeze_for_relief": (0.0002587412587412587, 1e-15),
    "cov:full_withdrawal,partial_drawdown": (4.81977882149706e-06, 1e-15),
    "cov:no_talks,icbm_only": (-0.001090909090909091, 1e-15),
    "cov:embittered_escalation,muted": (0.000943791057427421, 1e-15),
}

PAIRS = [key.removeprefix("cov:").split(",") for key in KNOWN if key.startswith("cov:")]
GROUPS = {
    "no_deal": ["no_deal"],
    "any_deal": ["acceptable_deal", "bad_deal"],
    "bad_deal": ["bad_deal"],
    "peace_declaration": ["peace_declaration"],
    "troop_cut_via_peace": ["full_withdrawal", "partial_drawdown"],
    "all": ["no_summit", "summit"],
    **{f"{first}_or_{second}": [first, second] for first, second in PAIRS},
}
REFERENCE_TREE = document(
    {
        "summit_by_horizon": node(
            {"no_summit": "talks_without_leaders", "summit": "summit_outcome"}, dirichlet(summit=5, no_summit=5)
        ),
        "talks_without_leaders": node(
            ["official_talks_only", "no_talks"], dirichlet(official_talks_only=2, no_talks=8)
        ),
        "summit_outcome": node(
            {"no_deal": "aftermath", "acceptable_deal": None, "bad_deal": "bad_deal_kind"},
            dirichlet(no_deal=7, acceptable_deal=7 / 5, bad_deal=18 / 5),
        ),
        "aftermath": node(["embittered_escalation", "muted"], dirichlet(embittered_escalation=6, muted=4)),
        "bad_deal_kind": node(
            {"freeze_for_relief": None, "icbm_only": None, "peace_declaration": "troop_question"},
            dirichlet(freeze_for_relief=16 / 5, icbm_only=8 / 5, peace_declaration=16 / 5),
        ),
        "troop_question": node({"raised": "trump_agrees", "not_raised": None}, dirichlet(raised=8, not_raised=2)),
        "trump_agrees": node({"refuses": None, "agrees": "implementation"}, dirichlet(agrees=3, refuses=7)),
        "implementation": node(
            ["full_withdrawal", "partial_drawdown", "announced_only"],
            dirichlet(full_withdrawal=4 / 5, partial_drawdown=21 / 5, announced_only=5),
        ),
    },
    groups=GROUPS,
)


def _exact() -> dict[str, float]:
    model = modelled(REFERENCE_TREE)
    engine = ExactEngine(model)
    resolve = model.scenario.tree.resolve

    def moments(*references: str) -> tuple[float, float]:
        leaves = frozenset().union(*(model.leaves_below[resolve(reference)] for reference in references))
        value = engine.evaluate(leaf_plan(model, leaves))
        assert value.mean is not None
        assert value.sd is not None
        return value.mean, value.sd**2

    found: dict[str, float] = {}
    for leaf in model.leaves:
        found[f"mean:{leaf.name}"], found[f"var:{leaf.name}"] = moments(leaf.name)
    for name, references in GROUPS.items():
        found[f"group_mean:{name}"], found[f"group_var:{name}"] = moments(*references)
    for first, second in PAIRS:
        together = found[f"group_var:{first}_or_{second}"]
        found[f"cov:{first},{second}"] = (together - found[f"var:{first}"] - found[f"var:{second}"]) / 2
    return found


EXACT = _exact()
REPLICATES = [forecast_of(REFERENCE_TREE, draws=1 << 14, seed=seed) for seed in range(8)]
TABLE_ERROR = 5e-5
"""Relative error of a variance that the tables of inverse distribution functions may leave."""


def _sampled_variances(section: str, name: str) -> FloatArray:
    """Variance over draws in each replicate; a forecast reports no MC error of its spread, so replicates do."""
    found = [getattr(forecast, section)[name].sd for forecast in REPLICATES]
    return np.square(found)


def _section(quantity: str) -> tuple[str, str]:
    kind, _, name = quantity.partition(":")
    return ("groups" if kind.startswith("group") else "outcomes"), name


def _within_errors(replicates: FloatArray, value: float, scale: float) -> bool:
    error = float(replicates.std(ddof=1)) / math.sqrt(len(replicates))
    return abs(float(replicates.mean()) - value) <= 5 * error + TABLE_ERROR * scale + 1e-15


@pytest.mark.parametrize("quantity", KNOWN)
def test_exact_value(quantity: str) -> None:
    value, tolerance = KNOWN[quantity]
    assert EXACT[quantity] == pytest.approx(value, rel=0, abs=tolerance)


@pytest.mark.parametrize("quantity", [key for key in KNOWN if "mean:" in key])
def test_mean_over_draws(quantity: str) -> None:
    """Within 5 MC errors of the known mean."""
    value, tolerance = KNOWN[quantity]
    section, name = _section(quantity)
    sampled = getattr(REPLICATES[0], section)[name]
    assert sampled.mean == pytest.approx(value, rel=0, abs=5 * sampled.mc_error + tolerance)


@pytest.mark.parametrize("quantity", [key for key in KNOWN if "var:" in key])
def test_variance_over_draws(quantity: str) -> None:
    """Within 5 MC errors of the known variance, the error from independent replicates."""
    value, _ = KNOWN[quantity]
    assert _within_errors(_sampled_variances(*_section(quantity)), value, value)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_covariance_over_draws(first: str, second: str) -> None:
    """By polarisation from the variance of the two outcomes together."""
    together = _sampled_variances("groups", f"{first}_or_{second}")
    one, other = _sampled_variances("outcomes", first), _sampled_variances("outcomes", second)
    assert _within_errors((together - one - other) / 2, KNOWN[f"cov:{first},{second}"][0], float(together.mean()))


def test_some_outcomes_move_together_and_some_against_each_other() -> None:
    """So the variance of a group is not the sum of its outcomes' variances, in either direction."""
    covariances = [EXACT[f"cov:{first},{second}"] for first, second in PAIRS]
    assert min(covariances) < -1e-4
    assert max(covariances) > 1e-4

"""Two pieces of evidence on the outcomes of a tree: posteriors, what they taught, what they leave of the draws."""

import math
from datetime import date
from typing import Any

import pytest

from forecast.numerics.learning import effective_share, kullback_leibler
from forecast.result import Forecast
from tests.known_answers.test_T01_point_tree import POINT_TREE
from tests.strategies import changed, draws_of, forecast_of, modelled, ratio_entry

TEAMS_ANNOUNCED = {"no_summit": 0.1, "no_deal": 0.4, "freeze": 0.8, "icbm_only": 1.0, "drawdown": 1.0, "stay": 1.0}
NOBEL_AMBITIONS = {"no_summit": 0.3, "no_deal": 0.5, "freeze": 0.5, "icbm_only": 0.5, "drawdown": 0.9, "stay": 0.6}

# Quantity: known value. All to 1e-12.
KNOWN: dict[str, float] = {
    "P(evidence)": 0.36,
    "posterior:no_summit": 0.1388888888888889,
    "posterior:no_deal": 0.3333333333333333,
    "posterior:freeze": 0.1111111111111111,
    "posterior:icbm_only": 0.1388888888888889,
    "posterior:drawdown": 0.09259259259259259,
    "posterior:stay": 0.18518518518518517,
    "asymptotic_ESS_fraction": 0.5514893617021277,
    "KL(post||prior)_nats": 0.3716237905120667,
    "log10_bayes_factor:drawdown_vs_no_summit": 1.0,
    "posterior_after_E2:no_summit": 0.07894736842105263,
    "posterior_after_E2:no_deal": 0.3157894736842105,
    "posterior_after_E2:freeze": 0.10526315789473684,
    "posterior_after_E2:icbm_only": 0.13157894736842105,
    "posterior_after_E2:drawdown": 0.15789473684210525,
    "posterior_after_E2:stay": 0.21052631578947367,
    "asymptotic_ESS_fraction_after_E2": 0.43001786777843953,
}

FIRST = {"teams": ratio_entry(TEAMS_ANNOUNCED, date(2026, 1, 1))}
BOTH = {**FIRST, "nobel": ratio_entry(NOBEL_AMBITIONS, date(2026, 1, 2))}


def _after(evidence: dict[str, Any]) -> Forecast:
    return forecast_of(changed(POINT_TREE, evidence=evidence, questions={}), as_of=date(2026, 1, 2))


def _exact(forecast: Forecast) -> dict[str, float]:
    return {name: outcome.exact for name, outcome in forecast.outcomes.items() if outcome.exact is not None}


PRIOR, AFTER_FIRST, AFTER_BOTH = _after({}), _after(FIRST), _after(BOTH)


def _computed() -> dict[str, float]:
    prior, first, both = map(_exact, (PRIOR, AFTER_FIRST, AFTER_BOTH))
    _, inferred = draws_of(modelled(changed(POINT_TREE, evidence=FIRST, questions={})))
    assert inferred.weight is not None
    odds = (first["drawdown"] / first["no_summit"]) / (prior["drawdown"] / prior["no_summit"])
    return {
        "P(evidence)": float(inferred.weight.mean()),
        **{f"posterior:{name}": value for name, value in first.items()},
        "asymptotic_ESS_fraction": effective_share(first, prior),
        "KL(post||prior)_nats": kullback_leibler(first, prior),
        "log10_bayes_factor:drawdown_vs_no_summit": math.log10(odds),
        **{f"posterior_after_E2:{name}": value for name, value in both.items()},
        "asymptotic_ESS_fraction_after_E2": effective_share(both, prior),
    }


COMPUTED = _computed()


def test_every_known_answer_is_computed() -> None:
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_exact_value(quantity: str) -> None:
    assert COMPUTED[quantity] == pytest.approx(KNOWN[quantity], rel=0, abs=1e-12)


@pytest.mark.parametrize("quantity", [key for key in KNOWN if key.startswith("posterior")])
def test_mean_over_draws(quantity: str) -> None:
    kind, _, name = quantity.partition(":")
    sampled = (AFTER_FIRST if kind == "posterior" else AFTER_BOTH).outcomes[name]
    assert sampled.mean == pytest.approx(KNOWN[quantity], rel=0, abs=5 * sampled.mc_error + 1e-12)


def test_order_does_not_matter() -> None:
    """The two entries change places, and their dates with them."""
    swapped = {
        "nobel": ratio_entry(NOBEL_AMBITIONS, date(2026, 1, 1)),
        "teams": ratio_entry(TEAMS_ANNOUNCED, date(2026, 1, 2)),
    }
    other = _after(swapped)
    assert {n: p.mean for n, p in other.outcomes.items()} == {n: p.mean for n, p in AFTER_BOTH.outcomes.items()}
    assert _exact(other) == _exact(AFTER_BOTH)


def test_known_probabilities_leave_every_draw_its_weight() -> None:
    """Inference within a draw is exact, so evidence costs draws only where the probabilities are uncertain."""
    assert AFTER_BOTH.sampling.effective_sample_size == pytest.approx(AFTER_BOTH.sampling.draws, rel=1e-12)

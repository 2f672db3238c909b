"""The Trump–Kim scenario holds the draft it was written from, number by number."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from forecast.dates import years_between
from forecast.distributions import Distribution, Exponential, Gamma
from forecast.documents import read_scenario
from forecast.statements.document_parts import ContinuousDriver
from forecast.statements.hazards import GammaRate, HazardPrior
from forecast.statements.priors import BetaPrior, DirichletPrior
from forecast.statements.quantities import ByAttribute, Value

FILE = Path(__file__).parents[2] / "priors" / "trump-kim-2025.yaml"
TRUMP_KIM = read_scenario(FILE.read_text(encoding="utf-8"))


def test_dates_and_standing() -> None:
    assert TRUMP_KIM.as_of == date(2025, 4, 3)
    assert TRUMP_KIM.horizon == date(2029, 1, 20)
    assert [day.isoformat() for day in TRUMP_KIM.checkpoints] == [
        "2025-12-31",
        "2026-12-31",
        "2027-12-31",
        "2029-01-20",
    ]
    assert "starting prior" in (TRUMP_KIM.prior_status or "")
    assert TRUMP_KIM.prior_version == "0.1.0"
    assert set(TRUMP_KIM.definitions) == {
        *("summit", "official_talks", "deal", "acceptable_deal", "bad_deal", "icbm_only", "peace_declaration"),
        *("troop_cut", "acute_crisis"),
    }


GIVEN = {
    "talks_without_leaders": "summit_by_t.no_summit",
    "summit_outcome": "summit_by_t.summit",
    "aftermath": "summit_outcome.no_deal",
    "bad_deal_kind": "summit_outcome.bad_deal",
    "troop_question": "bad_deal_kind.peace_declaration",
    "trump_agrees": "troop_question.raised",
    "implementation": "trump_agrees.agrees",
}

ALPHA = {
    "talks_without_leaders": {"official_talks_only": 2, "no_talks": 8},
    "summit_outcome": {"no_deal": 7.0, "acceptable_deal": 1.4, "bad_deal": 3.6},
    "aftermath": {"embittered_escalation": 6, "muted": 4},
    "bad_deal_kind": {"freeze_for_relief": 3.2, "icbm_only": 1.6, "peace_declaration": 3.2},
    "troop_question": {"raised": 8, "not_raised": 2},
    "trump_agrees": {"agrees": 3, "refuses": 7},
    "implementation": {"full_withdrawal": 0.8, "partial_drawdown": 4.2, "announced_only": 5.0},
}


def test_tree_has_the_draft_shape() -> None:
    tree = TRUMP_KIM.tree
    assert tree.root == "summit_by_t"
    assert {node: str(edge) for node, edge in tree.edge_to.items()} == GIVEN
    assert set(TRUMP_KIM.nodes) == {"summit_by_t", *GIVEN}


def test_root_is_a_gamma_hazard_without_windows() -> None:
    prior = TRUMP_KIM.nodes["summit_by_t"].prior
    assert isinstance(prior, HazardPrior)
    assert prior.event == "summit"
    assert prior.rate == GammaRate(family="gamma", shape=1.2, rate_years=5.0)
    assert prior.windows == ()
    assert prior.never == 0.0


@pytest.mark.parametrize("node", ALPHA)
def test_node_priors_are_the_draft(node: str) -> None:
    prior = TRUMP_KIM.nodes[node].prior
    assert isinstance(prior, DirichletPrior)
    assert prior.alpha == ALPHA[node]


LOADINGS = {
    "summit_by_t": {
        "kim_leverage": {"log_hazard": -0.25},
        "trump_freedom": {"log_hazard": 0.20},
        "trump_desire": {"log_hazard": 0.40},
    },
    "summit_outcome": {
        "kim_leverage": {"no_deal": 0.20, "acceptable_deal": -0.35},
        "trump_freedom": {"no_deal": -0.35, "bad_deal": 0.35},
        "allied_influence": {"bad_deal": -0.25},
        "preparation": {"no_deal": -0.40, "acceptable_deal": 0.50},
    },
    "bad_deal_kind": {
        "kim_leverage": {"freeze_for_relief": -0.10},
        "trump_desire": {"peace_declaration": 0.35, "icbm_only": 0.10},
        "allied_influence": {"icbm_only": -0.30},
    },
    "trump_agrees": {"trump_freedom": {"agrees": 0.50}, "allied_influence": {"agrees": -0.40}},
}


def test_drivers_and_loadings_are_the_draft() -> None:
    names = {"kim_leverage", "trump_freedom", "trump_desire", "allied_influence", "preparation"}
    assert set(TRUMP_KIM.drivers) == names
    assert all(isinstance(driver, ContinuousDriver) and driver.signals for driver in TRUMP_KIM.drivers.values())
    assert {name: node.loadings for name, node in TRUMP_KIM.nodes.items() if node.loadings} == LOADINGS


ATTRIBUTES: dict[str, dict[str, tuple[float, float]]] = {
    "unilateral_troop_cut": {"default": (1.5, 13.5)},
    "icbm_also": {"peace_declaration": (2, 6)},
    "acute_crisis": {
        "no_talks": (1.5, 28.5),
        "official_talks_only": (1.2, 28.8),
        "embittered_escalation": (3, 22),
        "muted": (1.5, 28.5),
        "acceptable_deal": (1, 39),
        "freeze_for_relief": (1.5, 28.5),
        "icbm_only": (2, 28),
        "peace_declaration": (1.5, 28.5),
        "announced_only": (2.5, 17.5),
        "partial_drawdown": (3, 12),
        "full_withdrawal": (3, 7),
    },
    "nuclear_state_recognition": {
        "no_summit": (1, 39),
        "no_deal": (1, 19),
        "acceptable_deal": (1.5, 8.5),
        "bad_deal": (4, 6),
    },
    "nuclear_test": {
        "no_summit": (2, 18),
        "embittered_escalation": (3, 12),
        "muted": (1.5, 18.5),
        "acceptable_deal": (0.5, 19.5),
        "bad_deal": (0.5, 19.5),
    },
}


def _beta(prior: object) -> tuple[float | None, float | None]:
    assert isinstance(prior, BetaPrior)
    assert prior.branch == "yes"
    return prior.a, prior.b


def test_attributes_are_the_draft() -> None:
    found = {}
    for name, attribute in TRUMP_KIM.attributes.items():
        found[name] = {branch: _beta(prior) for branch, prior in attribute.by_branch.items()}
        if attribute.default not in (None, "never"):
            found[name]["default"] = _beta(attribute.default)
    assert found == ATTRIBUTES
    assert TRUMP_KIM.attributes["icbm_also"].default == "never"


def _count(mean: float, size: float) -> dict[str, object]:
    return {"family": "negative_binomial", "mean": mean, "size": size}


def _share(a: float, b: float) -> dict[str, object]:
    return {"family": "beta", "a": a, "b": b}


def _at(value: float) -> dict[str, object]:
    return {"family": "fixed", "value": value}


def _triangle(low: float, mode: float, high: float) -> dict[str, object]:
    return {"family": "triangular", "low": low, "mode": mode, "high": high}


def _mixture(*parts: tuple[float, dict[str, object]]) -> dict[str, object]:
    return {"family": "mixture", "parts": [{"weight": weight, "of": of} for weight, of in parts]}


GROWTH: dict[str, object] = {"family": "lognormal", "median": 1.12, "p90": 1.35}

QUANTITIES: dict[str, dict[str, dict[str, object]]] = {
    "missile_launches_per_year": {
        "no_summit": _count(28, 2),
        "no_deal": _count(35, 2),
        "acceptable_deal": _count(8, 1),
        "bad_deal": _count(14, 1.2),
    },
    "icbm_launches_per_year": {
        "no_summit": _count(1.5, 0.8),
        "no_deal": _count(2.0, 0.8),
        "acceptable_deal": _count(0.1, 0.5),
        "bad_deal": _count(0.3, 0.5),
    },
    "us_troops_korea_at_horizon": {
        "default": {
            "attribute": "unilateral_troop_cut",
            "yes": _triangle(12000, 22000, 26500),
            "no": _mixture((0.97, _at(28500)), (0.03, _triangle(26500, 28000, 30500))),
        },
        "partial_drawdown": _triangle(12000, 22000, 26500),
        "full_withdrawal": {"family": "uniform", "low": 0, "high": 1000},
    },
    "icbm_launchers_baseline": {"default": {"family": "lognormal", "median": 14, "p90": 26}},
    "icbm_fraction_kept": {
        "no_summit": _at(1),
        "no_deal": _at(1),
        "acceptable_deal": _share(3, 3),
        "freeze_for_relief": _share(8, 2),
        "icbm_only": _share(2, 4),
        "peace_declaration": {"attribute": "icbm_also", "yes": _share(3, 4), "no": _share(8, 2)},
    },
    "icbm_growth_per_year": {
        "default": GROWTH,
        "acceptable_deal": _at(1),
        "icbm_only": _at(1),
        "peace_declaration": {"attribute": "icbm_also", "yes": _at(1), "no": GROWTH},
    },
    "sanctions_relief_share": {
        "no_summit": _mixture((0.95, _at(0)), (0.05, _share(1, 6))),
        "no_deal": _mixture((0.92, _at(0)), (0.08, _share(1, 6))),
        "acceptable_deal": _share(2, 5),
        "freeze_for_relief": _share(3, 3),
        "icbm_only": _share(2.5, 4),
        "peace_declaration": _mixture((0.5, _at(0)), (0.5, _share(1.5, 5))),
    },
}


@pytest.mark.parametrize("name", QUANTITIES)
def test_quantities_are_the_draft(name: str) -> None:
    quantity = TRUMP_KIM.quantities[name]
    found: dict[str, object] = dict(quantity.by_branch)
    if quantity.default is not None:
        found["default"] = quantity.default
    reader: TypeAdapter[Any] = TypeAdapter(Value)
    assert found == {where: reader.validate_python(value) for where, value in QUANTITIES[name].items()}


def test_launchers_remaining_is_a_product() -> None:
    quantities = TRUMP_KIM.quantities
    assert quantities["icbm_launchers_remaining"].product == (
        *("icbm_launchers_baseline", "icbm_fraction_kept", "icbm_growth_to_horizon"),
    )
    power = quantities["icbm_growth_to_horizon"].power
    assert power is not None
    assert power[0] == "icbm_growth_per_year"
    assert power[1] == pytest.approx(years_between(TRUMP_KIM.as_of, TRUMP_KIM.horizon), abs=0.001)


def test_deaths_split_where_an_acute_crisis_begins() -> None:
    """Ten deaths or more are a crisis by its definition, so nothing without one reaches ten; the tail is heavy."""
    value = TRUMP_KIM.quantities["deaths_in_deadliest_incident"].default
    assert isinstance(value, ByAttribute)
    assert value.attribute == "acute_crisis"
    assert value.no.support() == (0.0, 9.0)
    over = 1.0 - value.yes.cdf([9.99, 100.0, 1e3, 1e4, 1e5])
    assert over == pytest.approx([0.70, 0.15, 0.05, 0.015, 0.003])


def test_troops_at_the_end_of_2026_are_cut_less_often_than_at_the_horizon() -> None:
    """A cut by the horizon need not have come by the earlier day, and one that has not come is no cut by then."""
    early = TRUMP_KIM.quantities["us_troops_korea_end_2026"]
    assert isinstance(early.default, ByAttribute)
    at_most = {
        "yes": early.default.yes.cdf(26500.0),
        "no": early.default.no.cdf(26500.0),
        **{name: value.cdf(26500.0) for name, value in early.by_branch.items() if not isinstance(value, ByAttribute)},
    }
    assert at_most == pytest.approx({"yes": 0.35, "no": 0.0, "partial_drawdown": 0.05, "full_withdrawal": 0.05})


def test_lags_are_the_draft() -> None:
    """Deals lag the first meeting, the decision on troops lags the declaration; no other branch has a lag."""
    deal: Distribution = Exponential(rate=1.5)
    found = {
        f"{name}.{branch_name}": branch.lag
        for name, node in TRUMP_KIM.nodes.items()
        for branch_name, branch in node.branches.items()
        if branch.lag is not None
    }
    assert found == {
        "summit_outcome.acceptable_deal": deal,
        "summit_outcome.bad_deal": deal,
        "trump_agrees.agrees": Gamma(shape=2, rate=2.5),
    }
    assert not any(branch.eventually for node in TRUMP_KIM.nodes.values() for branch in node.branches.values())

"""Effects of nodes on a probability's spread: against independent computations, on random trees."""

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from forecast.draws.model import Model, ordered_mean
from forecast.errors import RunError
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan
from forecast.sensitivity import node_effects, outcome_factors, product_effects
from tests.strategies import (
    Document,
    by_state,
    chain,
    changed,
    dirichlet,
    document,
    fixed,
    gamma_hazard,
    modelled,
    node,
    ratio_entry,
    trees,
)


def _variance(model: Model, leaves: frozenset[int]) -> float:
    sd = ExactEngine(model).evaluate(leaf_plan(model, leaves)).sd
    assert sd is not None
    return sd**2


def _held(described: Document, names: set[str]) -> Document:
    """The same tree with some nodes known at their means."""
    model = modelled(described)
    nodes: dict[str, Any] = {}
    for name, entry in described["nodes"].items():
        law = model.nodes[model.node_number[name]].law
        branches = tuple(sorted(entry["branches"]))
        if name in names and not hasattr(law, "clock"):
            means = dict(zip(branches, map(float, ordered_mean(law.laws[0], branches)), strict=True))
            nodes[name] = {**entry, "prior": fixed(**means)}
        else:
            nodes[name] = entry
    return changed(described, nodes=nodes)


@given(trees(certain=True), st.data())
@example(chain(300), None)
def test_effects_are_variances_with_nodes_held(described: Document, data: st.DataObject | None) -> None:
    """S is the variance left when all other nodes are held at their means, 1 − ST when only this one is."""
    model = modelled(described)
    names = [leaf.name for leaf in model.leaves]
    chosen = {"go299"} if data is None else data.draw(st.sets(st.sampled_from(names), min_size=1))
    leaves = frozenset(i for i, name in enumerate(names) if name in chosen)
    whole = _variance(model, leaves)
    assume(whole > 1e-12 or data is None)
    effects = node_effects(model, leaves)
    every = set(described["nodes"])
    for name in sorted(every)[:4]:
        alone = _variance(modelled(_held(described, every - {name})), leaves)
        without = _variance(modelled(_held(described, {name})), leaves)
        assert effects[name].first * whole == pytest.approx(alone, rel=1e-6, abs=1e-15)
        assert (1 - effects[name].total) * whole == pytest.approx(without, rel=1e-6, abs=1e-15)


@given(trees(), st.data())
def test_first_and_total_bracket_the_shapley_share(described: Document, data: st.DataObject) -> None:
    """On a path: first ≤ Shapley ≤ total, shares sum to 1, and the general formula gives the same."""
    model = modelled(described)
    outcome = data.draw(st.sampled_from([leaf.name for leaf in model.leaves]))
    effects = product_effects(outcome_factors(model, outcome))
    general = node_effects(model, model.leaves_below[model.scenario.tree.outcomes[outcome]])
    for name, share in effects.items():
        assert share.first - 1e-12 <= share.shapley <= share.total + 1e-12
        assert general[name].first == pytest.approx(share.first, abs=1e-9)
        assert general[name].total == pytest.approx(share.total, abs=1e-9)
    assert sum(share.shapley for share in effects.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(effect.first == 0.0 for name, effect in general.items() if name not in effects)


def test_a_hazard_is_an_input_like_any_other() -> None:
    """The reference tree's root is uncertain by its rate; of the summit's own spread it is all."""
    model = modelled(
        document(
            {
                "when": node({"meet": "result", "never": None}, gamma_hazard("meet", 1.2, 5.0)),
                "result": node(["deal", "no_deal"], dirichlet(deal=2, no_deal=3)),
            }
        )
    )
    meet = model.leaves_below[model.scenario.tree.resolve("meet")]
    assert node_effects(model, meet)["when"].first == pytest.approx(1.0, abs=1e-12)
    effects = node_effects(model, model.leaves_below[model.scenario.tree.resolve("deal")])
    assert 0.0 < effects["when"].first < effects["when"].total < 1.0


def test_nothing_varies_where_all_is_known() -> None:
    model = modelled(document({"n": node(["a", "b"], fixed(a=0.3, b=0.7))}))
    assert node_effects(model, [0])["n"].total == 0.0


PLAIN = document({"n": node(["a", "b"], dirichlet(a=2, b=3))})


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        (
            changed(PLAIN, drivers={"z": {}}, nodes={"n": {**PLAIN["nodes"]["n"], "loadings": {"z": {"a": 0.5}}}}),
            "drivers or experts",
        ),
        (
            document(
                {"n": node(["a", "b"], by_state("s", x=dirichlet(a=1, b=1), y=dirichlet(a=2, b=1)))},
                drivers={"s": {"states": {"x": 0.5, "y": 0.5}}},
            ),
            "drivers or experts",
        ),
        (changed(PLAIN, evidence={"e": ratio_entry({"a": 2.0})}), "evidence or silence"),
        (
            document(
                {
                    "n": node(
                        {"a": {"lag": {"family": "exponential", "rate": 1.0}, "eventually": True}, "b": None},
                        dirichlet(a=2, b=3),
                    )
                }
            ),
            "beyond the horizon",
        ),
    ],
)
def test_refused_where_nodes_are_not_independent(described: Document, reason: str) -> None:
    with pytest.raises(RunError, match=reason):
        node_effects(modelled(described), [0])


def test_silence_is_refused_too() -> None:
    model = modelled(
        document({"when": node(["meet", "never"], gamma_hazard("meet", 1.2, 5.0))}), as_of=date(2026, 6, 1)
    )
    with pytest.raises(RunError, match="silence"):
        node_effects(model, [0])


def test_unknown_outcome_is_named() -> None:
    with pytest.raises(RunError, match="no outcome 'c'"):
        outcome_factors(modelled(PLAIN), "c")


@pytest.mark.parametrize("factor", [(0.0, 0.0), (0.5, 0.2)])
def test_impossible_factors_are_refused(factor: tuple[float, float]) -> None:
    """A mean of 0, or a mean square below the square of the mean."""
    with pytest.raises(ValueError, match="factor 'x'"):
        product_effects({"x": factor})


def test_factors_that_do_not_vary_are_refused() -> None:
    with pytest.raises(ValueError, match="no factor varies"):
        product_effects({"x": (0.5, 0.25)})

"""What evidence does to a forecast: order, reach, strength, and what cannot be."""

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.errors import EvidenceError, RunError
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan, named_plans
from tests.strategies import (
    AS_OF,
    Document,
    ancestors,
    beta,
    branches_of,
    by_state,
    changed,
    dirichlet,
    document,
    fixed,
    forecast_of,
    ledgers,
    modelled,
    node,
    ratio_entry,
    trees,
)

LATER = date(2026, 1, 9)


def _exact(described: Document, evidence: dict[str, Any] | None = None) -> dict[str, float]:
    """Exact mean of every branch as of a day after all entries."""
    model = modelled(changed(described, evidence=evidence or {}), as_of=LATER)
    engine = ExactEngine(model)
    found = {}
    for branch in branches_of(described):
        value = engine.evaluate(leaf_plan(model, model.leaves_below[model.scenario.tree.resolve(branch)]))
        assert value.mean is not None
        found[branch] = value.mean
    return found


@settings(max_examples=25)
@given(trees(states=True), st.data())
def test_order_of_entries_does_not_matter(described: Document, data: st.DataObject) -> None:
    """Two entries change their names, and so their place in the ledger, and their dates: not a bit moves."""
    one, other = data.draw(ledgers(described))
    swapped = {"a": {**other, "date": one["date"]}, "b": {**one, "date": other["date"]}}
    forecasts = [
        forecast_of(changed(described, evidence=evidence), draws=512, as_of=LATER)
        for evidence in ({"a": one, "b": other}, swapped)
    ]
    assert forecasts[0].outcomes == forecasts[1].outcomes
    assert forecasts[0].nodes == forecasts[1].nodes


@given(trees(states=True), st.data())
def test_two_entries_are_one_with_the_product(described: Document, data: st.DataObject) -> None:
    """Conditioning on E1, then on E2, is conditioning on both; ratios on one branch multiply."""
    branch = data.draw(st.sampled_from(branches_of(described)))
    first, second = data.draw(st.floats(0.1, 8.0)), data.draw(st.floats(0.1, 8.0))
    for against in ("everything", "siblings"):
        two = {name: ratio_entry({branch: r}, against=against) for name, r in (("a", first), ("b", second))}
        one = {"a": ratio_entry({branch: first * second}, against=against)}
        assert _exact(described, two) == pytest.approx(_exact(described, one), abs=1e-12)


@given(trees(states=True), st.data())
def test_ratios_among_siblings_move_nothing_upstream(described: Document, data: st.DataObject) -> None:
    """Neither the branches above the node, nor those that do not pass it, nor the state that selects its prior."""
    branch = data.draw(st.sampled_from(branches_of(described)))
    ratio = data.draw(st.floats(0.1, 8.0))
    own = next(name for name, entry in described["nodes"].items() if branch in entry["branches"])
    states = by_state("climate", good=fixed(yes=1, no=0), bad=fixed(yes=0, no=1))
    watched = changed(described, attributes={"good": {"default": states}})
    entry = {"e": ratio_entry({branch: ratio}, against="siblings")}
    before, after = _exact(described), _exact(described, entry)
    below = {
        name
        for name in described["nodes"]
        if any(b in described["nodes"][own]["branches"] for b in ancestors(described, name))
    }
    for name, parts in described["nodes"].items():
        if name != own and name not in below:
            for untouched in parts["branches"]:
                assert after[untouched] == pytest.approx(before[untouched], abs=1e-12)
    good = []
    for evidence in ({}, entry):
        model = modelled(changed(watched, evidence=evidence))
        good.append(ExactEngine(model).evaluate(named_plans(model)["attributes"]["good"]).mean)
    assert good[1] == pytest.approx(good[0], abs=1e-12)


@given(trees(), st.data())
def test_ratios_scale_the_odds_they_speak_of(described: Document, data: st.DataObject) -> None:
    """Against everything: the odds of taking the branch at all. Against siblings: the odds among them."""
    branch = data.draw(st.sampled_from(branches_of(described)))
    ratio = data.draw(st.floats(0.1, 8.0))
    before = _exact(described)
    assume(1e-9 < before[branch] < 1 - 1e-9)
    everything = _exact(described, {"e": ratio_entry({branch: ratio})})
    odds = [p[branch] / (1 - p[branch]) for p in (before, everything)]
    assert odds[1] / odds[0] == pytest.approx(ratio, rel=1e-9)
    siblings = _exact(described, {"e": ratio_entry({branch: ratio}, against="siblings")})
    own = next(entry for entry in described["nodes"].values() if branch in entry["branches"])
    for other in own["branches"]:
        if other != branch:
            assert (siblings[branch] / siblings[other]) / (before[branch] / before[other]) == pytest.approx(
                ratio, rel=1e-9
            )


def test_evidence_against_everything_moves_what_is_upstream() -> None:
    described = document(
        {
            "gate": node({"open": "deal", "shut": None}, beta("open", 2, 3)),
            "deal": node(["good", "bad"], beta("good", 1, 3)),
        }
    )
    before, after = _exact(described), _exact(described, {"e": ratio_entry({"good": 4.0})})
    assert after["open"] == pytest.approx(0.4 * (0.25 * 4 + 0.75) / (0.4 * (0.25 * 4 + 0.75) + 0.6), abs=1e-12)
    assert after["open"] > before["open"] + 0.1


@settings(max_examples=25)
@given(trees(states=True), st.data())
def test_evidence_discounted_to_nothing_is_no_evidence(described: Document, data: st.DataObject) -> None:
    """Nothing but the ledger in the document differs: exact values, spread and draws are those of the prior."""
    entries = {f"e{i}": {**entry, "discount": 0.0} for i, entry in enumerate(data.draw(ledgers(described)))}
    with_entries, without = (forecast_of(changed(described, evidence=e), draws=512, as_of=LATER) for e in (entries, {}))
    assert with_entries.outcomes == without.outcomes
    assert not with_entries.sampling.weighted


@given(trees(), st.data())
def test_a_discount_is_a_power_of_the_ratio(described: Document, data: st.DataObject) -> None:
    branch = data.draw(st.sampled_from(branches_of(described)))
    discounted = _exact(described, {"e": ratio_entry({branch: 4.0}, discount=0.5)})
    assert discounted == pytest.approx(_exact(described, {"e": ratio_entry({branch: 2.0})}), abs=1e-12)


@settings(max_examples=25)
@given(trees(states=True), st.data())
def test_sampled_and_exact_agree_under_evidence(described: Document, data: st.DataObject) -> None:
    """Weighted means within 8 MC errors, with room for the bias of a ratio of means over few draws."""
    evidence = {f"e{i}": entry for i, entry in enumerate(data.draw(ledgers(described)))}
    forecast = forecast_of(changed(described, evidence=evidence), draws=1 << 13, as_of=LATER)
    for outcome in forecast.outcomes.values():
        assert outcome.exact is not None
        assert outcome.mean == pytest.approx(outcome.exact, rel=0, abs=8 * outcome.mc_error + 1e-5)


@given(trees(certain=True), st.data())
def test_conditional_questions_obey_total_probability(described: Document, data: st.DataObject) -> None:
    """P(E|C)·P(C) + P(E|not C)·P(not C) = P(E), exactly and as sampled."""
    event, given_ = (data.draw(st.sampled_from(branches_of(described))) for _ in range(2))
    asked = {
        "pair": {"type": "conditional", "event": event, "given": given_},
        "plain": {"type": "binary", "event": event},
    }
    questions = {name: {"text": "?", "resolution": "!", **question} for name, question in asked.items()}
    forecast = forecast_of(changed(described, questions=questions), draws=256)
    pair, plain = forecast.questions["pair"], forecast.questions["plain"]
    assert pair.type == "conditional"
    assert plain.type == "binary"
    for value in ("mean", "exact"):
        condition = getattr(pair.given, value)
        halves = [
            (getattr(half, value), share) for half, share in ((pair.if_true, condition), (pair.if_false, 1 - condition))
        ]
        total = sum(p * share for p, share in halves if p is not None)
        assert total == pytest.approx(getattr(plain, value), abs=1e-9)


def test_unlikely_evidence_keeps_the_intervals() -> None:
    """Weights of a part in a million million leave means AND intervals of what they do not speak of as they were."""
    nodes = {
        f"n{i}": node({f"go{i}": f"n{i + 1}", f"stop{i}": None}, fixed(**{f"go{i}": 0.5, f"stop{i}": 0.5}))
        for i in range(40)
    }
    end = node(["x", "y"], beta("x", 2, 5))
    deep = forecast_of(document({**nodes, "n40": end}), draws=1 << 14, assume=("go39",)).outcomes["x"]
    alone = forecast_of(document({"n40": end}), draws=1 << 14).outcomes["x"]
    assert deep.mean == pytest.approx(2 / 7, abs=5 * deep.mc_error + 1e-12)
    assert deep.quantiles is not None
    assert alone.quantiles is not None
    for level, value in alone.quantiles.items():
        assert deep.quantiles[level] == pytest.approx(value, abs=3e-3)


def test_evidence_on_an_attribute_reaches_the_tree() -> None:
    """An attribute that holds mostly on one branch, once seen, makes that branch likelier."""
    described = document(
        {"n": node(["a", "b"], dirichlet(a=2, b=2))},
        attributes={"test": {"by_branch": {"a": beta("yes", 8, 2), "b": beta("yes", 1, 9)}}},
        evidence={"e": {"date": AS_OF, "what": "seen", "observed": {"attribute": "test", "value": "yes"}}},
    )
    forecast = forecast_of(described, draws=1 << 13)
    outcome = forecast.outcomes["a"]
    assert outcome.exact == pytest.approx(0.8 / 0.9, abs=1e-12)
    assert outcome.mean == pytest.approx(0.8 / 0.9, rel=0, abs=5 * outcome.mc_error + 1e-9)
    assert forecast.attributes["test"].exact == pytest.approx(1.0, abs=1e-12)


def test_an_attribute_that_cannot_hold_rules_its_branches_out() -> None:
    described = document(
        {"n": node(["a", "b"], dirichlet(a=2, b=2))},
        attributes={"test": {"by_branch": {"a": beta("yes", 8, 2)}, "default": "never"}},
        evidence={"e": {"date": AS_OF, "what": "seen", "observed": {"attribute": "test", "value": "yes"}}},
    )
    assert forecast_of(described).outcomes["a"].mean == pytest.approx(1.0, abs=1e-12)


def test_a_driver_reading_moves_what_the_driver_tilts() -> None:
    """A reading well above its mean raises what loads on it; a reading of a state is a likelihood of states."""
    described = document(
        {"n": node(["a", "b"], beta("a", 3, 3), loadings={"wind": {"a": 1.0}})},
        drivers={"wind": {}},
        evidence={"e": {"date": AS_OF, "what": "gauge", "reading": {"driver": "wind", "value": 1.5, "sd": 0.5}}},
    )
    forecast = forecast_of(described, draws=1 << 13)
    assert forecast.outcomes["a"].mean > 0.65
    assert forecast.outcomes["a"].exact is None
    states = document(
        {"n": node(["a", "b"], by_state("sky", clear=fixed(a=0.8, b=0.2), grey=fixed(a=0.2, b=0.8)))},
        drivers={"sky": {"states": {"clear": 0.5, "grey": 0.5}}},
        evidence={
            "e": {
                "date": AS_OF,
                "what": "look",
                "reading": {"driver": "sky", "likelihood": {"clear": 3.0, "grey": 1.0}},
            }
        },
    )
    outcome = forecast_of(states).outcomes["a"]
    assert outcome.exact == pytest.approx(0.75 * 0.8 + 0.25 * 0.2, abs=1e-12)
    assert outcome.mean == pytest.approx(outcome.exact, rel=0, abs=5 * outcome.mc_error + 1e-9)


IMPOSSIBLE = document({"n": node({"a": "m", "b": None}, fixed(a=1, b=0)), "m": node(["x", "y"], beta("x", 1, 1))})


def test_what_cannot_be_is_refused() -> None:
    """A branch of probability 0 that was taken, and two branches that exclude each other."""
    with pytest.raises(EvidenceError, match="probability 0 under the priors"):
        forecast_of(IMPOSSIBLE, assume=("b",))
    with pytest.raises(RunError, match="'x' and 'y' cannot both be: node"):
        forecast_of(IMPOSSIBLE, assume=("x", "y"))


def test_an_assumption_against_an_intervention_is_refused() -> None:
    """At the node itself or below the branch that is cut off; below the branch that is made, both go together."""
    with pytest.raises(RunError, match="node 'n' is made to take 'b', but assuming 'x'"):
        forecast_of(IMPOSSIBLE, assume=("x",), do=("b",))
    with pytest.raises(RunError, match="node 'n' is set to"):
        forecast_of(IMPOSSIBLE, do=("a", "b"))
    assert forecast_of(IMPOSSIBLE, assume=("x",), do=("a",)).outcomes["x"].mean == pytest.approx(1.0, abs=1e-12)


def test_too_little_weight_takes_more_draws_and_then_refuses() -> None:
    """Evidence on a rare and very uncertain branch leaves few draws; a run doubles them before it gives up."""
    rare = document({"n": node({"a": "m", "b": None}, beta("a", 0.02, 2)), "m": node(["x", "y"], beta("x", 0.5, 0.5))})
    extended = forecast_of(rare, draws=4_096, assume=("x",)).sampling
    assert extended.draws > 4_096
    assert extended.effective_sample_size >= 1_000
    with pytest.raises(EvidenceError, match="carry weight after the evidence"):
        forecast_of(rare, draws=16, assume=("x",))


def test_proposed_entries_wait_until_asked_for() -> None:
    described = document(
        {"n": node(["a", "b"], beta("a", 1, 1))},
        evidence={"e": ratio_entry({"a": 3.0}, status="proposed"), "late": ratio_entry({"a": 5.0}, LATER)},
    )
    assert forecast_of(described).outcomes["a"].exact == pytest.approx(0.5)
    assert forecast_of(described, evidence="all").outcomes["a"].exact == pytest.approx(0.75)
    assert forecast_of(described, evidence=("e",)).evidence == ("e",)
    assert forecast_of(described, as_of=LATER).outcomes["a"].exact == pytest.approx(5 / 6)
    assert forecast_of(described, as_of=LATER, evidence="none").outcomes["a"].exact == pytest.approx(0.5)
    with pytest.raises(RunError, match="after as_of"):
        forecast_of(described, evidence=("late",))

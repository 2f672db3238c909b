"""What must hold for every tree: probabilities add up, names and order do not matter, exact and sampled agree."""

import json
import math
import re
from collections.abc import Iterable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.draws.model import Model
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import leaf_plan
from tests.strategies import (
    AS_OF,
    DEEP_CHAIN,
    HORIZON,
    ONE_NODE,
    THOUSAND_NODES,
    Document,
    ancestors,
    beta,
    branches_of,
    chain,
    changed,
    dirichlet,
    document,
    draws_of,
    driven_trees,
    fixed,
    forecast_of,
    ledgers,
    modelled,
    node,
    trees,
)


def _with_ledger(described: Document, entries: list[dict[str, Any]]) -> Document:
    return changed(described, evidence={f"e{i}": entry for i, entry in enumerate(entries)})


def _exact_moments(model: Model) -> dict[str, tuple[float, float]]:
    """Exact (mean, sd) of every outcome."""
    engine = ExactEngine(model)
    found = {}
    for i, leaf in enumerate(model.leaves):
        value = engine.evaluate(leaf_plan(model, [i]))
        assert value.mean is not None
        assert value.sd is not None
        found[leaf.name] = (value.mean, value.sd)
    return found


def _leaves(model: Model, names: Iterable[str]) -> list[int]:
    return [i for i, leaf in enumerate(model.leaves) if leaf.name in set(names)]


@given(st.data())
def test_outcomes_sum_to_one_in_every_draw(data: st.DataObject) -> None:
    """With states, drivers and evidence or without."""
    described = data.draw(st.one_of(trees(certain=True, states=True), driven_trees()))
    if data.draw(st.booleans()):
        entries = [e for e in data.draw(ledgers(described)) if e["against"] == "everything"]
        described = _with_ledger(described, entries)
    _, inferred = draws_of(modelled(described), blocks=4, size=256)
    total = np.sum(np.broadcast_arrays(*inferred.leaves), axis=0)
    weight = np.array(1.0) if inferred.weight is None else inferred.weight
    assert np.abs(np.where(weight > 0.0, total, 1.0) - 1.0).max() < 1e-12


@pytest.mark.parametrize("described", [ONE_NODE, DEEP_CHAIN, THOUSAND_NODES], ids=["1 node", "300 deep", "1,000 nodes"])
def test_large_and_small_trees(described: Document) -> None:
    """Probabilities sum to 1 in every draw and on average, and agree with the exact means."""
    model = modelled(described)
    _, inferred = draws_of(model, blocks=2, size=64)
    assert np.abs(np.sum(np.broadcast_arrays(*inferred.leaves), axis=0) - 1.0).max() < 1e-12
    forecast = forecast_of(described, draws=1 << 12)
    assert math.fsum(outcome.mean for outcome in forecast.outcomes.values()) == pytest.approx(1.0, abs=1e-12)
    for name, outcome in forecast.outcomes.items():
        assert outcome.exact is not None, name
        assert outcome.mean == pytest.approx(outcome.exact, rel=0, abs=8 * outcome.mc_error + 1e-7), name


@given(trees(certain=True, states=True))
def test_sampled_and_exact_agree(described: Document) -> None:
    """Means and variances within 8 MC errors (of means over 16 blocks: one comparison in a million lies beyond)."""
    forecast = forecast_of(described, draws=1 << 16)
    assert not forecast.warnings
    model = modelled(described)
    _, inferred = draws_of(model, size=1 << 12)
    for name, probabilities in zip([leaf.name for leaf in model.leaves], inferred.leaves, strict=True):
        outcome = forecast.outcomes[name]
        assert outcome.exact is not None
        assert outcome.exact_sd is not None
        assert outcome.sd is not None
        assert outcome.mean == pytest.approx(outcome.exact, rel=0, abs=8 * outcome.mc_error + 1e-7)
        squares = np.square(probabilities - outcome.exact)
        mc_error = float(squares.std()) / math.sqrt(forecast.sampling.draws)
        assert outcome.sd**2 == pytest.approx(outcome.exact_sd**2, rel=0, abs=8 * mc_error + 1e-6)


@given(trees(certain=True, states=True), st.data())
def test_means_add_and_variances_do_not(described: Document, data: st.DataObject) -> None:
    model = modelled(described)
    moments = _exact_moments(model)
    names = sorted(data.draw(st.sets(st.sampled_from(sorted(moments)), min_size=2)))
    group = ExactEngine(model).evaluate(leaf_plan(model, _leaves(model, names)))
    assert group.mean == pytest.approx(math.fsum(moments[name][0] for name in names), abs=1e-12)
    assert group.sd is not None
    assert group.sd <= math.fsum(moments[name][1] for name in names) + 1e-7
    everything = ExactEngine(model).evaluate(leaf_plan(model, range(len(model.leaves))))
    assert everything.mean == pytest.approx(1.0, abs=1e-12)
    assert everything.sd == pytest.approx(0.0, abs=1e-7)


@given(trees(certain=True))
def test_a_node_nobody_reaches_gets_no_mass(below: Document) -> None:
    """Below a branch of probability 0 everything is 0, exactly and in every draw."""
    nodes = {"gate": node({"in": None, "out": "n0", "aside": None}, fixed(**{"in": 0.1, "out": 0.0, "aside": 0.9}))}
    described = changed(below, nodes={**nodes, **below["nodes"]}, root="gate")
    forecast = forecast_of(described, draws=256)
    for name, outcome in forecast.outcomes.items():
        if name not in ("in", "aside"):
            assert outcome.exact == 0.0
            assert outcome.mean == 0.0


def _renamed(described: Document, names: dict[str, str]) -> Document:
    """Replace whole names wherever they stand."""
    pattern = re.compile(r'"(' + "|".join(map(re.escape, names)) + r')"')
    text = json.dumps(changed(described, as_of=str(AS_OF), horizon=str(HORIZON)))
    return dict(json.loads(pattern.sub(lambda found: f'"{names[found[1]]}"', text)))


@given(trees(certain=True, states=True), st.randoms(use_true_random=False))
def test_names_do_not_matter(described: Document, random: Random) -> None:
    """New names for nodes and branches, sorted in another order, change nothing but the names."""
    old = [*described["nodes"], *branches_of(described)]
    new = [f"x{i:03d}" for i in range(len(old))]
    random.shuffle(new)
    names = dict(zip(old, new, strict=True))
    before, after = _exact_moments(modelled(described)), _exact_moments(modelled(_renamed(described, names)))
    for name, (mean, sd) in before.items():
        assert after[names[name]][0] == pytest.approx(mean, abs=1e-12)
        assert after[names[name]][1] == pytest.approx(sd, abs=1e-7)


@given(trees(), st.data())
def test_merging_two_outcomes_adds_them(described: Document, data: st.DataObject) -> None:
    """Of a Dirichlet, two branches told as one have the sum of their parameters, and the law of their union."""
    candidates = [
        name
        for name, entry in described["nodes"].items()
        if entry["prior"]["family"] == "dirichlet"
        and len(entry["branches"]) > 2
        and sum(to is None for to in entry["branches"].values()) > 1
    ]
    assume(candidates)
    name = data.draw(st.sampled_from(candidates))
    ends = [branch for branch, to in described["nodes"][name]["branches"].items() if to is None][:2]
    merged = changed(described)
    entry = merged["nodes"][name]
    alpha = entry["prior"]["alpha"]
    entry["branches"] = {"either": None, **{b: to for b, to in entry["branches"].items() if b not in ends}}
    entry["prior"] = dirichlet(either=sum(alpha[b] for b in ends), **{b: a for b, a in alpha.items() if b not in ends})
    model = modelled(described)
    union = ExactEngine(model).evaluate(leaf_plan(model, _leaves(model, ends)))
    mean, sd = _exact_moments(modelled(merged))["either"]
    assert mean == pytest.approx(union.mean, abs=1e-12)
    assert sd == pytest.approx(union.sd, abs=1e-7)


@settings(max_examples=25)
@given(trees(), st.data())
def test_editing_one_prior_moves_only_what_is_below(described: Document, data: st.DataObject) -> None:
    """Draw for draw: the net keeps the points of every other node."""
    name = data.draw(st.sampled_from(sorted(described["nodes"])))
    edited = changed(described)
    edited["nodes"][name]["prior"] = dirichlet(**dict.fromkeys(described["nodes"][name]["branches"], 2.5))
    models = [modelled(d) for d in (described, edited)]
    (_, before), (_, after) = (draws_of(model, blocks=2, size=64) for model in models)
    for i, leaf in enumerate(models[0].leaves):
        if name not in [step.node for step in models[0].scenario.tree.path_through(leaf.edge)]:
            assert np.array_equal(before.leaves[i], after.leaves[i])
    above = ancestors(described, name)
    for branch in above:
        edge = models[0].scenario.tree.resolve(branch)
        assert np.array_equal(before.branches[edge], after.branches[edge])


@settings(max_examples=25)
@given(trees(), st.data())
def test_a_new_branch_leaves_other_nodes_where_they_were(described: Document, data: st.DataObject) -> None:
    """A node that gains a branch takes no other node's points."""
    name = data.draw(st.sampled_from(sorted(described["nodes"])))
    grown = changed(described)
    entry = grown["nodes"][name]
    entry["branches"] = {**entry["branches"], "zz_more": None}
    entry["prior"] = dirichlet(**dict.fromkeys(entry["branches"], 2.5))
    models = [modelled(d) for d in (described, grown)]
    (_, before), (_, after) = (draws_of(model, blocks=2, size=64) for model in models)
    numbers = {leaf.name: i for i, leaf in enumerate(models[1].leaves)}
    for i, leaf in enumerate(models[0].leaves):
        if name not in [step.node for step in models[0].scenario.tree.path_through(leaf.edge)]:
            assert np.array_equal(before.leaves[i], after.leaves[numbers[leaf.name]])


@given(trees(), st.data())
def test_assuming_differs_from_doing_upstream_and_agrees_downstream(described: Document, data: st.DataObject) -> None:
    """Both make the branch certain where its node is reached; only assuming says that it was reached."""
    names = [name for name in described["nodes"] if ancestors(described, name)]
    assume(names)
    name = data.draw(st.sampled_from(names))
    branch = data.draw(st.sampled_from(sorted(described["nodes"][name]["branches"])))
    prior, assumed, done = (_exact_moments_of(described, **asked) for asked in ({}, {"assume": branch}, {"do": branch}))
    above = ancestors(described, name)[-1]
    assert assumed[above] == pytest.approx(1.0, abs=1e-12)
    assert done[above] == pytest.approx(prior[above], abs=1e-12)
    assert done[branch] == pytest.approx(prior[above], abs=1e-12)
    target = described["nodes"][name]["branches"][branch]
    for below in described["nodes"][target]["branches"] if target else ():
        assert done[below] / done[branch] == pytest.approx(assumed[below] / assumed[branch], abs=1e-12)
    for other in branches_of(described):
        if name not in _nodes_above(described, other):
            assert done[other] == pytest.approx(prior[other], abs=1e-12)


def _nodes_above(described: Document, branch: str) -> list[str]:
    """Return the nodes on the path through a branch."""
    own = next(name for name, entry in described["nodes"].items() if branch in entry["branches"])
    steps = [*ancestors(described, own), branch]
    return [next(n for n, e in described["nodes"].items() if step in e["branches"]) for step in steps]


def _exact_moments_of(described: Document, assume: str = "", do: str = "") -> dict[str, float]:
    """Exact mean of every branch."""
    model = modelled(described, assume=(assume,) if assume else (), do=(do,) if do else ())
    engine = ExactEngine(model)
    found = {}
    for branch in branches_of(described):
        value = engine.evaluate(leaf_plan(model, model.leaves_below[model.scenario.tree.resolve(branch)]))
        assert value.mean is not None
        found[branch] = value.mean
    return found


def test_doing_leaves_no_weight_and_assuming_does() -> None:
    """So doing costs no draws, and an assumption teaches the beliefs above it."""
    described = chain(3, 2.0, 2.0)
    assumed, done = forecast_of(described, assume=("go1",)), forecast_of(described, do=("go1",))
    assert done.sampling.effective_sample_size == done.sampling.draws
    assert assumed.sampling.effective_sample_size < 0.9 * assumed.sampling.draws
    assert assumed.nodes["n0"]["go0"] == pytest.approx(1.0, abs=1e-12)
    assert done.nodes["n0"]["go0"] == pytest.approx(0.5, abs=1e-4)


def test_quantiles_of_a_known_law() -> None:
    """The interval of one Beta node is the Beta's own, to its MC error."""
    described = document({"n": node(["a", "b"], beta("a", 2, 5))})
    found = forecast_of(described, draws=1 << 16).outcomes["a"]
    known = {"0.05": 0.06284989, "0.25": 0.16116288, "0.5": 0.26444998, "0.75": 0.38947653, "0.95": 0.58180341}
    assert found.quantiles is not None
    assert found.quantile_mc_errors is not None
    for level, value in known.items():
        assert found.quantiles[level] == pytest.approx(value, rel=0, abs=5 * found.quantile_mc_errors[level] + 1e-4)


def test_a_known_probability_has_no_interval() -> None:
    """Its quantiles are the number itself, not the ends of the bin that it falls into."""
    described = document({"n": node(["a", "b", "c"], fixed(a=0.3, b=0.7, c=0.0))})
    for name, value in (("a", 0.3), ("b", 0.7), ("c", 0.0)):
        found = forecast_of(described).outcomes[name].quantiles
        assert found is not None
        assert list(found.values()) == pytest.approx([value] * 5, abs=2e-7)

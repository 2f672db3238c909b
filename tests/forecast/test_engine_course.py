"""Probabilities boiled down on the way down the tree are those of the tree held whole."""

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.draws.inference import Inference
from forecast.draws.model import Model
from forecast.draws.recentring import corrections
from forecast.draws.sources import Sources
from forecast.engine import Engine
from forecast.numerics.nets import Batch
from forecast.preparation import Preparation
from forecast.readings.course import arrays_at_once, course_of
from forecast.readings.measures import measures
from forecast.readings.plans import evaluate
from tests.strategies import Document, chain, changed, draws_of, driven_trees, full_tree, ledgers, modelled

BATCH = Batch(0, 4, 256)


@settings(max_examples=25)
@given(driven_trees(states=True), st.data())
def test_targets_taken_on_the_way_are_those_of_the_whole_tree(described: Document, data: st.DataObject) -> None:
    """With drivers and evidence: every plan and branch has the block sums that its kept draws have."""
    entries = data.draw(ledgers(described))
    evidence = {f"e{i}": entry for i, entry in enumerate(entries)}
    model = modelled(changed(described, evidence=evidence), as_of=date(2026, 1, 2))
    measured = measures(model)
    inference, whole = draws_of(model, BATCH.count, BATCH.size)
    values = [evaluate(plan, inference, whole) for plan in measured.plans.values()]
    values += [whole.branches[edge] for edge in measured.branches]
    weight = np.ones(BATCH.draws) if whole.weight is None else whole.weight
    expected = np.stack(
        [(weight * value).reshape(BATCH.count, -1).sum(axis=1) for value in values],
        axis=1,
    )
    found = Engine(Preparation(model, measured), model.settings).batch(BATCH).beliefs.sums
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


def _at_once(model: Model) -> int:
    inference = Inference(model, Sources(model, model.seed), corrections(model))
    return arrays_at_once(inference, course_of(model, measures(model)))


def test_nothing_is_kept_of_a_tree_whose_targets_are_single_branches() -> None:
    """Memory follows the open ends of the tree, not its branches; a chain of 300 has one open end."""
    assert _at_once(modelled(chain(300))) < 10
    described = full_tree(1_000)
    assert _at_once(modelled(described)) < 700
    everything = changed(described, groups={"half": ["b0_0", "b0_1"]})
    assert _at_once(modelled(everything)) < 710


def test_what_a_sum_asks_for_is_kept() -> None:
    """A group of several leaves needs their draws until all are known."""
    model = modelled(changed(full_tree(13), groups={"ends": ["b4_0", "b5_1", "b12_2"]}))
    course = course_of(model, measures(model))
    assert {edge.branch for edge in course.kept_edges} == {"b4_0", "b5_1", "b12_2"}

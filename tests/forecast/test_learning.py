"""Learning from rounds: properties of the urn beyond the known answers, and what is refused."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.numerics.learning import (
    counts_probability,
    effective_share,
    kullback_leibler,
    learned_alpha,
    sequence_probability,
)

alphas = st.dictionaries(st.sampled_from("abcd"), st.floats(0.05, 30.0), min_size=2)


@given(alphas, st.integers(0, 4))
def test_counts_of_all_kinds_sum_to_one(alpha: dict[str, float], rounds: int) -> None:
    ways = [w for w in product(range(rounds + 1), repeat=len(alpha)) if sum(w) == rounds]
    total = sum(counts_probability(alpha, dict(zip(alpha, way, strict=True))) for way in ways)
    assert total == pytest.approx(1.0, abs=1e-12)


@given(alphas, st.data())
def test_learning_round_by_round_is_learning_at_once(alpha: dict[str, float], data: st.DataObject) -> None:
    """The chain rule: each round is predicted from what the rounds before it taught, in whatever order."""
    rounds = data.draw(st.lists(st.sampled_from(sorted(alpha)), max_size=5))
    chained, current = 1.0, alpha
    for branch in rounds:
        chained *= current[branch] / sum(current.values())
        current = learned_alpha(current, {branch: 1})
    counts = {branch: rounds.count(branch) for branch in rounds}
    assert sequence_probability(alpha, counts) == pytest.approx(chained, rel=1e-12)
    assert learned_alpha(alpha, counts) == pytest.approx(current, rel=1e-12)


def test_evidence_that_says_nothing_costs_and_teaches_nothing() -> None:
    prior = {"a": 0.2, "b": 0.8}
    assert effective_share(prior, prior) == pytest.approx(1.0, abs=1e-15)
    assert kullback_leibler(prior, prior) == 0.0


def test_certainty_leaves_the_share_that_was_right() -> None:
    """Only the draws that ended in the observed outcome are left."""
    assert effective_share({"a": 1.0, "b": 0.0}, {"a": 0.2, "b": 0.8}) == pytest.approx(0.2, abs=1e-15)


def test_bad_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="'c' was counted"):
        learned_alpha({"a": 1.0, "b": 1.0}, {"c": 1})
    with pytest.raises(ValueError, match="counted -1 times"):
        sequence_probability({"a": 1.0, "b": 1.0}, {"a": -1})


def test_posterior_on_the_impossible_is_refused() -> None:
    for measure in (kullback_leibler, effective_share):
        with pytest.raises(ValueError, match="outcome 'b'"):
            measure({"a": 0.5, "b": 0.5}, {"a": 1.0, "b": 0.0})

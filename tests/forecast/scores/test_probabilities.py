"""Scores of probabilities: against another library, from their definitions, and proper."""

from collections.abc import Callable

import numpy as np
import pytest
import scoringrules  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scores.probabilities import (
    Rule,
    binary_brier,
    brier,
    chance_given,
    log_score,
    ordered_brier,
    ranked_probability,
    spherical,
    two_options,
)

LOSSES: list[Rule] = [brier, ranked_probability, ordered_brier]
GAINS: list[Rule] = [log_score, spherical]


@st.composite
def options(draw: st.DrawFn, least: float = 0.0, count: int | None = None) -> FloatArray:
    """Probabilities over 2 to 6 options, or as many as asked for."""
    size = count or draw(st.integers(2, 6))
    raw = np.array(draw(st.lists(st.floats(max(least, 0.001), 1), min_size=size, max_size=size)))
    return np.asarray(raw / raw.sum())


@given(st.integers(2, 6).flatmap(lambda count: st.tuples(options(count=count), options(count=count))))
def test_the_truth_scores_best_on_average(pair: tuple[FloatArray, FloatArray]) -> None:
    """Every rule is proper: expected under p, no q scores better than p, and a clearly different q scores worse."""
    truth, other = pair
    outcomes = np.arange(truth.size)
    for sign, rules in ((1, LOSSES), (-1, GAINS)):
        for rule in rules:
            honest, dishonest = (sign * float(truth @ rule(said, outcomes)) for said in (truth, other))
            assert honest <= dishonest + 1e-12
            if np.abs(truth - other).max() > 0.01:
                assert honest < dishonest


@given(options(), st.data())
def test_order_of_options_matters_only_to_rules_for_options_in_order(said: FloatArray, data: st.DataObject) -> None:
    """Names of options mean nothing; reading an order backwards changes nothing."""
    outcome = data.draw(st.integers(0, said.size - 1))
    moved = np.array(data.draw(st.permutations(range(said.size))))
    for rule in (brier, log_score, spherical):
        there = int(np.flatnonzero(moved == outcome)[0])
        assert float(rule(said[moved], there)) == pytest.approx(float(rule(said, outcome)), rel=1e-12)
    for rule in (ranked_probability, ordered_brier):
        backwards = float(rule(said[::-1], said.size - 1 - outcome))
        assert backwards == pytest.approx(float(rule(said, outcome)), rel=1e-12, abs=1e-15)


@given(options(), st.data())
def test_ordered_brier_is_the_mean_over_splits(said: FloatArray, data: st.DataObject) -> None:
    """By its definition: each split is a question of its own, scored with the two-sided rule."""
    outcome = data.draw(st.integers(0, said.size - 1))
    splits = [brier(two_options(min(said[k + 1 :].sum(), 1.0)), int(outcome > k)) for k in range(said.size - 1)]
    assert float(ordered_brier(said, outcome)) == pytest.approx(np.mean(splits), rel=1e-9, abs=1e-15)


@given(st.floats(0, 1), st.booleans())
def test_yes_or_no_is_two_options(p: float, happened: bool) -> None:
    """The two-sided score is twice the one-sided, with or without an order."""
    for rule in (brier, ordered_brier):
        assert float(rule(two_options(p), int(happened))) == pytest.approx(2 * float(binary_brier(p, happened)))


@given(st.floats(0.001, 0.999), st.booleans())
def test_binary_scores_agree_with_scoringrules(p: float, happened: bool) -> None:
    """That library states log scores as losses."""
    assert float(binary_brier(p, happened)) == pytest.approx(float(scoringrules.brier_score(int(happened), p)))
    lost = float(scoringrules.log_score(int(happened), p))
    assert float(log_score(two_options(p), int(happened))) == pytest.approx(-lost, rel=1e-9)


@given(options(), st.data())
def test_ranked_probability_agrees_with_scoringrules(said: FloatArray, data: st.DataObject) -> None:
    """That library counts options from 1, and its last split, which is always right, adds nothing."""
    outcome = data.draw(st.integers(0, said.size - 1))
    known = float(scoringrules.rps_score(outcome + 1, said))
    assert float(ranked_probability(said, outcome)) == pytest.approx(known, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("outcome", "known"), [(0, 1.46), (1, 0.66), (2, 0.26), (3, 0.46)])
def test_ranked_probability_of_four_options(outcome: int, known: float) -> None:
    assert float(ranked_probability([0.1, 0.2, 0.3, 0.4], outcome)) == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("rule", [*LOSSES, *GAINS])
def test_certainty_scores_perfectly_when_right(rule: Rule) -> None:
    assert float(rule([0, 1, 0], 1)) == (1 if rule is spherical else 0)


def test_certainty_that_was_wrong_has_the_worst_score() -> None:
    """2 for the two-sided Brier score; minus infinity for the log score, without a warning."""
    assert float(brier([0, 1, 0], 2)) == 2
    assert float(ordered_brier([1, 0, 0], 2)) == 2
    assert float(spherical([0, 1, 0], 2)) == 0
    assert float(log_score([0, 1, 0], 2)) == float("-inf")
    assert log_score([[0.0, 1.0], [0.5, 0.5]], 0, base=2).tolist() == [float("-inf"), -1]


def test_a_near_miss_costs_less_than_a_far_one_only_in_order() -> None:
    near, far = [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]
    assert float(brier(near, 2)) == float(brier(far, 2))
    assert float(ordered_brier(near, 2)) < float(ordered_brier(far, 2))


@pytest.mark.parametrize("rule", [*LOSSES, *GAINS, chance_given])
def test_many_are_scored_at_once(rule: Rule) -> None:
    """Many predictions of many questions, one prediction under every outcome, many predictions of one question."""
    said = np.random.Generator(np.random.PCG64(3)).dirichlet([1, 2, 3], size=(4, 5))
    outcomes = np.random.Generator(np.random.PCG64(4)).integers(0, 3, size=(4, 5))
    together = rule(said, outcomes)
    assert together.shape == (4, 5)
    for i, j in np.ndindex(4, 5):
        assert together[i, j] == pytest.approx(float(rule(said[i, j], outcomes[i, j])))
    assert rule(said[0, 0], np.arange(3)).shape == (3,)
    assert rule(said, 1).shape == (4, 5)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ([0.5, 0.3, 0.1], "sum to 0.9, not 1 within 1e-06"),
        ([0.5, 0.500002], "not 1 within"),
        ([[0.5, 0.5], [0.5, 0.6]], "sum to 1.1, not 1"),
        ([1.2, -0.2], "probability 1.2 is not in"),
        ([float("nan"), 1], "nan is not in"),
        ([1.0], "use two_options"),
        (0.7, "use two_options"),
    ],
)
def test_probabilities_that_are_none_are_refused(said: ArrayLike, complaint: str) -> None:
    """By every rule; nothing is renormalised."""
    for rule in (*LOSSES, *GAINS, chance_given):
        with pytest.raises(ValueError, match=complaint):
            rule(said, 0)


def test_a_sum_that_is_off_by_rounding_is_taken() -> None:
    assert float(brier([0.5, 0.3, 0.2 + 5e-7], 0)) == pytest.approx(0.38, abs=1e-6)


@pytest.mark.parametrize(
    ("outcome", "complaint"),
    [
        (3, "outcome 3 is none of 3 options"),
        (-1, "outcome -1 is none of 3 options"),
        (1.0, "outcome 1.0 is not the index"),
        (True, "outcome True is not the index"),
        (float("nan"), "outcome nan is not the index"),
    ],
)
def test_outcomes_that_are_no_option_are_refused(outcome: ArrayLike, complaint: str) -> None:
    """Least of all is -1 the last option, as an array would have it."""
    for rule in (*LOSSES, *GAINS, chance_given):
        with pytest.raises(ValueError, match=complaint):
            rule([0.5, 0.3, 0.2], outcome)


@pytest.mark.parametrize("happened", [0.5, float("nan"), 2, None])
def test_an_event_that_has_not_resolved_is_refused(happened: ArrayLike) -> None:
    with pytest.raises(ValueError, match="leave an unresolved question unscored"):
        binary_brier(0.7, happened)


@pytest.mark.parametrize("scored", [two_options, lambda p: binary_brier(p, True)])
def test_percentages_are_refused(scored: Callable[[float], FloatArray]) -> None:
    with pytest.raises(ValueError, match="probability 70.0 is not in .0, 1.: write 30 % as 0.3"):
        scored(70.0)


@pytest.mark.parametrize("base", [1, 0.5, float("inf"), float("nan")])
def test_a_base_that_is_none_is_refused(base: float) -> None:
    with pytest.raises(ValueError, match="must be above 1"):
        log_score([0.5, 0.5], 0, base=base)

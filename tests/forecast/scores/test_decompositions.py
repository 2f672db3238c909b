"""Parts of the Brier score of many questions, and skill against a baseline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from forecast.scores.bins import TENTHS, binned
from forecast.scores.decompositions import BrierParts, brier_parts
from forecast.scores.skill import brier_skill, skill_score

answered = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)
rounded = st.lists(st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.booleans()), min_size=1, max_size=40)
bin_edges = st.sets(st.floats(0.01, 0.99), max_size=6).map(lambda inner: [0.0, *sorted(inner), 1.0])


def _sum(parts: BrierParts) -> float:
    within = parts.within_bin_variance - parts.within_bin_covariance
    return parts.reliability - parts.resolution + parts.uncertainty + within


@given(answered, bin_edges)
def test_parts_sum_to_the_score_whatever_the_bins(questions: list[tuple[float, bool]], edges: list[float]) -> None:
    """BS = REL - RES + UNC + WBV - WBC (Stephenson, Coelho & Jolliffe 2008)."""
    said, happened = (np.array(column) for column in zip(*questions, strict=True))
    parts = brier_parts(said, happened, edges)
    assert parts.brier == pytest.approx(np.mean((said - happened) ** 2), abs=1e-14)
    assert _sum(parts) == pytest.approx(parts.brier, abs=1e-13)
    assert parts.reliability - parts.generalised_resolution + parts.uncertainty == pytest.approx(parts.brier, abs=1e-13)


@given(rounded)
def test_three_parts_are_enough_where_bins_hold_a_single_value(questions: list[tuple[float, bool]]) -> None:
    """Murphy 1973: by value, or in tenths if only tenths were said."""
    said, happened = (np.array(column) for column in zip(*questions, strict=True))
    by_value = brier_parts(said, happened)
    assert by_value.within_bin_variance == by_value.within_bin_covariance == 0
    assert by_value.reliability - by_value.resolution + by_value.uncertainty == pytest.approx(by_value.brier, abs=1e-13)
    in_tenths = brier_parts(said, happened, [*TENTHS[:-1], 0.95, 1.0])
    assert in_tenths.reliability == pytest.approx(by_value.reliability, abs=1e-13)
    assert in_tenths.resolution == pytest.approx(by_value.resolution, abs=1e-13)


@given(answered, bin_edges)
def test_parts_have_their_signs_and_bounds(questions: list[tuple[float, bool]], edges: list[float]) -> None:
    """All but the covariance are squares; uncertainty bounds resolution."""
    said, happened = zip(*questions, strict=True)
    parts = brier_parts(said, happened, edges)
    assert min(parts.reliability, parts.resolution, parts.within_bin_variance) >= 0
    assert parts.resolution <= parts.uncertainty + 1e-13
    assert 0 <= parts.uncertainty <= 0.25
    assert parts.questions == len(questions)


def test_two_questions_in_one_bin() -> None:
    """By hand, 0.2 of what did not come and 0.4 of what did; the covariance is as large as it can be."""
    parts = brier_parts([0.2, 0.4], [0, 1], edges=[0, 1])
    found = [parts.brier, parts.reliability, parts.resolution, parts.uncertainty]
    assert found == pytest.approx([0.2, 0.04, 0, 0.25], abs=1e-15)
    assert parts.within_bin_variance == pytest.approx(0.01, abs=1e-15)
    assert parts.within_bin_covariance == pytest.approx(0.1, abs=1e-15)
    assert parts.generalised_resolution == pytest.approx(0.09, abs=1e-15)


def test_certainty_that_is_right_resolves_everything() -> None:
    parts = brier_parts([1, 0, 1, 0], [1, 0, 1, 0])
    assert (parts.brier, parts.reliability, parts.resolution, parts.skill()) == (0, 0, 0.25, 1)


def test_saying_the_base_rate_resolves_nothing() -> None:
    parts = brier_parts([0.25] * 4, [1, 0, 0, 0])
    assert (parts.brier, parts.reliability, parts.resolution, parts.skill()) == (0.1875, 0, 0, 0)


def test_skill_where_all_turned_out_alike_is_refused() -> None:
    with pytest.raises(ValueError, match="a perfect baseline leaves nothing to win"):
        brier_parts([0.1, 0.2], [0, 0]).skill()


def test_a_stated_tenth_falls_in_the_bin_it_begins() -> None:
    """0.3 too, which three times 0.1 is above; 1 belongs to the last bin, and empty bins are left out."""
    found = binned([k / 10 for k in range(11)], [True] * 11, TENTHS)
    assert found.bin_of.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    assert binned([0.05, 0.95, 0.99], [0, 1, 1], TENTHS).counts.tolist() == [1, 2]


def test_bins_tell_what_was_said_and_what_came() -> None:
    found = binned([0.1, 0.3, 0.9], [False, True, True], [0, 0.5, 1])
    assert found.mean_probabilities.tolist() == pytest.approx([0.2, 0.9])
    assert found.observed_shares.tolist() == [0.5, 1]
    assert found.bin_of.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("said", "happened", "edges", "complaint"),
    [
        ([], [], None, "no question to gather"),
        ([0.5], [0, 1], None, "give one for each question"),
        ([[0.5]], [[1]], None, "give one for each question"),
        ([0.5, 1.5], [0, 1], None, "1.5 is not in"),
        ([0.5, 0.6], [0, 2], None, "outcome 2 is neither 0 nor 1"),
        ([0.5], [1], [0, 0.5], "must ascend from 0 to 1"),
        ([0.5], [1], [0.1, 1], "must ascend from 0 to 1"),
        ([0.5], [1], [0, 0.6, 0.4, 1], "must ascend from 0 to 1"),
        ([0.5], [1], [0, 0.5, 0.5, 1], "must ascend from 0 to 1"),
    ],
)
def test_unusable_questions_and_edges_are_refused(
    said: ArrayLike, happened: ArrayLike, edges: ArrayLike | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        brier_parts(said, happened, edges)


@given(answered)
def test_skill_against_the_share_of_these_questions_is_that_of_the_parts(questions: list[tuple[float, bool]]) -> None:
    said, happened = zip(*questions, strict=True)
    parts = brier_parts(said, happened)
    if 0 < parts.base_rate < 1:
        assert brier_skill(said, happened, parts.base_rate) == pytest.approx(parts.skill(), abs=1e-9)


def test_skill_is_what_is_won_back_of_the_baselines_loss() -> None:
    """One baseline for all questions, or one for each."""
    assert brier_skill([0.1, 0.9], [0, 1], 0.5) == pytest.approx(0.96)
    assert brier_skill([0.1, 0.9], [0, 1], [0.2, 0.8]) == pytest.approx(0.75)
    assert brier_skill([0.5, 0.5], [0, 1], 0.5) == 0
    assert brier_skill([1, 0], [0, 1], 0.5) == -3


def test_skill_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves nothing to win"):
        brier_skill([0.1], [0], 0)
    with pytest.raises(ValueError, match="no question to score"):
        brier_skill([], [], 0.5)
    with pytest.raises(ValueError, match="score -1 must be finite and not negative"):
        skill_score(-1, 0.25)
    with pytest.raises(ValueError, match="baseline inf must be finite"):
        skill_score(0.1, float("inf"))
    with pytest.raises(ValueError, match="score nan must be finite"):
        skill_score(float("nan"), 0.25)

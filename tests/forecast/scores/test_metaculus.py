"""Baseline and peer scores: the vectors of the platform's own tests and of its server, to eight places."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.arrays import FloatArray
from forecast.scores.lives import Life, LifeScore, Standing, time_average
from forecast.scores.metaculus import (
    baseline_score,
    continuous_baseline_score,
    density_score,
    peer_score,
    peer_scores_over_life,
)
from forecast.scores.metaculus_ranges import ContinuousRange
from forecast.scores.probabilities import two_options

TO_EIGHT_PLACES = 1e-8
chances = st.lists(st.floats(0.001, 0.999), min_size=2, max_size=8)


def day(number: float) -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)


LIFE = Life(day(0), day(10))


@pytest.mark.parametrize(
    ("probability", "outcome", "known"),
    [
        (0.9, 1, 84.79969066),
        (0.1, 1, -232.19280949),
        (0.9, 0, -232.19280949),
        (2**-0.5, 1, 50),
        (2**-1.5, 1, -50),
        (0.5, 1, 0),
        (0.6, 1, 26.30344058),
    ],
)
def test_baseline_of_yes_or_no(probability: float, outcome: int, known: float) -> None:
    """Vectors of the platform, and 0.6 from its server (26.3034)."""
    assert float(baseline_score(two_options(probability), outcome)) == pytest.approx(known, abs=TO_EIGHT_PLACES)


LIVE = [1 / 3, 1 - 3**-0.5 - 1 / 3, 3**-0.5]


@pytest.mark.parametrize(("outcome", "known"), [(0, 0), (2, 50)])
def test_baseline_counts_the_live_options_only(outcome: int, known: float) -> None:
    """Four options, of which three were live: a third scores 0, and the one not yet live reads the catch-all."""
    assert float(baseline_score(LIVE, outcome)) == pytest.approx(known, abs=TO_EIGHT_PLACES)


def test_baseline_of_four_options_as_the_server_has_it() -> None:
    assert float(baseline_score([0.7, 0.1, 0.1, 0.1], 0)) == pytest.approx(74.2713, abs=5e-5)
    assert float(baseline_score([0.25] * 4, 0)) == pytest.approx(0, abs=TO_EIGHT_PLACES)


def test_baseline_of_what_was_ruled_out_is_endless() -> None:
    assert float(baseline_score([0, 1], 0)) == -math.inf
    closed = ContinuousRange(0, 1, open_low=False, open_high=False, buckets=2)
    assert continuous_baseline_score([0, 0, 1], 1, closed) == -math.inf


CLOSED = ContinuousRange(0, 1, open_low=False, open_high=False)
OPEN = ContinuousRange(0, 1, open_low=True, open_high=True)


def test_baseline_of_an_even_spread_is_nothing() -> None:
    """Closed, with everything inside; open, with a twentieth on each side. Outside too."""
    assert continuous_baseline_score(np.linspace(0, 1, 201), 150, CLOSED) == pytest.approx(0, abs=TO_EIGHT_PLACES)
    for bucket in (0, 1, 150, 200, 201):
        found = continuous_baseline_score(np.linspace(0.05, 0.95, 201), bucket, OPEN)
        assert found == pytest.approx(0, abs=TO_EIGHT_PLACES)


def test_baseline_of_two_buckets() -> None:
    """The platform's vectors for 3 points; e/2 is no probability, so that one is scored behind the check it fails."""
    two = ContinuousRange(0, 1, open_low=False, open_high=False, buckets=2)
    assert continuous_baseline_score([0, 1 / (2 * math.e), 1], 1, two) == pytest.approx(-50, abs=TO_EIGHT_PLACES)
    assert density_score(math.e / 2, two.base(1)) == pytest.approx(50, abs=TO_EIGHT_PLACES)
    with pytest.raises(ValueError, match=r"1.359\d* is not in"):
        continuous_baseline_score([0, math.e / 2, 1], 1, two)


def test_numeric_pair_as_the_server_has_it() -> None:
    """A mixture against an even spread, resolved at 62.1: 73.95264066 and 0, and as much between the two as peers."""
    percent = ContinuousRange(0, 100, open_low=True, open_high=True)
    bucket = percent.bucket(62.1)
    assert bucket == 125
    even = np.linspace(0.05, 0.95, 201)
    peaked = even.copy()
    peaked[bucket:] += 0.0045 * (math.exp(2 * 0.7395264066) - 1)
    peaked[bucket:] = np.minimum(peaked[bucket:], 0.95)
    assert continuous_baseline_score(peaked, bucket, percent) == pytest.approx(73.95264066, abs=TO_EIGHT_PLACES)
    masses = [percent.masses(cdf)[bucket] for cdf in (peaked, even)]
    assert peer_score(masses, continuous=True) == pytest.approx([73.95264066, -73.95264066], abs=TO_EIGHT_PLACES)


@pytest.mark.parametrize(
    ("given_to_it", "known"),
    [
        ([0.1, 0.9], [-219.72245773, 219.72245773]),
        ([0.4, 0.6], [-40.54651081, 40.54651081]),
        ([0.9, 0.6], [40.54651081, -40.54651081]),
        ([math.exp(0.25) / 3, 1 / 3], [25, -25]),
        ([1 / 3, 1 / 3], [0, 0]),
        ([0.9], [0]),
        ([], []),
    ],
)
def test_peers(given_to_it: list[float], known: list[float]) -> None:
    """The first is 100 ln 9; the fourth has three of four options live."""
    assert peer_score(given_to_it) == pytest.approx(known, abs=TO_EIGHT_PLACES)


def test_peers_of_four_options_as_the_server_has_it() -> None:
    assert peer_score([0.7, 0.25]) == pytest.approx([102.9619, -102.9619], abs=5e-5)


@given(chances)
def test_peer_score_is_against_the_geometric_mean_of_the_others(given_to_it: list[float]) -> None:
    """By its definition; and what some gain others lose. Halved for numbers."""
    found = peer_score(given_to_it)
    logs = np.log(given_to_it)
    for i in range(len(logs)):
        assert found[i] == pytest.approx(100 * (logs[i] - np.delete(logs, i).mean()), rel=1e-9, abs=1e-9)
    assert found.sum() == pytest.approx(0, abs=1e-8)
    assert peer_score(given_to_it, continuous=True) == pytest.approx(found / 2)


def test_geometric_mean_of_three() -> None:
    """The platform's vector: 0.18171206 for no and 0.79581144 for yes, by what each stands above it."""
    for stated, mean in (([0.3, 0.2, 0.1], 0.18171206), ([0.7, 0.8, 0.9], 0.79581144)):
        above = np.exp(peer_score(stated) * (2 / 3) / 100)
        assert np.array(stated) / above == pytest.approx([mean] * 3, abs=TO_EIGHT_PLACES)


def test_who_is_not_counted_is_scored_all_the_same() -> None:
    """A bot of 0.5 leaves the two others' scores alone; its own uses the mean and the factor of those counted."""
    found = peer_score([0.1, 0.9, 0.5], counted=[True, True, False])
    assert found[:2] == pytest.approx(peer_score([0.1, 0.9]))
    assert found[2] == pytest.approx(200 * math.log(0.5 / 0.3))


def test_a_lone_counted_forecaster_and_those_beside_it_get_nothing() -> None:
    assert peer_score([0.9, 0.5], counted=[True, False]).tolist() == [0, 0]
    assert peer_score([0.9, 0.5], counted=[False, False]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("since", "until", "covered"), [(0, None, 1), (3, None, 0.7), (7, None, 0.3), (0, 3, 0.3), (5, 8, 0.3)]
)
def test_baseline_over_a_life_is_weighted_by_coverage(since: float, until: float | None, covered: float) -> None:
    """Vectors of the platform over ten days: half the life earns half the points."""
    history = [Standing(0.9, day(since), None if until is None else day(until))]
    found = time_average(history, LIFE, _baseline)
    assert found.covered == pytest.approx(covered)
    assert found.with_gaps_as_zero == pytest.approx(84.79969066 * covered, abs=TO_EIGHT_PLACES)


def test_an_early_close_counts_against_the_plan() -> None:
    """Planned for ten days and closed after five: half covered, half the points; too late is nothing."""
    early = Life(day(0), day(5), planned_close=day(10))
    found = time_average([Standing(0.9, day(0))], early, _baseline)
    assert (found.covered, found.with_gaps_as_zero) == pytest.approx((0.5, 84.79969066 / 2), abs=TO_EIGHT_PLACES)
    assert time_average([Standing(0.9, day(5))], early, _baseline) == LifeScore(None, 0.0)


def test_peers_over_a_life() -> None:
    """The platform's vector: 0.1 and 0.5 all the time, 0.9 from half-time on."""
    found = peer_scores_over_life(
        {"a": [Standing(0.1, day(0))], "b": [Standing(0.5, day(0))], "c": [Standing(0.9, day(5))]}, LIFE
    )
    known = {
        "a": 50 * math.log(0.1 / 0.5) + 50 * math.log(0.1 / math.sqrt(0.45)),
        "b": 50 * math.log(0.5 / 0.1) + 50 * math.log(0.5 / math.sqrt(0.09)),
        "c": 50 * math.log(0.9 / math.sqrt(0.05)),
    }
    assert {who: score.with_gaps_as_zero for who, score in found.items()} == pytest.approx(known, abs=TO_EIGHT_PLACES)
    assert [score.covered for score in found.values()] == pytest.approx([1, 1, 0.5])


def test_coverage_among_peers() -> None:
    """The platform's vectors; alone, one is covered too and earns nothing, and a withdrawal ends the coverage."""
    found = peer_scores_over_life(
        {
            "first half": [Standing(0.5, day(0), day(5))],
            "second half": [Standing(0.5, day(5))],
            "late": [Standing(0.5, day(2))],
        },
        LIFE,
    )
    assert [score.covered for score in found.values()] == pytest.approx([0.5, 0.5, 0.8])
    alone = peer_scores_over_life({"a": [Standing(0.9, day(0), day(3))], "never": []}, LIFE)
    assert alone["a"].covered == pytest.approx(0.3)
    assert alone["a"].with_gaps_as_zero == 0
    assert alone["never"] == LifeScore(None, 0.0)


def test_peers_over_a_life_may_leave_bots_out_of_the_mean() -> None:
    histories = {who: [Standing(p, day(0))] for who, p in (("a", 0.1), ("b", 0.9), ("bot", 0.5))}
    found = peer_scores_over_life(histories, LIFE, counted={"a", "b"}, continuous=True)
    assert [found[who].mean for who in "ab"] == pytest.approx([-109.86122887, 109.86122887], abs=TO_EIGHT_PLACES)
    assert found["bot"].mean == pytest.approx(100 * math.log(0.5 / 0.3))
    with pytest.raises(ValueError, match="'c' is to be counted but has no predictions"):
        peer_scores_over_life(histories, LIFE, counted={"a", "c"})


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_baseline_is_proper(truth: float, other: float) -> None:
    """Expected under one's own belief, saying it is best."""
    believed = two_options(truth)
    honest, dishonest = (believed @ baseline_score(two_options(p), [0, 1]) for p in (truth, other))
    assert honest >= dishonest - 1e-9


@pytest.mark.parametrize(
    ("given_to_it", "counted", "complaint"),
    [
        ([0.5, 0.0], None, "forecaster 2 gave no probability"),
        ([0.5, 1.5], None, "1.5 is not in"),
        ([0.5, 0.6], [True], "give one per forecaster"),
        ([[0.5, 0.6]], None, "give one per forecaster"),
    ],
)
def test_unusable_peers_are_refused(given_to_it: list[float], counted: list[bool] | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        peer_score(given_to_it, counted)


def _baseline(p: float) -> float:
    return float(baseline_score(two_options(p), 1))


def _masses(cdf: list[float]) -> FloatArray:
    return ContinuousRange(0, 1, open_low=True, open_high=True, buckets=len(cdf) - 1).masses(cdf)


def test_geometric_mean_of_three_numeric_predictions() -> None:
    """The platform's vector for two buckets and both sides: 0.36342412, 0.18171206, 0.18171206, 0.2."""
    three = np.stack([_masses(cdf) for cdf in ([0.2, 0.5, 0.8], [0.4, 0.6, 0.8], [0.6, 0.7, 0.8])])
    for column, mean in zip(three.T, (0.36342412, 0.18171206, 0.18171206, 0.2), strict=True):
        ahead = peer_score(column, continuous=True) * (2 / 3) / 50
        assert column / np.exp(ahead) == pytest.approx([mean] * 3, abs=TO_EIGHT_PLACES)

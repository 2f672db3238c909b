"""Scores of draws, quantiles and intervals: against another library, their definitions, and each other."""

import numpy as np
import pytest
import scoringrules  # type: ignore[import-untyped]
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from forecast.distributions import Fixed, Mixture, MixturePart, Normal
from forecast.scores.distributions import crps
from forecast.scores.numbers import (
    ensemble_crps,
    fair_ensemble_crps,
    interval_score,
    quantile_score,
    weighted_interval_score,
)

numbers = st.floats(-100, 100)
ensembles = st.lists(numbers, min_size=2, max_size=12)
# The levels of most forecast hubs.
HUB_LEVELS = np.array([0.01, 0.025, *(np.arange(1, 20) / 20), 0.975, 0.99])


@st.composite
def weighted(draw: st.DrawFn) -> tuple[list[float], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Members, and weights that sum to 1."""
    members = draw(ensembles)
    raw = np.array(draw(st.lists(st.floats(0, 1), min_size=len(members), max_size=len(members))))
    assume(raw.sum() > 0.01)
    return members, raw / raw.sum()


@given(ensembles, numbers)
def test_ensembles_agree_with_scoringrules(members: list[float], y: float) -> None:
    """Whose estimators are the definitions, over all pairs of members."""
    known = float(scoringrules.crps_ensemble(y, np.array(members), estimator="nrg"))
    fair = float(scoringrules.crps_ensemble(y, np.array(members), estimator="fair"))
    assert float(ensemble_crps(members, y)) == pytest.approx(known, rel=1e-9, abs=1e-10)
    assert float(fair_ensemble_crps(members, y)) == pytest.approx(fair, rel=1e-9, abs=1e-10)


@given(weighted(), numbers)
def test_weighted_ensembles_agree_with_scoringrules(
    pair: tuple[list[float], np.ndarray[tuple[int], np.dtype[np.float64]]], y: float
) -> None:
    members, weights = pair
    known = float(scoringrules.crps_ensemble(y, np.array(members), ens_w=weights, estimator="nrg"))
    assert float(ensemble_crps(members, y, weights)) == pytest.approx(known, rel=1e-9, abs=1e-10)


@given(ensembles, numbers)
def test_fair_score_is_the_smaller_and_never_by_more_than_its_correction(members: list[float], y: float) -> None:
    """Plain minus fair is half the mean difference of pairs over M; a second copy of everybody halves it at least."""
    plain, fair = float(ensemble_crps(members, y)), float(fair_ensemble_crps(members, y))
    half_mean_difference = np.abs(np.subtract.outer(members, members)).mean() / 2
    assert plain >= fair - 1e-10
    assert plain - fair == pytest.approx(half_mean_difference / (len(members) - 1), rel=1e-9, abs=1e-10)
    assert float(ensemble_crps(members * 2, y)) == pytest.approx(plain, rel=1e-9, abs=1e-10)
    assert fair - 1e-10 <= float(fair_ensemble_crps(members * 2, y)) <= plain + 1e-10


@given(ensembles, numbers, numbers, st.floats(0.1, 10))
def test_score_moves_with_the_unit(members: list[float], y: float, shift: float, scale: float) -> None:
    """Not with where zero is, and in proportion to the unit."""
    moved = np.array(members) * scale + shift
    assert float(ensemble_crps(moved, y * scale + shift)) == pytest.approx(
        scale * float(ensemble_crps(members, y)), rel=1e-9, abs=1e-9
    )


@given(numbers, numbers)
def test_a_single_value_scores_its_distance(value: float, y: float) -> None:
    assert float(ensemble_crps([value], y)) == pytest.approx(abs(value - y))
    assert float(ensemble_crps([value] * 3, y)) == pytest.approx(abs(value - y))


def test_weight_is_as_good_as_repetition_and_none_as_good_as_absence() -> None:
    repeated = float(ensemble_crps([1, 5, 5, 5], 4))
    assert float(ensemble_crps([5, 1], 4, [0.75, 0.25])) == pytest.approx(repeated)
    assert float(ensemble_crps([5, 80, 1], 4, [0.75, 0, 0.25])) == pytest.approx(repeated)


def test_weighted_members_are_a_mixture_of_atoms() -> None:
    """The same number from the score of whole distributions, which integrates."""
    values, weights = [3.0, -1.0, 7.5], [0.2, 0.5, 0.3]
    atoms = Mixture(parts=tuple(MixturePart(weight=w, of=Fixed(value=v)) for v, w in zip(values, weights, strict=True)))
    for y in (-4.0, 0.0, 3.0, 9.0):
        assert float(ensemble_crps(values, y, weights)) == pytest.approx(crps(atoms, y), rel=1e-12)


def test_fair_score_does_not_depend_on_how_many_draws_there_are() -> None:
    """On average over ensembles it is the CRPS of their source; the plain one is larger (Ferro 2014)."""
    rng = np.random.Generator(np.random.PCG64(17))
    truth = crps(Normal(mean=0, sd=1), 0.7)
    for size in (2, 5):
        draws = rng.standard_normal((40_000, size))
        fair, plain = fair_ensemble_crps(draws, 0.7), ensemble_crps(draws, 0.7)
        error = fair.std() / 200
        assert abs(fair.mean() - truth) <= 5 * error
        assert plain.mean() > truth + 20 * error


@given(numbers, numbers, st.floats(0.01, 0.99))
def test_quantile_score_agrees_with_scoringrules(quantile: float, y: float, level: float) -> None:
    known = float(scoringrules.quantile_score(y, quantile, level))
    assert float(quantile_score(quantile, level, y)) == pytest.approx(known, abs=1e-12)


@given(st.floats(0.05, 0.95), st.floats(-4, 4))
def test_the_true_quantile_scores_best_on_average(level: float, other: float) -> None:
    """Over outcomes spread evenly over a normal, its own quantile at the level beats any other number."""
    outcomes = Normal(mean=0, sd=1).ppf((np.arange(400) + 0.5) / 400)
    truth = float(np.quantile(outcomes, level, method="inverted_cdf"))
    assert quantile_score(truth, level, outcomes).mean() <= quantile_score(other, level, outcomes).mean() + 1e-12


@given(numbers, numbers, numbers, st.floats(0.01, 0.99))
def test_interval_score_agrees_with_scoringrules_and_with_its_two_quantiles(
    one: float, other: float, y: float, alpha: float
) -> None:
    """It is 2/alpha times the pinball losses of both ends."""
    low, high = sorted((one, other))
    found = float(interval_score(low, high, alpha, y))
    assert found == pytest.approx(float(scoringrules.interval_score(y, low, high, alpha)), rel=1e-9, abs=1e-9)
    ends = quantile_score([low, high], [alpha / 2, 1 - alpha / 2], y).sum()
    assert found == pytest.approx(2 / alpha * ends, rel=1e-9, abs=1e-9)


@given(st.lists(numbers, min_size=23, max_size=23), numbers)
def test_weighted_interval_score_agrees_with_scoringrules(quantiles: list[float], y: float) -> None:
    """With the hub's 23 levels, given as quantiles here and as intervals about a median there.

    The median's term is added here: with numpy, release 0.10 of that library weighs the median, not its error.
    """
    ordered = np.sort(quantiles)
    median, ends, alphas = ordered[11], (ordered[:11], ordered[:11:-1]), 2 * HUB_LEVELS[:11]
    intervals = float(scoringrules.weighted_interval_score(y, median, *ends, alphas, w_median=0))
    known = intervals + abs(y - median) / 2 / 11.5
    assert float(weighted_interval_score(ordered, HUB_LEVELS, y)) == pytest.approx(known, rel=1e-9, abs=1e-9)


def test_weighted_interval_score_of_the_median_alone_is_its_distance() -> None:
    assert float(weighted_interval_score([20], [0.5], y=26)) == 6


def test_weighted_interval_score_approaches_the_crps() -> None:
    """With 999 levels to within a thousandth."""
    levels = np.arange(1, 1000) / 1000
    quantiles = Normal(mean=2, sd=3).ppf(levels)
    assert float(weighted_interval_score(quantiles, levels, 4.5)) == pytest.approx(
        crps(Normal(mean=2, sd=3), 4.5), rel=2e-3
    )


def test_many_are_scored_at_once() -> None:
    """Members last, outcomes against what stands before; weights for all, or for each."""
    rng = np.random.Generator(np.random.PCG64(8))
    members, outcomes, weights = (
        rng.normal(size=(3, 4, 9)),
        rng.normal(size=(3, 4)),
        rng.dirichlet([1] * 9, size=(3, 4)),
    )
    for i, j in np.ndindex(3, 4):
        one = members[i, j], outcomes[i, j]
        assert ensemble_crps(members, outcomes)[i, j] == pytest.approx(float(ensemble_crps(*one)))
        assert fair_ensemble_crps(members, outcomes)[i, j] == pytest.approx(float(fair_ensemble_crps(*one)))
        assert ensemble_crps(members, outcomes, weights)[i, j] == pytest.approx(
            float(ensemble_crps(*one, weights[i, j]))
        )
        assert ensemble_crps(members, outcomes, weights[0, 0])[i, j] == pytest.approx(
            float(ensemble_crps(*one, weights[0, 0]))
        )
    assert ensemble_crps(members[0, 0], outcomes).shape == (3, 4)
    assert weighted_interval_score(np.sort(members), np.arange(1, 10) / 10, outcomes).shape == (3, 4)


@pytest.mark.parametrize(
    ("members", "y", "weights", "complaint"),
    [
        ([], 1, None, "hold no member"),
        (3.0, 1, None, "hold no member"),
        ([1, float("nan")], 1, None, "member nan is not a finite number"),
        ([1, 2], float("inf"), None, "outcome inf is not a finite number"),
        ([1, 2], 1, [0.5, 0.4], "weights sum to 0.9, not 1"),
        ([1, 2], 1, [1.5, -0.5], "weight -0.5 is negative"),
        ([1, 2], 1, [1.0], "give one for each"),
        ([1, 2], 1, [float("nan"), 1], "weight nan is not a finite number"),
    ],
)
def test_unusable_ensembles_are_refused(
    members: ArrayLike, y: float, weights: ArrayLike | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        ensemble_crps(members, y, weights)


def test_a_fair_score_of_one_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="needs two members or more"):
        fair_ensemble_crps([3], 1)


@pytest.mark.parametrize(
    ("quantiles", "levels", "complaint"),
    [
        ([1, 2, 3], [0.1, 0.5, 0.8], "pairs that sum to 1"),
        ([1, 2], [0.1, 0.9], "must be 1/2 and pairs"),
        ([1, 2, 3], [0.9, 0.5, 0.1], "must ascend"),
        ([1, 2, 3], [0.0, 0.5, 1.0], "level 0.0 must lie strictly between 0 and 1"),
        ([1, 2], [0.1, 0.5, 0.9], "do not fit 3 levels"),
        ([1, 3, 2], [0.1, 0.5, 0.9], "quantiles decrease"),
        ([1, 3, float("inf")], [0.1, 0.5, 0.9], "quantile inf is not a finite number"),
    ],
)
def test_unusable_quantiles_are_refused(quantiles: ArrayLike, levels: ArrayLike, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        weighted_interval_score(quantiles, levels, 2)


def test_unusable_intervals_and_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="swap them"):
        interval_score(2, 1, 0.1, 0)
    with pytest.raises(ValueError, match="alpha 90.0 must lie strictly between"):
        interval_score(1, 2, 90.0, 0)
    with pytest.raises(ValueError, match="level 1.0 must lie strictly between"):
        quantile_score(2, 1.0, 1)

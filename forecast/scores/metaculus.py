"""Baseline and peer scores as Metaculus computes them: 0 is what a baseline gets, and more is better.

Both are logarithms of the probability given to what came about, in hundredths. The formulas are those of Metaculus'
open source, `scoring/score_math.py`; over a question's life they are averaged with `LifeScore.with_gaps_as_zero`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scores.checks import stated_options, stated_probabilities
from forecast.scores.lives import Life, LifeScore, Standing, Stretch, average_of, side_by_side
from forecast.scores.metaculus_ranges import ContinuousRange
from forecast.scores.probabilities import log_score


def baseline_score(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Baseline score of a binary or multiple-choice question, 100 log_K(K p): 0 for equal probabilities, 100 at best.

    Parameters
    ----------
    probabilities : array_like, shape (..., options)
        Over the K options that were live when the prediction stood; for yes or no, `two_options`.
    outcome : array_like of int, shape (...)
        Index, from 0, of the option that came about. If it was not live yet, that of the catch-all it was part of.

    Returns
    -------
    ndarray, shape (...)
        Minus infinity where what came about was given no probability.

    Raises
    ------
    ValueError
        If probabilities are out of range or do not sum to 1, or no option has the index.

    Examples
    --------
    >>> round(float(baseline_score([0.1, 0.9], 1)), 8)
    84.79969066
    """
    stated = stated_options(probabilities)
    return 100 * (1 + log_score(stated, outcome, base=stated.shape[-1]))


def continuous_baseline_score(cdf: ArrayLike, bucket: int, within: ContinuousRange) -> float:
    """Baseline score of a number or a date, 100 ln(mass of the bucket / its base) / 2.

    Parameters
    ----------
    cdf : array_like, shape (N + 1,)
        Distribution function at the edges of the range's buckets.
    bucket : int
        That of the answer, by `ContinuousRange.bucket`.
    within : ContinuousRange

    Returns
    -------
    float
        Minus infinity if the bucket was given no probability.

    Raises
    ------
    ValueError
        If the distribution function or the bucket does not fit the range.

    Examples
    --------
    >>> within = ContinuousRange(0, 1, open_low=True, open_high=True)
    >>> round(continuous_baseline_score(np.linspace(0.05, 0.95, 201), 201, within), 8)
    0.0
    """
    base = within.base(bucket)
    return density_score(float(within.masses(cdf)[bucket]), base)


def density_score(mass: float, base: float) -> float:
    """Score of a mass against what the baseline gives the same bucket, 100 ln(mass / base) / 2; nothing is checked."""
    return 50 * math.log(mass / base) if mass > 0 else -math.inf


def peer_score(chances: ArrayLike, counted: ArrayLike | None = None, continuous: bool = False) -> FloatArray:
    """Peer score of everybody whose prediction stands at one time, 100 n/(n - 1) ln(p / geometric mean of all n).

    The mean holds one's own prediction; by the factor, that is 100 ln(p / geometric mean of the others). Halved for
    numbers and dates; 0 for all if fewer than two are counted.

    Parameters
    ----------
    chances : array_like, shape (forecasters,)
        Probability that each gave to what came about; of a number or date, the mass of its bucket.
    counted : array_like of bool, shape (forecasters,), optional
        Who enters the mean, as bots may not; everybody when left out.
    continuous : bool
        Whether the question is about a number or a date.

    Returns
    -------
    ndarray, shape (forecasters,)

    Raises
    ------
    ValueError
        If a chance is not above 0 and at most 1, or the shapes differ. A 0 would lift everybody else to infinity.

    Examples
    --------
    >>> peer_score([0.1, 0.9]).round(4).tolist()
    [-219.7225, 219.7225]
    """
    given = stated_probabilities(chances)
    if (given == 0).any():
        raise ValueError(
            f"forecaster {int(np.argmax(given == 0)) + 1} gave no probability to what came about: "
            "peers cannot be compared; the platform takes no such prediction"
        )
    enters = np.ones(given.shape, dtype=np.bool_) if counted is None else np.asarray(counted, dtype=np.bool_)
    if given.ndim != 1 or given.shape != enters.shape:
        raise ValueError(f"chances have shape {given.shape}, who is counted {enters.shape}: give one per forecaster")
    n = int(enters.sum())
    if n < 2:
        return np.zeros(given.shape)
    ahead = np.log(given) - np.log(given[enters]).mean()
    return np.asarray((50 if continuous else 100) * n / (n - 1) * ahead)


def peer_scores_over_life(
    histories: Mapping[str, Sequence[Standing[float]]],
    life: Life,
    counted: Set[str] | None = None,
    continuous: bool = False,
) -> dict[str, LifeScore]:
    """Peer scores averaged over a question's life, each moment against those whose predictions stood then.

    Parameters
    ----------
    histories : mapping
        Forecaster → the probabilities that their predictions gave to what came about, in order.
    life : Life
    counted : set of str, optional
        Who enters the geometric mean; everybody when left out.
    continuous : bool
        Whether the question is about a number or a date.

    Returns
    -------
    dict
        Forecaster → score; what Metaculus shows is its `with_gaps_as_zero`.

    Raises
    ------
    ValueError
        If a chance is not above 0 and at most 1, predictions are not in order, or somebody counted is not there.
    """
    unknown = (counted or set()) - histories.keys()
    if unknown:
        raise ValueError(f"'{min(unknown)}' is to be counted but has no predictions: leave the name out")
    found: dict[str, list[Stretch[float]]] = {who: [] for who in histories}
    for moment in side_by_side(histories, life):
        enters = [counted is None or who in counted for who in moment.value]
        scores = peer_score(list(moment.value.values()), enters, continuous)
        for who, score in zip(moment.value, scores.tolist(), strict=True):
            found[who].append(Stretch(moment.start, moment.end, score))
    return {who: average_of(scores, life) for who, scores in found.items()}

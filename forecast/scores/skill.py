"""A score against that of a baseline: how much of what the baseline lost has been won back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from forecast.scores.probabilities import binary_brier


def skill_score(score: float, baseline: float) -> float:
    """Skill 1 - score/baseline: 1 is perfect, 0 as good as the baseline, negative worse.

    Parameters
    ----------
    score, baseline : float
        Mean scores over the same questions and the same times, of a kind whose perfect value is 0 and that grows.

    Raises
    ------
    ValueError
        If one is not finite, or the baseline is not above 0 and leaves nothing to win.

    Examples
    --------
    >>> skill_score(0.125, 0.25)
    0.5
    """
    if not (math.isfinite(score) and score >= 0):
        raise ValueError(f"score {score} must be finite and not negative: skill is for scores whose best is 0")
    if not (math.isfinite(baseline) and baseline > 0):
        raise ValueError(f"baseline {baseline} must be finite and above 0: a perfect baseline leaves nothing to win")
    return 1 - score / baseline


def brier_skill(probabilities: ArrayLike, happened: ArrayLike, baseline: ArrayLike) -> float:
    """Brier skill score 1 - BS/BS_baseline over questions of yes or no.

    Parameters
    ----------
    probabilities : array_like, shape (questions,)
        Of yes.
    happened : array_like, shape (questions,)
        Truth values or 0 and 1.
    baseline : array_like, shape (questions,) or ()
        Of yes, by a rule that takes no skill: a decaying base rate, or the share among similar questions. Against 1/2
        anyone looks skilled who knows that most things do not happen.

    Raises
    ------
    ValueError
        If there is no question, a probability is not in [0, 1], an outcome neither 0 nor 1, or the baseline is
        perfect.

    Examples
    --------
    >>> round(brier_skill([0.1, 0.9], [0, 1], baseline=0.5), 12)
    0.96
    """
    if np.size(happened) == 0:
        raise ValueError("no question to score: give at least one that has resolved")
    own, other = binary_brier(probabilities, happened), binary_brier(baseline, happened)
    return skill_score(float(own.mean()), float(other.mean()))

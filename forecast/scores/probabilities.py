"""Scores of probabilities over options, once it is known which option came about.

Options lie along the last axis and are counted from 0; anything may stand before it, so that one call scores many
predictions, or one prediction under every outcome. A question of yes or no has two options: `two_options` makes them
from the probability of yes, which is option 1. Brier scores and their kin are 0 for a perfect prediction and grow;
log and spherical scores are higher for a better one. All are strictly proper: expected under one's own belief, no
other statement scores better (Gneiting & Raftery 2007).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scores.checks import resolved_events, resolved_options, stated_options, stated_probabilities

Rule = Callable[[ArrayLike, ArrayLike], FloatArray]
"""A score of (probabilities over options, index of the option that came about)."""


def two_options(probability: ArrayLike) -> FloatArray:
    """Return a question of yes or no as two options, no and yes.

    Parameters
    ----------
    probability : array_like, any shape (...)
        Of yes.

    Returns
    -------
    ndarray, shape (..., 2)

    Raises
    ------
    ValueError
        If a probability is not in [0, 1].
    """
    yes = stated_probabilities(probability)
    return np.stack([1 - yes, yes], axis=-1)


def binary_brier(probability: ArrayLike, happened: ArrayLike) -> FloatArray:
    """One-sided Brier score of an event, (p - y)^2: from 0, perfect, to 1; saying 1/2 scores 0.25.

    Parameters
    ----------
    probability : array_like, any shape
    happened : array_like
        Whether the event came about, as truth values or 0 and 1; broadcast against `probability`.

    Returns
    -------
    ndarray, the shape of both together

    Raises
    ------
    ValueError
        If a probability is not in [0, 1], or an outcome neither 0 nor 1.

    Examples
    --------
    >>> round(float(binary_brier(0.7, True)), 12)
    0.09
    """
    return np.asarray((stated_probabilities(probability) - resolved_events(happened)) ** 2)


def brier(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Two-sided Brier score, sum over options of (p_k - 1{k came about})^2: from 0, perfect, to 2 (Brier 1950).

    What Good Judgment reports; of a question of yes or no it is twice `binary_brier`.

    Parameters
    ----------
    probabilities : array_like, shape (..., options)
        Summing to 1 within 1e-6 over the last axis.
    outcome : array_like of int, shape (...)
        Index, from 0, of the option that came about; broadcast against the axes before the last.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If probabilities are out of range or do not sum to 1, or no option has the index.

    Examples
    --------
    >>> round(float(brier([0.5, 0.3, 0.2], 1)), 12)
    0.78
    """
    stated = stated_options(probabilities)
    return np.asarray(((stated - _came_about(stated, outcome)) ** 2).sum(axis=-1))


def ranked_probability(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Ranked probability score of options in order, sum over splits of (P_k - 1{came about by k})^2 (Epstein 1969).

    P_k is the probability of option k or one before it. Not divided by the number of splits; arguments and errors as
    for `brier`.
    """
    stated = stated_options(probabilities)
    by_split = np.cumsum(stated - _came_about(stated, outcome), axis=-1)[..., :-1]
    return np.asarray((by_split**2).sum(axis=-1))


def ordered_brier(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Brier score of options in order, as Good Judgment has it: the mean over splits of the two-sided Brier score.

    A split asks whether the outcome is option k or before, or after it; being off by one option then costs less than
    being off by two. From 0, perfect, to 2; 2 / (options - 1) times `ranked_probability`. Arguments and errors as for
    `brier`.

    Examples
    --------
    >>> [round(float(ordered_brier([0.5, 0.3, 0.2], k)), 12) for k in range(3)]
    [0.29, 0.29, 0.89]
    """
    stated = stated_options(probabilities)
    return np.asarray(2 * ranked_probability(stated, outcome) / (stated.shape[-1] - 1))


def log_score(probabilities: ArrayLike, outcome: ArrayLike, base: float = math.e) -> FloatArray:
    """Logarithm of the probability of what came about: 0 is perfect, less is worse (Good 1952).

    Parameters
    ----------
    probabilities, outcome
        As for `brier`.
    base : float
        Above 1: e for nats, 2 for bits.

    Returns
    -------
    ndarray, shape (...)
        Minus infinity where the option that came about was given no probability: nothing makes up for that.

    Raises
    ------
    ValueError
        As for `brier`, or if the base is not above 1.

    Examples
    --------
    >>> round(float(log_score(two_options(0.7), 1)), 12)
    -0.356674943939
    """
    if not (base > 1 and math.isfinite(base)):
        raise ValueError(f"base {base} of a log score must be above 1 and finite: use e for nats, 2 for bits")
    chance = chance_given(probabilities, outcome)
    nats = np.log(chance, where=chance > 0, out=np.full(chance.shape, -np.inf))
    return np.asarray(nats / math.log(base))


def spherical(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Spherical score p_outcome / sqrt(sum_k p_k^2): from 0 to 1, which is perfect (Gneiting & Raftery 2007).

    Arguments and errors as for `brier`.
    """
    length = np.sqrt((stated_options(probabilities) ** 2).sum(axis=-1))
    return np.asarray(chance_given(probabilities, outcome) / length)


def chance_given(probabilities: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Return the probability that was given to what came about, shape (...); arguments and errors as for `brier`."""
    stated = stated_options(probabilities)
    index = resolved_options(outcome, stated.shape[-1])
    shape = np.broadcast_shapes(stated.shape[:-1], index.shape)
    every = np.broadcast_to(stated, (*shape, stated.shape[-1]))
    return np.asarray(np.take_along_axis(every, np.broadcast_to(index, shape)[..., None], axis=-1)[..., 0])


def _came_about(stated: FloatArray, outcome: ArrayLike) -> FloatArray:
    """1 for the option that came about, else 0, shape (..., options)."""
    index = resolved_options(outcome, stated.shape[-1])
    return np.asarray(np.arange(stated.shape[-1]) == index[..., None], dtype=np.float64)

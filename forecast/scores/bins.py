"""Predictions of about the same probability gathered in bins, with what came about in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import BoolArray, FloatArray, IntArray
from forecast.scores.checks import resolved_events, stated_probabilities

# Quotients, not multiples of 0.1: three times 0.1 is above 0.3, which would put a stated 0.3 in the bin below.
TENTHS: tuple[float, ...] = tuple(k / 10 for k in range(11))
"""Edges of ten equal bins."""


@dataclass(frozen=True, slots=True)
class Binned:
    """Questions of yes or no in bins; empty bins are left out.

    probabilities : of yes, shape (questions,)
    happened : shape (questions,)
    bin_of : index of each question's bin, shape (questions,)
    counts : questions in each bin, at least 1, shape (bins,)
    mean_probabilities : of yes in each bin, ascending, shape (bins,)
    observed_shares : share of yes in each bin, shape (bins,)
    """

    probabilities: FloatArray
    happened: BoolArray
    bin_of: IntArray
    counts: IntArray
    mean_probabilities: FloatArray
    observed_shares: FloatArray


def binned(probabilities: ArrayLike, happened: ArrayLike, edges: ArrayLike | None = None) -> Binned:
    """Gather questions of yes or no in bins.

    Parameters
    ----------
    probabilities : array_like, shape (questions,)
        Of yes.
    happened : array_like, shape (questions,)
        Truth values or 0 and 1.
    edges : array_like, shape (bins + 1,), optional
        Ascending from 0 to 1. An edge belongs to the bin above it, 1 to the last. A bin for each value that was
        stated when left out.

    Raises
    ------
    ValueError
        If there is no question, the shapes differ, a probability or an outcome is out of range, or edges do not
        ascend from 0 to 1.
    """
    stated, outcomes = stated_probabilities(probabilities), resolved_events(happened)
    if stated.ndim != 1 or stated.shape != outcomes.shape:
        raise ValueError(
            f"probabilities have shape {stated.shape}, outcomes {outcomes.shape}: give one for each question"
        )
    if stated.size == 0:
        raise ValueError("no question to gather: give at least one that has resolved")
    if edges is None:
        values, bin_of = np.unique(stated, return_inverse=True)
        counts = np.bincount(bin_of)
        means = values
    else:
        held, bin_of = np.unique(_place(stated, edges), return_inverse=True)
        counts = np.bincount(bin_of, minlength=held.size)
        means = np.bincount(bin_of, weights=stated) / counts
    return Binned(
        probabilities=stated,
        happened=outcomes,
        bin_of=bin_of,
        counts=counts,
        mean_probabilities=means,
        observed_shares=np.bincount(bin_of, weights=outcomes) / counts,
    )


def _place(stated: FloatArray, edges: ArrayLike) -> IntArray:
    bounds = np.asarray(edges, dtype=np.float64)
    if bounds.ndim != 1 or bounds.size < 2 or bounds[0] != 0 or bounds[-1] != 1 or not (np.diff(bounds) > 0).all():
        raise ValueError(f"edges {bounds.tolist()} must ascend from 0 to 1: use TENTHS for ten equal bins")
    return np.searchsorted(bounds[1:-1], stated, side="right")

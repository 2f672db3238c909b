"""The calibration curve: how often it happened when we said 30 %, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from forecast.arrays import FloatArray
from forecast.scores.bins import TENTHS, binned
from forecast.scores.checks import share_inside


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One bin of a calibration curve.

    mean_probability : mean of what was said
    observed_share : share of the questions that came about
    count : questions in the bin
    low, high : interval of the share that chance leaves open
    """

    mean_probability: float
    observed_share: float
    count: int
    low: float
    high: float


def calibration_curve(
    probabilities: ArrayLike, happened: ArrayLike, edges: ArrayLike | None = TENTHS, confidence: float = 0.95
) -> tuple[CalibrationPoint, ...]:
    """Observed share against the mean of what was said, bin by bin from low to high; empty bins are left out.

    Parameters
    ----------
    probabilities : array_like, shape (questions,)
        Of yes.
    happened : array_like, shape (questions,)
        Truth values or 0 and 1.
    edges : array_like, shape (bins + 1,), or None
        Ascending from 0 to 1; None for a bin for each value that was stated.
    confidence : float
        Of the interval, which takes the questions to be independent: many predictions of one question, or many
        questions about one event, tell less than their number says.

    Raises
    ------
    ValueError
        If there is no question, or an argument is out of range.

    Examples
    --------
    >>> (point,) = calibration_curve([0.25, 0.25], [True, False])
    >>> point.mean_probability, point.observed_share, point.count
    (0.25, 0.5, 2)
    """
    by_bin = binned(probabilities, happened, edges)
    low, high = wilson_interval(by_bin.observed_shares * by_bin.counts, by_bin.counts, confidence)
    columns = (by_bin.mean_probabilities, by_bin.observed_shares, by_bin.counts, low, high)
    return tuple(CalibrationPoint(*row) for row in zip(*(column.tolist() for column in columns), strict=True))


def wilson_interval(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Score interval of a binomial share (Wilson 1927): the shares that a normal test would not reject.

    (k + z^2/2 ± z sqrt(k (n - k)/n + z^2/4)) / (n + z^2).

    Parameters
    ----------
    successes, trials : array_like
        k from 0 to n, and n at least 1; broadcast against each other.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    low, high : ndarray, the shape of both together

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> [round(float(end), 4) for end in wilson_interval(15, 148)]
    [0.0624, 0.1605]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if not ((k >= 0) & (k <= n) & (n >= 1)).all():
        raise ValueError("successes must lie between 0 and the number of trials, of which there is at least 1")
    z = ndtri((1 + share_inside(confidence, "confidence")) / 2)
    half = z * np.sqrt(k * (n - k) / n + z**2 / 4)
    # From the low end of the failures, which is exactly 0 if there are none, so that rounding never steps over 1.
    return np.asarray((k + z**2 / 2 - half) / (n + z**2)), np.asarray(1 - (n - k + z**2 / 2 - half) / (n + z**2))

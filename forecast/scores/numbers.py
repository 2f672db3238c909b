"""Scores of a predicted number given as draws, quantiles or an interval; all in the unit of the number, 0 is perfect.

A prediction's members or quantiles lie along the last axis; anything may stand before it, and ``y``, what came about,
is broadcast against that. For a whole distribution see `forecast.scores.distributions`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scores.checks import WEIGHT_TOLERANCE, finite_numbers, share_inside


def ensemble_crps(members: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """CRPS of the distribution that puts its weight on the members and nowhere else.

    E|X - y| - E|X - X'|/2 = sum |x_i - y| / M - sum_ij |x_i - x_j| / (2 M^2) (Gneiting & Raftery 2007), computed as
    the integral of (F(x) - 1{x >= y})^2 between sorted members, which only adds: O(M log M) and nothing cancels.

    Parameters
    ----------
    members : array_like, shape (..., members)
    y : array_like, shape (...)
    weights : array_like, shape (members,) or (..., members), optional
        Not negative, summing to 1 over the last axis; equal when left out.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If there is no member, a number is not finite, or weights are negative or do not sum to 1 within 1e-9.

    Examples
    --------
    >>> float(ensemble_crps([0, 1, 2, 3], 1))
    0.375
    """
    values, cumulated = _sorted(members, weights)
    outcome = finite_numbers(y, "outcome")[..., None]
    below = np.diff(np.clip(values, None, outcome), axis=-1)
    above = np.diff(np.clip(values, outcome, None), axis=-1)
    between = below * cumulated**2 + above * (1 - cumulated) ** 2
    outside = np.maximum(values[..., 0] - outcome[..., 0], 0) + np.maximum(outcome[..., 0] - values[..., -1], 0)
    return np.asarray(between.sum(axis=-1) + outside)


def fair_ensemble_crps(members: ArrayLike, y: ArrayLike) -> FloatArray:
    """CRPS that is estimated for the distribution the members were drawn from, not for the members themselves.

    sum |x_i - y| / M - sum_ij |x_i - x_j| / (2 M (M - 1)) (Ferro 2014): its mean over ensembles is the CRPS of their
    source, so few members are not held against a forecast. A single score may be negative.

    Parameters
    ----------
    members : array_like, shape (..., members)
        At least two, drawn independently and with equal weight.
    y : array_like, shape (...)

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If there are fewer than two members, or a number is not finite.

    Examples
    --------
    >>> round(float(fair_ensemble_crps([0, 1, 2, 3], 1)), 12)
    0.166666666667
    """
    values, cumulated = _sorted(members, None)
    count = values.shape[-1]
    if count < 2:
        raise ValueError("a fair CRPS needs two members or more, not 1: use ensemble_crps for a single value")
    half_difference = (np.diff(values, axis=-1) * cumulated * (1 - cumulated)).sum(axis=-1)
    return np.asarray(ensemble_crps(values, y) - half_difference / (count - 1))


def quantile_score(quantile: ArrayLike, level: ArrayLike, y: ArrayLike) -> FloatArray:
    """Pinball loss of a quantile: level (y - q) if y is above it, else (1 - level) (q - y) (Koenker & Bassett 1978).

    Parameters
    ----------
    quantile, y : array_like
    level : array_like
        Strictly between 0 and 1; the three are broadcast against each other.

    Returns
    -------
    ndarray, the shape of all three together

    Raises
    ------
    ValueError
        If a number is not finite or a level out of range.

    Examples
    --------
    >>> round(float(quantile_score(2, 0.9, y=1)), 12)
    0.1
    """
    tau = share_inside(level, "level")
    short = finite_numbers(y, "outcome") - finite_numbers(quantile, "quantile")
    return np.asarray(np.where(short > 0, tau, 1 - tau) * np.abs(short))


def interval_score(low: ArrayLike, high: ArrayLike, alpha: ArrayLike, y: ArrayLike) -> FloatArray:
    """Width of a central interval, plus 2/alpha for each unit by which it was missed (Winkler 1972).

    Parameters
    ----------
    low, high : array_like
        Quantiles at levels alpha/2 and 1 - alpha/2.
    alpha : array_like
        Probability that is left out: 0.1 for a 90 % interval.
    y : array_like
        The four are broadcast against each other.

    Returns
    -------
    ndarray, the shape of all four together

    Raises
    ------
    ValueError
        If a number is not finite, alpha not strictly between 0 and 1, or the low end above the high one.

    Examples
    --------
    >>> round(float(interval_score(5, 60, alpha=0.1, y=69)), 12)
    235.0
    """
    bottom, top = finite_numbers(low, "low end"), finite_numbers(high, "high end")
    if (bottom > top).any():
        raise ValueError("the low end of an interval lies above its high end: swap them")
    outcome, left_out = finite_numbers(y, "outcome"), share_inside(alpha, "alpha")
    missed = np.maximum(bottom - outcome, 0) + np.maximum(outcome - top, 0)
    return np.asarray(top - bottom + 2 / left_out * missed)


def weighted_interval_score(quantiles: ArrayLike, levels: ArrayLike, y: ArrayLike) -> FloatArray:
    """Mean of the absolute error of the median and the scores of central intervals, as forecast hubs use it.

    (|y - m|/2 + sum_k alpha_k/2 IS_k) / (K + 1/2) over K intervals (Bracher et al. 2021), which is twice the mean
    pinball loss over their levels and that of the median. With many levels it approaches the CRPS.

    Parameters
    ----------
    quantiles : array_like, shape (..., levels)
        Not decreasing.
    levels : array_like, shape (levels,)
        Ascending and symmetric about 1/2, which is among them.
    y : array_like, shape (...)

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If a number is not finite, quantiles decrease, or levels are not as above.

    Examples
    --------
    >>> round(float(weighted_interval_score([5, 20, 60], [0.05, 0.5, 0.95], y=69)), 12)
    24.166666666667
    """
    taus = _symmetric(share_inside(levels, "level"))
    stated = finite_numbers(quantiles, "quantile")
    if stated.shape[-1:] != taus.shape:
        raise ValueError(f"quantiles of shape {stated.shape} do not fit {len(taus)} levels: give one for each")
    if (np.diff(stated, axis=-1) < 0).any():
        raise ValueError("quantiles decrease as their levels rise: sort out which is which")
    outcome = finite_numbers(y, "outcome")[..., None]
    return np.asarray(2 * quantile_score(stated, taus, outcome).mean(axis=-1))


def _sorted(members: ArrayLike, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Members ascending, shape (..., members), and F between neighbours, shape (members - 1,) or (..., members - 1)."""
    values = finite_numbers(members, "member")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"members of shape {values.shape} hold no member: give at least one")
    if weights is None:
        return np.sort(values, axis=-1), np.arange(1, values.shape[-1]) / values.shape[-1]
    shares = np.broadcast_to(_weights(weights, values.shape), values.shape)
    order = np.argsort(values, axis=-1, kind="stable")
    cumulated = np.cumsum(np.take_along_axis(shares, order, axis=-1), axis=-1)
    return np.take_along_axis(values, order, axis=-1), cumulated[..., :-1]


def _weights(weights: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    shares = finite_numbers(weights, "weight")
    if shares.shape not in (shape, shape[-1:]):
        raise ValueError(f"weights of shape {shares.shape} do not fit members of shape {shape}: give one for each")
    if (shares < 0).any():
        raise ValueError(f"weight {shares[shares < 0].flat[0]} is negative: leave the member out, or correct it")
    totals = shares.sum(axis=-1)
    off = np.abs(totals - 1) > WEIGHT_TOLERANCE
    if off.any():
        raise ValueError(
            f"weights sum to {totals[off].flat[0]}, not 1: divide each by the sum if only their ratios matter"
        )
    return shares


def _symmetric(levels: FloatArray) -> FloatArray:
    if levels.ndim != 1 or not (np.diff(levels) > 0).all():
        raise ValueError(f"levels {levels.tolist()} must ascend, each once: sort them")
    if len(levels) % 2 == 0 or not np.allclose(levels + levels[::-1], 1, rtol=0, atol=1e-9):
        raise ValueError(f"levels {levels.tolist()} must be 1/2 and pairs that sum to 1: add what is missing")
    return levels

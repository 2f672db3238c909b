"""The nearest distribution that a platform's form allows, exactly, for options and for numbers.

A form bounds every probability from below and from above, and a forecast from simulation breaks such bounds: it knows
what is certain, what is impossible, and atoms. "Nearest" is the distance that a proper score lays down (Gneiting &
Raftery 2007): what the exported forecast is expected to lose to the predicted one, if the predicted one is right.

- Options have no order. The excess of the Brier score is the squared distance Σ (q_i − p_i)².
- Numbers lie on a line. The excess of the CRPS is the squared distance of distribution functions, Σ (C_i − F_i)² over
  a grid of equal cells. What an atom may not keep then goes to the cells beside it.

Two other distances lead to valid distributions as well, and mislead about numbers. The squared distance of the cells'
masses spreads what an atom may not keep evenly over all cells. The excess of the log score, which multiplies all
masses by one factor until they fit, hands it to whatever else is likely, however far away: it scores best if the
atom stands exactly where the model has it, and tells the reader something else than was predicted. Known answer X01
shows by how much.
"""

import math

import numpy as np

from forecast.arrays import FloatArray

_ROUNDING = 1e-12
"""Sums that are 1 within this are 1; a projection would only move their last digits."""


def nearest_shares(shares: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the probabilities within bounds that are nearest to given ones, Σ (q_i − p_i)² least.

    They are q_i = min(max(p_i − t, low_i), high_i), with the one t for which they sum to 1 (the projection onto a
    simplex, Duchi et al. 2008, with bounds on both sides). That sum falls with t along straight lines, which meet
    where some q_i reaches a bound: t is read off the line that passes 1.

    Parameters
    ----------
    shares, low, high : shape (n,)

    Returns
    -------
    ndarray, shape (n,), within the bounds, summing to 1 up to rounding

    Raises
    ------
    ValueError
        If nothing within the bounds sums to 1, or an argument is not finite.

    Examples
    --------
    >>> nearest_shares(np.array([0.0, 0.25, 0.75]), np.full(3, 0.1), np.full(3, 0.9)).round(9).tolist()
    [0.1, 0.2, 0.7]
    """
    _require_room(shares, low, high)
    if ((low <= shares) & (shares <= high)).all() and abs(math.fsum(shares) - 1.0) <= _ROUNDING:
        return shares.copy()
    turns = np.sort(np.concatenate([shares - high, shares - low]))
    sums = np.clip(shares - turns[:, None], low, high).sum(axis=1)
    shift = float(np.interp(-1.0, -sums, turns))
    return np.clip(shares - shift, low, high)


def nearest_cumulated(cumulated: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the cumulated probabilities with bounded steps that are nearest to given ones, Σ (C_i − F_i)² least.

    The least squared distance of the first points, as a function of where the last of them comes to lie, is convex,
    and its slope is made of straight lines. One more point stretches it at its lowest place by what the step may vary
    and adds the distance of that point (Agarwal, Phillips & Sadri 2010: isotonic regression with bounded steps).
    What is lowest at the end is followed back to the beginning. Nothing is iterated to a tolerance.

    Parameters
    ----------
    cumulated : at the points between neighbouring masses, shape (n,)
    low, high : bounds of the masses: the first step, from 0; those between points; the last, to 1; shape (n + 1,)

    Returns
    -------
    ndarray, shape (n,), with steps within the bounds up to rounding

    Raises
    ------
    ValueError
        If no steps within the bounds sum to 1, or an argument is not finite.

    Notes
    -----
    Memory O(n), time O(n²) in array operations: some 20 ms for 1,000 points.

    Examples
    --------
    An atom at the end of the second of four cells, of which each may hold 0.1 to 0.5:

    >>> nearest_cumulated(
    ...     np.array([0.0, 0.0, 1.0, 1.0, 1.0]),
    ...     low=np.array([0.0, 0.1, 0.1, 0.1, 0.1, 0.0]),
    ...     high=np.array([0.0, 0.5, 0.5, 0.5, 0.5, 0.0]),
    ... ).round(9).tolist()
    [0.0, 0.25, 0.75, 0.9, 1.0]
    """
    _require_room(np.append(cumulated, 1.0), low, high)
    return _backward(_lowest_places(cumulated, low, high), low, high)


def _lowest_places(cumulated: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Where each point lies best if only the points up to it count, shape (n,)."""
    # The slope of half the least distance, as a line through (place, slope); both ascend.
    place, slope, lowest = np.zeros(1), np.zeros(1), 0.0
    found = np.empty(cumulated.shape)
    for i, (target, least, most) in enumerate(zip(cumulated, low[:-1], high[:-1], strict=True)):
        falling = int(np.searchsorted(slope, 0.0))
        place = np.concatenate(
            [place[:falling] + least, [lowest + least, lowest + most], place[falling:] + most],
        )
        slope = np.concatenate([slope[:falling], [0.0, 0.0], slope[falling:]]) + (place - target)
        lowest = found[i] = _root(place, slope)
    return found


def _root(place: FloatArray, slope: FloatArray) -> float:
    """Where a line that ascends crosses 0, or the end of it that is nearer."""
    after = int(np.searchsorted(slope, 0.0))
    if after in (0, slope.size):
        return float(place[0] if after == 0 else place[-1])
    share = -slope[after - 1] / (slope[after] - slope[after - 1])
    return float(place[after - 1] + share * (place[after] - place[after - 1]))


def _backward(lowest: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """From the end, each point where it lies best within reach of the one after it."""
    places, after = np.empty(lowest.shape), 1.0
    for i in reversed(range(lowest.size)):
        after = places[i] = min(max(lowest[i], after - high[i + 1]), after - low[i + 1])
    return places


def _require_room(stated: FloatArray, low: FloatArray, high: FloatArray) -> None:
    if not (stated.shape == low.shape == high.shape):
        raise ValueError(f"{low.shape} lower and {high.shape} upper bounds for {stated.shape} probabilities: one each")
    if not np.isfinite([stated, low, high]).all():
        raise ValueError("a probability or a bound is not a finite number: state all of them")
    if not ((low <= high).all() and math.fsum(low) - _ROUNDING <= 1.0 <= math.fsum(high) + _ROUNDING):
        raise ValueError(
            f"no probabilities within the bounds sum to 1: the lower ones sum to {math.fsum(low)}, "
            f"the upper ones to {math.fsum(high)}"
        )

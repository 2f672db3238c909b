"""Distributions fitted to stated quantiles, as in SHELF (Oakley & O'Hagan).

A fit minimises sum_i w_i (F(x_i) - p_i)^2 over the stated values x_i, their levels p_i and weights w_i.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from forecast.arrays import FloatArray


def fit_beta(values: ArrayLike, levels: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    """Beta whose distribution function comes nearest to the stated quantiles.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 2
        Stated quantiles, strictly rising, strictly between 0 and 1.
    levels : array_like, shape (n,)
        Their levels, strictly rising, strictly between 0 and 1.
    weights : array_like, shape (n,), optional
        Importance of each, positive; equal when left out.

    Returns
    -------
    (a, b) : tuple of float

    Raises
    ------
    ValueError
        If the statements cannot be used, or the search for a Beta near them does not settle.

    Examples
    --------
    >>> a, b = fit_beta([0.50, 0.55, 0.60], [0.25, 0.50, 0.75])
    >>> round(a, 2), round(b, 2)
    (24.89, 20.41)
    """
    stated = _Stated.of(values, levels, weights)
    if not (stated.values[0] > 0 and stated.values[-1] < 1):
        raise ValueError(
            f"values {stated.values.tolist()} must lie strictly between 0 and 1, as the probabilities of a Beta do"
        )
    centre, spread = _line_through_normal_scores(stated.values, stated.levels)
    logit_centre, logit_spread = _line_through_normal_scores(special.logit(stated.values), stated.levels)
    centre = min(max(centre, stated.values[0]), stated.values[-1])
    pair_centre, pair_spread = _steepest_pair(stated.values, stated.levels)
    typical = float(special.expit(logit_centre))
    starts = [
        # Var = m(1 - m)/(n + 1), n = a + b; and for a narrow Beta the logit has variance about 1/(n m(1 - m)).
        _split(centre, max(centre * (1 - centre) / spread**2 - 1, 0.1)),
        _split(typical, 1 / (logit_spread**2 * typical * (1 - typical))),
        # Near 0 a Beta is close to the power law F = x^a, near 1 to 1 - F = (1 - x)^b.
        (_power(stated.values, stated.levels), 1.0),
        (1.0, _power((1 - stated.values)[::-1], (1 - stated.levels)[::-1])),
        _split(pair_centre, max(pair_centre * (1 - pair_centre) / pair_spread**2, 0.1)),
    ]
    log_a, log_b = _nearest("Beta", lambda at, x: special.betainc(_exp(at[0]), _exp(at[1]), x), np.log(starts), stated)
    return math.exp(log_a), math.exp(log_b)


def fit_gamma(values: ArrayLike, levels: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    """Gamma (shape, rate) nearest to stated quantiles, which must be above 0; otherwise as `fit_beta`."""
    stated = _Stated.of(values, levels, weights)
    if not stated.values[0] > 0:
        raise ValueError(f"value {stated.values[0]} must be above 0, as the numbers of a gamma are")
    # In units of the largest value, so that the search works with numbers of order 1 whatever the unit.
    unit = float(stated.values[-1])
    stated = _Stated(stated.values / unit, stated.levels, stated.weights)
    log_values = np.log(stated.values)
    log_centre, log_spread = _line_through_normal_scores(log_values, stated.levels)
    pair_centre, pair_spread = _steepest_pair(stated.values, stated.levels)
    # Near 0 a gamma is the power law F = (rate x)^shape / shape!, met here at the two lowest values.
    power = _power(stated.values, stated.levels)
    log_power_rate = (math.log(stated.levels[0]) + math.lgamma(power + 1)) / power - log_values[0]
    starts = [
        # For a narrow gamma the logarithm has variance about 1/shape.
        (-2 * math.log(log_spread), -2 * math.log(log_spread) - log_centre),
        (math.log(power), log_power_rate),
        (2 * math.log(pair_centre / pair_spread), math.log(pair_centre / pair_spread**2)),
    ]
    log_shape, log_rate = _nearest(
        "gamma", lambda at, x: np.asarray(special.gammainc(_exp(at[0]), _exp(at[1]) * x), np.float64), starts, stated
    )
    return math.exp(log_shape), math.exp(log_rate) / unit


def fit_normal(values: ArrayLike, levels: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    """Normal (mean, sd) nearest to stated quantiles, which may be any finite numbers; otherwise as `fit_beta`."""
    stated = _Stated.of(values, levels, weights)
    centre, spread = _line_through_normal_scores(stated.values, stated.levels)
    # Searched in units of the first guess, so that steps are of order 1 whatever the unit of the number.
    pair_centre, pair_spread = _steepest_pair(stated.values, stated.levels)
    starts = [(0.0, 0.0), ((pair_centre - centre) / spread, math.log(pair_spread / spread))]
    shift, log_scale = _nearest(
        "normal",
        lambda at, x: special.ndtr(((x - centre) / spread - at[0]) / _exp(at[1])),
        starts,
        stated,
    )
    return centre + spread * shift, spread * math.exp(log_scale)


@dataclass(frozen=True, slots=True)
class _Stated:
    """Stated quantiles after the checks at the door: shapes agree, values and levels rise, weights are positive."""

    values: FloatArray
    levels: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, values: ArrayLike, levels: ArrayLike, weights: ArrayLike | None) -> _Stated:
        x, p = np.asarray(values, dtype=np.float64), np.asarray(levels, dtype=np.float64)
        w = np.ones_like(p) if weights is None else np.asarray(weights, dtype=np.float64)
        if x.ndim != 1 or x.size < 2 or x.shape != p.shape or x.shape != w.shape:
            raise ValueError(
                f"need at least 2 values, and a level (and weight) for each; got shapes {x.shape}, {p.shape}, {w.shape}"
            )
        if not ((np.abs(x) <= _LARGEST).all() and (x[1:] > x[:-1]).all()):
            raise ValueError(f"values {x.tolist()} must be strictly rising numbers up to {_LARGEST}: check their order")
        if not ((p[1:] > p[:-1]).all() and p[0] > 0 and p[-1] < 1):
            raise ValueError(f"levels {p.tolist()} must be strictly rising, strictly between 0 and 1")
        if not (np.isfinite(w).all() and (w > 0).all()):
            raise ValueError(f"weights {w.tolist()} must be positive and finite: leave out what has no weight")
        return cls(x, p, w)


def _nearest(
    family: str, cdf: Callable[[FloatArray, FloatArray], FloatArray], starts: ArrayLike, stated: _Stated
) -> tuple[float, float]:
    """Least-squares parameters, the best over several starts; least squares may have more than one valley."""

    def miss(at: FloatArray) -> FloatArray:
        return np.sqrt(stated.weights) * (cdf(at, stated.values) - stated.levels)

    best: tuple[float, tuple[float, float]] | None = None
    for start in np.asarray(starts, dtype=np.float64):
        found = optimize.least_squares(miss, start, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15)
        if found.success and (best is None or found.cost < best[0]):
            best = float(found.cost), (float(found.x[0]), float(found.x[1]))
        if best is not None and best[0] < _EXACT:
            break
    if best is None or max(map(abs, best[1])) >= _RUNAWAY:
        raise ValueError(
            f"no {family} comes near values {stated.values.tolist()} at levels {stated.levels.tolist()}: "
            "spread the values out, or state the distribution by its parameters"
        )
    return best[1]


# Larger numbers cannot be squared in floating point with room to spare.
_LARGEST = 1e100
# A sum of squares this small means that every stated quantile is met, so no other start can do better.
_EXACT = 1e-24
# Natural logarithm of parameters at which a family has degenerated to a point or a step.
_RUNAWAY = 40.0


def _exp(logarithm: float) -> float:
    """Keep a search that runs away within what the special functions can compute."""
    return math.exp(min(max(logarithm, -_RUNAWAY), _RUNAWAY))


def _line_through_normal_scores(values: FloatArray, levels: FloatArray) -> tuple[float, float]:
    """Intercept and slope of values against the standard normal's quantiles: a first centre and spread."""
    scores = special.ndtri(levels)
    slope = np.cov(scores, values)[0, 1] / np.var(scores, ddof=1)
    return float(values.mean() - slope * scores.mean()), float(slope)


def _steepest_pair(values: FloatArray, levels: FloatArray) -> tuple[float, float]:
    """Midpoint and spread of the two neighbouring values that promise the narrowest peak.

    Statements that no smooth curve can meet often have a second, better valley there.
    """
    spreads = np.diff(values) / np.diff(special.ndtri(levels))
    narrowest = int(spreads.argmin())
    return float(values[narrowest] + values[narrowest + 1]) / 2, float(spreads[narrowest])


def _power(values: FloatArray, levels: FloatArray) -> float:
    """Exponent of the power law through the two lowest quantiles."""
    return float(np.log(levels[1] / levels[0]) / np.log(values[1] / values[0]))


def _split(mean: float, size: float) -> tuple[float, float]:
    """The a and b of a Beta with this mean and a + b = size."""
    return mean * size, (1 - mean) * size

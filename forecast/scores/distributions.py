"""How good a numeric prediction was, once the number is known: CRPS, for any distribution of this project."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from forecast.arrays import FloatArray
from forecast.distributions import Distribution

# Counts have a step at every whole number; more of them than this are too many to add up.
MAX_STEPS = 1_000_000

# An odd number of nodes, so that one is in the middle.
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(13)
_TOLERANCE = 1e-13
# Quantiles at which integrals are split, so that every piece sees a distribution function of one scale; the upper
# end may stop at 1 - 1e-13, because what lies above enters squared.
_TAIL = 10.0 ** np.array([-30, -20, -13, -9, -6, -4, -3, -2])
_LEVELS = np.concatenate([_TAIL, np.linspace(0.05, 0.95, 19), 1 - _TAIL[:1:-1]])


def crps(distribution: Distribution, y: float) -> float:
    """Continuous ranked probability score of a prediction, in the unit of the number; 0 is perfect.

    CRPS = integral of (F(x) - 1{x >= y})^2 dx = E|X - y| - E|X - X'|/2 (Gneiting & Raftery 2007). Exact up to
    rounding where the distribution function is made of steps and straight lines; otherwise by Gauss-Legendre
    quadrature, halving pieces until each agrees with its halves to 1e-13 of the whole.

    Parameters
    ----------
    distribution : Distribution
        What was predicted.
    y : float
        What came about.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `y` is not finite, or the distribution is a count with more than a million possible values.

    Examples
    --------
    >>> from forecast.distributions import Uniform
    >>> round(crps(Uniform(low=0, high=1), 1.0), 12)
    0.333333333333
    """
    if not math.isfinite(y):
        raise ValueError(f"outcome {y} is not a finite number: leave an unresolved question unscored")
    edges = _edges(distribution, y)
    too_low = _integral(lambda x: distribution.cdf(x) ** 2, edges[edges <= y])
    too_high = _integral(lambda x: (1 - distribution.cdf(x)) ** 2, edges[edges >= y])
    return math.fsum(too_low + too_high)


def mean_absolute_difference(distribution: Distribution) -> float:
    """Expected distance E|X - X'| between two independent values, in the unit of the number.

    E|X - X'| = 2 (E|X - c| - CRPS(c)) for any c, with E|X - c| = mean - c + 2 * integral of F below c. The upper tail
    then enters through the mean, which is known, and not through 1 - F, which is lost to rounding.
    """
    centre = float(distribution.ppf(0.5))
    below = math.fsum(_integral(distribution.cdf, _edges(distribution, centre, upwards=False)))
    distance = distribution.mean() - centre + 2 * below
    return 2 * (distance - crps(distribution, centre))


def _edges(distribution: Distribution, y: float, upwards: bool = True) -> FloatArray:
    """Points, ascending, between which the distribution function is smooth; `y` among them."""
    split = distribution.ppf(_LEVELS)
    points = np.concatenate([distribution.breakpoints(), split, [y]])
    if distribution.counting:
        first, last = math.floor(split[0]), math.ceil(split[-1])
        if last - first > MAX_STEPS:
            raise ValueError(
                f"about {last - first} whole numbers are possible, more than {MAX_STEPS}: predict in larger units"
            )
        points = np.concatenate([points, np.arange(first, last + 1)])
    return np.unique(points if upwards else points[points <= y])


def _integral(of: Callable[[FloatArray], FloatArray], edges: FloatArray) -> list[float]:
    """Integral over [edges[0], edges[-1]] as pieces to be added up; `of` is smooth between neighbouring edges."""
    left, right = edges[:-1], edges[1:]
    whole = _gauss(of, left, right)
    tolerance = _TOLERANCE * math.fsum(np.abs(whole))
    settled: list[float] = []
    while True:  # ends, because the integrand is at most 1 and a narrow piece holds less than the tolerance
        middle = (left + right) / 2
        halves = _gauss(of, left, middle), _gauss(of, middle, right)
        rough = np.abs(whole - (halves[0] + halves[1])) > tolerance
        settled.extend(whole[~rough].tolist())
        if not rough.any():
            return settled
        left, right = np.concatenate([left[rough], middle[rough]]), np.concatenate([middle[rough], right[rough]])
        whole = np.concatenate([halves[0][rough], halves[1][rough]])


def _gauss(of: Callable[[FloatArray], FloatArray], left: FloatArray, right: FloatArray) -> FloatArray:
    """Gauss-Legendre estimate for each interval [left, right]."""
    width = right - left
    heights = of(left[:, None] + width[:, None] * (1 + _NODES) / 2)
    # Summed as differences from the middle node: a flat piece then comes out exact, a gentle one nearly so.
    middle = heights[:, len(_NODES) // 2]
    return np.asarray(width * (middle + (heights - middle[:, None]) @ (_NODE_WEIGHTS / 2)))

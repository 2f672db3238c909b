"""From what analysts can say (intervals with a confidence, one branch at a time) to distributions of probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.numerics.fitting import fit_beta

__all__ = [
    "MarginalFit",
    "beta_from_best_and_interval",
    "connor_mosimann_moments",
    "fit_beta",
    "fit_dirichlet_marginal",
    "rescale_interval",
]


def beta_from_best_and_interval(low: float, best: float, high: float, confidence: float) -> tuple[float, float]:
    """Beta for "between low and high, best guess best, and I am this confident that the interval holds it".

    The best guess is read as the median and the ends as the quantiles that leave (1 - confidence)/2 on either side,
    then fitted by `fit_beta`.

    Parameters
    ----------
    low, best, high : float
        Probabilities, 0 < low < best < high < 1.
    confidence : float
        Probability that the interval holds the truth, strictly between 0 and 1.

    Returns
    -------
    (a, b) : tuple of float

    Raises
    ------
    ValueError
        If the four numbers do not fit together.
    """
    if not 0 < confidence < 1:
        raise ValueError(
            f"confidence {confidence} must lie strictly between 0 and 1: no Beta is sure of an interval; say 0.95"
        )
    tail = (1 - confidence) / 2
    return fit_beta([low, best, high], [tail, 0.5, 1 - tail])


def rescale_interval(low: float, best: float, high: float, stated: float, target: float) -> tuple[float, float]:
    """Stretch or shrink an interval around its best guess from the stated confidence to a common one.

    The four-step question of IDEA (Hemming, Burgman et al. 2018), step five: L' = B - (B - L) T/S and
    U' = B + (U - B) T/S, with S stated and T target.

    Parameters
    ----------
    low, best, high : float
        Lowest plausible, best and highest plausible value, in the unit of the number; low <= best <= high.
    stated, target : float
        Confidence that the interval holds the truth, as stated and as wanted, in (0, 1].

    Returns
    -------
    (low, high) : tuple of float
        May leave the possible range of the number (a probability below 0, say): the caller knows that range.

    Examples
    --------
    >>> rescale_interval(10, 20, 40, stated=0.5, target=0.75)
    (5.0, 50.0)
    """
    if not low <= best <= high:
        raise ValueError(f"best guess {best} must lie between low {low} and high {high}: check their order")
    for name, confidence in (("stated", stated), ("target", target)):
        if not 0 < confidence <= 1:
            raise ValueError(f"{name} confidence {confidence} must be above 0 and at most 1: write 80 % as 0.8")
    stretch = target / stated
    return best - (best - low) * stretch, best + (high - best) * stretch


@dataclass(frozen=True, slots=True)
class MarginalFit:
    """A Dirichlet fitted to one Beta per branch.

    Attributes
    ----------
    alpha : tuple of float
        Dirichlet parameters, one per branch, in the order given.
    equivalent_sample_size : float
        Sum of `alpha`: "as if this many such cases had been seen".
    sum_of_means : float
        What the analyst's separate means added up to. Its distance from 1 is the incoherence that was shared out.
    """

    alpha: tuple[float, ...]
    equivalent_sample_size: float
    sum_of_means: float


def fit_dirichlet_marginal(
    betas: Sequence[tuple[float, float]], method: Literal["opt", "min", "mean"] = "opt"
) -> MarginalFit:
    """Dirichlet whose marginals come near to Betas stated branch by branch (marginal method, SHELF `fitDirichlet`).

    With n_i = a_i + b_i, mu_i = a_i/n_i, r = sum mu_i and v_i = mu_i (1 - mu_i)/(n_i + 1), the Dirichlet has
    alpha_i = n mu_i/r. Its size n is the smallest n_i ("min", the cautious choice), their mean ("mean"), or least
    squares on the standard deviations ("opt"): n = (sum v_i (n_i + 1) / sum v_i sqrt(n_i + 1))^2 - 1.

    Parameters
    ----------
    betas : sequence of (a, b), at least 2
        The Beta of each branch.
    method : {"opt", "min", "mean"}

    Returns
    -------
    MarginalFit

    Raises
    ------
    ValueError
        If there are fewer than two branches, a parameter is not positive, or the method is unknown.
    """
    if len(betas) < 2:
        raise ValueError(f"a Dirichlet needs at least 2 branches, got {len(betas)}: state the Beta of every branch")
    a, b = np.array(betas, dtype=np.float64).T
    _require_positive("Beta parameters", np.concatenate([a, b]))
    if method not in _SIZES:
        raise ValueError(f"method {method!r} is unknown: choose one of {', '.join(_SIZES)}")
    sizes = a + b
    means = a / sizes
    size = _SIZES[method](sizes, means * (1 - means) / (sizes + 1))
    total = math.fsum(means)
    return MarginalFit(tuple((size * means / total).tolist()), size, total)


def connor_mosimann_moments(a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Means and covariances of branch probabilities stated one after another (conditional method).

    V_k ~ Beta(a_k, b_k), independent, is the share branch k takes of what the branches before it left over; the last
    branch takes the rest (Connor & Mosimann 1969). The products of first and second moments of V_k and 1 - V_k give
    every mean and covariance exactly.

    Parameters
    ----------
    a, b : array_like, shape (branches - 1,)
        Beta parameters of V_1, V_2, ...

    Returns
    -------
    means : ndarray, shape (branches,)
    covariances : ndarray, shape (branches, branches)

    Raises
    ------
    ValueError
        If the shapes differ, are empty, or a parameter is not positive.
    """
    shape_a, shape_b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if shape_a.ndim != 1 or shape_a.shape != shape_b.shape or not shape_a.size:
        raise ValueError(f"a has shape {shape_a.shape} and b {shape_b.shape}: give one number per branch but the last")
    _require_positive("Beta parameters", np.concatenate([shape_a, shape_b]))
    size = shape_a + shape_b
    taken, left = np.append(shape_a / size, 1.0), np.append(shape_b / size, 0.0)
    taken_squared = np.append(shape_a * (shape_a + 1) / (size * (size + 1)), 1.0)
    left_squared = np.append(shape_b * (shape_b + 1) / (size * (size + 1)), 0.0)
    taken_and_left = np.append(shape_a * shape_b / (size * (size + 1)), 0.0)

    before, before_squared = _product_before(left), _product_before(left_squared)
    means = taken * before
    products = np.diag(taken_squared * before_squared)
    for first in range(len(means) - 1):
        # E[p_i p_k], i < k: both share E[(1 - V)^2] up to i; at i they part; from i + 1 on only p_k goes on.
        after = first + 1
        later = taken[after:] * _product_before(left[after:])
        products[first, after:] = products[after:, first] = before_squared[first] * taken_and_left[first] * later
    return means, products - np.outer(means, means)


def _product_before(factors: FloatArray) -> FloatArray:
    """Product of the factors that come before each position; 1 for the first."""
    return np.cumprod(np.concatenate([[1.0], factors[:-1]]))


def _require_positive(what: str, numbers: FloatArray) -> None:
    if not (np.isfinite(numbers).all() and (numbers > 0).all()):
        raise ValueError(f"{what} must be positive and finite, got {numbers.tolist()}")


def _least_squares_size(sizes: FloatArray, variances: FloatArray) -> float:
    top = math.fsum(variances * (sizes + 1))
    return (top / math.fsum(variances * np.sqrt(sizes + 1))) ** 2 - 1


def _smallest_size(sizes: FloatArray, _variances: FloatArray) -> float:
    return float(sizes.min())


def _mean_size(sizes: FloatArray, _variances: FloatArray) -> float:
    return math.fsum(sizes) / len(sizes)


_SIZES: dict[str, Callable[[FloatArray, FloatArray], float]] = {
    "opt": _least_squares_size,
    "min": _smallest_size,
    "mean": _mean_size,
}

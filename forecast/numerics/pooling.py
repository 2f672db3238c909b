"""One probability from several experts': linear and log pools, and the ways to make a pool more extreme.

Experts lie along the first axis. Two-way functions (`log_odds_pool`, `baron_transform`) take the probability of one
event; `log_pool_categories` takes all branches of a node along the last axis. Formulas as in Satopää et al. 2014,
Baron et al. 2014 and Neyman & Roughgarden 2022.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forecast.arrays import FloatArray

_SUM_TOLERANCE = 1e-9


def linear_pool(probabilities: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """Weighted mean of the experts' probabilities.

    Parameters
    ----------
    probabilities : array_like, shape (experts, ...)
        Probabilities in [0, 1].
    weights : array_like, shape (experts,), optional
        Not negative, summing to 1; equal when left out.

    Returns
    -------
    ndarray, the shape of one expert's statement

    Raises
    ------
    ValueError
        If probabilities or weights are out of range.
    """
    stated = _probabilities(probabilities)
    return np.asarray(np.tensordot(_weights(weights, len(stated)), stated, axes=1))


def median_pool(probabilities: ArrayLike) -> FloatArray:
    """Median of the experts' probabilities; for more than two branches it need not sum to 1."""
    return np.asarray(np.median(_probabilities(probabilities), axis=0))


def geometric_mean(probabilities: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """Weighted geometric mean of the experts' probabilities, not normalised; zeros as in `log_pool_categories`."""
    stated = _probabilities(probabilities)
    shares = _weights(weights, len(stated))
    _refuse_veto(stated, shares, "0")
    return np.asarray(np.exp(np.tensordot(shares, np.log(_voiced(stated, shares)), axes=1)))


def log_pool_categories(
    probabilities: ArrayLike, weights: ArrayLike | None = None, exponent: float = 1.0
) -> FloatArray:
    """Log pool over the branches of a node: proportional to (prod_i p_i^w_i)^exponent, normalised over the branches.

    Parameters
    ----------
    probabilities : array_like, shape (experts, ..., branches)
        Each expert's probabilities, summing to 1 over the last axis.
    weights : array_like, shape (experts,), optional
        Not negative, summing to 1; equal when left out.
    exponent : float
        1 pools; above 1 makes the pool more extreme, which is right only when experts know different things and the
        exponent was fitted on past questions.

    Returns
    -------
    ndarray, shape (..., branches)

    Raises
    ------
    ValueError
        If an expert with weight states a zero, which would veto the branch whatever the others say; or if
        probabilities, weights or exponent are out of range.

    Examples
    --------
    >>> log_pool_categories([[0.6, 0.3, 0.1], [0.4, 0.4, 0.2], [0.8, 0.1, 0.1]]).round(3).tolist()
    [0.619, 0.246, 0.135]
    """
    stated = _probabilities(probabilities)
    if stated.ndim < 2:
        raise ValueError("a log pool over branches needs shape (experts, branches); use log_odds_pool for one event")
    off = np.abs(stated.sum(axis=-1) - 1) > _SUM_TOLERANCE
    if off.any():
        raise ValueError(f"probabilities of expert {int(np.argwhere(off)[0][0]) + 1} do not sum to 1: correct them")
    _require_exponent(exponent)
    pooled = geometric_mean(stated, weights)
    # Against the likeliest branch, so that a high exponent cannot shrink all of them to zero.
    raised = (pooled / pooled.max(axis=-1, keepdims=True)) ** exponent
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def log_odds_pool(
    probabilities: ArrayLike, weights: ArrayLike | None = None, exponent: float = 1.0, base_rate: float = 0.5
) -> FloatArray:
    """Log pool of one event's probability: logit p* = logit b + exponent * (sum_i w_i logit p_i - logit b).

    Exponent 1 gives the geometric mean of odds, whatever the base rate b. Above 1 the pool moves away from b.

    Parameters
    ----------
    probabilities : array_like, shape (experts, ...)
        Probability of the event, strictly between 0 and 1 for every expert with weight.
    weights : array_like, shape (experts,), optional
        Not negative, summing to 1; equal when left out.
    exponent : float
        How much more extreme than the plain pool, above 0; `neyman_roughgarden_factor` is one choice.
    base_rate : float
        Probability the pool moves away from, strictly between 0 and 1.

    Returns
    -------
    ndarray, the shape of one expert's statement

    Raises
    ------
    ValueError
        If an expert with weight states 0 or 1, which would veto the others; or if an argument is out of range.

    Examples
    --------
    >>> round(float(log_odds_pool([0.1, 0.2, 0.4, 0.6])), 4)
    0.2899
    """
    stated = _probabilities(probabilities)
    shares = _weights(weights, len(stated))
    _refuse_veto(stated, shares, "0")
    _refuse_veto(1 - stated, shares, "1")
    _require_exponent(exponent)
    if not 0 < base_rate < 1:
        raise ValueError(f"base rate {base_rate} must lie strictly between 0 and 1: state how often such events happen")
    anchor = special.logit(base_rate)
    mean_log_odds = np.tensordot(shares, special.logit(_voiced(stated, shares)), axes=1)
    return np.asarray(special.expit(anchor + exponent * (mean_log_odds - anchor)))


def neyman_roughgarden_factor(experts: int) -> float:
    """Exponent for `log_odds_pool` with n experts: n (sqrt(3n^2 - 3n + 1) - 2)/(n^2 - n - 1).

    1 for a single expert, growing to sqrt(3); from Neyman & Roughgarden's worst-case bound on aggregation.

    Raises
    ------
    ValueError
        If there is no expert.
    """
    if experts < 1:
        raise ValueError(f"{experts} experts cannot be pooled: at least 1 is needed")
    n = experts
    return n * (math.sqrt(3 * n**2 - 3 * n + 1) - 2) / (n**2 - n - 1)


def baron_transform(probability: ArrayLike, exponent: float) -> FloatArray:
    """Move a pooled probability away from 1/2: p^a / (p^a + (1 - p)^a) (Baron et al. 2014).

    Parameters
    ----------
    probability : array_like, any shape
        In [0, 1]; 0 and 1 stay what they are.
    exponent : float
        a, above 0; above 1 moves away from 1/2.
    """
    pooled = _probabilities(probability)
    _require_exponent(exponent)
    # The same as the quotient, since logit p* = a logit p, but without powers that could both come out as zero.
    return np.asarray(special.expit(exponent * special.logit(pooled)))


def _probabilities(stated: ArrayLike) -> FloatArray:
    values = np.asarray(stated, dtype=np.float64)
    outside = ~((values >= 0) & (values <= 1))
    if outside.any():
        raise ValueError(f"probability {values[outside].flat[0]} is not in [0, 1]: write 30 % as 0.3")
    return values


def _weights(weights: ArrayLike | None, experts: int) -> FloatArray:
    if experts == 0:
        raise ValueError("no expert to pool: state at least one")
    if weights is None:
        return np.full(experts, 1 / experts)
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (experts,):
        raise ValueError(f"weights have shape {values.shape}, experts are {experts}: give one weight for each")
    if not (values >= 0).all():
        raise ValueError(f"weights {values.tolist()} must not be negative")
    total = math.fsum(values)
    if not abs(total - 1) <= _SUM_TOLERANCE:
        raise ValueError(f"weights sum to {total}, not 1: divide each by the sum if only their ratios matter")
    return values


def _voiced(stated: FloatArray, shares: FloatArray) -> FloatArray:
    """Statements with those of experts without weight put at 1/2, so that their zeros do no harm."""
    return np.where(_has_weight(stated, shares), stated, 0.5)


def _refuse_veto(stated: FloatArray, shares: FloatArray, written: str) -> None:
    vetoes = np.argwhere((stated == 0) & _has_weight(stated, shares))
    if len(vetoes):
        expert, *position = (int(index) + 1 for index in vetoes[0])
        branch = f" of branch {position[-1]}" if position else ""
        floor = "at least 0.001" if written == "0" else "at most 0.999"
        raise ValueError(
            f"expert {expert} states probability {written}{branch}, which vetoes a log pool whatever the others say: "
            f"state {floor}, or pool linearly"
        )


def _has_weight(stated: FloatArray, shares: FloatArray) -> NDArray[np.bool_]:
    return (shares > 0).reshape(-1, *[1] * (stated.ndim - 1))


def _require_exponent(exponent: float) -> None:
    if not (exponent > 0 and math.isfinite(exponent)):
        raise ValueError(f"exponent {exponent} must be above 0 and finite: 1 leaves the pool as it is")

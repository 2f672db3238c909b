"""Dates down one path: lags one after another, as a function of the date they start from.

A lag of a node that speaks of the state BY the horizon is truncated there; an ``eventually`` lag is
not. Evidence about a branch's own date enters as a likelihood per piece of calendar time. The
question answered here: given that the chain starts at t, how likely is all of it (times the
likelihood of what is known about its dates)? The answer depends on t alone, never on a draw, so it
is computed once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.arrays import FloatArray
from forecast.distributions import Distribution

Piece = tuple[float, float, float]
"""Likelihood on (from, to]: years, years, likelihood."""

_NODES = 16
_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, slots=True)
class LagStep:
    """One lag of a chain.

    ``pieces`` cover the time up to the horizon; ``pending`` asks for the opposite, that the branch is
    still to come at the horizon; ``observed`` fixes the branch's own date.
    """

    lag: Distribution
    eventually: bool
    pieces: tuple[Piece, ...]
    pending: bool = False
    observed: float | None = None

    @property
    def certain(self) -> bool:
        """Whether the step's factor is 1 whatever the start: truncated at the horizon and nothing known of its date."""
        return not (self.eventually or self.pending) and all(piece[2] == 1.0 for piece in self.pieces)

    def until(self, end: float) -> "LagStep":
        """Return the step with its date restricted to ``end`` or earlier."""
        before = ((a, min(b, end), level) for a, b, level in self.pieces if a < end)
        after = ((max(a, end), b, 0.0) for a, b, _ in self.pieces if b > end)
        return replace(self, pieces=(*before, *after))


def chain_factor(steps: Sequence[LagStep], start: FloatArray, horizon: float) -> FloatArray:
    """Return the chain's probability times likelihood for each start date.

    Parameters
    ----------
    steps : the lags in order
    start : shape (n,), years; each at or before ``horizon``
    horizon : years

    Returns
    -------
    shape (n,)
    """
    if not steps or all(step.certain and step.observed is None for step in steps):
        return np.ones_like(start)
    step, rest = steps[0], steps[1:]
    if step.observed is not None:
        if step.pending:
            return np.zeros_like(start)
        return np.full_like(start, chain_factor(rest, np.array([step.observed]), horizon)[0])
    by_horizon = step.lag.cdf(horizon - start)
    if step.pending:
        return 1.0 - by_horizon
    inner = _tabulated(rest, horizon, step.pieces)
    total = np.zeros_like(start)
    for begin, end, level in step.pieces:
        if level > 0.0 and end > begin:
            total += level * _mass_between(step.lag, start, begin, end, inner)
    if step.eventually:
        return total
    return np.divide(total, by_horizon, out=np.zeros_like(total), where=by_horizon > 0.0)


def _mass_between(
    lag: Distribution, start: FloatArray, begin: float, end: float, inner: Callable[[FloatArray], FloatArray] | None
) -> FloatArray:
    low = lag.cdf(np.maximum(begin - start, 0.0))
    low = np.where(begin <= start, 0.0, low)
    high = lag.cdf(np.maximum(end - start, 0.0))
    high = np.where(end < start, 0.0, high)
    width = np.maximum(high - low, 0.0)
    if inner is None:
        return width
    u = low[:, None] + width[:, None] * (_GAUSS_X + 1.0) / 2.0
    dates = np.clip(start[:, None] + lag.ppf(u), begin, end)
    return np.asarray(width * np.einsum("nq,q->n", inner(dates), _GAUSS_W / 2.0))


def _tabulated(
    steps: Sequence[LagStep], horizon: float, pieces: Sequence[Piece]
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the rest of the chain as a function of its start: Chebyshev interpolation between cuts."""
    if not steps or all(step.certain and step.observed is None for step in steps):
        return None
    cuts = sorted({edge for step in steps for a, b, _ in step.pieces for edge in (a, b)} | {horizon})
    cuts += [edge for a, b, _ in pieces for edge in (a, b)]
    edges = np.unique([edge for edge in cuts if edge <= horizon])
    angles = (np.arange(_NODES) + 0.5) * np.pi / _NODES
    unit = -np.cos(angles)
    weights = np.sin(angles) * (-1.0) ** np.arange(_NODES)
    lows, highs = edges[:-1], edges[1:]
    at = lows[:, None] + (highs - lows)[:, None] * (unit + 1.0) / 2.0
    values = chain_factor(steps, at.reshape(-1), horizon).reshape(at.shape)

    def interpolated(dates: FloatArray) -> FloatArray:
        piece = np.clip(np.searchsorted(edges, dates, side="right") - 1, 0, len(lows) - 1)
        place = 2.0 * (dates - lows[piece]) / (highs - lows)[piece] - 1.0
        distance = place[..., None] - unit
        exact = np.abs(distance) < 1e-14
        terms = weights / np.where(exact, 1.0, distance)
        blended = (terms * values[piece]).sum(-1) / terms.sum(-1)
        hit = exact.any(-1)
        return np.asarray(np.where(hit, np.where(exact, values[piece], 0.0).sum(-1), blended))

    return interpolated

"""What the date of a hazard says about everything below it, in one draw.

Below a hazard, lags start at an uncertain date t. Their factor is a function g(t) of that date alone
(``chains``), so the expectation E[g(T); T ≤ horizon] in a draw with rate λ is one integral of
λ·x'(t)·e^{−λ x(t)}·L(t)·g(t). Where g is 1 it is a sum of differences of survivals; elsewhere
Gauss–Legendre on each piece between the dates that matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.draws.chains import LagStep, Piece, chain_factor
from forecast.draws.model import Hazard, Leaf, Model
from forecast.numerics.rates import AnyRate, DrawnRate
from forecast.numerics.tilts import Retiming

_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(10)
_HALVINGS = 12


@dataclass(frozen=True)
class HazardClock:
    """A hazard's exposure under each state's re-timing (or its own, where no driver acts)."""

    hazard: Hazard
    retimings: tuple[Retiming, ...] | None

    def exposure(self, t: FloatArray, state: int) -> FloatArray:
        """Return the exposure run by ``t`` years, same shape."""
        plain = self.hazard.clock.exposure(t)
        return plain if self.retimings is None else self.retimings[state].apply(plain)

    def speed(self, t: FloatArray, state: int) -> FloatArray:
        """Return the derivative of ``exposure`` at ``t``, same shape."""
        speed = self.hazard.clock.speed(t)
        if self.retimings is None:
            return speed
        return speed * self.retimings[state].slope(self.hazard.clock.exposure(t))

    @property
    def states(self) -> int:
        """Number of states with a clock of their own; 1 if they share one."""
        return 1 if self.retimings is None else len(self.retimings)


def clipped(pieces: Sequence[Piece], end: float) -> tuple[Piece, ...]:
    """Return the pieces up to ``end``."""
    return tuple((a, min(b, end), level) for a, b, level in pieces if a < end)


def survival_mass(clock: HazardClock, pieces: Sequence[Piece], rate: AnyRate, state: int) -> FloatArray:
    """Return Σ L·(P(T > a) − P(T > b)) over pieces, shape of the rate's draws; without the never-mass.

    With an observed date: the density of the date there, per year.
    """
    observed = clock.hazard.observed
    if observed is not None:
        x, speed = clock.exposure(np.array(observed), state), clock.speed(np.array(observed), state)
        return rate.density(float(x)) * float(speed)
    total: FloatArray = np.array(0.0)
    for begin, end, level in merged_pieces(pieces):
        x = clock.exposure(np.array([begin, end]), state)
        total = total + level * (rate.laplace(float(x[0])) - rate.laplace(float(x[1])))
    return total


def merged_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbours of equal likelihood and drop those of none."""
    merged: list[Piece] = []
    for begin, end, level in pieces:
        if level == 0.0:
            continue
        if merged and merged[-1][1] == begin and merged[-1][2] == level:
            merged[-1] = (merged[-1][0], end, level)
        else:
            merged.append((begin, end, level))
    return merged


class DateGrid:
    """Quadrature over the date of one hazard's event, under one state: nodes between all dates that matter.

    Each piece between two dates is halved again and again towards its start, because a high rate
    puts all its density there.
    """

    def __init__(self, model: Model, clock: HazardClock, state: int) -> None:
        hazard = clock.hazard
        cuts = {0.0, *model.cuts, *(edge for edge in hazard.clock.edges if edge < model.horizon)}
        edges = np.array(sorted(cuts))
        lows, widths = edges[:-1], np.diff(edges)
        halves = np.concatenate(([0.0], 0.5 ** np.arange(_HALVINGS, -1, -1)))
        begin = (lows[:, None] + widths[:, None] * halves[:-1]).reshape(-1, 1)
        width = (widths[:, None] * np.diff(halves)).reshape(-1, 1)
        self._horizon = model.horizon
        self.t: FloatArray = (begin + width * (_GAUSS_X + 1.0) / 2.0).reshape(-1)
        self._weight = (width * _GAUSS_W / 2.0).reshape(-1) * clock.speed(self.t, state)
        self._exposure = clock.exposure(self.t, state)
        self._hazard = hazard

    def given_event(self, rate: AnyRate, steps: Sequence[LagStep], pieces: Sequence[Piece]) -> FloatArray:
        """Return E[g(T); T in ``pieces`` | event by the horizon], g the factor of ``steps``, shape of the rate's draws.

        Ratio of two integrals of the date's density times its likelihood; both carry the same factor
        e^{−λ x₀}, which is left out so that high rates do not underflow.
        """
        whole = self._levels(self._hazard.pieces)
        part = self._levels(pieces) * chain_factor(steps, self.t, self._horizon)
        used = np.flatnonzero(whole)
        first = self._exposure[used].min() if used.size else 0.0
        top: FloatArray = np.array(0.0)
        bottom: FloatArray = np.array(0.0)
        for q in used:
            density = _relative_density(rate, float(self._exposure[q]), float(first))
            top = top + part[q] * density
            bottom = bottom + whole[q] * density
        return np.divide(top, bottom, out=np.zeros(np.shape(bottom)), where=np.asarray(bottom) > 0.0)

    def _levels(self, pieces: Sequence[Piece]) -> FloatArray:
        level = np.zeros_like(self.t)
        for begin, end, factor in pieces:
            level[(self.t > begin) & (self.t < end)] = factor
        return level * self._weight


def _relative_density(rate: AnyRate, x: float, first: float) -> FloatArray:
    """Density of the date at exposure x, up to a factor that is the same for every x."""
    return rate.laplace(x - first) if isinstance(rate, DrawnRate) else rate.density(x)


def needs_integral(leaf: Leaf) -> bool:
    """Whether the leaf's chain depends on the date of a hazard above it."""
    return leaf.anchor is not None and any(not step.certain or step.observed is not None for step in leaf.steps)


def constant_factor(model: Model, leaf: Leaf) -> float:
    """Return the chain's factor where it starts at a known date."""
    return float(chain_factor(leaf.steps, np.array([leaf.start]), model.horizon)[0])

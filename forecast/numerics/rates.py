"""Laws of an event rate λ per year, through their Laplace transform E[exp(−λ x)].

With x the clock's reading H(t), ``laplace(H(t))`` is the probability that nothing has happened by t,
``−laplace'(x)·h(t)`` the density of the date, and ``laplace(x + y)`` the mean product of two
survivals: all that exact means and second moments need.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, betaln, gammaincinv, psi

from forecast.arrays import FloatArray, IntArray

RATES = np.geomspace(1e-9, 1e4, 801)
"""Knots, in events per year, at which functions of a drawn rate are tabulated."""

_LOG_FIRST = float(np.log(RATES[0]))
_LOG_STEP = float(np.log(RATES[-1] / RATES[0])) / (len(RATES) - 1)


@dataclass(frozen=True, slots=True)
class FixedRateLaw:
    """λ known exactly."""

    per_year: float

    def laplace(self, x: ArrayLike) -> FloatArray:
        """E[exp(−λ x)], same shape as ``x`` (years of clock)."""
        return np.exp(-self.per_year * np.asarray(x, float))

    def density(self, x: ArrayLike) -> FloatArray:
        """E[λ exp(−λ x)] per year, same shape as ``x``."""
        return self.per_year * self.laplace(x)

    def quantile(self, u: ArrayLike) -> FloatArray:
        """λ at probability ``u``."""
        return np.full(np.shape(u), self.per_year)


@dataclass(frozen=True, slots=True)
class GammaRateLaw:
    """λ ~ Gamma(shape, rate ``years``): the date is Lomax, P(T > t) = (b / (b + t))^a."""

    shape: float
    years: float

    def laplace(self, x: ArrayLike) -> FloatArray:
        """E[exp(−λ x)] = (b / (b + x))^a."""
        return np.asarray((self.years / (self.years + np.asarray(x, float))) ** self.shape)

    def density(self, x: ArrayLike) -> FloatArray:
        """E[λ exp(−λ x)] = a/(b + x) · (b / (b + x))^a."""
        return self.shape / (self.years + np.asarray(x, float)) * self.laplace(x)

    def quantile(self, u: ArrayLike) -> FloatArray:
        """λ at probability ``u``."""
        return np.asarray(gammaincinv(self.shape, np.asarray(u, float)), float) / self.years


@dataclass(frozen=True, slots=True)
class BetaByDateLaw:
    """1 − exp(−λ·``clock``) ~ Beta(a, b): the probability by a date, with its own uncertainty."""

    a: float
    b: float
    clock: float

    def laplace(self, x: ArrayLike) -> FloatArray:
        """E[(1 − p)^r] = B(a, b + r) / B(a, b) with r = x / clock."""
        later = betaln(self.a, self.b + np.asarray(x, float) / self.clock)
        return np.asarray(np.exp(later - betaln(self.a, self.b)))

    def density(self, x: ArrayLike) -> FloatArray:
        """−d/dx of ``laplace``: (ψ(a + b + r) − ψ(b + r)) / clock · laplace(x)."""
        r = np.asarray(x, float) / self.clock
        slope = (psi(self.a + self.b + r) - psi(self.b + r)) / self.clock
        return np.asarray(slope * self.laplace(x))

    def quantile(self, u: ArrayLike) -> FloatArray:
        """λ at probability ``u``."""
        return np.asarray(-np.log1p(-betaincinv(self.a, self.b, np.asarray(u, float))) / self.clock)


@dataclass(frozen=True)
class DrawnRate:
    """λ as drawn, shape (draws,) or (): in each draw the transform is exp(−λ x) itself."""

    per_year: FloatArray

    def laplace(self, x: ArrayLike) -> FloatArray:
        """Return exp(−λ x), shape of the draws; ``x`` is one exposure in years."""
        return np.asarray(np.exp(self.per_year * -np.asarray(x, float)))

    def density(self, x: ArrayLike) -> FloatArray:
        """Return λ exp(−λ x) per year of exposure, shape of the draws."""
        return self.per_year * self.laplace(x)

    @cached_property
    def place(self) -> tuple[IntArray, FloatArray]:
        """Where each draw lies among the knots of ``RATES``: left knot, and four cubic weights."""
        at = (np.log(np.clip(self.per_year, RATES[0], RATES[-1])) - _LOG_FIRST) / _LOG_STEP
        left = np.clip(at.astype(np.intp) - 1, 0, len(RATES) - 4)
        t = at - left
        return left, np.stack(
            [
                -(t - 1) * (t - 2) * (t - 3) / 6,
                t * (t - 2) * (t - 3) / 2,
                -t * (t - 1) * (t - 3) / 2,
                t * (t - 1) * (t - 2) / 6,
            ]
        )

    def read(self, curve: FloatArray) -> FloatArray:
        """Return a smooth function of the rate, known at ``RATES`` (shape (knots,)), in each draw."""
        left, weights = self.place
        total = weights[0] * curve[left]
        for k in (1, 2, 3):
            total += weights[k] * curve[left + k]
        return np.asarray(total)


RateLaw = FixedRateLaw | GammaRateLaw | BetaByDateLaw
AnyRate = RateLaw | DrawnRate

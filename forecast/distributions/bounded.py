"""Families confined to an interval: a fixed value, uniform, triangular, PERT and beta."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import special

from forecast.arrays import FloatArray
from forecast.distributions.base import Family, Positive, between


class Fixed(Family):
    """One value, certain: an atom."""

    family: Literal["fixed"] = "fixed"
    value: float

    @property
    def integer(self) -> bool:
        return self.value.is_integer()

    def mean(self) -> float:
        return self.value

    def variance(self) -> float:
        return 0.0

    def support(self) -> tuple[float, float]:
        return self.value, self.value

    def atoms(self) -> dict[float, float]:
        return {self.value: 1.0}

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.where(x >= self.value, 1.0, 0.0)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return np.full_like(u, self.value)


class Uniform(Family):
    """Equally likely everywhere between `low` and `high`."""

    family: Literal["uniform"] = "uniform"
    low: float
    high: float

    def _check(self) -> None:
        _require_order(self.low, self.high)

    def mean(self) -> float:
        return self.low + (self.high - self.low) / 2

    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def _cdf(self, x: FloatArray) -> FloatArray:
        return _share(x, self.low, self.high)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return between(self.low, self.high, u)


class Triangular(Family):
    """Density rising in a straight line from `low` to `mode` and falling in one to `high`."""

    family: Literal["triangular"] = "triangular"
    low: float
    mode: float
    high: float

    def _check(self) -> None:
        _require_order(self.low, self.high)
        _require_mode(self.low, self.mode, self.high)

    @property
    def _peak(self) -> float:
        """Where the mode lies on the way from low (0) to high (1); also P(X <= mode)."""
        return (self.mode - self.low) / (self.high - self.low)

    def mean(self) -> float:
        return self.low + (self.high - self.low) * (1 + self._peak) / 3

    def variance(self) -> float:
        return (self.high - self.low) ** 2 * (1 - self._peak + self._peak**2) / 18

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def breakpoints(self) -> tuple[float, ...]:
        return tuple(sorted({self.low, self.mode, self.high}))

    def _cdf(self, x: FloatArray) -> FloatArray:
        share = _share(x, self.low, self.high)
        # A mode at one end leaves no points on that side; the floor only keeps the unused half from dividing by 0.
        rising = share**2 / max(self._peak, _TINY)
        falling = 1 - (1 - share) ** 2 / max(1 - self._peak, _TINY)
        return np.where(share < self._peak, rising, falling)

    def _ppf(self, u: FloatArray) -> FloatArray:
        rising = np.sqrt(u * self._peak)
        falling = 1 - np.sqrt((1 - u) * (1 - self._peak))
        return between(self.low, self.high, np.where(u < self._peak, rising, falling))


class _ScaledBeta(Family):
    """What PERT and beta share: a Beta(a, b) stretched from [0, 1] to the support."""

    @abstractmethod
    def _shape(self) -> tuple[float, float]:
        """The a and b of the Beta on [0, 1]."""

    def mean(self) -> float:
        (a, b), (low, high) = self._shape(), self.support()
        return low + (high - low) * a / (a + b)

    def variance(self) -> float:
        (a, b), (low, high) = self._shape(), self.support()
        # Quotients, not products: a*b of two large shapes would overflow where the variance does not.
        return (high - low) ** 2 * (a / (a + b)) * (b / (a + b)) / (a + b + 1)

    def _cdf(self, x: FloatArray) -> FloatArray:
        a, b = self._shape()
        return special.betainc(a, b, _share(x, *self.support()))

    def _ppf(self, u: FloatArray) -> FloatArray:
        a, b = self._shape()
        return between(*self.support(), special.betaincinv(a, b, u))


class Pert(_ScaledBeta):
    """Smooth hump from `low` to `high`, with mean (low + 4*mode + high) / 6.

    The Beta with a = 1 + 4(mode - low)/(high - low) and b = 1 + 4(high - mode)/(high - low) (Malcolm et al. 1959).
    """

    family: Literal["pert"] = "pert"
    low: float
    mode: float
    high: float

    def _check(self) -> None:
        _require_order(self.low, self.high)
        _require_mode(self.low, self.mode, self.high)

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def _shape(self) -> tuple[float, float]:
        width = self.high - self.low
        return 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width


class Beta(_ScaledBeta):
    """Beta with shapes `a` and `b`, on [0, 1] unless `low` and `high` say otherwise."""

    family: Literal["beta"] = "beta"
    a: Positive
    b: Positive
    low: float = Field(default=0.0)
    high: float = Field(default=1.0)

    def _check(self) -> None:
        _require_order(self.low, self.high)

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def _shape(self) -> tuple[float, float]:
        return self.a, self.b


_TINY = float(np.finfo(np.float64).tiny)


def _share(x: FloatArray, low: float, high: float) -> FloatArray:
    """How far `x` lies on the way from `low` (0) to `high` (1); points outside count as the nearer end."""
    return (np.clip(x, low, high) - low) / (high - low)


def _require_order(low: float, high: float) -> None:
    if not low < high:
        raise ValueError(f"low {low} must be less than high {high}: swap them, or use family fixed for one value")
    if not math.isfinite(high - low):
        raise ValueError(f"low {low} and high {high} are too far apart to subtract: bring them closer together")


def _require_mode(low: float, mode: float, high: float) -> None:
    if not low <= mode <= high:
        raise ValueError(f"mode {mode} must lie between low {low} and high {high}: move it inside")

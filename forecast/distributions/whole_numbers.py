"""Families of counts: Poisson and negative binomial."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import special

from forecast.arrays import FloatArray
from forecast.distributions.base import Family, Positive

# Counts below this get their probabilities tabulated one by one; larger ones are found by halving an interval.
_TABULATED = 1024


class _Count(Family):
    """What counts share: whole numbers from 0 up, and an inverse found in the distribution function itself."""

    @property
    def integer(self) -> bool:
        return True

    @property
    def counting(self) -> bool:
        return True

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    @abstractmethod
    def _up_to(self, count: FloatArray) -> FloatArray:
        """P(X <= count) for whole numbers from 0 up, and for infinity."""

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.where(x >= 0, self._up_to(np.floor(np.maximum(x, 0.0))), 0.0)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return _smallest_count(self._up_to, u)


class Poisson(_Count):
    """Count of independent events; its variance equals its mean.

    `variance` may record the variance seen in the data. It changes nothing here: a checker compares it with the
    mean and says when a negative binomial would be more honest.
    """

    family: Literal["poisson"] = "poisson"
    stated_mean: Positive = Field(alias="mean")
    stated_variance: Positive | None = Field(default=None, alias="variance")

    def mean(self) -> float:
        return self.stated_mean

    def variance(self) -> float:
        return self.stated_mean

    def _up_to(self, count: FloatArray) -> FloatArray:
        return np.asarray(special.gammaincc(count + 1, self.stated_mean), np.float64)


class NegativeBinomial(_Count):
    """Count whose rate is itself gamma-distributed: variance = mean + mean^2 / size.

    From mean + size, or from mean + variance, which must exceed the mean.
    """

    family: Literal["negative_binomial"] = "negative_binomial"
    stated_mean: Positive = Field(alias="mean")
    stated_size: Positive | None = Field(default=None, alias="size")
    stated_variance: Positive | None = Field(default=None, alias="variance")

    def _check(self) -> None:
        self._require_one_of(("size",), ("variance",))
        if self.stated_variance is not None and not self.stated_variance > self.stated_mean:
            raise ValueError(
                f"variance {self.stated_variance} must exceed mean {self.stated_mean}: "
                "use family poisson for counts that vary no more than their mean"
            )

    @property
    def size(self) -> float:
        """Shape of the gamma-distributed rate; the smaller, the longer the tail."""
        if self.stated_size is not None:
            return self.stated_size
        assert self.stated_variance is not None
        return self.stated_mean**2 / (self.stated_variance - self.stated_mean)

    def mean(self) -> float:
        return self.stated_mean

    def variance(self) -> float:
        if self.stated_variance is not None:
            return self.stated_variance
        return self.stated_mean + self.stated_mean**2 / self.size

    def _up_to(self, count: FloatArray) -> FloatArray:
        return special.betainc(self.size, count + 1, self.size / (self.size + self.stated_mean))


def _smallest_count(up_to: Callable[[FloatArray], FloatArray], u: FloatArray) -> FloatArray:
    """Smallest whole number k >= 0 with up_to(k) >= u; infinity at level 1."""
    levels = np.ravel(u)
    counts = np.full(levels.shape, np.inf)
    asked = levels < 1
    counts[asked] = _search(up_to, levels[asked])
    return counts.reshape(np.shape(u))


def _search(up_to: Callable[[FloatArray], FloatArray], levels: FloatArray) -> FloatArray:
    """Find the counts for levels below 1: by table where they are small, by halving intervals where large."""
    highest = levels.max(initial=0.0)
    knots = np.arange(_TABULATED, dtype=np.float64)
    heights = up_to(knots)
    while heights[-1] < highest:
        knots = np.append(knots, 2 * knots[-1])
        heights = np.append(heights, up_to(knots[-1:]))
    above = np.searchsorted(heights, levels)
    high = knots[above]
    low = np.where(above > 0, knots[above - 1], -1.0)
    while True:
        middle = np.floor((low + high) / 2)
        # Beyond 2**53 neighbouring floats are more than 1 apart, so "nothing between" is not "1 apart".
        left = np.flatnonzero((low < middle) & (middle < high))
        if not left.size:
            return high
        reached = up_to(middle[left]) >= levels[left]
        high[left[reached]] = middle[left[reached]]
        low[left[~reached]] = middle[left[~reached]]

"""Families with at least one endless tail: normal, lognormal, gamma, exponential and Weibull."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import special

from forecast.arrays import FloatArray
from forecast.distributions.base import Family, Positive

_Z90 = float(special.ndtri(0.9))


class Normal(Family):
    """Bell curve with a mean and a standard deviation."""

    family: Literal["normal"] = "normal"
    stated_mean: float = Field(alias="mean")
    sd: Positive

    def mean(self) -> float:
        return self.stated_mean

    def variance(self) -> float:
        return self.sd**2

    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def _cdf(self, x: FloatArray) -> FloatArray:
        return special.ndtr((x - self.stated_mean) / self.sd)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return self.stated_mean + self.sd * special.ndtri(u)


class Lognormal(Family):
    """A number whose logarithm is normal; from median + p90, mu + sigma of the logarithm, or mean + sd."""

    family: Literal["lognormal"] = "lognormal"
    median: Positive | None = None
    p90: Positive | None = None
    mu: float | None = None
    sigma: Positive | None = None
    stated_mean: Positive | None = Field(default=None, alias="mean")
    sd: Positive | None = None

    def _check(self) -> None:
        self._require_one_of(("median", "p90"), ("mu", "sigma"), ("mean", "sd"))
        if self.median is not None and self.p90 is not None and not self.median < self.p90:
            raise ValueError(f"median {self.median} must be less than p90 {self.p90}: check which is which")

    @cached_property
    def _log_scale(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm."""
        if self.median is not None and self.p90 is not None:
            return math.log(self.median), math.log1p((self.p90 - self.median) / self.median) / _Z90
        if self.stated_mean is not None and self.sd is not None:
            sigma_squared = math.log1p((self.sd / self.stated_mean) ** 2)
            return math.log(self.stated_mean) - sigma_squared / 2, math.sqrt(sigma_squared)
        assert self.mu is not None
        assert self.sigma is not None
        return self.mu, self.sigma

    def mean(self) -> float:
        mu, sigma = self._log_scale
        return math.exp(mu + sigma**2 / 2)

    def variance(self) -> float:
        _, sigma = self._log_scale
        return math.expm1(sigma**2) * self.mean() ** 2

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _cdf(self, x: FloatArray) -> FloatArray:
        mu, sigma = self._log_scale
        return special.ndtr((np.log(np.maximum(x, 0.0)) - mu) / sigma)

    def _ppf(self, u: FloatArray) -> FloatArray:
        mu, sigma = self._log_scale
        return np.exp(mu + sigma * special.ndtri(u))


class Gamma(Family):
    """Gamma with a shape, and a rate (per unit of the number) or a mean."""

    family: Literal["gamma"] = "gamma"
    shape: Positive
    rate: Positive | None = None
    stated_mean: Positive | None = Field(default=None, alias="mean")

    def _check(self) -> None:
        self._require_one_of(("rate",), ("mean",))

    @property
    def _scale(self) -> float:
        if self.rate is not None:
            return 1 / self.rate
        assert self.stated_mean is not None
        return self.stated_mean / self.shape

    def mean(self) -> float:
        return self.stated_mean if self.stated_mean is not None else self.shape * self._scale

    def variance(self) -> float:
        return self.shape * self._scale**2

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special.gammainc(self.shape, np.maximum(x, 0.0) / self._scale), np.float64)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return np.asarray(self._scale * special.gammaincinv(self.shape, u), np.float64)


class Exponential(Family):
    """Waiting time without memory, from its rate (per unit of the number) or its mean."""

    family: Literal["exponential"] = "exponential"
    rate: Positive | None = None
    stated_mean: Positive | None = Field(default=None, alias="mean")

    def _check(self) -> None:
        self._require_one_of(("rate",), ("mean",))

    def mean(self) -> float:
        if self.stated_mean is not None:
            return self.stated_mean
        assert self.rate is not None
        return 1 / self.rate

    def variance(self) -> float:
        return self.mean() ** 2

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _cdf(self, x: FloatArray) -> FloatArray:
        return -special.expm1(-np.maximum(x, 0.0) / self.mean())

    def _ppf(self, u: FloatArray) -> FloatArray:
        return self.mean() * -special.log1p(-u)


class Weibull(Family):
    """Waiting time whose hazard grows (`shape` above 1) or fades (below 1): F(x) = 1 - exp(-(x/scale)^shape)."""

    family: Literal["weibull"] = "weibull"
    shape: Positive
    scale: Positive

    def mean(self) -> float:
        return self.scale * math.gamma(1 + 1 / self.shape)

    def variance(self) -> float:
        return self.scale**2 * (math.gamma(1 + 2 / self.shape) - math.gamma(1 + 1 / self.shape) ** 2)

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _cdf(self, x: FloatArray) -> FloatArray:
        return -special.expm1(-((np.maximum(x, 0.0) / self.scale) ** self.shape))

    def _ppf(self, u: FloatArray) -> FloatArray:
        return self.scale * (-special.log1p(-u)) ** (1 / self.shape)

"""The family stated by its quantiles, fitted as in SHELF: least squares on the distribution function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator

from forecast.arrays import FloatArray
from forecast.distributions.base import Family
from forecast.distributions.bounded import Beta
from forecast.distributions.unbounded import Gamma, Lognormal, Normal
from forecast.numerics.fitting import fit_beta, fit_gamma, fit_normal

Level = Annotated[float, Field(strict=False, gt=0, lt=1)]  # not strict: JSON writes keys as text


def _no_level_twice(stated: object, read: ValidatorFunctionWrapHandler) -> dict[float, float]:
    """Refuse {"0.5": 1, "0.50": 2}, of which reading the keys as numbers would keep only one."""
    values: dict[float, float] = read(stated)
    if isinstance(stated, Mapping) and len(values) < len(stated):
        raise ValueError(f"levels {', '.join(map(str, stated))} state one level twice: leave one of them out")
    return values


class Quantiles(Family):
    """Values at stated levels, such as {0.05: 10, 0.5: 20, 0.95: 60}, and the family to fit to them.

    With two quantiles the fit meets both (a beta or gamma as nearly as it can); with more it is the least-squares
    compromise of SHELF (Oakley & O'Hagan), and `largest_miss` says how far off it is. `low` and `high` bound a beta,
    0 and 1 when left out.
    """

    family: Literal["quantiles"] = "quantiles"
    values: Annotated[dict[Level, float], WrapValidator(_no_level_twice), Field(min_length=2, max_length=99)]
    fit: Literal["lognormal", "normal", "beta", "gamma"]
    low: float | None = None
    high: float | None = None

    def __hash__(self) -> int:
        return hash((self.family, tuple(sorted(self.values.items())), self.fit, self.low, self.high))

    def _check(self) -> None:
        _, values = self._stated
        if not (values[1:] > values[:-1]).all():
            raise ValueError(f"values {values.tolist()} must rise with their levels: check which value has which level")
        bounds = self._given("low", "high")
        if bounds and self.fit != "beta":
            raise ValueError(f"a {self.fit} has no bounds: leave out {' and '.join(bounds)}, or use fit: beta")
        low, high = self._bounds
        if self.fit == "beta" and not low < values[0] < values[-1] < high:
            raise ValueError(
                f"values {values.tolist()} must lie strictly between low {low} and high {high}: widen the bounds"
            )
        if self.fit in ("lognormal", "gamma") and not values[0] > 0:
            raise ValueError(f"value {values[0]} must be above 0 for fit: {self.fit}; use fit: normal or beta")

    @property
    def _bounds(self) -> tuple[float, float]:
        return 0.0 if self.low is None else self.low, 1.0 if self.high is None else self.high

    @property
    def _stated(self) -> tuple[FloatArray, FloatArray]:
        """Levels ascending, and their values."""
        levels, values = zip(*sorted(self.values.items()), strict=True)
        return np.array(levels), np.array(values)

    @cached_property
    def fitted(self) -> Family:
        """The distribution that the stated quantiles come to."""
        levels, values = self._stated
        return _FITS[self.fit](levels, values, *self._bounds)

    @property
    def largest_miss(self) -> float:
        """Largest difference between a stated level and the fitted probability up to its value."""
        levels, values = self._stated
        return float(np.abs(self.fitted.cdf(values) - levels).max())

    @property
    def integer(self) -> bool:
        return self.fitted.integer

    def mean(self) -> float:
        return self.fitted.mean()

    def variance(self) -> float:
        return self.fitted.variance()

    def support(self) -> tuple[float, float]:
        return self.fitted.support()

    def _cdf(self, x: FloatArray) -> FloatArray:
        return self.fitted._cdf(x)

    def _ppf(self, u: FloatArray) -> FloatArray:
        return self.fitted._ppf(u)


def _normal(levels: FloatArray, values: FloatArray, _low: float, _high: float) -> Family:
    mean, sd = fit_normal(values, levels)
    return Normal(mean=mean, sd=sd)


def _lognormal(levels: FloatArray, values: FloatArray, _low: float, _high: float) -> Family:
    mu, sigma = fit_normal(np.log(values), levels)
    return Lognormal(mu=mu, sigma=sigma)


def _beta(levels: FloatArray, values: FloatArray, low: float, high: float) -> Family:
    a, b = fit_beta((values - low) / (high - low), levels)
    return Beta(a=a, b=b, low=low, high=high)


def _gamma(levels: FloatArray, values: FloatArray, _low: float, _high: float) -> Family:
    shape, rate = fit_gamma(values, levels)
    return Gamma(shape=shape, rate=rate)


_FITS: dict[str, Callable[[FloatArray, FloatArray, float, float], Family]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "gamma": _gamma,
}

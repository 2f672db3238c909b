"""The one interface every numeric family answers to, and the checks they share at the door."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict, Field, model_validator

from forecast.arrays import FloatArray
from forecast.fields import Statement

Positive = Annotated[float, Field(gt=0)]


def _require_family(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema that a document must name the family, though Python callers may leave it out."""
    schema["required"] = ["family", *schema.get("required", [])]


class Family(Statement, ABC):
    """A distribution of one number, frozen, with every parameter checked when it is made.

    A new family is one subclass with a `family` tag and the five methods marked abstract below, plus one line in
    the union of `plain.py`.

    Fields that would hide a method (a stated mean, a stated variance) are kept under another attribute name and
    written and read as `mean` and `variance` through their alias.
    """

    model_config = ConfigDict(json_schema_extra=_require_family)

    @abstractmethod
    def mean(self) -> float:
        """Expected value, in the unit of the number."""

    @abstractmethod
    def variance(self) -> float:
        """Variance, in the squared unit of the number."""

    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Smallest closed interval that holds all the probability; an end may be infinite."""

    @abstractmethod
    def _cdf(self, x: FloatArray) -> FloatArray:
        """P(X <= x) for an array without NaN."""

    @abstractmethod
    def _ppf(self, u: FloatArray) -> FloatArray:
        """Smallest x with P(X <= x) >= u, for levels already known to lie in [0, 1]."""

    @property
    def integer(self) -> bool:
        """Whether every value the number can take is whole."""
        return False

    @property
    def counting(self) -> bool:
        """Whether probability may sit on any whole number of the support, too many to list as atoms."""
        return False

    def atoms(self) -> dict[float, float]:
        """Values that carry probability of their own, with that probability; empty for continuous families.

        Empty for counts too, where every whole number is one (see `counting`).
        """
        return {}

    def breakpoints(self) -> tuple[float, ...]:
        """Finite points at which the distribution function may jump or bend, ascending."""
        return tuple(sorted({end for end in self.support() if math.isfinite(end)}))

    def components(self) -> tuple[tuple[float, Family], ...]:
        """What this is a mixture of, as (weight, family that is no mixture itself)."""
        return ((1.0, self),)

    def cdf(self, x: ArrayLike) -> FloatArray:
        """P(X <= x).

        Parameters
        ----------
        x : array_like, any shape
            Values in the unit of the number; infinities are allowed.

        Returns
        -------
        ndarray of float64, the shape of `x`

        Raises
        ------
        ValueError
            If a value is NaN.
        """
        values = np.asarray(x, dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError("cdf of NaN: leave missing values out before asking for their probability")
        with _limits_are_answers():
            return np.asarray(self._cdf(values))

    def cdf_below(self, x: ArrayLike) -> FloatArray:
        """P(X < x): as `cdf`, without the probability that sits on `x` itself."""
        return self.cdf(np.nextafter(np.asarray(x, dtype=np.float64), -np.inf))

    def ppf(self, u: ArrayLike) -> FloatArray:
        """Quantile: the smallest x with P(X <= x) >= u.

        Level 0 gives the lower end of the support and level 1 the upper end.

        Parameters
        ----------
        u : array_like, any shape
            Levels in [0, 1].

        Returns
        -------
        ndarray of float64, the shape of `u`

        Raises
        ------
        ValueError
            If a level is outside [0, 1] or NaN.
        """
        levels = np.asarray(u, dtype=np.float64)
        outside = ~((levels >= 0) & (levels <= 1))
        if outside.any():
            raise ValueError(f"quantile level {levels[outside].flat[0]} is not in [0, 1]: give a probability")
        with _limits_are_answers():
            return np.asarray(self._ppf(levels))

    def _check(self) -> None:
        """Refuse parameters that do not fit together; the error names the fields and the way out."""

    @model_validator(mode="after")
    def _at_the_door(self) -> Self:
        self._check()
        try:
            moments = {"mean": self.mean(), "variance": self.variance()}
        except OverflowError:
            moments = {"mean and variance": math.inf}
        for what, value in moments.items():
            if not math.isfinite(value):
                raise ValueError(
                    f"these parameters give a {what} of {value}, which no forecast can report; "
                    "choose a narrower distribution"
                )
        if self.variance() == 0 and not self.atoms():
            raise ValueError("these parameters leave no spread that can be computed with: use family fixed instead")
        return self

    def _given(self, *fields: str) -> list[str]:
        """Those of the optional fields that are present, by the names a document uses."""
        return [name for name in fields if getattr(self, _attribute(type(self), name)) is not None]

    def _require_one_of(self, *choices: tuple[str, ...]) -> None:
        """Refuse unless the fields stated are exactly those of one choice."""
        given = self._given(*dict.fromkeys(name for choice in choices for name in choice))
        if set(given) not in [set(choice) for choice in choices]:
            raise ValueError(
                f"state exactly one of: {', or '.join(' + '.join(choice) for choice in choices)}; "
                f"given: {', '.join(given) or 'none of them'}. "
                "Keep one of these choices and leave the other fields out"
            )


def _attribute(model: type[Family], written: str) -> str:
    """Attribute that holds the field a document writes as `written`."""
    return next(name for name, field in model.model_fields.items() if written in (name, field.alias))


def _limits_are_answers() -> np.errstate:
    """Let log(0) be -inf and an overflow inf, as the limits of distribution functions want; NaN stays loud."""
    return np.errstate(divide="ignore", over="ignore", under="ignore")


def between(low: float, high: float, share: FloatArray) -> FloatArray:
    """Point that lies `share` (0 to 1) of the way from `low` to `high`, exact at both ends."""
    return np.where(share == 1, high, low + (high - low) * share)

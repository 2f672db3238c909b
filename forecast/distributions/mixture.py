"""Mixtures: one of several distributions, chosen with stated weights; atoms stay atoms and gaps stay empty."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forecast.arrays import FloatArray
from forecast.distributions.base import Family
from forecast.distributions.plain import Plain
from forecast.fields import Statement

MAX_PARTS = 64
MAX_COMPONENTS = 256
_WEIGHT_TOLERANCE = 1e-9
# A level this close above a step of the distribution function counts as that step: weights 0.1 and 0.7 add up to
# 0.7999999999999999 in binary, and whoever asks for level 0.8 means that step and not the next.
_SAME_LEVEL = 1e-15


class MixturePart(Statement):
    """One of the distributions a mixture chooses from, with the probability that it is chosen."""

    weight: Annotated[float, Field(gt=0, le=1)]
    of: Distribution


class Mixture(Family):
    """One of several distributions, chosen with stated weights that sum to 1."""

    family: Literal["mixture"] = "mixture"
    parts: Annotated[tuple[MixturePart, ...], Field(min_length=1, max_length=MAX_PARTS, strict=False)]

    def _check(self) -> None:
        total = math.fsum(part.weight for part in self.parts)
        if abs(total - 1) > _WEIGHT_TOLERANCE:
            raise ValueError(f"weights of a mixture sum to {total}, not 1: correct them or add the missing part")
        if len(self._leaves) > MAX_COMPONENTS:
            raise ValueError(
                f"nested mixtures come to {len(self._leaves)} components, more than {MAX_COMPONENTS}: merge some"
            )

    @cached_property
    def _leaves(self) -> tuple[tuple[float, Family], ...]:
        return tuple((part.weight * weight, family) for part in self.parts for weight, family in part.of.components())

    def components(self) -> tuple[tuple[float, Family], ...]:
        return self._leaves

    @property
    def integer(self) -> bool:
        return all(family.integer for _, family in self._leaves)

    @property
    def counting(self) -> bool:
        return any(family.counting for _, family in self._leaves)

    def mean(self) -> float:
        return math.fsum(weight * family.mean() for weight, family in self._leaves)

    def variance(self) -> float:
        """Spread within the parts plus spread between their means: sum of w (v + (m - mean)^2)."""
        centre = self.mean()
        return math.fsum(
            weight * (family.variance() + (family.mean() - centre) ** 2) for weight, family in self._leaves
        )

    def support(self) -> tuple[float, float]:
        lows, highs = zip(*(family.support() for _, family in self._leaves), strict=True)
        return min(lows), max(highs)

    def atoms(self) -> dict[float, float]:
        shares: defaultdict[float, list[float]] = defaultdict(list)
        for weight, family in self._leaves:
            for value, probability in family.atoms().items():
                shares[value].append(weight * probability)
        return {value: math.fsum(shares[value]) for value in sorted(shares)}

    def breakpoints(self) -> tuple[float, ...]:
        return tuple(sorted({point for _, family in self._leaves for point in family.breakpoints()}))

    def _cdf(self, x: FloatArray) -> FloatArray:
        total = np.zeros_like(x)
        for weight, family in self._leaves:
            total += weight * family._cdf(x)
        return np.minimum(total, 1.0)

    def _ppf(self, u: FloatArray) -> FloatArray:
        levels = np.ravel(u)
        points = np.array(self.breakpoints())
        lowest, highest = self.support()
        # Between neighbouring edges the distribution function has no jump, but for counts, and no component starts
        # or ends: so a level belongs to one edge (a jump there) or to one stretch between two edges.
        left_edges = np.concatenate(([lowest], points))
        right_edges = np.concatenate((points, [highest]))
        stretch = np.searchsorted(self._cdf(points) + _SAME_LEVEL, levels)
        reached_before_edge = np.append(self._cdf(np.nextafter(points, -np.inf)), np.inf)
        quantiles = right_edges[stretch]
        inside = levels <= reached_before_edge[stretch]
        for index in np.unique(stretch[inside]):
            here = inside & (stretch == index)
            quantiles[here] = self._within(left_edges[index], right_edges[index], levels[here])
        quantiles = np.where(levels == 0, lowest, np.where(levels == 1, highest, quantiles))
        return quantiles.reshape(np.shape(u))

    def _within(self, left: float, right: float, levels: FloatArray) -> FloatArray:
        """Quantiles that lie between two neighbouring edges, where the same components are active throughout."""
        active = [
            (weight, family)
            for weight, family in self._leaves
            if family.support()[0] < right and family.support()[1] > left
        ]
        if not active:
            return np.full_like(levels, right)
        passed = math.fsum(weight for weight, family in self._leaves if family.support()[1] <= left)
        # In an endless tail only the active components are left; theirs is also what the weights, rounded to
        # decimals, may fall short of 1, so that no level below 1 falls off the end.
        share = 1 - passed if math.isinf(right) else math.fsum(weight for weight, _ in active)
        own_level = np.clip((levels - passed) / share, 0.0, 1.0)
        # At the step of a count, rounding in this division must not push the level over to the next whole number.
        at_step = np.maximum(own_level - _SAME_LEVEL / share, 0.0)
        # The quantile of the active components together lies between their own quantiles at the same level; with
        # one active component that is already the answer.
        above = np.stack([family._ppf(own_level) for _, family in active])
        below = np.stack(
            [family._ppf(at_step) if family.counting else top for (_, family), top in zip(active, above, strict=True)]
        )
        low: FloatArray = np.clip(below.min(axis=0), left, right)
        high: FloatArray = np.clip(above.max(axis=0), left, right)
        unsettled = low < high
        high[unsettled] = _first_reaching(self._cdf, levels[unsettled] - _SAME_LEVEL, low[unsettled], high[unsettled])
        return high


# A mixture may hold any family, itself included: so the union of all is completed here, and with it the classes above.
Distribution = Annotated[Plain | Mixture, Field(discriminator="family")]
MixturePart.model_rebuild()
Mixture.model_rebuild()


def _first_reaching(
    cdf: Callable[[FloatArray], FloatArray], levels: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Smallest float x in [low, high] with cdf(x) >= level, by halving the floats in between.

    Floats are halved by their rank, not their size, so at most 64 rounds settle any interval exactly, jumps included.
    """
    bottom, top = _rank(np.nextafter(low, -np.inf)), _rank(high)
    while (bottom + 1 < top).any():
        middle = (bottom >> 1) + (top >> 1) + (bottom & top & 1)
        reached = cdf(_unrank(middle)) >= levels
        top = np.where(reached, middle, top)
        bottom = np.where(reached, bottom, middle)
    return _unrank(top)


def _rank(x: FloatArray) -> NDArray[np.int64]:
    """Place of each float in the order of all floats, as IEEE 754 lays them out; 0 for zero."""
    magnitude: NDArray[np.int64] = np.abs(x).view(np.int64)
    return np.where(np.signbit(x), -magnitude, magnitude)


def _unrank(rank: NDArray[np.int64]) -> FloatArray:
    return np.copysign(np.abs(rank).view(np.float64), rank.astype(np.float64))

"""The distribution of a number over worlds, kept whole: every value that came about, and its weight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Empirical:
    """Distribution of a number that has come about in worlds of different weight, and in some not at all.

    values : ascending, each once, shape (n,)
    cumulated : weight of the worlds with at most this value, over that of all worlds, shape (n,)
    never : share of the worlds, by weight, in which the number has no value: an event that has not happened in time
    worlds : how many worlds there were
    """

    values: FloatArray
    cumulated: FloatArray
    never: float
    worlds: int

    @property
    def there(self) -> float:
        """Share of the worlds in which the number has a value."""
        return float(self.cumulated[-1]) if self.values.size else 0.0

    @property
    def masses(self) -> FloatArray:
        """Probability of each value, shape (n,)."""
        return np.diff(self.cumulated, prepend=0.0)

    def at_most(self, points: FloatArray) -> FloatArray:
        """Return P(X ≤ x) for each point; a world without a value is in none of them."""
        return self._cumulated_before(np.searchsorted(self.values, points, side="right"))

    def below(self, points: FloatArray) -> FloatArray:
        """Return P(X < x) for each point."""
        return self._cumulated_before(np.searchsorted(self.values, points, side="left"))

    def mean(self) -> float:
        """Mean of the worlds in which the number has a value; NaN if there are none."""
        return math.fsum(self.values * self.masses) / self.there if self.values.size else math.nan

    def quantile(self, level: float) -> float:
        """Return the least value that P(X ≤ x) of all worlds reaches this level with; infinite if none does."""
        # Rounding of sums must not lift the last level above what the last value reaches.
        found = int(np.searchsorted(self.cumulated, level * (1.0 - 1e-12), side="left"))
        return float(self.values[found]) if found < self.values.size else math.inf

    def _cumulated_before(self, index: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> FloatArray:
        return np.concatenate([[0.0], self.cumulated])[index]


def empirical(values: FloatArray, weights: FloatArray) -> Empirical:
    """Gather the values of worlds.

    Parameters
    ----------
    values : one per world, NaN where there is none, shape (worlds,)
    weights : not negative, shape (worlds,)

    Raises
    ------
    ValueError
        If no world carries weight.
    """
    total = math.fsum(weights)
    if not total > 0.0:
        raise ValueError("no world carries weight, so that nothing is distributed: see the evidence")
    there = ~np.isnan(values)
    found, place = np.unique(values[there], return_inverse=True)
    held = np.bincount(place, weights=weights[there], minlength=found.size)
    kept, never = held > 0.0, math.fsum(weights[~there]) / total
    cumulated = np.minimum(np.cumsum(held[kept]) / total, 1.0 - never)
    # The rounding of sums must not leave a trace of probability beyond the last value.
    cumulated[-1:] = 1.0 - never
    return Empirical(values=found[kept], cumulated=cumulated, never=never, worlds=values.size)

"""Block sums and grid counts of numbers over worlds, and their merge in block order."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.readings.grids import Grid
from forecast.readings.residuals import mc_error


@dataclass(frozen=True)
class NumberSummary:
    """One number over one batch: per block Σw, Σw·x, Σw·x²; over the batch the weight per grid slot."""

    weight: FloatArray
    sums: FloatArray
    squares: FloatArray
    slots: FloatArray


def summarise_numbers(values: FloatArray, grid: Grid, weight: FloatArray | None, blocks: int) -> NumberSummary:
    """Boil down one number; NaN means that it has no value in a world, which then counts in no sum and no slot."""
    there = ~np.isnan(values)
    held = np.where(there, values, 0.0)
    used = there.astype(float) if weight is None else weight * there
    shape = (blocks, -1)
    return NumberSummary(
        weight=used.reshape(shape).sum(axis=1),
        sums=(used * held).reshape(shape).sum(axis=1),
        squares=(used * held**2).reshape(shape).sum(axis=1),
        slots=np.bincount(grid.place(held), weights=used, minlength=grid.slots).astype(float),
    )


class NumberTotal:
    """Summaries of one number added up in block order."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._parts: list[NumberSummary] = []
        self.slots = np.zeros(grid.slots)

    def add(self, part: NumberSummary) -> None:
        """Add the next batch."""
        self.slots = self.slots + part.slots
        self._parts.append(NumberSummary(part.weight, part.sums, part.squares, np.empty(0)))

    def _blocks(self, name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in self._parts])

    @property
    def weight(self) -> float:
        """Σw over worlds in which the number has a value."""
        return math.fsum(self._blocks("weight"))

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return math.fsum(self._blocks("sums")) / self.weight

    @property
    def sd(self) -> float:
        """Weighted standard deviation."""
        return math.sqrt(max(math.fsum(self._blocks("squares")) / self.weight - self.mean**2, 0.0))

    def residuals(self) -> FloatArray:
        """Residual of each block about the mean, linearised, shape (blocks,)."""
        weight, sums = self._blocks("weight"), self._blocks("sums")
        return np.asarray((sums - weight * self.mean) / weight.mean())

    @property
    def mc_error(self) -> float:
        """MC error of the mean."""
        return mc_error(self.residuals())

    def quantiles(self, levels: FloatArray) -> FloatArray:
        """inf{x: F(x) ≥ level} per level."""
        return self.grid.quantiles(self.slots, levels)

    def atoms(self) -> Mapping[float, float]:
        """Share of the weight at each atom of the grid."""
        first = len(self.grid.edges) + 1
        return {a: float(self.slots[first + i]) / self.weight for i, a in enumerate(self.grid.atoms)}

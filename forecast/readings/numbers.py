"""Block sums and grid counts of numbers over worlds, and their merge in block order."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.readings.blocks import BlockGroups
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
        self._groups = BlockGroups()
        self.slots = np.zeros(grid.slots)

    def add(self, part: NumberSummary) -> None:
        """Add the next batch."""
        self.slots = self.slots + part.slots
        self._groups.add(np.stack([part.weight, part.sums, part.squares], axis=1))

    @property
    def _sums(self) -> tuple[float, float, float]:
        """Σw, Σw·x, Σw·x² over all blocks."""
        weight, sums, squares = (math.fsum(column) for column in self._groups.rows.T.tolist())
        return weight, sums, squares

    @property
    def weight(self) -> float:
        """Σw over worlds in which the number has a value."""
        return self._sums[0]

    @property
    def mean(self) -> float:
        """Weighted mean."""
        weight, sums, _ = self._sums
        return sums / weight

    @property
    def sd(self) -> float:
        """Weighted standard deviation."""
        weight, sums, squares = self._sums
        return math.sqrt(max(squares / weight - (sums / weight) ** 2, 0.0))

    def residuals(self) -> FloatArray:
        """Residual of each group of blocks about the mean, linearised, shape (groups,)."""
        weight, sums, _ = self._groups.rows.T
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

"""Fixed grids for numbers that are not probabilities, with their atoms kept apart.

The grid follows from the scenario alone: the range that its distributions cover up to one part in a
million at each end. Whole numbers get a bin each where that is possible.
"""

from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.statements.quantities import Quantity
from forecast.structure.reaches import reach

BINS = 4096


@dataclass(frozen=True)
class Grid:
    """Bin edges, shape (bins + 1,), rising evenly, or by equal factors if ``ratio``; atoms have own counts."""

    edges: FloatArray
    atoms: tuple[float, ...]
    whole: bool
    ratio: bool = False

    @property
    def slots(self) -> int:
        """Number of counts: below, the bins, above, then the atoms."""
        return len(self.edges) + 1 + len(self.atoms)

    def _bins(self, values: FloatArray) -> IntArray:
        low, high, bins = self.edges[0], self.edges[-1], len(self.edges) - 1
        if self.ratio:
            low, high = np.log(low), np.log(high)
            with np.errstate(divide="ignore"):
                values = np.log(np.maximum(values, 0.0))
        at = np.floor((values - low) * (bins / (high - low))) + 1.0
        return np.asarray(np.clip(at, 0.0, bins + 1.0), dtype=np.intp)

    def place(self, values: FloatArray) -> IntArray:
        """Return the slot of each value."""
        slots = self._bins(values)
        for i, atom in enumerate(self.atoms):
            slots[values == atom] = len(self.edges) + 1 + i
        return slots

    def quantiles(self, counted: FloatArray, levels: FloatArray) -> FloatArray:
        """Return inf{x: F(x) ≥ level} per level, from counts by slot.

        Linear inside a bin, exact at atoms and whole numbers; the ends of the grid stand for all beyond.
        """
        starts, masses, widths = self._ladder(counted)
        total = np.cumsum(masses)
        wanted = levels * total[-1]
        at = np.minimum(np.searchsorted(total, wanted * (1.0 - 1e-12), side="left"), len(masses) - 1)
        inside = np.divide(wanted - (total[at] - masses[at]), masses[at], out=np.zeros(len(at)), where=masses[at] > 0.0)
        return np.asarray(starts[at] + np.clip(inside, 0.0, 1.0) * widths[at])

    def _ladder(self, counted: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return start, mass and width of every step of the distribution function, in order."""
        last = len(self.edges)
        bins = counted[1:last]
        held = np.flatnonzero(bins)
        starts, masses, widths = self.edges[held], bins[held], np.diff(self.edges)[held]
        if self.whole:
            starts, widths = np.ceil(starts), np.zeros(len(held))
        for i, atom in enumerate(self.atoms):
            cut = np.searchsorted(starts, atom, side="left") - 1
            if cut >= 0 and atom < starts[cut] + widths[cut]:
                share = (atom - starts[cut]) / widths[cut]
                rest = (atom, masses[cut] * (1.0 - share), widths[cut] * (1.0 - share))
                masses[cut], widths[cut] = masses[cut] * share, widths[cut] * share
                starts, masses, widths = (
                    np.insert(column, cut + 1, value)
                    for column, value in zip((starts, masses, widths), rest, strict=True)
                )
            place = int(np.searchsorted(starts, atom, side="left"))
            step = (atom, counted[last + 1 + i], 0.0)
            starts, masses, widths = (
                np.insert(column, place, value) for column, value in zip((starts, masses, widths), step, strict=True)
            )
        return (
            np.concatenate(([self.edges[0]], starts, [self.edges[-1]])),
            np.concatenate(([counted[0]], masses, [counted[last]])),
            np.concatenate(([0.0], widths, [0.0])),
        )


def day_grid(days: int) -> Grid:
    """Return the grid of a date: one bin per day, the day on which it happens being the last of its bin."""
    return Grid(np.arange(-0.5, days + 1.5), (), whole=True)


def quantity_grid(quantities: dict[str, Quantity], name: str) -> Grid:
    """Return the grid of a quantity."""
    low, high, whole, atoms = reach(quantities, name)
    if whole and high - low < 4 * BINS:
        return Grid(np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.5), (), whole=True)
    if low == high:
        low, high = low - 0.5, high + 0.5
    if low > 0.0 and high / low > 100.0:
        return Grid(np.geomspace(low, high, BINS + 1), atoms, whole=False, ratio=True)
    return Grid(np.linspace(low, high, BINS + 1), atoms, whole=False)

"""Fixed grids for numbers that are not probabilities, with their atoms kept apart.

The grid follows from the scenario alone: the range that its distributions cover up to one part in a
million at each end. Whole numbers get a bin each where that is possible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np

from forecast.arrays import FloatArray
from forecast.distributions import Distribution
from forecast.quantities import ByAttribute, Quantity

BINS = 4096
_TAIL = 1e-6


@dataclass(frozen=True)
class Grid:
    """Bin edges, shape (bins + 1,), rising; ``atoms`` are values that get a count of their own."""

    edges: FloatArray
    atoms: tuple[float, ...]
    whole: bool

    @property
    def slots(self) -> int:
        """Number of counts: below, the bins, above, then the atoms."""
        return len(self.edges) + 1 + len(self.atoms)

    def place(self, values: FloatArray) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        """Return the slot of each value."""
        slots = np.searchsorted(self.edges, values, side="right")
        for i, atom in enumerate(self.atoms):
            slots[values == atom] = len(self.edges) + 1 + i
        return slots

    def quantile(self, counted: FloatArray, level: float) -> float:
        """Return inf{x: F(x) ≥ level} from counts by slot; linear inside a bin, exact at atoms and whole numbers."""
        positions, masses, widths = self._ladder(counted)
        total = np.cumsum(masses)
        i = int(np.searchsorted(total, level * total[-1] * (1.0 - 1e-12), side="left"))
        i = min(i, len(masses) - 1)
        inside = (level * total[-1] - (total[i] - masses[i])) / masses[i] if masses[i] else 0.0
        return float(positions[i] + min(max(inside, 0.0), 1.0) * widths[i])

    def _ladder(self, counted: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return start, mass and width of every step of the distribution function, in order."""
        bins, atoms = counted[1 : len(self.edges)], counted[len(self.edges) + 1 :]
        if self.whole:
            starts, masses = np.ceil(self.edges[:-1]), bins.copy()
            return (
                np.concatenate(([self.edges[0]], starts, [self.edges[-1]])),
                np.concatenate(([counted[0]], masses, [counted[len(self.edges)]])),
                np.zeros(len(masses) + 2),
            )
        below, above = float(counted[0]), float(counted[len(self.edges)])
        steps = [(float(self.edges[0]), below, 0.0), (float(self.edges[-1]), above, 0.0)]
        cuts = sorted(zip(self.atoms, atoms, strict=True))
        for start, end, mass in zip(self.edges[:-1], self.edges[1:], bins, strict=True):
            if mass == 0.0:
                continue
            at = float(start)
            for atom, _ in cuts:
                if start < atom < end:
                    steps.append((at, float(mass * (atom - at) / (end - start)), atom - at))
                    at = atom
            steps.append((at, float(mass * (end - at) / (end - start)), float(end) - at))
        steps += [(atom, float(mass), 0.0) for atom, mass in cuts if mass]
        steps.sort()
        columns = np.array(steps).T
        return columns[0], columns[1], columns[2]


def day_grid(days: int) -> Grid:
    """Return the grid of a date: one bin per day, the day on which it happens being the last of its bin."""
    return Grid(np.arange(-0.5, days + 1.5), (), whole=True)


def quantity_grid(quantities: dict[str, Quantity], name: str) -> Grid:
    """Return the grid of a quantity."""
    low, high, whole, atoms = _reach(quantities, name)
    if whole and high - low < 4 * BINS:
        return Grid(np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.5), (), whole=True)
    if low == high:
        low, high = low - 0.5, high + 0.5
    if low > 0.0 and high / low > 100.0:
        return Grid(np.geomspace(low, high, BINS + 1), atoms, whole=False)
    return Grid(np.linspace(low, high, BINS + 1), atoms, whole=False)


def _leaves_of(quantity: Quantity) -> Iterable[Distribution]:
    for value in (quantity.default, *quantity.by_branch.values()):
        if isinstance(value, ByAttribute):
            yield from (value.yes, value.no)
        elif value is not None:
            yield value


def _reach(quantities: dict[str, Quantity], name: str) -> tuple[float, float, bool, tuple[float, ...]]:
    """Return the range, whether all values are whole, and the atoms; products and sums by interval arithmetic."""
    quantity = quantities[name]
    if not quantity.operands():
        parts = list(_leaves_of(quantity))
        low = min(float(part.ppf(np.array(_TAIL))) for part in parts)
        high = max(float(part.ppf(np.array(1.0 - _TAIL))) for part in parts)
        atoms = sorted({atom for part in parts for atom in part.atoms()})
        return min([low, *atoms]), max([high, *atoms]), all(part.integer for part in parts), tuple(atoms)
    ranges = [_reach(quantities, operand) for operand in quantity.operands()]
    whole = all(entry[2] for entry in ranges)
    if quantity.power is not None:
        ends = [end ** quantity.power[1] for end in ranges[0][:2]]
        return min(ends), max(ends), False, ()
    if quantity.sum is not None:
        return sum(entry[0] for entry in ranges), sum(entry[1] for entry in ranges), whole, ()
    corners = [float(np.prod(corner)) for corner in product(*(entry[:2] for entry in ranges))]
    return min(corners), max(corners), whole, ()

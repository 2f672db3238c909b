"""What was measured, as frozen values: measures make them, the report and the aims read them."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Speed:
    """Time of one contender on one tree. ``draws`` were run; ``wanted`` is what the time is scaled up to."""

    contender: str
    draws: int
    wanted: int
    seconds: tuple[float, ...]

    @property
    def scaled(self) -> bool:
        """Whether fewer draws were run than the row speaks of."""
        return self.draws < self.wanted

    @property
    def least(self) -> float:
        """Seconds of the fastest round, scaled to ``wanted`` draws."""
        return min(self.seconds) * self.wanted / self.draws

    @property
    def median(self) -> float:
        """Seconds of the median round, scaled to ``wanted`` draws."""
        return statistics.median(self.seconds) * self.wanted / self.draws


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Contenders side by side on one tree, with the floor."""

    tree: str
    nodes: int
    branches: int
    draws: int
    floor: Speed
    rows: tuple[Speed, ...]

    def row(self, contender: str) -> Speed | None:
        """Find a contender's row; None if it did not take part."""
        return next((row for row in self.rows if row.contender == contender), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak resident memory of one run in a process of its own, in MiB above the same process with imports only."""

    contender: str
    tree: str
    draws: int
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Root-mean-square error over outcomes and seeds, and the median time of a run; ``ends`` None: no interval."""

    contender: str
    draws: int
    seconds: float
    means: float
    ends: float | None


@dataclass(frozen=True, slots=True)
class TimeToError:
    """Draws and seconds that reach a target error: extrapolated, or measured (infinite if no run reached it)."""

    contender: str
    quantity: Literal["means", "ends"]
    target: float
    draws: float
    seconds: float
    extrapolated: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """Least time against size. ``first`` (same length) holds the first call of each tree, tables not yet made."""

    contender: str
    over: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    first: tuple[float, ...] | None = None

    def exponent(self, last: int | None = None) -> float:
        """Slope of log time over log size by least squares, over all points or over the ``last`` largest ones."""
        kept = slice(-last if last else None, None)
        slope, _ = np.polyfit(np.log(self.sizes[kept]), np.log(self.seconds[kept]), 1)
        return float(slope)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what the figures were taken."""

    processor: str
    cores: int
    load: float
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """All figures of one run of the benchmarks."""

    taken: str
    quick: bool
    machine: Machine
    speed: tuple[SpeedTable, ...]
    memory: tuple[Memory, ...]
    equal_time: tuple[Accuracy, ...]
    convergence: tuple[Accuracy, ...]
    equal_error: tuple[TimeToError, ...]
    growth: tuple[Growth, ...]


def rms(values: Iterable[float]) -> float:
    """Root of the mean square."""
    squares = [value * value for value in values]
    return math.sqrt(math.fsum(squares) / len(squares))

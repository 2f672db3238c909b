"""What was measured over HTTP, as frozen values: measures make them, pages and aims read them."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Machine
from benchmarks.service.footprint import Footprint


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds that each request took, that all took together, and that the server's processor worked on them."""

    taken: tuple[float, ...]
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.taken) / self.seconds


def quantile(values: Sequence[float], level: float) -> float:
    """Return the least value that a share ``level`` of the values does not exceed.

    Examples
    --------
    >>> quantile([3.0, 1.0, 2.0, 4.0], 0.5)
    2.0
    """
    return sorted(values)[max(math.ceil(level * len(values)) - 1, 0)]


@dataclass(frozen=True, slots=True)
class Load:
    """One case under a number of clients, in rounds; each figure is the median of the rounds' own."""

    case: str
    clients: int
    rounds: tuple[Sample, ...]

    @property
    def p50(self) -> float:
        """Seconds that half of the requests did not exceed."""
        return self.at(0.5)

    @property
    def p99(self) -> float:
        """Seconds that all but one in a hundred did not exceed."""
        return self.at(0.99)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return statistics.median(each.rate for each in self.rounds)

    @property
    def cpu(self) -> float:
        """Seconds of the server's processor time per request, over all rounds."""
        return sum(each.cpu for each in self.rounds) / self.requests

    @property
    def requests(self) -> int:
        """Requests in all rounds."""
        return sum(len(each.taken) for each in self.rounds)

    def at(self, level: float) -> float:
        """Seconds that a share of the requests did not exceed."""
        return statistics.median(quantile(each.taken, level) for each in self.rounds)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a server held before and after everything was asked of it."""

    server: str
    before: Footprint
    after: Footprint


@dataclass(frozen=True, slots=True)
class Results:
    """All figures of one run.

    load_after : the machine's load at the end, this measurement's own included
    floor : seconds that the floor of the engine's measurements took per 10⁶ draws, meanwhile
    """

    taken: str
    quick: bool
    machine: Machine
    load_after: float
    floor: float
    loads: tuple[Load, ...]
    memories: tuple[Memory, ...]

    def find(self, case: str, clients: int) -> Load | None:
        """Return what was measured of a case; None if it was not."""
        return next((each for each in self.loads if (each.case, each.clients) == (case, clients)), None)

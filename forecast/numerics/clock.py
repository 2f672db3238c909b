"""The clock of a hazard: how much exposure has run by a date, windows counted with their multiplier."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Clock:
    """Piecewise-linear exposure H(t): years since the node's date → years of exposure.

    ``edges`` (n,) start at 0 and rise; ``speeds`` (n,) holds dH/dt from each edge to the next, the
    last one for ever.
    """

    edges: tuple[float, ...] = (0.0,)
    speeds: tuple[float, ...] = (1.0,)

    def exposure(self, t: ArrayLike) -> FloatArray:
        """H(t) for t ≥ 0 in years."""
        t = np.asarray(t, float)
        edges, speeds = np.array(self.edges), np.array(self.speeds)
        at_edges = np.concatenate(([0.0], np.cumsum(np.diff(edges) * speeds[:-1])))
        piece = np.searchsorted(edges, t, side="right") - 1
        return np.asarray(at_edges[piece] + (t - edges[piece]) * speeds[piece])

    def speed(self, t: ArrayLike) -> FloatArray:
        """dH/dt just after t."""
        piece = np.searchsorted(np.array(self.edges), np.asarray(t, float), side="right") - 1
        return np.array(self.speeds)[piece]

    def time(self, exposure: ArrayLike) -> FloatArray:
        """Return the earliest t with H(t) ≥ ``exposure``; inf where the clock stops before."""
        wanted = np.asarray(exposure, float)
        edges, speeds = np.array(self.edges), np.array(self.speeds)
        at_edges = np.concatenate(([0.0], np.cumsum(np.diff(edges) * speeds[:-1])))
        piece = np.maximum(np.searchsorted(at_edges, wanted, side="left") - 1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = edges[piece] + (wanted - at_edges[piece]) / speeds[piece]
        return np.where(wanted <= 0.0, 0.0, np.where(np.isnan(t), edges[piece], t))


def clock_with_windows(windows: list[tuple[float, float, float]]) -> Clock:
    """Build a clock from (start, end, multiplier) in years since the node's date; parts before 0 are cut off."""
    edges, speeds = [0.0], [1.0]
    for start, end, multiplier in sorted(windows):
        if end <= 0.0:
            continue
        first = max(start, 0.0)
        if first == edges[-1]:
            speeds[-1] = multiplier
        else:
            edges.append(first)
            speeds.append(multiplier)
        edges.append(end)
        speeds.append(1.0)
    return Clock(tuple(edges), tuple(speeds))

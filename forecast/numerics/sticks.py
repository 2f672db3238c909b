"""The law of one node's branch probabilities, as independent sticks broken one after another.

Stick k takes the share V_k of what the sticks before it left: p_k = V_k · Π_{j<k} (1 − V_j), and the
last branch takes the rest. Independent Beta sticks are the generalised Dirichlet distribution
(Connor & Mosimann 1969); a Dirichlet is the case b_k = Σ_{j>k} α_j; a fixed probability is a stick
without spread. Every prior family reduces to this one law, so the engine knows no families.
"""

from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class BetaStick:
    """A share distributed as Beta(a, b)."""

    a: float
    b: float

    def moments(self) -> tuple[float, float, float]:
        """E[V], E[V²] and E[V(1−V)]."""
        total = self.a + self.b
        mean = self.a / total
        cross = self.a * self.b / (total * (total + 1.0))
        return mean, mean - cross, cross


@dataclass(frozen=True, slots=True)
class FixedStick:
    """A share known exactly."""

    share: float

    def moments(self) -> tuple[float, float, float]:
        """E[V], E[V²] and E[V(1−V)]."""
        return self.share, self.share**2, self.share * (1.0 - self.share)


Stick = BetaStick | FixedStick


@dataclass(frozen=True, slots=True)
class Sticks:
    """Branch probabilities by stick-breaking.

    ``order`` holds the branch names in the order in which they break off; ``sticks`` has one entry
    fewer, because the last branch takes what is left.
    """

    order: tuple[str, ...]
    sticks: tuple[Stick, ...]

    def mean(self) -> FloatArray:
        """E[p], shape (branches,), in ``order``."""
        left, means = 1.0, []
        for stick in self.sticks:
            share = stick.moments()[0]
            means.append(left * share)
            left *= 1.0 - share
        return np.array([*means, left])

    def second_moments(self) -> FloatArray:
        """E[p pᵀ], shape (branches, branches), in ``order`` (Connor & Mosimann 1969)."""
        size = len(self.order)
        second = np.empty((size, size))
        moments = [stick.moments() for stick in self.sticks]
        share = np.array([*(mean for mean, _, _ in moments), 1.0])
        left_squared = 1.0
        for i, (mean, square, cross) in enumerate(moments):
            second[i, i] = left_squared * square
            tail = np.cumprod([left_squared * cross, *(1.0 - share[i + 1 : -1])])
            second[i, i + 1 :] = second[i + 1 :, i] = tail * share[i + 1 :]
            left_squared *= 1.0 - 2.0 * mean + square
        second[-1, -1] = left_squared
        return second


def dirichlet_sticks(alpha: dict[str, float]) -> Sticks:
    """Dirichlet(alpha) as sticks, in the order of the branch names."""
    order = tuple(sorted(alpha))
    tail = np.cumsum([alpha[name] for name in reversed(order)])[::-1]
    sticks = tuple(BetaStick(alpha[name], float(tail[i + 1])) for i, name in enumerate(order[:-1]))
    return Sticks(order, sticks)


def fixed_sticks(probabilities: dict[str, float]) -> Sticks:
    """Known probabilities as sticks without spread, in the order of the branch names."""
    order = tuple(sorted(probabilities))
    left, sticks = 1.0, []
    for name in order[:-1]:
        sticks.append(FixedStick(min(1.0, probabilities[name] / left) if left > 0.0 else 0.0))
        left -= probabilities[name]
    return Sticks(order, tuple(sticks))

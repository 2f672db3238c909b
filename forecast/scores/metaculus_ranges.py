"""The range of a Metaculus number or date: where a value lies in it, and what a distribution gives its part of it.

Inside the range a question has N buckets, 200 as a rule; bucket 0 lies below it and N + 1 above. A prediction is a
distribution function at the N + 1 edges. The rules are those of Metaculus' open source, `utils/the_math/formulas.py`
and `scoring/score_math.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scores.checks import stated_probabilities

OUTSIDE_BASE = 0.05
"""What the baseline gives each open side of a range."""

# The platform rounds a distribution function to ten places, and holds closed ends to exactly 0 and 1 after that.
_END_TOLERANCE = 1e-10

# Keeps a value that rounding puts just above an edge in the bucket below, as the platform does.
_EDGE_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class ContinuousRange:
    """Range of a number, or of a date in seconds since 1970.

    low, high : its ends; of whole numbers they lie half a step outside
    open_low, open_high : whether the answer may lie below, above
    buckets : N, in equal steps of the scale
    zero_point : None for a linear scale; else a number below ``low``, and steps are equal in log(value - zero_point)
    """

    low: float
    high: float
    open_low: bool
    open_high: bool
    buckets: int = 200
    zero_point: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"a range cannot go from {self.low} to {self.high}: both finite, the lower first")
        if self.buckets < 1:
            raise ValueError(f"a range cannot have {self.buckets} buckets: at least 1 is needed")
        if self.zero_point is not None and not (math.isfinite(self.zero_point) and self.zero_point < self.low):
            raise ValueError(f"zero point {self.zero_point} must lie below the range, which begins at {self.low}")

    def location(self, value: float) -> float:
        """Return where in the range a value lies: 0 at its low end, 1 at its high end, by steps of the scale.

        On a log scale with r = (high - zero)/(low - zero), value = low + (high - low)(r^x - 1)/(r - 1), of which
        x = log((value - zero)/(low - zero)) / log r is the inverse.

        Raises
        ------
        ValueError
            If the value is not in the range.
        """
        if not self.low <= value <= self.high:
            raise ValueError(f"value {value} is not in the range from {self.low} to {self.high}: it has no location")
        if self.zero_point is None:
            return (value - self.low) / (self.high - self.low)
        start = self.low - self.zero_point
        return math.log((value - self.zero_point) / start) / math.log((self.high - self.zero_point) / start)

    def bucket(self, value: float) -> int:
        """Return the bucket of an answer: 0 below the range, 1 to N in it, N + 1 above.

        A bucket holds its upper edge, the first its lower one too. Minus and plus infinity stand for an answer of
        which only the side is known.

        Raises
        ------
        ValueError
            If the value is NaN, or lies beyond a closed end.

        Examples
        --------
        >>> percent = ContinuousRange(0, 100, open_low=False, open_high=True, buckets=10)
        >>> [percent.bucket(value) for value in (0, 10, 10.1, 100, 101)]
        [1, 1, 2, 10, 11]
        """
        if math.isnan(value):
            raise ValueError("an answer that is not a number has no bucket: leave an unresolved question unscored")
        if value < self.low:
            return self._outside(value, 0, self.open_low)
        if value > self.high:
            return self._outside(value, self.buckets + 1, self.open_high)
        return max(int(self.location(value) * self.buckets + 1 - _EDGE_TOLERANCE), 1)

    def base(self, bucket: int) -> float:
        """Return what the baseline gives a bucket: 0.05 to an open side, equal parts of what is left inside.

        Raises
        ------
        ValueError
            If there is no such bucket, or it lies beyond a closed end.
        """
        if not 0 <= bucket <= self.buckets + 1:
            raise ValueError(f"bucket {bucket} is none of 0 to {self.buckets + 1}")
        if 1 <= bucket <= self.buckets:
            return (1 - OUTSIDE_BASE * (self.open_low + self.open_high)) / self.buckets
        if not (self.open_low if bucket == 0 else self.open_high):
            raise ValueError(f"bucket {bucket} lies beyond a closed end: no answer can be there")
        return OUTSIDE_BASE

    def masses(self, cdf: ArrayLike) -> FloatArray:
        """Return the probability of each bucket, shape (N + 2,): below, the N inside, above.

        Parameters
        ----------
        cdf : array_like, shape (N + 1,)
            Probability of a value below each edge, or at it.

        Raises
        ------
        ValueError
            If it has another length, is not in [0, 1], decreases, or leaves something beyond a closed end.
        """
        stated = stated_probabilities(cdf)
        if stated.shape != (self.buckets + 1,):
            raise ValueError(f"a distribution function of shape {stated.shape} does not have {self.buckets + 1} points")
        if not self.open_low and stated[0] > _END_TOLERANCE:
            raise ValueError(f"the low end is closed, but {stated[0]} lies below it: begin at 0")
        if not self.open_high and stated[-1] < 1 - _END_TOLERANCE:
            raise ValueError(f"the high end is closed, but {1 - stated[-1]} lies above it: end at 1")
        steps = np.diff(stated, prepend=0, append=1)
        if (steps < 0).any():
            point = int(np.argmax(steps < 0))
            raise ValueError(
                f"the distribution function falls from {stated[point - 1]} to {stated[point]}: let it rise"
            )
        return steps

    def _outside(self, value: float, bucket: int, open_side: bool) -> int:
        if not open_side:
            raise ValueError(f"answer {value} lies beyond a closed end of the range from {self.low} to {self.high}")
        return bucket

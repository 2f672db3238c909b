"""Scales of questions about numbers and dates: where a value lies in a range that is cut into equal cells.

Formulas of Metaculus (``utils/the_math/formulas.py``), written so that they keep their digits. A location is a number
from 0, the lower end of the range, to 1, the upper end. With z the zero point, w = max − min, and
r = (max − z)/(min − z):

    linear         value = min + w·x
    logarithmic    value = min + w·(r^x − 1)/(r − 1)

Since r − 1 = w/(min − z), the second is min + (min − z)·expm1(x·log1p(w/(min − z))), which loses nothing where z is
close to min, nor where it is so far that r is almost 1. Dates are in unix seconds. A discrete question's range begins
and ends half a step beyond its first and last value, so that each value is the middle of a cell.
"""

import math
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from forecast.arrays import FloatArray, IntArray
from forecast.fields import Statement

USUAL_OUTCOMES = 200
"""Cells of a range that does not say how many it has."""

_EDGE = 1e-10
"""A value so little above the edge of a cell, in cells, still belongs to the cell below it."""


class Scaling(Statement):
    """The range of a question, and how it is cut into cells.

    range_min, range_max : values at its ends; of dates, in unix seconds
    zero_point : where a logarithmic scale would have its zero, below the range; a linear scale has none
    open_lower_bound, open_upper_bound : whether the value may lie beyond that end
    inbound_outcome_count : how many cells; 200 if left out
    """

    range_min: float
    range_max: float
    zero_point: float | None = None
    open_lower_bound: bool
    open_upper_bound: bool
    inbound_outcome_count: Annotated[int, Field(ge=2, le=1000)] | None = None

    @model_validator(mode="after")
    def _has_cells(self) -> Self:
        if not (self.range_min < self.range_max and math.isfinite(self.range_max - self.range_min)):
            raise ValueError(
                f"range_min {self.range_min} and range_max {self.range_max} enclose no range: state the lower end first"
            )
        if self.zero_point is not None and not _makes_a_scale(self.zero_point, self.range_min, self.range_max):
            raise ValueError(
                f"zero_point {self.zero_point} makes no logarithmic scale from {self.range_min} to {self.range_max}: "
                "state one below the range, or leave it out for a linear scale"
            )
        if not (np.diff(grid(self)) > 0.0).all():
            raise ValueError(
                f"{self.outcomes} cells from {self.range_min} to {self.range_max} are too narrow for numbers of 64 "
                "bits to lie in: state a wider range, or a zero_point farther from it"
            )
        return self

    @property
    def outcomes(self) -> int:
        """The number of cells, N."""
        return self.inbound_outcome_count or USUAL_OUTCOMES


def _makes_a_scale(zero_point: float, low: float, high: float) -> bool:
    gap = low - zero_point
    return 0.0 < gap < math.inf and 0.0 < (high - low) / gap < math.inf


def values_at(scaling: Scaling, locations: FloatArray) -> FloatArray:
    """Return the values at locations, in the unit of the question.

    Examples
    --------
    >>> decades = Scaling(
    ...     range_min=1, range_max=1000, zero_point=0, open_lower_bound=False, open_upper_bound=True
    ... )
    >>> values_at(decades, np.array([0.0, 1 / 3, 2 / 3, 1.0])).round(9).tolist()
    [1.0, 10.0, 100.0, 1000.0]
    """
    width = scaling.range_max - scaling.range_min
    if scaling.zero_point is None:
        return scaling.range_min + width * locations
    gap = scaling.range_min - scaling.zero_point
    return scaling.range_min + gap * np.expm1(locations * math.log1p(width / gap))


def locations_of(scaling: Scaling, values: FloatArray) -> FloatArray:
    """Return the locations of values: below 0 and above 1 outside the range, −∞ up to the zero point."""
    width = scaling.range_max - scaling.range_min
    if scaling.zero_point is None:
        return (values - scaling.range_min) / width
    gap = scaling.range_min - scaling.zero_point
    with np.errstate(divide="ignore"):
        return np.log1p(np.maximum((values - scaling.range_min) / gap, -1.0)) / math.log1p(width / gap)


def grid(scaling: Scaling) -> FloatArray:
    """Return the values at the edges of the cells, shape (N + 1,)."""
    edges = values_at(scaling, np.linspace(0.0, 1.0, scaling.outcomes + 1))
    # A power may round to beyond the end, and what lies there is no longer within the range.
    edges[-1] = scaling.range_max
    return edges


def cells_of(scaling: Scaling, values: FloatArray) -> IntArray:
    """Return the cell that the platform counts each value to: 1 to N, 0 below the range, N + 1 above it.

    An edge belongs to the cell below it, but the lower end of the range to the first cell. So the number of a cell is
    max(⌊x·N + 1 − 1e-10⌋, 1).

    Examples
    --------
    >>> tens = Scaling(
    ...     range_min=0, range_max=100, open_lower_bound=True, open_upper_bound=True, inbound_outcome_count=10
    ... )
    >>> cells_of(tens, np.array([-0.1, 0.0, 0.1, 10.0, 10.1, 100.0, 100.1])).tolist()
    [0, 1, 1, 1, 2, 10, 11]
    """
    count = scaling.outcomes
    inside = np.clip(locations_of(scaling, values), 0.0, 1.0) * count + 1.0 - _EDGE
    cell = np.clip(np.floor(inside).astype(np.intp), 1, count)
    # Values and not locations are compared, since the logarithm of the end itself may round to beyond it.
    return np.where(values < scaling.range_min, 0, np.where(values > scaling.range_max, count + 1, cell))

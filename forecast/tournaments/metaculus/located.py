"""A number or date on the platform's grid: what is predicted, before anything is done to it.

The platform counts a number to the cell it lies in, an edge to the cell below (`scales.cells_of`). A date it counts by
the second, and we know days. A day's probability is spread evenly over its 24 hours in UTC: so by the last instant of
a day as much has happened as is predicted "by" that day, and a cell shorter than a day gets its share.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from forecast.arrays import FloatArray
from forecast.predictions.kinds import DatePrediction, NumberPrediction
from forecast.tournaments.exports import ExportError
from forecast.tournaments.scales import Scaling, cells_of, grid

_DAY = 86_400
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Located:
    """A prediction on a grid.

    cumulated : probability below each edge of the cells, of all cases that have a value, shape (N + 1,)
    edges : of the cells: in the unit of the number, or in days after the start of the first day, shape (N + 1,)
    mean : of the value, None of a date, which may never come
    mean_in_range : of the value within the range, and of the nearer end where it lies beyond, in the unit of ``edges``
    without_value : probability that there is no value, which the platform cannot be told
    """

    cumulated: FloatArray
    edges: FloatArray
    mean: float | None
    mean_in_range: float
    without_value: float

    def mean_of(self, cumulated: FloatArray) -> float:
        """Return the mean of a distribution on these edges, with a cell's probability in its middle."""
        masses = np.diff(cumulated, prepend=0.0, append=1.0)
        middles = self.edges[:-1] / 2.0 + self.edges[1:] / 2.0
        return math.fsum(masses * np.concatenate([self.edges[:1], middles, self.edges[-1:]]))


def located_number(prediction: NumberPrediction, scaling: Scaling, place: str) -> Located:
    """Return a number on the grid.

    A history in which it has no value is none that the platform resolves: the distribution is that of the others.

    Raises
    ------
    ExportError
        If it has no value in any history.
    """
    found = prediction.distribution
    if not found.there > 0.0:
        raise ExportError(place, "a CDF is of a value", "the number has no value in any history: leave the listing out")
    cells = cells_of(scaling, found.values)
    upto = np.searchsorted(cells, np.arange(scaling.outcomes + 1), side="right")
    within = np.clip(found.values, scaling.range_min, scaling.range_max)
    return Located(
        cumulated=np.concatenate([[0.0], found.cumulated])[upto] / found.there,
        edges=grid(scaling),
        mean=found.mean(),
        mean_in_range=math.fsum(found.masses * within) / found.there,
        without_value=found.never,
    )


def located_date(prediction: DatePrediction, scaling: Scaling, place: str) -> Located:
    """Return a date on the grid; what has not happened by the horizon happens after the range, or never.

    Raises
    ------
    ExportError
        If the range ends after the scenario's horizon, and something has not happened by then.
    """
    found = prediction.distribution
    _require_horizon(prediction, scaling, place)
    edges = (grid(scaling) - _midnight(prediction.start)) / _DAY
    day = np.floor(edges)
    before = found.at_most(day - 1.0)
    ends = (
        (scaling.range_min - _midnight(prediction.start)) / _DAY,
        (scaling.range_max - _midnight(prediction.start)) / _DAY,
    )
    noons = np.clip(found.values + 0.5, *ends)
    return Located(
        cumulated=before + (edges - day) * (found.at_most(day) - before),
        edges=edges,
        mean=None,
        mean_in_range=math.fsum(found.masses * noons) + (1.0 - found.there) * ends[1],
        without_value=0.0,
    )


def _require_horizon(prediction: DatePrediction, scaling: Scaling, place: str) -> None:
    end_of_horizon = _midnight(prediction.horizon) + _DAY
    pending = 1.0 - prediction.distribution.there
    if scaling.range_max > end_of_horizon and pending > _ROUNDING:
        end = datetime.fromtimestamp(scaling.range_max, UTC).isoformat()
        raise ExportError(
            place,
            "a CDF reaches to the end of the range",
            f"the range ends at {end}, the scenario speaks of days up to {prediction.horizon}, and with probability "
            f"{pending:.6g} it has not happened by then: state a later horizon",
        )


def _midnight(day: date) -> float:
    """The first instant of a day, in unix seconds."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()

"""What Metaculus refuses, and refusing it first (``questions/serializers/common.py``)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from forecast.arrays import FloatArray
from forecast.tournaments.exports import ExportError
from forecast.tournaments.scales import USUAL_OUTCOMES, Scaling

LEAST, MOST = 0.001, 0.999
"""Bounds of a probability, of an option's, and of what lies beyond an open end."""

SUM_TOLERANCE = 1e-9
"""How far the sum of options may be from 1: far inside the platform's own 1e-5."""

CDF_DECIMALS, STEP_DECIMALS = 10, 9
"""Decimals that the platform rounds cumulated probabilities to, and the steps between them."""

_ROOM = 1e-9
"""Distance kept from every bound of a step, so that rounding to ten decimals cannot cross it."""

_STEPS = "steps of the CDF lie within bounds"


def least_step(outcomes: int) -> float:
    """Return the least probability of a cell, of N: 0.01/N to nine decimals."""
    return float(np.round(0.01 / outcomes, STEP_DECIMALS))


def most_step(outcomes: int) -> float:
    """Return the greatest probability of a cell, of N: 0.2 of 200, and in proportion; no bound up to N = 40."""
    return 0.2 * USUAL_OUTCOMES / outcomes


def step_bounds(scaling: Scaling) -> tuple[FloatArray, FloatArray]:
    """Return least and greatest masses below the range, of its cells, and above it, each of shape (N + 2,).

    They keep a distance of 1e-9 from the platform's own bounds.
    """
    outcomes = scaling.outcomes
    low = np.full(outcomes + 2, least_step(outcomes) + _ROOM)
    high = np.full(outcomes + 2, min(most_step(outcomes) - _ROOM, 1.0))
    for place, is_open in ((0, scaling.open_lower_bound), (-1, scaling.open_upper_bound)):
        low[place], high[place] = (LEAST + _ROOM, 1.0) if is_open else (0.0, 0.0)
    return low, high


def require_probability(place: str, probability: float) -> None:
    """Refuse a probability that the platform would refuse.

    Raises
    ------
    ExportError
        If it is not from 0.001 to 0.999.
    """
    if not LEAST <= probability <= MOST:
        raise ExportError(place, f"probabilities lie from {LEAST} to {MOST}", f"{probability} does not: move it inside")


def require_options(place: str, options: Mapping[str, float], labels: Sequence[str]) -> None:
    """Refuse probabilities of options that the platform would refuse.

    Raises
    ------
    ExportError
        If they are not of exactly these labels, one is not from 0.001 to 0.999, or they do not sum to 1.
    """
    if set(options) != set(labels):
        raise ExportError(
            place,
            "every option has a probability",
            f"the options are {list(labels)}, and {list(options)} have one: state all and no other",
        )
    for label, probability in options.items():
        require_probability(f"{place}, '{label}'", probability)
    total = math.fsum(options.values())
    if not abs(total - 1.0) <= SUM_TOLERANCE:
        raise ExportError(place, "options sum to 1", f"they sum to {total}: state options that exclude each other")


def require_cdf(place: str, cdf: Sequence[float], scaling: Scaling) -> None:
    """Refuse cumulated probabilities that the platform would refuse, in the order in which it looks at them.

    Raises
    ------
    ExportError
        If there are not N + 1, a step is too small or too great, or an end is not as its bound demands.
    """
    outcomes = scaling.outcomes
    if len(cdf) != outcomes + 1:
        raise ExportError(place, f"a CDF has {outcomes + 1} values", f"there are {len(cdf)}: state one per grid point")
    rounded = np.round(np.asarray(cdf, dtype=np.float64), CDF_DECIMALS)
    steps = np.round(np.diff(rounded), STEP_DECIMALS)
    least, most = least_step(outcomes), most_step(outcomes)
    # Written so that NaN fails.
    outside = np.flatnonzero(~((steps >= least) & (steps <= most)))
    if outside.size:
        number = int(outside[0])
        raise ExportError(
            place, _STEPS, f"step {number + 1} is {steps[number]}, not from {least} to {most}: project the CDF"
        )
    _require_ends(place, float(rounded[0]), float(rounded[-1]), scaling)


def _require_ends(place: str, first: float, last: float, scaling: Scaling) -> None:
    ends = (
        (first >= LEAST if scaling.open_lower_bound else first == 0.0, first, scaling.open_lower_bound, "lower"),
        (last <= MOST if scaling.open_upper_bound else last == 1.0, last, scaling.open_upper_bound, "upper"),
    )
    for holds, value, is_open, end in ends:
        if not holds:
            rule = f"{LEAST} or more lies beyond an open bound" if is_open else "nothing lies beyond a closed bound"
            raise ExportError(place, rule, f"the CDF is {value} at the {end} end: project the CDF")

"""A number or date as the hub counts it, and values brought into the form that the hub takes.

Schema v6 has values of the types double and integer only. A date is therefore a number of days after a day that the
listing states; as an ISO day it can be a threshold, and no value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.predictions.empirical import Empirical
from forecast.predictions.kinds import DatePrediction, Predicted, Predictions
from forecast.tournaments.asked import asked_distribution
from forecast.tournaments.exports import Distortion, ExportError
from forecast.tournaments.hubverse.hub import OutputType
from forecast.tournaments.hubverse.listing import HubverseListing

_SAME_WHOLE, _SAME_WHOLE_OVER_SIZE = 1e-9, 1e-14
"""How far sums may have put a whole number from itself."""


@dataclass(frozen=True, slots=True)
class HubNumber:
    """What a listing asks for, in the hub's numbers.

    place : the listing
    distribution : of the number, or of days after the hub's day 0
    first : day 0 of the question in the hub's numbers; 0 for a number
    last : the last day that the model speaks of; None for a number, which has a value in every world
    """

    place: str
    distribution: Empirical
    first: float = 0.0
    last: float | None = None


def hub_number(listing: HubverseListing, predictions: Predictions) -> HubNumber:
    """Return the number or date that a listing asks for.

    Raises
    ------
    ExportError
        If it asks for neither, for a number that has no value in some worlds, or for a date without a day to count
        from.
    """
    prediction = asked_distribution(predictions, listing)
    found = prediction.distribution
    if isinstance(prediction, DatePrediction):
        if listing.day_zero is None:
            said = "a date is asked for as a number: state in 'day_zero' the day that the hub counts as 0"
            raise ExportError(listing.place, "values are numbers", said)
        first = float((prediction.start - listing.day_zero).days)
        last = float((prediction.horizon - listing.day_zero).days)
        shifted = Empirical(found.values + first, found.cumulated, found.never, found.worlds)
        return HubNumber(listing.place, shifted, first, last)
    if found.never > 0.0 or not found.values.size:
        said = f"there is no value with probability {found.never:.4g}: list a quantity that has one in every world"
        raise ExportError(listing.place, "values are numbers", said)
    return HubNumber(listing.place, found)


def in_worlds(listing: HubverseListing, number: HubNumber, predicted: Predicted) -> FloatArray:
    """Return the number in every world, shape (worlds,); infinite where a date is later than the model speaks of.

    Raises
    ------
    ExportError
        If the question's numbers were not kept.
    """
    found = predicted.worlds.values.get(listing.question)
    if found is None:
        raise ExportError(listing.place, "sample", "no worlds of this question were kept: ask for no samples of it")
    return np.where(np.isnan(found), np.inf, found + number.first)


def fitted(values: FloatArray, output: OutputType, number: HubNumber) -> FloatArray:
    """Return values as the hub takes them, shape of ``values``: whole, and within its bounds.

    Where whole numbers are asked for, a value becomes the least whole number that is not below it. That is the
    quantile function of the whole number N with P(N ≤ n) = P(X ≤ n) at every whole n: a quantile of a discrete number
    is one of its values, and nothing we say about "at most n" moves. Rounding to the nearest would move all of it.
    What lies outside the bounds is put on them.

    Raises
    ------
    ExportError
        If a date is later than the model speaks of, and the hub's maximum does not say as much.
    """
    late = np.isinf(values)
    if late.any():
        _require_bound(output, number, float(late.mean()))
    whole = _whole(values) if output.integer else values
    return np.clip(whole, *_bounds(output))


def _require_bound(output: OutputType, number: HubNumber, share: float) -> None:
    if number.last is None:
        raise ExportError(number.place, "values are finite numbers", "the number may be infinite: see the quantity")
    if output.maximum is not None and output.maximum <= number.last + 1.0:
        return
    said = (
        f"{share:.4g} of the values of '{output.name}' are later than the scenario's horizon, {number.last:.6g} "
        f"in the hub's days; with probability {number.distribution.never:.4g} it has not happened by then: "
        "lengthen the horizon, or submit a cdf"
    )
    raise ExportError(number.place, "values are finite numbers", said)


def _whole(values: FloatArray) -> FloatArray:
    nearest = np.rint(values)
    # Infinite values are whole as they are; their difference would be no number.
    off = np.abs(np.where(np.isinf(values), 0.0, values) - np.where(np.isinf(values), 0.0, nearest))
    same = off <= np.maximum(_SAME_WHOLE, _SAME_WHOLE_OVER_SIZE * np.abs(nearest))
    return np.where(same, nearest, np.ceil(values))


def _bounds(output: OutputType) -> tuple[float, float]:
    low = -np.inf if output.minimum is None else output.minimum
    high = np.inf if output.maximum is None else output.maximum
    return (float(np.ceil(low)), float(np.floor(high))) if output.integer else (low, high)


def exact_mean(number: HubNumber) -> float:
    """Return the mean.

    Raises
    ------
    ExportError
        If a date may be later than the model speaks of, so that it has none.
    """
    never = number.distribution.never
    if never > 0.0:
        said = f"with probability {never:.4g} it is later than the scenario's horizon, so that it has no mean"
        raise ExportError(number.place, "values are finite numbers", f"{said}: lengthen the horizon, or submit a cdf")
    return number.distribution.mean()


def fitted_mean(mean: float, output: OutputType) -> float:
    """Return a mean as the hub takes it: the nearest whole number where it asks for one, within its bounds."""
    return float(np.clip(np.rint(mean) if output.integer else mean, *_bounds(output)))


def moved_values(
    place: str, output: OutputType, before: FloatArray, after: FloatArray, more: Mapping[str, float]
) -> list[Distortion]:
    """Report how far values were moved, at the one that was moved furthest; nothing if none was.

    Parameters
    ----------
    before, after : shape (n,); an infinite one of ``before``, a date later than the model speaks of, has no distance
    more : further figures
    """
    late = np.isinf(before)
    apart = np.abs(np.where(late, after, before) - after)
    deeds = list(_deeds(output, before, apart))
    if not deeds:
        return []
    worst = int(np.argmax(np.where(late, -1.0, apart)))
    figures: dict[str, float] = {}
    if apart[worst] > 0.0:
        figures = {"predicted": float(before[worst]), "exported": float(after[worst]), "moved": float(apart[worst])}
    return [Distortion(place, f"{output.name}: {', '.join(deeds)}", {**figures, **more})]


def _deeds(output: OutputType, before: FloatArray, apart: FloatArray) -> Iterator[str]:
    """Say what was done to values that were moved so far: to how many of them, if there are several."""
    low, high = _bounds(output)
    deeds = (
        ((before >= low) & (before <= high) & (apart > _SAME_WHOLE), "rounded to whole numbers"),
        (before < low, f"raised to {low:.6g}, the least that the hub takes"),
        ((before > high) & ~np.isinf(before), f"lowered to {high:.6g}, the most that the hub takes"),
        (np.isinf(before), f"later than the scenario's horizon and put on {high:.6g}, the most that the hub takes"),
    )
    for where, deed in deeds:
        if where.any():
            yield deed if before.size == 1 else f"{where.sum()} of {before.size} {deed}"


def outside(number: HubNumber, output: OutputType) -> dict[str, float]:
    """Return the probability below and above the hub's bounds, and of a date later than the model speaks of."""
    low, high = _bounds(output)
    distribution = number.distribution
    below = float(distribution.below(np.array([low]))[0])
    above = 1.0 - distribution.never - float(distribution.at_most(np.array([high]))[0])
    shares = {"below": below, "above": above, "late": distribution.never}
    # A rounding error of sums is no probability.
    return {name: share for name, share in shares.items() if share > 1e-12}

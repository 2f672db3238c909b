"""Cumulative probabilities at the hub's thresholds, and probabilities of its categories."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from forecast.errors import listed
from forecast.predictions.kinds import ChoicePrediction, DatePrediction, NumberPrediction, Predictions
from forecast.tournaments.asked import (
    asked_distribution,
    asked_options,
    asked_probability,
    prediction_of,
    probability_by,
)
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.hub import OutputType
from forecast.tournaments.hubverse.listing import HubverseListing
from forecast.tournaments.hubverse.numbers import hub_number
from forecast.tournaments.hubverse.schema import Scalar
from forecast.tournaments.hubverse.texts import day_of, number_of, text_of
from forecast.tournaments.listings import RangePart

_SUM_ROUNDING = 1e-9
"""How far a sum of weights may be from the probability it stands for."""


def cdf_values(listing: HubverseListing, output: OutputType, predictions: Predictions) -> list[float]:
    """Return P(X ≤ x) for each of the hub's thresholds; of a date, that it has happened by the end of the day.

    Raises
    ------
    ExportError
        If a threshold cannot be understood, or is a day that the scenario does not speak of.
    """
    _require_known(listing, "thresholds", listing.thresholds, output.ids)
    prediction = asked_distribution(predictions, listing)
    if isinstance(prediction, DatePrediction):
        days = [_day_threshold(listing, each) for each in output.ids]
        return [_share(probability_by(prediction, day, listing), listing) for day in days]
    distribution = hub_number(listing, predictions).distribution
    points = np.array([_number_threshold(listing, each) for each in output.ids])
    return [_share(float(found), listing) for found in distribution.at_most(points)]


def _day_threshold(listing: HubverseListing, stated: Scalar) -> date:
    found = listing.thresholds.get(text_of(stated), stated)
    if isinstance(found, date):
        return found
    day = day_of(text_of(found))
    if day is not None:
        return day
    if isinstance(found, str) or listing.day_zero is None:
        way = "state its day in 'thresholds'" if isinstance(found, str) else "state 'day_zero'"
        raise ExportError(listing.place, "cdf", f"the threshold '{text_of(stated)}' is no day: {way}")
    try:
        # What happens by the middle of a day is not counted before its end.
        return listing.day_zero + timedelta(days=math.floor(found))
    except OverflowError as error:
        said = f"the threshold '{text_of(stated)}' lies outside the calendar: see 'day_zero'"
        raise ExportError(listing.place, "cdf", said) from error


def _number_threshold(listing: HubverseListing, stated: Scalar) -> float:
    found = listing.thresholds.get(text_of(stated), stated)
    number = None if isinstance(found, date) else number_of(text_of(found))
    if number is None:
        said = f"the threshold '{text_of(stated)}' is no number: state its number in 'thresholds'"
        raise ExportError(listing.place, "cdf", said)
    return number


def pmf_values(listing: HubverseListing, output: OutputType, predictions: Predictions) -> list[float]:
    """Return the probability of each of the hub's categories.

    They are options of a choice, ranges that part a number, or the two sides of a probability.

    Raises
    ------
    ExportError
        If the question's answers cannot be told apart into the hub's categories, one for each.
    """
    categories = [text_of(each) for each in output.ids]
    prediction = prediction_of(predictions, listing)
    if listing.part is None and isinstance(prediction, NumberPrediction):
        _require_unused(listing, "options", listing.options, "only a number's 'ranges' stand for categories")
        return [_share(each, listing) for each in _ranges(listing, categories, predictions)]
    _require_unused(listing, "ranges", listing.ranges, "they are for the whole of a number")
    if listing.part is None and isinstance(prediction, ChoicePrediction):
        options = asked_options(predictions, listing, dict.fromkeys(categories))
        return [_share(options[category], listing) for category in categories]
    if listing.part is None and isinstance(prediction, DatePrediction):
        said = "categories of dates are not understood: state one of our days in 'part', or submit a cdf"
        raise ExportError(listing.place, "pmf", said)
    sides = _two_sides(listing, categories, asked_probability(predictions, listing))
    return [_share(each, listing) for each in sides]


def _require_unused(listing: HubverseListing, key: str, stated: Mapping[str, object], why: str) -> None:
    if stated:
        raise ExportError(listing.place, "pmf", f"'{key}' is stated, and {why}: leave it out")


def _two_sides(listing: HubverseListing, categories: Sequence[str], probability: float) -> list[float]:
    _require_known(listing, "options", listing.options, categories)
    sides = [listing.options.get(category, category) for category in categories]
    if sorted(sides) != ["no", "yes"]:
        said = f"the hub's {listed(list(categories))} stand for {listed(sides)}, and must for 'yes' and 'no'"
        raise ExportError(listing.place, "pmf", f"{said}: state which is which in 'options'")
    return [probability if side == "yes" else 1.0 - probability for side in sides]


def _ranges(listing: HubverseListing, categories: Sequence[str], predictions: Predictions) -> list[float]:
    _require_known(listing, "ranges", listing.ranges, categories)
    missing = [category for category in categories if category not in listing.ranges]
    if missing:
        said = f"no range of numbers is stated for {listed(missing)}: state it in 'ranges'"
        raise ExportError(listing.place, "pmf", said)
    _require_parting(listing)
    distribution = hub_number(listing, predictions).distribution
    inner = np.array([each.at_least for each in listing.ranges.values() if each.at_least is not None])
    below = dict(zip(inner.tolist(), distribution.below(inner).tolist(), strict=True))
    return [_between(listing.ranges[category], below) for category in categories]


def _between(part: RangePart, below: dict[float, float]) -> float:
    upper = 1.0 if part.below is None else below[part.below]
    return upper - (0.0 if part.at_least is None else below[part.at_least])


def _require_parting(listing: HubverseListing) -> None:
    """Refuse ranges of which a number may lie in two, or in none."""
    ordered = sorted(listing.ranges.items(), key=lambda item: -np.inf if item[1].at_least is None else item[1].at_least)
    ends = [part for _, part in ordered]
    if ends[0].at_least is not None or ends[-1].below is not None:
        said = f"a number below '{ordered[0][0]}' or above '{ordered[-1][0]}' lies in no range: leave those ends out"
        raise ExportError(listing.place, "pmf: categories are all that may be", said)
    for (name, part), (following, after) in pairwise(ordered):
        if part.below != after.at_least:
            said = (
                f"'{name}' ends below {part.below} and '{following}' begins at {after.at_least}: "
                "state ranges that touch and do not overlap"
            )
            raise ExportError(listing.place, "pmf: a number lies in one category", said)


def _require_known(listing: HubverseListing, key: str, stated: Iterable[str], theirs: Sequence[Scalar]) -> None:
    known = [text_of(each) for each in theirs]
    strange = [name for name in stated if name not in known]
    if strange:
        said = f"'{key}' names {listed(strange)}, and the hub has {listed(known)}: state them as tasks.json has them"
        raise ExportError(listing.place, "valid_vals: output_type_id", said)


def _share(probability: float, listing: HubverseListing) -> float:
    """Return a probability without the rounding of sums, which may end a little outside 0 and 1."""
    if not -_SUM_ROUNDING <= probability <= 1.0 + _SUM_ROUNDING:
        raise ExportError(listing.place, "value_col_valid", f"{probability} is no probability: see the forecast")
    return min(max(probability, 0.0), 1.0)

"""The part of our predictions that a listing asks for."""

import math
from collections.abc import Mapping
from datetime import date

import numpy as np

from forecast.errors import listed
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    NumberPrediction,
    PairPrediction,
    Prediction,
    Predictions,
)
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import DayPart, HalfPart, Listing, OptionListing, OptionPart, RangePart

SUM_TOLERANCE = 1e-6
"""How far options may be from 1 that differ by the rounding of sums; options that overlap are further."""

_OWN = "options are the platform's own"
_FITS = "a listing asks for what its question says"


def prediction_of(predictions: Predictions, listing: Listing) -> Prediction:
    """Return the prediction of a listing's question.

    Raises
    ------
    ExportError
        If there is none.
    """
    found = predictions.get(listing.question)
    if found is None:
        raise ExportError(listing.place, _FITS, f"the scenario has no question '{listing.question}'")
    return found


def asked_probability(predictions: Predictions, listing: Listing) -> float:
    """Return the probability that a listing asks for: of a binary question, or of a part of another.

    Raises
    ------
    ExportError
        If the listing asks for a part that its question does not have, or for a whole that is no probability.
    """
    prediction, part = prediction_of(predictions, listing), listing.part
    match prediction, part:
        case BinaryPrediction(), None:
            return prediction.probability
        case ChoicePrediction(), OptionPart():
            return _option(prediction, part.option, listing)
        case DatePrediction(), DayPart():
            return probability_by(prediction, part.by, listing)
        case PairPrediction(), HalfPart():
            return _half(prediction, part, listing)
        case NumberPrediction(), RangePart():
            return _range(prediction, part)
    stated = "all" if part is None else f"the part '{', '.join(part.model_dump(exclude_none=True))}'"
    raise ExportError(
        listing.place,
        _FITS,
        f"a probability is asked for, which {stated} of a {_kind(prediction)} question is not: "
        f"{_WAYS[type(prediction)]}",
    )


def asked_options(predictions: Predictions, listing: OptionListing, labels: Mapping[str, object]) -> dict[str, float]:
    """Return the probability of each of the platform's labels, in its order; they are ours, or stand for ours.

    Raises
    ------
    ExportError
        If the question has no options, they do not sum to 1, or the two sides' options are not the same.
    """
    prediction = prediction_of(predictions, listing)
    if not isinstance(prediction, ChoicePrediction) or listing.part is not None:
        raise ExportError(
            listing.place, _FITS, f"options are asked for, and all of a {_kind(prediction)} question has none"
        )
    total = math.fsum(prediction.options.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise ExportError(
            listing.place,
            "options sum to 1",
            f"ours add up to {total:.6g}: make them exclude each other in the scenario, and add 'rest'",
        )
    stands_for = {label: listing.options.get(label, label) for label in labels}
    _require_one_each(listing, stands_for)
    missing = [label for label, ours in stands_for.items() if ours not in prediction.options]
    unused = [ours for ours in prediction.options if ours not in stands_for.values()]
    if missing or unused:
        lacks = f"nothing of ours stands for {listed(missing)}" if missing else ""
        extra = f"the platform has no option {listed(unused)}" if unused else ""
        said = "; ".join(filter(None, (lacks, extra)))
        raise ExportError(listing.place, _OWN, f"{said}: state which is which in 'options'")
    return {label: prediction.options[ours] for label, ours in stands_for.items()}


def _require_one_each(listing: OptionListing, stands_for: Mapping[str, str]) -> None:
    strange = [label for label in listing.options if label not in stands_for]
    if strange:
        raise ExportError(
            listing.place,
            _OWN,
            f"'options' names {listed(strange)}, which the platform does not have: state its labels as it spells them",
        )
    ours = list(stands_for.values())
    doubled = sorted({option for option in ours if ours.count(option) > 1})
    if doubled:
        raise ExportError(
            listing.place,
            _OWN,
            f"ours {listed(doubled)} stands for two of the platform's: state another for one of them",
        )


def asked_distribution(predictions: Predictions, listing: Listing) -> NumberPrediction | DatePrediction:
    """Return the number or date that a listing asks for, with its whole distribution.

    Raises
    ------
    ExportError
        If the question is about neither.
    """
    prediction = prediction_of(predictions, listing)
    if isinstance(prediction, NumberPrediction | DatePrediction) and listing.part is None:
        return prediction
    raise ExportError(
        listing.place, _FITS, f"a distribution is asked for, and a {_kind(prediction)} question or a part has none"
    )


def probability_by(prediction: DatePrediction, day: date, listing: Listing) -> float:
    """Return the probability that it has happened by the end of a day.

    Raises
    ------
    ExportError
        If the model does not speak of that day.
    """
    if not prediction.start <= day <= prediction.horizon:
        raise ExportError(
            listing.place,
            _FITS,
            f"{day} lies outside what the scenario speaks of, {prediction.start} to {prediction.horizon}",
        )
    return float(prediction.distribution.at_most(np.array([float((day - prediction.start).days)]))[0])


def _option(prediction: ChoicePrediction, option: str, listing: Listing) -> float:
    if option not in prediction.options:
        known = ", ".join(f"'{label}'" for label in prediction.options)
        raise ExportError(listing.place, _FITS, f"the question has no option '{option}': its options are {known}")
    return prediction.options[option]


def _half(prediction: PairPrediction, part: HalfPart, listing: Listing) -> float:
    found = prediction.if_true if part.given else prediction.if_false
    if found is None:
        never = "never" if part.given else "always"
        raise ExportError(
            listing.place, _FITS, f"the condition {never} holds, so that there is no such probability: leave it out"
        )
    return found


def _range(prediction: NumberPrediction, part: RangePart) -> float:
    distribution = prediction.distribution
    below = distribution.there if part.below is None else _below(prediction, part.below)
    return below - (0.0 if part.at_least is None else _below(prediction, part.at_least))


def _below(prediction: NumberPrediction, point: float) -> float:
    return float(prediction.distribution.below(np.array([point]))[0])


_KINDS = {
    BinaryPrediction: "binary",
    ChoicePrediction: "multiple-choice",
    NumberPrediction: "numeric",
    DatePrediction: "date",
    PairPrediction: "conditional",
}

_WAYS = {
    BinaryPrediction: "leave 'part' out",
    ChoicePrediction: "state part: {option: …}",
    NumberPrediction: "state part: {at_least: …, below: …}",
    DatePrediction: "state part: {by: …}",
    PairPrediction: "state part: {given: true} or {given: false}",
}


def _kind(prediction: Prediction) -> str:
    return _KINDS[type(prediction)]

"""The part of our predictions that a listing asks for, and whether our question has such a part at all.

Whether it has is known before any number is: a listing is held against the `Subject` of its question when it is
recorded, and again, by the same functions, when it is exported.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import NoneType

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
from forecast.scenario import Scenario
from forecast.spelling import nearest
from forecast.statements.questions import MultipleChoiceQuestion
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import DayPart, HalfPart, Listing, OptionListing, OptionPart, RangePart

SUM_TOLERANCE = 1e-6
"""How far options may be from 1 that differ by the rounding of sums; options that overlap are further."""

_OWN = "options are the platform's own"
_FITS = "a listing asks for what its question says"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question of ours is about, as far as a listing of it must fit.

    kind : type of the question, as a scenario states it
    options : labels of a multiple-choice question; no others have any
    first, last : days that the scenario speaks of
    """

    kind: str
    options: Collection[str] = ()
    first: date = date.min
    last: date = date.max


def subject_in(scenario: Scenario, question: str) -> Subject:
    """Return what a question of a scenario is about; KeyError if there is none of that name."""
    asked = scenario.questions[question]
    options = tuple(asked.options) if isinstance(asked, MultipleChoiceQuestion) else ()
    return Subject(asked.type, options, scenario.as_of, scenario.horizon)


def subject_of(prediction: Prediction) -> Subject:
    """Return what a prediction is about."""
    match prediction:
        case ChoicePrediction():
            return Subject("multiple_choice", tuple(prediction.options))
        case DatePrediction():
            return Subject("date", (), prediction.start, prediction.horizon)
        case _:
            return Subject(_KINDS[type(prediction)])


def require_asked_probability(subject: Subject, listing: Listing) -> None:
    """Refuse a listing that asks for a part which its question does not have, or for a whole that is no probability.

    Raises
    ------
    ExportError
        With the way out.
    """
    part = listing.part
    if not isinstance(part, _PARTS[subject.kind]):
        stated = "all" if part is None else f"the part '{', '.join(part.model_dump(exclude_none=True))}'"
        said = f"a probability is asked for, which {stated} of a {_called(subject)} question is not"
        pointer = () if part is None else ("part",)
        raise ExportError(listing.place, _FITS, f"{said}: {WAYS[subject.kind]}", pointer)
    if isinstance(part, OptionPart) and part.option not in subject.options:
        said = f"the question has no option '{part.option}': {_one_of(part.option, subject.options)}"
        raise ExportError(listing.place, _FITS, said, ("part", "option"))
    if isinstance(part, DayPart):
        require_day(subject, part.by, listing)


def require_part(subject: Subject, listing: Listing) -> None:
    """Refuse a listing that asks for a part which its question does not have; one that asks for all is let pass."""
    if listing.part is not None:
        require_asked_probability(subject, listing)


def require_own_options(subject: Subject, listing: OptionListing) -> None:
    """Refuse a listing in which the platform's options stand for some that our question does not have.

    Raises
    ------
    ExportError
        With the nearest of ours, or all of them.
    """
    for label, ours in listing.options.items():
        if ours not in subject.options:
            said = f"'{label}' stands for '{ours}', which is no option of ours: {_one_of(ours, subject.options)}"
            raise ExportError(listing.place, _FITS, said, ("options", label))


def require_asked_options(subject: Subject, listing: OptionListing, labels: Iterable[str]) -> None:
    """Refuse a listing whose question has not the platform's options, under its labels or those that stand for them.

    Raises
    ------
    ExportError
        With the way out.
    """
    if subject.kind != "multiple_choice" or listing.part is not None:
        said = f"options are asked for, and all of a {_called(subject)} question has none"
        raise ExportError(listing.place, _FITS, f"{said}: list a multiple-choice question, without 'part'")
    require_own_options(subject, listing)
    stands_for = _standing_for(listing, labels)
    _require_one_each(listing, stands_for)
    missing = [label for label, ours in stands_for.items() if ours not in subject.options]
    unused = [ours for ours in subject.options if ours not in stands_for.values()]
    if missing or unused:
        lacks = f"nothing of ours stands for {listed(missing)}" if missing else ""
        extra = f"the platform has no option {listed(unused)}" if unused else ""
        said = "; ".join(filter(None, (lacks, extra)))
        raise ExportError(listing.place, _OWN, f"{said}: state which is which in 'options'", ("options",))


def require_asked_distribution(subject: Subject, listing: Listing) -> None:
    """Refuse a listing whose question is about neither a number nor a date, or that asks for a part of it.

    Raises
    ------
    ExportError
        With the question's type.
    """
    if subject.kind not in ("numeric", "date") or listing.part is not None:
        said = f"a distribution is asked for, and a {_called(subject)} question or a part has none"
        raise ExportError(listing.place, _FITS, f"{said}: list a question about a number or a date, without 'part'")


def require_day(subject: Subject, day: date, listing: Listing) -> None:
    """Refuse a listing that asks for a day of which the scenario does not speak.

    Raises
    ------
    ExportError
        With the days of which it does.
    """
    if not subject.first <= day <= subject.last:
        said = f"{day} lies outside what the scenario speaks of, {subject.first} to {subject.last}"
        raise ExportError(listing.place, _FITS, said, ("part",))


def prediction_of(predictions: Predictions, listing: Listing) -> Prediction:
    """Return the prediction of a listing's question.

    Raises
    ------
    ExportError
        If there is none.
    """
    found = predictions.get(listing.question)
    if found is None:
        close = nearest(listing.question, predictions)
        known = f"its questions are {listed(set(predictions))}" if predictions else "it asks none"
        way = known if close is None else f"did you mean '{close}'?"
        said = f"the scenario has no question '{listing.question}': {way}"
        raise ExportError(listing.place, _FITS, said, ("question",))
    return found


def asked_probability(predictions: Predictions, listing: Listing) -> float:
    """Return the probability that a listing asks for: of a binary question, or of a part of another.

    Raises
    ------
    ExportError
        If the listing asks for a part that its question does not have, or for a whole that is no probability.
    """
    prediction = prediction_of(predictions, listing)
    require_asked_probability(subject_of(prediction), listing)
    match prediction, listing.part:
        case BinaryPrediction(), None:
            return prediction.probability
        case ChoicePrediction(), OptionPart(option=option):
            return prediction.options[option]
        case DatePrediction(), DayPart(by=day):
            return probability_by(prediction, day, listing)
        case PairPrediction(), HalfPart() as part:
            return _half(prediction, part, listing)
        case NumberPrediction(), RangePart() as part:
            return _range(prediction, part)
    raise AssertionError(listing.place)  # require_asked_probability lets no other pair pass


def asked_options(predictions: Predictions, listing: OptionListing, labels: Mapping[str, object]) -> dict[str, float]:
    """Return the probability of each of the platform's labels, in its order; they are ours, or stand for ours.

    Raises
    ------
    ExportError
        If the question has no options, they do not sum to 1, or the two sides' options are not the same.
    """
    prediction = prediction_of(predictions, listing)
    require_asked_options(subject_of(prediction), listing, labels)
    assert isinstance(prediction, ChoicePrediction)
    total = math.fsum(prediction.options.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise ExportError(
            listing.place,
            "options sum to 1",
            f"ours add up to {total:.6g}: make them exclude each other in the scenario, and add 'rest'",
        )
    return {label: prediction.options[ours] for label, ours in _standing_for(listing, labels).items()}


def _standing_for(listing: OptionListing, labels: Iterable[str]) -> Mapping[str, str]:
    """Return the platform's label → ours."""
    return {label: listing.options.get(label, label) for label in labels}


def _require_one_each(listing: OptionListing, stands_for: Mapping[str, str]) -> None:
    strange = [label for label in listing.options if label not in stands_for]
    if strange:
        said = (
            f"'options' names {listed(strange)}, which the platform does not have: state its labels as it spells them"
        )
        raise ExportError(listing.place, _OWN, said, ("options",))
    ours = list(stands_for.values())
    doubled = sorted({option for option in ours if ours.count(option) > 1})
    if doubled:
        said = f"ours {listed(doubled)} stands for two of the platform's: state another for one of them"
        raise ExportError(listing.place, _OWN, said, ("options",))


def asked_distribution(predictions: Predictions, listing: Listing) -> NumberPrediction | DatePrediction:
    """Return the number or date that a listing asks for, with its whole distribution.

    Raises
    ------
    ExportError
        If the question is about neither.
    """
    prediction = prediction_of(predictions, listing)
    require_asked_distribution(subject_of(prediction), listing)
    assert isinstance(prediction, NumberPrediction | DatePrediction)
    return prediction


def probability_by(prediction: DatePrediction, day: date, listing: Listing) -> float:
    """Return the probability that it has happened by the end of a day.

    Raises
    ------
    ExportError
        If the model does not speak of that day.
    """
    require_day(subject_of(prediction), day, listing)
    return float(prediction.distribution.at_most(np.array([float((day - prediction.start).days)]))[0])


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


def _one_of(stated: str, options: Collection[str]) -> str:
    """Return the way out of an option that a question does not have."""
    close = nearest(stated, options)
    return f"its options are {listed(options)}" if close is None else f"did you mean '{close}'?"


def _called(subject: Subject) -> str:
    return subject.kind.replace("_", "-")


_KINDS: Mapping[type[Prediction], str] = {
    BinaryPrediction: "binary",
    NumberPrediction: "numeric",
    PairPrediction: "conditional",
}
"""Kinds of predictions that have neither options nor days."""

_PARTS: Mapping[str, type[object]] = {
    "binary": NoneType,
    "multiple_choice": OptionPart,
    "numeric": RangePart,
    "date": DayPart,
    "conditional": HalfPart,
}
"""Kind of a question → what must be asked of it for a probability."""

WAYS = {
    "binary": "leave 'part' out",
    "multiple_choice": "state part: {option: …}",
    "numeric": "state part: {at_least: …, below: …}",
    "date": "state part: {by: …}",
    "conditional": "state part: {given: true} or {given: false}",
}
"""Kind of a question → how to ask for a probability of it."""

"""Cultivate Forecasts, the platform of Good Judgment Open: one prediction set per question.

The body of ``POST /api/v1/questions/{id}/prediction_sets`` has one probability per answer. Probabilities are printed
with the same number of decimals; where they must sum to 100 % they do so exactly, as printed: all are rounded down,
and the units that are then missing go to the largest remainders (Hamilton's method).

Rules as in cultivate-hfc/gfc-api-docs, source/includes/_prediction_sets.md and _questions.md.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, TypedDict

from pydantic import Field, Tag, model_validator

from forecast.fields import Day, Label, Statement, Text
from forecast.predictions.kinds import DatePrediction, Predicted, Predictions
from forecast.tournaments.asked import (
    SUM_TOLERANCE,
    Subject,
    asked_probability,
    prediction_of,
    probability_by,
    require_asked_probability,
    require_day,
    subject_of,
)
from forecast.tournaments.exports import Distortion, Document, Export, ExportError
from forecast.tournaments.formats import Format
from forecast.tournaments.listings import DayPart, Listing, OptionPart, Part, RangePart, told_by_keys

PlatformId = Annotated[int, Field(ge=1)]

FINEST = 1e-4
"""The step between probabilities as the platform keeps them; moving by less than it distorts nothing."""

_SUM_ROUNDING = 1e-12
"""How far sums in double precision may put a probability from itself."""


class Entry(TypedDict):
    """An answer's probability, as the platform takes it."""

    answer_id: int
    forecasted_probability: float


class DaysPart(Statement):
    """That it happens on a day from ``on_or_after`` up to, and not including, ``before``.

    Without ``on_or_after``, on any day before; without ``before``, on any day from then on, or never: the platform's
    "Not before …".
    """

    on_or_after: Day | None = None
    before: Day | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.on_or_after is None and self.before is None:
            raise ValueError("state on_or_after, before, or both")
        if self.on_or_after is not None and self.before is not None and self.on_or_after >= self.before:
            raise ValueError(f"no day lies from {self.on_or_after} up to {self.before}: state an earlier on_or_after")
        return self


class BinaryAnswer(Statement):
    """A question with one answer, that it happens; the platform works out the opposite."""

    type: Literal["Forecast::Binary::Question"]
    answer: PlatformId


class YesNoAnswers(Statement):
    """A question with an answer for yes, and one for no."""

    type: Literal["Forecast::YesNoQuestion"]
    yes: PlatformId
    no: PlatformId

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.yes == self.no:
            raise ValueError(f"the answer {self.yes} cannot say both yes and no: state the id of each")
        return self


AnswerPart = Annotated[
    Annotated[OptionPart, Tag("OptionPart")]
    | Annotated[DayPart, Tag("DayPart")]
    | Annotated[DaysPart, Tag("DaysPart")]
    | Annotated[RangePart, Tag("RangePart")],
    told_by_keys(
        *(OptionPart, DayPart, DaysPart, RangePart),
        otherwise="a part must say which: state option or by; of days, on_or_after, before, or both; or, of a number, "
        "at_least, below, or both",
    ),
]


class Answer(Statement):
    """One of several answers: the platform's id, and the part of our prediction that it is."""

    id: PlatformId
    part: AnswerPart
    name: Label | None = None


class SeveralAnswers(Statement):
    """A question with several answers, such as options, or bins of days or numbers.

    must_sum_to_100 : the platform's ``predictions_must_sum_to_100?``
    """

    type: Literal["Forecast::Question"]
    answers: Annotated[tuple[Answer, ...], Field(min_length=2, max_length=100, strict=False)]
    must_sum_to_100: bool = True

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [answer.id for answer in self.answers]
        doubled = next((found for found in ids if ids.count(found) > 1), None)
        if doubled is not None:
            raise ValueError(f"the answer {doubled} is listed twice: leave one out")
        return self


class CultivateListing(Listing):
    """A question.

    id : the platform's
    answers : what it has to choose from, by its ``type``
    rationale : for this question, instead of that of the settings
    """

    platform: Literal["cultivate"] = "cultivate"
    id: PlatformId
    answers: Annotated[BinaryAnswer | YesNoAnswers | SeveralAnswers, Field(discriminator="type")]
    rationale: Text | None = None

    @model_validator(mode="after")
    def _parts_in_one_place(self) -> Self:
        if self.part is not None and isinstance(self.answers, SeveralAnswers):
            raise ValueError("each of several answers has its own part: leave that of the listing out")
        return self


class CultivateSettings(Statement):
    """What holds for all questions.

    rationale : what is said with each prediction set
    rationale_required : whether the site takes none without; that differs from site to site
    decimals : of the probabilities
    membership : the site's number of ours, by which what was submitted is read back; not part of an export
    """

    rationale: Text | None = None
    rationale_required: bool = False
    membership: Annotated[int, Field(ge=1)] | None = None
    decimals: Annotated[int, Field(ge=2, le=4)] = 4


def in_units(probabilities: Sequence[float], units: int) -> list[int]:
    """Return whole numbers of units that sum to ``units``, each the next below or above its probability's share.

    Examples
    --------
    >>> in_units([1 / 3, 1 / 3, 1 / 3], 100)
    [34, 33, 33]

    Parameters
    ----------
    probabilities : summing to 1 but for the rounding of sums, shape (answers,)
    units : of which a probability of 1 has so many
    """
    shares = [probability * units for probability in probabilities]
    whole = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: whole[n] - shares[n])
    for n in by_remainder[: units - sum(whole)]:
        whole[n] += 1
    return whole


def require_entries(place: str, entries: Sequence[Entry], must_sum_to_1: bool) -> None:
    """Refuse entries of a prediction set that the platform would refuse.

    Raises
    ------
    ExportError
        If there is none, an answer has two, a probability is not a number from 0 to 1, or they do not sum to 1 as
        printed though they must.
    """
    ids = [entry["answer_id"] for entry in entries]
    found = [entry["forecasted_probability"] for entry in entries]
    rules = (
        (0 < len(set(ids)) == len(ids), "one entry per answer", ids),
        (all(type(p) is float and 0.0 <= p <= 1.0 for p in found), "probabilities are from 0 to 1", found),
        (not must_sum_to_1 or sum(Decimal(str(p)) for p in found) == 1, "predictions sum to 100 %", found),
    )
    for holds, rule, value in rules:
        if not holds:
            raise ExportError(place, rule, f"the platform would refuse {value}: this is a fault of the export")


def _export(listings: Sequence[CultivateListing], predicted: Predicted, settings: CultivateSettings) -> Export:
    ids = [listing.id for listing in listings]
    documents: list[Document] = []
    distortions: list[Distortion] = []
    for listing in listings:
        if ids.count(listing.id) > 1:
            rule = "one prediction set per question"
            raise ExportError(listing.place, rule, f"question {listing.id} is listed twice: leave one out")
        probabilities = _probabilities(listing, predicted.by_question)
        entries = _entries(listing, probabilities, 10**settings.decimals)
        documents.append(_document(listing, entries, settings))
        distortions.extend(_distortion(listing, probabilities, entries, settings))
    return Export("cultivate", tuple(documents), tuple(distortions))


def _require_fit(subject: Subject, listing: CultivateListing) -> None:
    """Refuse a listing that our question cannot answer, whatever is forecast."""
    if not isinstance(listing.answers, SeveralAnswers):
        require_asked_probability(subject, listing)
        return
    for i, answer in enumerate(listing.answers.answers):
        try:
            _require_answer(subject, listing, answer)
        except ExportError as error:
            raise error.below("answers", "answers", i) from error


def _require_answer(subject: Subject, listing: CultivateListing, answer: Answer) -> None:
    part = answer.part
    if not isinstance(part, DaysPart):
        require_asked_probability(subject, _asking(listing, part))
        return
    if subject.kind != "date":
        rule, said = "a listing asks for what its question says", f"answer {answer.id} is about days"
        raise ExportError(listing.place, rule, f"{said}, which only a date question speaks of", ("part",))
    for day in (part.on_or_after, part.before):
        if day is not None and day > subject.first:
            require_day(subject, _eve(day), listing)


def _asking(listing: CultivateListing, part: Part) -> CultivateListing:
    """Return the listing as if the part of an answer were all that it asks for."""
    return listing.model_copy(update={"part": part})


def _probabilities(listing: CultivateListing, predictions: Predictions) -> list[float]:
    """Return our probability of each answer, in the order of the listing; that of yes before that of no."""
    answers = listing.answers
    _require_fit(subject_of(prediction_of(predictions, listing)), listing)
    if isinstance(answers, SeveralAnswers):
        found = [_of_answer(listing, answer, predictions) for answer in answers.answers]
        total = math.fsum(found)
        if answers.must_sum_to_100 and abs(total - 1.0) > SUM_TOLERANCE:
            said = f"the parts of the answers add up to {total:.6g}: state parts that cover everything, each thing once"
            raise ExportError(listing.place, "predictions sum to 100 %", said)
        return found
    yes = asked_probability(predictions, listing)
    return [yes] if isinstance(answers, BinaryAnswer) else [yes, 1.0 - yes]


def _of_answer(listing: CultivateListing, answer: Answer, predictions: Predictions) -> float:
    if not isinstance(answer.part, DaysPart):
        return asked_probability(predictions, _asking(listing, answer.part))
    prediction = prediction_of(predictions, listing)
    assert isinstance(prediction, DatePrediction)
    first, end = answer.part.on_or_after, answer.part.before
    until = 1.0 if end is None else _before(prediction, end, listing)
    return until - (0.0 if first is None else _before(prediction, first, listing))


def _before(prediction: DatePrediction, day: date, listing: CultivateListing) -> float:
    """Return the probability that it has happened before a day: none up to the start, where it has not happened yet."""
    return 0.0 if day <= prediction.start else probability_by(prediction, _eve(day), listing)


def _eve(day: date) -> date:
    return day - timedelta(days=1)


def _entries(listing: CultivateListing, probabilities: Sequence[float], units: int) -> list[Entry]:
    answers = listing.answers
    match answers:
        case BinaryAnswer():
            ids, exclusive = [answers.answer], False
        case YesNoAnswers():
            ids, exclusive = [answers.yes, answers.no], True
        case SeveralAnswers():
            ids, exclusive = [answer.id for answer in answers.answers], answers.must_sum_to_100
    whole = in_units(probabilities, units) if exclusive else [round(p * units) for p in probabilities]
    entries: list[Entry] = [
        {"answer_id": n, "forecasted_probability": count / units} for n, count in zip(ids, whole, strict=True)
    ]
    require_entries(listing.place, entries, exclusive)
    return entries


def _document(listing: CultivateListing, entries: Sequence[Entry], settings: CultivateSettings) -> Document:
    rationale = listing.rationale or settings.rationale
    if rationale is None and settings.rationale_required:
        raise ExportError(listing.place, "the site asks for a rationale", "there is none: state one, here or for all")
    said = {} if rationale is None else {"rationale": rationale}
    body = {"prediction_set": {**said, "predictions_attributes": entries}}
    content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    return Document(f"api/v1/questions/{listing.id}/prediction_sets", "application/json", content)


def _distortion(
    listing: CultivateListing, ours: Sequence[float], entries: Sequence[Entry], settings: CultivateSettings
) -> Iterator[Distortion]:
    """Yield how far the answer that has moved most has moved, if that is more than the platform's finest step.

    What became 0 or 1 and was not is told however little that is: it says that something cannot be.
    """
    pairs = list(zip(ours, (entry["forecasted_probability"] for entry in entries), strict=True))
    ours_of_it, exported = max(pairs, key=lambda pair: abs(pair[1] - pair[0]))
    certain = sum(after in (0.0, 1.0) and abs(after - before) > _SUM_ROUNDING for before, after in pairs)
    if certain or abs(exported - ours_of_it) > FINEST + _SUM_ROUNDING:
        figures = {"probability": ours_of_it, "exported": exported, "moved": exported - ours_of_it}
        reason = f"rounded to {settings.decimals} decimals"
        if certain:
            reason, figures["made_certain"] = f"{reason}, some to 0 or 1", float(certain)
        yield Distortion(listing.place, reason, figures)


FORMAT = Format(
    name="cultivate",
    title="Good Judgment Open (Cultivate Forecasts): prediction sets",
    listing=CultivateListing,
    settings=CultivateSettings,
    export=_export,
    named_by=("id",),
    names=("api/v1/questions/*/prediction_sets",),
    require_fit=_require_fit,
)

"""The documents for Metaculus: one list of forecasts, a comment where one is wanted, and a list of withdrawals."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from forecast.predictions.kinds import Predicted
from forecast.tournaments.exports import Document, Export, ExportError
from forecast.tournaments.formats import Format, NoSettings
from forecast.tournaments.metaculus.answers import Answered, answer, require_fit
from forecast.tournaments.metaculus.asking import MetaculusListing
from forecast.tournaments.metaculus.comments import comment

NAME = "metaculus"

_STATUSES = ("open", "upcoming")


def export(listings: Sequence[MetaculusListing], predicted: Predicted, _settings: NoSettings) -> Export:
    """Return the body for ``POST /api/questions/forecast/``, and one for each comment.

    The platform refuses a list whole if one of its forecasts is wrong, and so is it refused here.

    Parameters
    ----------
    listings : at least one, each question once
    predicted : what answers them

    Returns
    -------
    Export
        ``forecasts.json``, then ``comments/{id of the question}.json`` in the order of the listings; one distortion
        for each listing whose form could not say what was predicted. Its figures: of a probability, itself, what is
        exported, and the distance; of options, the probability that changed places and the largest change; of a number
        or date, both of these for the CDF, what lay outside closed bounds, what had no value, the mean of a number,
        and the mean of what lies in the range, which counts as its end beyond it, before and after; of a date in days
        after the prediction's start.

    Raises
    ------
    ExportError
        If the platform would refuse a forecast whatever its value, or our prediction does not answer the question.
    """
    _require_questions(listings)
    for listing in listings:
        _require_open(listing, predicted.as_of)
    answers = [(listing, answer(predicted.by_question, listing)) for listing in listings]
    comments = [
        _document(f"comments/{listing.id}.json", comment(predicted, listing, answered.distortion))
        for listing, answered in answers
        if listing.comment
    ]
    forecasts = _document("forecasts.json", [_item(listing, answered) for listing, answered in answers])
    distortions = tuple(answered.distortion for _, answered in answers if answered.distortion is not None)
    return Export(NAME, (forecasts, *comments), distortions)


def withdrawal(listings: Sequence[MetaculusListing], at: datetime | None = None) -> Document:
    """Return the body for ``POST /api/questions/withdraw/``.

    Parameters
    ----------
    listings : at least one, each question once
    at : when to withdraw, with its zone; at once if left out

    Raises
    ------
    ExportError
        If there is no listing, a question is listed twice, or the instant has no zone.
    """
    _require_questions(listings)
    if at is not None and at.tzinfo is None:
        raise ExportError(NAME, "an instant has a zone", f"{at.isoformat()} has none: state it in UTC")
    when = {} if at is None else {"withdraw_at": _instant(at)}
    return _document("withdrawals.json", [{"question": listing.id, **when} for listing in listings])


def _item(listing: MetaculusListing, answered: Answered) -> dict[str, object]:
    end = {} if listing.end_time is None else {"end_time": _instant(listing.end_time)}
    return {"question": listing.id, answered.key: answered.value, **end}


def _require_questions(listings: Sequence[MetaculusListing]) -> None:
    if not listings:
        raise ExportError(NAME, "a list has at least one forecast", "no question is listed: list one")
    seen: dict[int, MetaculusListing] = {}
    for listing in listings:
        if listing.id in seen:
            raise ExportError(
                listing.place,
                "a question has one forecast",
                f"question {listing.id} is listed for '{seen[listing.id].question}' already, and the later forecast "
                "would end the earlier one: keep one of them",
            )
        seen[listing.id] = listing


def _require_open(listing: MetaculusListing, as_of: date) -> None:
    if listing.status not in _STATUSES:
        raise ExportError(
            listing.place,
            "forecasts are made while a question is open",
            f"question {listing.id} is {listing.status}: leave the listing out, or read the post again",
        )
    if listing.end_time is not None and listing.end_time.astimezone(UTC).date() < as_of:
        raise ExportError(
            listing.place,
            "end_time lies in the future",
            f"{_instant(listing.end_time)} lies before {as_of}, the day the forecast speaks from: state a later one",
        )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _document(name: str, body: object) -> Document:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return Document(name, "application/json", f"{text}\n".encode())


FORMAT = Format(
    name=NAME,
    title="Metaculus",
    listing=MetaculusListing,
    settings=NoSettings,
    export=export,
    named_by=("id",),
    names=("forecasts.json", "comments/*.json"),
    require_fit=require_fit,
)

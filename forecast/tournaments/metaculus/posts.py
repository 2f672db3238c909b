"""Listings read from a post, as ``GET /api/posts/{id}/`` returns it.

What the platform tells is copied; which question of ours answers it, and with which part, is ours to say.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from forecast.errors import listed
from forecast.fields import Label, Statement
from forecast.tournaments.exports import ExportError
from forecast.tournaments.metaculus.asking import MetaculusListing, Number, QuestionType
from forecast.tournaments.scales import Scaling, grid

Keys = Mapping[str, Any]
"""Keys of a listing, as in a document."""

_READS = "a post is as the platform returns it"
_OPEN = ("open", "upcoming")

_NEAR = 1e-3
"""How far two grids may be apart, in cells; the platform's formula loses digits that ours keeps."""


class _Told(Statement):
    """As much of the platform's JSON as listings need; the rest is let pass."""

    model_config = ConfigDict(extra="ignore")


class _ToldScaling(_Told):
    range_min: float
    range_max: float
    zero_point: float | None = None
    open_lower_bound: bool | None = None
    open_upper_bound: bool | None = None
    inbound_outcome_count: int | None = None
    continuous_range: Annotated[tuple[float | str, ...], Field(strict=False)] | None = None


class _ToldQuestion(_Told):
    id: Number
    type: QuestionType
    title: str | None = None
    status: str | None = None
    options: Annotated[tuple[Label, ...], Field(strict=False)] | None = None
    scaling: Keys | None = None


class _ToldGroup(_Told):
    questions: Annotated[tuple[_ToldQuestion, ...], Field(strict=False)]


class _ToldPair(_Told):
    question_yes: _ToldQuestion
    question_no: _ToldQuestion


class _ToldPost(_Told):
    id: Number
    status: str | None = None
    question: _ToldQuestion | None = None
    group_of_questions: _ToldGroup | None = None
    conditional: _ToldPair | None = None


def listings_of(post: Keys, ours: Mapping[int, Keys]) -> tuple[MetaculusListing, ...]:
    """Return the listings of a post's questions that are answered, in the platform's order.

    Parameters
    ----------
    post : as the platform returns it
    ours : number of the platform's question → our side, as in a document: ``question``, and, where wanted, ``part``,
        ``options``, ``end_time``, ``comment``

    Raises
    ------
    ExportError
        If the post has no such question, is not as the platform returns it, or lays its grid otherwise than we do; or
        if our side says what the platform tells, or does not fit.
    """
    sides, place = platform_sides(post), f"metaculus, post {post.get('id')}"
    strange = [str(number) for number in ours if number not in sides]
    if strange:
        known = listed([str(number) for number in sides])
        raise ExportError(place, _READS, f"it has no question {listed(strange)}: its questions are {known}")
    return tuple(
        _joined(side, ours[number], f"{place}, question {number}") for number, side in sides.items() if number in ours
    )


def platform_sides(post: Keys) -> Mapping[int, Keys]:
    """Return the platform's side of each of a post's questions, as in a document, by the question's number.

    The halves of a conditional pair carry the part that they ask for.

    Raises
    ------
    ExportError
        If the post holds no question, is not as the platform returns it, or lays its grid otherwise than we do.
    """
    place = f"metaculus, post {post.get('id')}"
    try:
        told = _ToldPost.model_validate(post)
    except ValidationError as error:
        raise ExportError(place, _READS, f"it cannot be read: {_first(error)}") from error
    sides = {question.id: {**_side(told, question), **part} for question, part in _questions(told)}
    if not sides:
        raise ExportError(place, _READS, "it holds no question, group or conditional pair: give the post of a question")
    return sides


def _questions(post: _ToldPost) -> Iterator[tuple[_ToldQuestion, Keys]]:
    """Yield a post's questions, each with the part that follows from where it stands."""
    if post.question is not None:
        yield post.question, {}
    if post.group_of_questions is not None:
        yield from ((question, {}) for question in post.group_of_questions.questions)
    if post.conditional is not None:
        yield post.conditional.question_yes, {"part": {"given": True}}
        yield post.conditional.question_no, {"part": {"given": False}}


def _side(post: _ToldPost, question: _ToldQuestion) -> Keys:
    side: dict[str, Any] = {"id": question.id, "post": post.id, "type": question.type}
    side["status"] = _status(post, question)
    if question.title:
        side["title"] = question.title
    if question.type == "multiple_choice":
        side["labels"] = question.options
    elif question.type != "binary":
        side["scaling"] = _scaling(question.scaling, f"metaculus, post {post.id}, question {question.id}")
    return side


def _status(post: _ToldPost, question: _ToldQuestion) -> str:
    """A post that is closed, or not published, closes all its questions; a question of a group may close alone."""
    states = [state for state in (post.status, question.status) if state is not None]
    return next((state for state in states if state not in _OPEN), states[-1] if states else "open")


def _scaling(keys: Keys | None, place: str) -> Keys:
    try:
        told = _ToldScaling.model_validate(keys)
        stated = told.model_dump(exclude={"continuous_range"}, exclude_none=True)
        # The platform takes a bound that does not say whether it is open as closed.
        scaling = Scaling.model_validate({"open_lower_bound": False, "open_upper_bound": False, **stated})
    except ValidationError as error:
        raise ExportError(place, _READS, f"its scaling cannot be read: {_first(error)}") from error
    if told.continuous_range is not None:
        _require_same_grid(scaling, told.continuous_range, place)
    return scaling.model_dump(exclude_none=True)


def _require_same_grid(scaling: Scaling, told: tuple[float | str, ...], place: str) -> None:
    theirs = np.array([_seconds(value) if isinstance(value, str) else value for value in told], dtype=np.float64)
    ours, rule = grid(scaling), "a CDF is stated at the platform's own grid points"
    if theirs.shape != ours.shape:
        raise ExportError(place, rule, f"it has {theirs.size} of them, and ours are {ours.size}: read the post again")
    widths = np.diff(ours)
    narrowest = np.minimum(np.append(widths, np.inf), np.insert(widths, 0, np.inf))
    off = np.abs(theirs - ours) > _NEAR * narrowest
    if off.any():
        first = int(np.argmax(off))
        said = f"point {first + 1} lies at {theirs[first]}, and ours at {ours[first]}"
        raise ExportError(place, rule, f"{said}: the scale is of a kind that is not known here")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _joined(theirs: Keys, ours: Keys, place: str) -> MetaculusListing:
    doubled = sorted(theirs.keys() & ours.keys())
    if doubled:
        raise ExportError(place, _READS, f"the platform tells {listed(doubled)} itself: leave it out of our side")
    try:
        return MetaculusListing.model_validate({**theirs, **ours})
    except ValidationError as error:
        raise ExportError(place, "a listing has both sides", f"it cannot be made: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(map(str, fault["loc"]))
    return f"{where}: {fault['msg']}" if where else fault["msg"]

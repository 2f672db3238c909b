"""Requests to Metaculus, made of the documents that an export for it holds."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from api.platforms.bodies import read_body
from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.moments import from_iso
from api.platforms.requests import PlatformRequest
from api.platforms.said import Said
from api.platforms.sought import Sought, SoughtCdf, SoughtComment, SoughtOptions, SoughtProbability, SoughtWithdrawal

NAME = "metaculus"

# Without the last slash the answer is a redirect, after which clients ask with GET.
FORECAST, WITHDRAW, COMMENT = "/api/questions/forecast/", "/api/questions/withdraw/", "/api/comments/create/"

_VALUES = ("probability_yes", "probability_yes_per_category", "continuous_cdf")


def forecast_request(content: bytes | str, posts: Mapping[int, int]) -> PlatformRequest:
    """Return the request that submits a list of forecasts.

    Parameters
    ----------
    content : JSON list of forecasts, each with ``question`` and one of the three value keys
    posts : question → the post it belongs to, where forecasts are read back

    Raises
    ------
    PlatformRequestError
        If it is no such list, or a question has no post.
    """
    text, body = read_body(content, "the list of forecasts")
    return PlatformRequest(NAME, "forecast", "POST", FORECAST, text, _each(body, posts, _forecast))


def withdraw_request(content: bytes | str, posts: Mapping[int, int]) -> PlatformRequest:
    """Return the request that withdraws standing forecasts.

    Parameters
    ----------
    content : JSON list of ``{"question": …}``, each with ``withdraw_at`` or without
    posts : as for forecasts

    Raises
    ------
    PlatformRequestError
        If it is no such list, or a question has no post.
    """
    text, body = read_body(content, "the list of withdrawals")
    return PlatformRequest(NAME, "withdraw", "POST", WITHDRAW, text, _each(body, posts, _withdrawal))


def comment_request(content: bytes | str) -> PlatformRequest:
    """Return the request that makes a private comment, the only kind that a bot may make.

    Parameters
    ----------
    content : JSON object with ``on_post``, ``text`` and ``"is_private": true``

    Raises
    ------
    PlatformRequestError
        If it is no such object.
    """
    text, body = read_body(content, "the comment")
    try:
        private = body.get("is_private")
        if private is None or not private.flag():
            raise PlatformRequestError("the comment is not private, which a bot's must be: state is_private: true")
        sought = SoughtComment(body.at("on_post").whole(), body.at("text").text())
    except PayloadError as error:
        raise PlatformRequestError(str(error)) from None
    return PlatformRequest(NAME, "comment", "POST", COMMENT, text, (sought,))


def rest_of(request: PlatformRequest, missing: Collection[int]) -> PlatformRequest:
    """Return a request of some of the items of another, by their places."""
    if len(set(missing)) == len(request.sought):
        return request
    items = json.loads(request.body)
    kept = sorted(set(missing))
    body = json.dumps([items[place] for place in kept], ensure_ascii=False, allow_nan=False)
    return replace(request, body=body, sought=tuple(request.sought[place] for place in kept))


def _each(body: Said, posts: Mapping[int, int], read: Callable[[Said, int, int], Sought]) -> tuple[Sought, ...]:
    try:
        items = body.items()
        if not items:
            raise PlatformRequestError(f"{body.path} is empty, which the platform refuses: send nothing instead")
        found = [(item, item.at("question").whole()) for item in items]
        lacking = [question for _, question in found if question not in posts]
        if lacking:
            raise PlatformRequestError(f"question {lacking[0]} has no post to be read back from: state its post")
        return tuple(read(item, question, posts[question]) for item, question in found)
    except PayloadError as error:
        raise PlatformRequestError(str(error)) from None


def _forecast(item: Said, question: int, post: int) -> Sought:
    stated = [(name, value) for name in _VALUES if (value := item.get(name)) is not None]
    if len(stated) != 1:
        # The platform takes two and then shows one of them, not always the one that was meant.
        raise PlatformRequestError(f"{item.path} states {len(stated)} of {', '.join(_VALUES)}: state exactly one")
    ((name, value),) = stated
    end = item.get("end_time")
    until = None if end is None else from_iso(end)
    if name == "probability_yes":
        return SoughtProbability(question, post, value.number(), until)
    if name == "continuous_cdf":
        return SoughtCdf(question, post, tuple(each.number() for each in value.items()), until)
    options = {label: each.number() for label, each in value.members() if each.value is not None}
    return SoughtOptions(question, post, options, until)


def _withdrawal(item: Said, question: int, post: int) -> Sought:
    at = item.get("withdraw_at")
    moment: datetime | None = None if at is None else from_iso(at)
    return SoughtWithdrawal(question, post, moment)

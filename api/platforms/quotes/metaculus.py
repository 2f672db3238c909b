"""The community prediction of Metaculus.

``GET /api/posts/{id}/?with_cp=true`` has, for each question, ``aggregations`` by method; ``latest`` of one has the
quartiles in ``interval_lower_bounds``, ``centers`` and ``interval_upper_bounds``: of a binary question lists of one
probability, of a multiple-choice one a probability per option, of a continuous one locations from 0 to 1 in its range
(utils/the_math/aggregations.py, ``percent_point_function``). Its times are in seconds. Where the prediction is hidden,
or the token may not see it, everything is there and empty.
"""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
from pydantic import ValidationError

from api.platforms.errors import PayloadError
from api.platforms.metaculus_posts import questions_of
from api.platforms.moments import from_seconds
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import (
    NoQuote,
    Quote,
    Quoted,
    QuotedProbability,
    QuotedQuantiles,
    QuoteRequest,
    part_of_path,
)
from api.platforms.said import Said, read_json
from forecast.tournaments.scales import Scaling, values_at

SOURCE = "metaculus"

USUAL_METHOD = "recency_weighted"
"""How forecasts are put together where a question does not say."""

_QUARTILES = {0.25: "interval_lower_bounds", 0.5: "centers", 0.75: "interval_upper_bounds"}

_HIDDEN = (
    "there is no community prediction to see: it is hidden still, or this token may not see it, or nobody forecast"
)


def requests(place: str) -> tuple[QuoteRequest, ...]:
    """Return what to read of a post, by its number."""
    return (QuoteRequest(f"/api/posts/{part_of_path(place, SOURCE)}/", {"with_cp": "true"}),)


def parse(payload: bytes, fetched_at: datetime) -> tuple[Quote | NoQuote, ...]:
    """Return the community prediction of each question of a post; its place is ``post/question``.

    Raises
    ------
    PayloadError
        If the payload is no post.
    """
    post = read_json(payload, "Metaculus")
    found = tuple(_quotes(post, payload, fetched_at))
    if not found:
        raise PayloadError(f"post {post.at('id').whole()} of Metaculus has no question: is it a notebook?")
    return found


def _quotes(post: Said, payload: bytes, fetched_at: datetime) -> Iterator[Quote | NoQuote]:
    for question in questions_of(post):
        place = f"{post.at('id').whole()}/{question.at('id').whole()}"
        title = question.at("title").text()
        latest = _latest(question)
        if latest is None:
            yield NoQuote(SOURCE, place, title, _HIDDEN, fetched_at, payload)
            continue
        since = from_seconds(latest.at("start_time"))
        value = _value(question, latest)
        yield Quote(SOURCE, place, title, value, since, fetched_at, Licence.METACULUS, payload)


def _latest(question: Said) -> Said | None:
    """Return the newest aggregate of the method that the question shows; None where there is none."""
    aggregations, method = question.get("aggregations"), question.get("default_aggregation_method")
    if aggregations is None:
        return None
    of_method = aggregations.get(USUAL_METHOD if method is None else method.text())
    latest = None if of_method is None else of_method.get("latest")
    centers = None if latest is None else latest.get("centers")
    return None if centers is None or not centers.items() else latest


def _value(question: Said, latest: Said) -> Quoted:
    match question.at("type").text():
        case "binary":
            return QuotedProbability(_single(latest.at("centers")))
        case "multiple_choice":
            centers = latest.at("centers").items()
            labels = [label.text() for label in question.at("all_options_ever").items()]
            if len(centers) != len(labels):
                raise PayloadError(f"{latest.path} has {len(centers)} options, and the question {len(labels)}")
            pairs = zip(labels, centers, strict=True)
            return normalised({label: center.number() for label, center in pairs if center.value is not None})
        case "numeric" | "discrete" | "date" as kind:
            locations = np.array([_single(latest.at(name)) for name in _QUARTILES.values()])
            values = values_at(_scaling(question), locations).tolist()
            return QuotedQuantiles(dict(zip(_QUARTILES, values, strict=True)), _unit(question, kind))
        case other:
            raise PayloadError(f"{question.path} is of the type {other[:100]!a}, which is not known here")


def _single(said: Said) -> float:
    entries = said.items()
    if len(entries) != 1:
        raise PayloadError(f"{said.path} has {len(entries)} entries, not 1")
    return entries[0].number()


def _scaling(question: Said) -> Scaling:
    """Return the range of a question; where a location lies in it does not depend on whether its ends are open."""
    stated = question.at("scaling")
    count, zero = stated.get("inbound_outcome_count"), stated.get("zero_point")
    try:
        return Scaling(
            range_min=stated.at("range_min").number(),
            range_max=stated.at("range_max").number(),
            zero_point=None if zero is None else zero.number(),
            open_lower_bound=True,
            open_upper_bound=True,
            inbound_outcome_count=None if count is None else count.whole(),
        )
    except ValidationError as error:
        raise PayloadError(f"{stated.path} makes no range: {error.errors()[0]['msg']}") from None


def _unit(question: Said, kind: str) -> str | None:
    if kind == "date":
        return "unix seconds"
    unit = question.get("unit")
    return None if unit is None or not unit.text() else unit.text()

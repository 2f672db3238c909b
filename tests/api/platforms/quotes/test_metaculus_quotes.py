"""The community prediction of Metaculus as quotes."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.metaculus import parse, requests
from api.platforms.quotes.quote import (
    NoQuote,
    Quote,
    QuotedOptions,
    QuotedProbability,
    QuotedQuantiles,
    QuoteRequest,
)
from tests.api.platforms.quotes.payloads import FETCHED, SINCE, as_bytes


def question(kind: str, centers: list[float | None] | None, **more: object) -> dict[str, Any]:
    latest = None
    if centers is not None:
        latest = {
            "start_time": SINCE.timestamp(),
            "end_time": None,
            "forecaster_count": 40,
            "interval_lower_bounds": more.pop("lower", centers),
            "centers": centers,
            "interval_upper_bounds": more.pop("upper", centers),
        }
    empty: dict[str, Any] = {"history": [], "latest": None}
    return {
        "id": 7,
        "title": "Will they meet?",
        "type": kind,
        "aggregations": {"recency_weighted": {"history": [], "latest": latest}, "unweighted": empty},
        **more,
    }


def single(asked: dict[str, Any]) -> Quote:
    payload = as_bytes({"id": 70, "title": "A post", "question": asked})
    (quote,) = parse(payload, FETCHED)
    assert isinstance(quote, Quote)
    assert quote.payload == payload
    return quote


def test_a_post_is_read_with_the_community_prediction() -> None:
    assert requests("578") == (QuoteRequest("/api/posts/578/", {"with_cp": "true"}),)
    for place in ("", "../users/me", "5/6", "5?x"):
        with pytest.raises(PlatformRequestError, match="is no id of metaculus"):
            requests(place)


def test_a_probability_with_its_place_time_and_terms() -> None:
    """Times of aggregates are in seconds; a binary question's lists hold the one probability of yes."""
    quote = single(question("binary", [0.62]))
    assert quote.value == QuotedProbability(0.62)
    assert (quote.source, quote.place, quote.kind) == ("metaculus", "70/7", "probability")
    assert quote.question == "Will they meet?"
    assert (quote.valid_at, quote.fetched_at) == (SINCE, FETCHED)
    assert quote.licence is Licence.METACULUS
    assert "commercial use" in quote.licence.value


def test_options_are_in_the_order_of_all_that_ever_were() -> None:
    """One that was removed is null, and the rest are made to sum to 1."""
    asked = question(
        "multiple_choice",
        [0.25, None, 0.5, 0.5],
        options=["deal", "no deal", "other"],
        all_options_ever=["deal", "truce", "no deal", "other"],
    )
    assert single(asked).value == QuotedOptions({"deal": 0.2, "no deal": 0.4, "other": 0.4}, 1.25, {})


@pytest.mark.parametrize(
    ("kind", "scaling", "values", "unit"),
    [
        ("numeric", {"range_min": 100, "range_max": 300, "zero_point": None}, [120.0, 200.0, 280.0], "tests"),
        ("numeric", {"range_min": 1, "range_max": 1e10, "zero_point": 0}, [10.0, 1e5, 1e9], "tests"),
        ("discrete", {"range_min": -0.5, "range_max": 9.5, "inbound_outcome_count": 10}, [0.5, 4.5, 8.5], "tests"),
        (
            "date",
            {"range_min": 1_767_225_600, "range_max": 1_767_225_600 + 100 * 86_400},
            [1_767_225_600 + days * 86_400 for days in (10, 50, 90)],
            "unix seconds",
        ),
    ],
    ids=["linear", "logarithmic", "discrete", "date"],
)
def test_quartiles_are_locations_in_the_range(
    kind: str, scaling: dict[str, Any], values: list[float], unit: str
) -> None:
    """By the platform's formulas: linear min + (max - min) x, with a zero point at 0 max^x from 1 on."""
    asked = question(kind, [0.5], lower=[0.1], upper=[0.9], scaling=scaling, unit="tests")
    quote = single(asked)
    assert isinstance(quote.value, QuotedQuantiles)
    assert list(quote.value.quantiles) == [0.25, 0.5, 0.75]
    assert list(quote.value.quantiles.values()) == pytest.approx(values, rel=1e-12)
    assert quote.value.unit == unit


def test_the_method_that_the_question_shows_counts() -> None:
    asked = question("binary", [0.62], default_aggregation_method="unweighted")
    asked["aggregations"]["unweighted"] = asked["aggregations"].pop("recency_weighted")
    asked["aggregations"]["recency_weighted"] = {"history": [], "latest": None}
    assert single(asked).value == QuotedProbability(0.62)


@pytest.mark.parametrize(
    "asked",
    [
        question("binary", None),
        question("binary", []),
        {**question("binary", None), "aggregations": {}},
        {**question("binary", None), "aggregations": None},
    ],
    ids=["no latest", "no centers", "no methods", "no aggregations"],
)
def test_what_is_hidden_is_no_quote_and_no_error(asked: dict[str, Any]) -> None:
    """The platform answers 200 with everything in its place and empty."""
    payload = as_bytes({"id": 70, "question": asked})
    (quote,) = parse(payload, FETCHED)
    assert isinstance(quote, NoQuote)
    assert "no community prediction to see: it is hidden still" in quote.why
    assert (quote.place, quote.question, quote.payload) == ("70/7", "Will they meet?", payload)


def test_a_group_and_a_pair_have_several() -> None:
    first, second = question("binary", [0.62]), {**question("binary", None), "id": 8}
    group = parse(as_bytes({"id": 70, "group_of_questions": {"questions": [first, second]}}), FETCHED)
    assert [(type(quote), quote.place) for quote in group] == [(Quote, "70/7"), (NoQuote, "70/8")]
    pair = parse(as_bytes({"id": 70, "conditional": {"question_yes": first, "question_no": second}}), FETCHED)
    assert [quote.place for quote in pair] == ["70/7", "70/8"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (question("binary", [0.4, 0.6]), "has 2 entries, not 1"),
        (question("binary", [1.2]), "which is no share of 1"),
        (question("multiple_choice", [0.5, 0.5], all_options_ever=["a"]), "has 2 options, and the question 1"),
        (question("numeric", [0.5], scaling={"range_min": 5, "range_max": 5}), "makes no range"),
        (question("poll", [0.5]), "'poll', which is not known here"),
        (question("numeric", [0.5], lower=[0.9], upper=[1.0], scaling={"range_min": 0, "range_max": 1}), "ascending"),
    ],
)
def test_what_the_platform_does_not_say_is_an_error(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        single(asked)


def test_a_notebook_has_no_question() -> None:
    with pytest.raises(PayloadError, match="post 70 of Metaculus has no question"):
        parse(as_bytes({"id": 70, "notebook": {}}), FETCHED)


def test_milliseconds_are_not_taken_for_seconds() -> None:
    asked = question("binary", [0.62])
    asked["aggregations"]["recency_weighted"]["latest"]["start_time"] = SINCE.timestamp() * 1_000
    with pytest.raises(PayloadError, match="is its unit another"):
        single(asked)


@given(st.floats(0, 1), st.integers(0, 10 * 365 * 86_400_000))
def test_any_probability_and_time_comes_through(probability: float, milliseconds: int) -> None:
    asked = question("binary", [probability])
    moment = FETCHED - timedelta(milliseconds=milliseconds)
    asked["aggregations"]["recency_weighted"]["latest"]["start_time"] = moment.timestamp()
    quote = single(asked)
    assert quote.value == QuotedProbability(probability)
    assert abs((quote.valid_at - moment).total_seconds()) < 1e-5

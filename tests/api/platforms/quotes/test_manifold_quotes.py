"""Prices of Manifold as quotes."""

from typing import Any

import pytest

from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.manifold import parse, requests
from api.platforms.quotes.quote import NoQuote, Quote, QuotedOptions, QuotedProbability, QuoteRequest
from tests.api.platforms.quotes.payloads import FETCHED, SINCE, as_bytes

MILLISECONDS = int(SINCE.timestamp() * 1_000)


def market(kind: str = "BINARY", **more: object) -> dict[str, Any]:
    return {
        "id": "9t61v9e7x4",
        "question": "Will they meet?",
        "outcomeType": kind,
        "isResolved": False,
        "createdTime": MILLISECONDS - 86_400_000,
        "lastBetTime": MILLISECONDS,
        **more,
    }


def choice(sums: bool, *answers: tuple[str, str, float], **more: object) -> dict[str, Any]:
    listed = [{"id": number, "text": text, "probability": p} for number, text, p in answers]
    return market("MULTIPLE_CHOICE", shouldAnswersSumToOne=sums, answers=listed, **more)


def test_a_market_is_read_by_its_id() -> None:
    assert requests("9t61v9e7x4") == (QuoteRequest("/v0/market/9t61v9e7x4", {}),)
    with pytest.raises(PlatformRequestError):
        requests("../me")


def test_a_price_with_its_place_time_and_terms() -> None:
    """Times are in milliseconds; the price has stood since the last bet."""
    payload = as_bytes(market(probability=0.62))
    (quote,) = parse(payload, FETCHED)
    assert isinstance(quote, Quote)
    assert quote == Quote(
        "manifold",
        "9t61v9e7x4",
        "Will they meet?",
        QuotedProbability(0.62),
        SINCE,
        FETCHED,
        Licence.MANIFOLD,
        payload,
    )


def test_a_market_without_a_bet_stands_since_it_was_made() -> None:
    (quote,) = parse(as_bytes(market(probability=0.5, lastBetTime=None)), FETCHED)
    assert isinstance(quote, Quote)
    assert (SINCE - quote.valid_at).total_seconds() == 86_400


def test_answers_that_exclude_each_other_are_options() -> None:
    (quote,) = parse(as_bytes(choice(True, ("a", "deal", 0.3), ("b", "no deal", 0.5))), FETCHED)
    assert isinstance(quote, Quote)
    assert quote.value == QuotedOptions({"deal": 0.3 / 0.8, "no deal": 0.5 / 0.8}, 0.8, {})


def test_independent_answers_are_quotes_of_their_own() -> None:
    said = choice(False, ("a", "by May", 0.3), ("b", "by June", 0.5))
    said["answers"][0]["resolution"] = "NO"
    first, second = parse(as_bytes(said), FETCHED)
    assert isinstance(first, NoQuote)
    assert (first.place, first.question) == ("9t61v9e7x4/a", "Will they meet? (by May)")
    assert "resolved" in first.why
    assert isinstance(second, Quote)
    assert (second.place, second.question, second.value) == (
        "9t61v9e7x4/b",
        "Will they meet? (by June)",
        QuotedProbability(0.5),
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (market(probability=0.99, isResolved=True), "the market is resolved"),
        (market("PSEUDO_NUMERIC", probability=0.4, value=120, min=0, max=300), "PSEUDO_NUMERIC has no probability"),
        (market("POLL", options=[]), "POLL has no probability"),
    ],
)
def test_what_has_no_probability_is_no_quote(said: dict[str, Any], why: str) -> None:
    (quote,) = parse(as_bytes(said), FETCHED)
    assert isinstance(quote, NoQuote)
    assert why in quote.why


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (market(), "has no 'probability'"),
        (market(probability=62), "no share of 1"),
        (market(probability=0.62, lastBetTime=SINCE.timestamp()), "is its unit another"),
        (market(probability=0.62, lastBetTime=MILLISECONDS + 86_400_000), "cannot be from"),
        (choice(True, ("a", "deal", 0.3), ("b", "deal", 0.5)), "has the answer 'deal' twice"),
        (choice(True, ("a", "deal", 0.0), ("b", "no deal", 0.0)), "cannot be made to sum to 1"),
    ],
)
def test_what_manifold_does_not_say_is_an_error(said: dict[str, Any], error: str) -> None:
    with pytest.raises(PayloadError, match=error):
        parse(as_bytes(said), FETCHED)

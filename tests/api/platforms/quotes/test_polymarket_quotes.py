"""Prices of Polymarket as quotes."""

import json
from typing import Any

import pytest

from api.platforms.errors import PayloadError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.polymarket import parse, requests
from api.platforms.quotes.quote import NoQuote, Quote, QuotedOptions, QuotedProbability, QuoteRequest
from tests.api.platforms.quotes.payloads import FETCHED, as_bytes


def market(prices: object, outcomes: object = '["Yes", "No"]', **more: object) -> dict[str, Any]:
    return {
        "conditionId": "0xabc",
        "question": "Will they meet?",
        "outcomes": outcomes,
        "outcomePrices": prices,
        "active": True,
        "closed": False,
        **more,
    }


def only(said: object) -> Quote | NoQuote:
    (found,) = parse(as_bytes(said), FETCHED)
    return found


def quoted(said: object) -> Quote:
    found = only(said)
    assert isinstance(found, Quote)
    return found


def option(label: str, price: float | None, **more: object) -> dict[str, Any]:
    prices = None if price is None else json.dumps([str(price), str(1 - price)])
    return market(prices, groupItemTitle=label, **more)


def event(*markets: dict[str, Any], exclusive: bool = True) -> list[dict[str, Any]]:
    return [{"id": "9", "slug": "who-meets", "title": "Who meets?", "negRisk": exclusive, "markets": list(markets)}]


def test_open_markets_are_asked_for_before_closed_ones() -> None:
    assert requests("0xabc") == (
        QuoteRequest("/markets", {"condition_ids": "0xabc", "closed": "false"}),
        QuoteRequest("/markets", {"condition_ids": "0xabc", "closed": "true"}),
    )
    assert requests("event:who-meets")[0] == QuoteRequest("/events", {"slug": "who-meets", "closed": "false"})


def test_lists_are_written_as_text_and_yes_is_not_always_the_first() -> None:
    first = quoted([market('["0.62", "0.38"]')])
    second = quoted([market('["0.38", "0.62"]', '["No", "Yes"]')])
    plain = quoted([market([0.62, 0.38], ["Yes", "No"])])
    assert first.value == second.value == plain.value == QuotedProbability(0.62)


def test_a_quote_is_of_the_moment_when_it_was_fetched() -> None:
    """A market's record says when it was last changed, which is no time of its price."""
    said = [market('["0.62", "0.38"]', updatedAt="2026-08-01T00:00:00Z")]
    quote = quoted(said)
    assert (quote.source, quote.place, quote.question) == ("polymarket", "0xabc", "Will they meet?")
    assert quote.valid_at == quote.fetched_at == FETCHED
    assert quote.licence is Licence.UNREAD
    assert quote.payload == as_bytes(said)


@pytest.mark.parametrize(
    ("more", "spread"),
    [
        ({"bestBid": 0.6, "bestAsk": 0.64}, 0.04),
        ({"bestBid": "0.6", "bestAsk": "0.64", "liquidityNum": None}, 0.04),
        ({"bestAsk": 0.64}, None),
        ({"bestBid": 0.64, "bestAsk": 0.6}, None),
        ({}, None),
    ],
)
def test_a_spread_is_carried_if_there_is_one(more: dict[str, Any], spread: float | None) -> None:
    """Liquidity and either side of the book may be missing."""
    quote = quoted([market('["0.62", "0.38"]', **more)])
    assert isinstance(quote.value, QuotedProbability)
    assert quote.value.spread == (None if spread is None else pytest.approx(spread))


def test_other_outcomes_than_yes_and_no_are_options() -> None:
    quote = quoted([market('["0.45", "0.6"]', '["North", "South"]', bestBid=0.44, bestAsk=0.46)])
    assert isinstance(quote.value, QuotedOptions)
    assert quote.value.options == pytest.approx({"North": 0.45 / 1.05, "South": 0.6 / 1.05})
    assert quote.value.stated_sum == pytest.approx(1.05)
    assert quote.value.spreads == pytest.approx({"North": 0.02, "South": 0.02})


def test_an_event_whose_markets_exclude_each_other_is_one_quote() -> None:
    """Those that have lost, and those that only keep a place free, are no options."""
    quote = quoted(
        event(
            option("Ann", 0.5, bestBid=0.49, bestAsk=0.51),
            option("Ben", 0.75),
            option("Cid", 0.0, closed=True),
            option("Person X", 0.5, active=False),
        )
    )
    assert (quote.place, quote.question, quote.kind) == ("event:who-meets", "Who meets?", "options")
    assert isinstance(quote.value, QuotedOptions)
    assert quote.value.options == {"Ann": 0.4, "Ben": 0.6}
    assert quote.value.stated_sum == 1.25
    assert quote.value.spreads == pytest.approx({"Ann": 0.02})


def test_an_event_whose_markets_are_independent_is_a_quote_for_each() -> None:
    found = parse(as_bytes(event(option("May", 0.2), option("June", 0.4), exclusive=False)), FETCHED)
    assert [quote.value for quote in found if isinstance(quote, Quote)] == [
        QuotedProbability(0.2),
        QuotedProbability(0.4),
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([market('["1", "0"]', closed=True)], "the market is closed"),
        ([market(None)], "no price yet"),
        (event(option("Ann", 0.5), option("Ben", None)), "the option 'Ben' has no price yet"),
        (event(option("Ann", 1.0, closed=True)), "none of its markets is open any more"),
    ],
)
def test_what_has_no_price_is_no_quote(said: object, why: str) -> None:
    found = only(said)
    assert isinstance(found, NoQuote)
    assert why in found.why


def test_a_place_that_is_not_known_has_none() -> None:
    assert parse(b"[]", FETCHED) == ()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ([market('["0.62"]')], "do not go together"),
        ([market('["0.62", "0.38"]', '["Yes", "Yes"]')], "do not go together"),
        ([market("0.62")], "is no list"),
        ([market("nonsense")], "does not answer in JSON"),
        ([market('["62", "38"]')], "no share of 1"),
        ({"error": "no"}, "is no list"),
        (event(option("Ann", 0.5), option("Ann", 0.4)), "has the option 'Ann' twice"),
    ],
)
def test_what_polymarket_does_not_say_is_an_error(said: object, error: str) -> None:
    with pytest.raises(PayloadError, match=error):
        parse(as_bytes(said), FETCHED)

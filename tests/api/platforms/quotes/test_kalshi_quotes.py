"""Prices of Kalshi as quotes."""

from typing import Any

import pytest

from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.quotes.kalshi import parse, requests
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.quote import NoQuote, Quote, QuotedOptions, QuotedProbability, QuoteRequest
from tests.api.platforms.quotes.payloads import FETCHED, as_bytes


def market(**more: object) -> dict[str, Any]:
    return {
        "ticker": "KXMEET-26-MAY",
        "event_ticker": "KXMEET-26",
        "title": "When will they meet?",
        "yes_sub_title": "Before May",
        "status": "active",
        "updated_time": "2026-01-01T00:00:00Z",
        "result": "",
        **more,
    }


def option(label: str, bid: str, ask: str, **more: object) -> dict[str, Any]:
    return market(yes_sub_title=label, yes_bid_dollars=bid, yes_ask_dollars=ask, **more)


def event(*markets: dict[str, Any], exclusive: bool = True) -> dict[str, Any]:
    head = {"event_ticker": "KXMEET-26", "title": "Who meets first?", "mutually_exclusive": exclusive}
    return {"event": {**head, "markets": list(markets)}}


def only(said: object) -> Quote | NoQuote:
    (found,) = parse(as_bytes(said), FETCHED)
    return found


def test_a_market_and_an_event_are_read_by_their_tickers() -> None:
    assert requests("KXMEET-26-T99.99") == (QuoteRequest("/markets/KXMEET-26-T99.99", {}),)
    assert requests("event:KXMEET-26") == (QuoteRequest("/events/KXMEET-26", {"with_nested_markets": "true"}),)
    with pytest.raises(PlatformRequestError):
        requests("event:../markets")


@pytest.mark.parametrize(
    "prices",
    [
        {"yes_bid_dollars": "0.2900", "yes_ask_dollars": "0.3300"},
        {"yes_bid_dollars": "0.2900", "yes_ask_dollars": "0.3300", "yes_bid": 99, "yes_ask": 99},
        {"yes_bid": 29, "yes_ask": 33},
        {"yes_bid_dollars": "", "yes_ask_dollars": None, "yes_bid": 29, "yes_ask": 33},
    ],
    ids=["dollars", "dollars before cents", "cents", "empty dollars"],
)
def test_the_middle_of_bid_and_ask_with_the_spread(prices: dict[str, Any]) -> None:
    payload = as_bytes({"market": market(**prices)})
    (quote,) = parse(payload, FETCHED)
    assert isinstance(quote, Quote)
    assert isinstance(quote.value, QuotedProbability)
    assert quote.value.probability == pytest.approx(0.31)
    assert quote.value.spread == pytest.approx(0.04)
    assert (quote.source, quote.place, quote.question) == (
        "kalshi",
        "KXMEET-26-MAY",
        "When will they meet? (Before May)",
    )
    assert (quote.licence, quote.payload) == (Licence.UNREAD, payload)


def test_a_quote_is_of_the_moment_when_it_was_fetched() -> None:
    """What the platform calls updated is the market's description: a quote is not as old as that."""
    quote = only({"market": option("", "0.29", "0.33")})
    assert isinstance(quote, Quote)
    assert quote.valid_at == FETCHED
    assert quote.question == "When will they meet?"


@pytest.mark.parametrize(
    ("bid", "ask", "middle"), [("0.0000", "0.0100", 0.005), ("0.9900", "1.0000", 0.995), ("0.5", "0.5", 0.5)]
)
def test_one_empty_side_still_leaves_a_middle(bid: str, ask: str, middle: float) -> None:
    quote = only({"market": option("x", bid, ask)})
    assert isinstance(quote, Quote)
    assert isinstance(quote.value, QuotedProbability)
    assert quote.value.probability == pytest.approx(middle)


def test_an_event_whose_markets_exclude_each_other_is_one_quote() -> None:
    """What has lost already counts with 0."""
    lost = option("Cid", "0", "0", status="settled", result="no")
    said = event(option("Ann", "0.48", "0.52"), option("Ben", "0.70", "0.80"), lost)
    quote = only(said)
    assert isinstance(quote, Quote)
    assert (quote.place, quote.question) == ("event:KXMEET-26", "Who meets first?")
    assert isinstance(quote.value, QuotedOptions)
    assert quote.value.options == pytest.approx({"Ann": 0.4, "Ben": 0.6, "Cid": 0.0})
    assert quote.value.stated_sum == pytest.approx(1.25)
    assert quote.value.spreads == pytest.approx({"Ann": 0.04, "Ben": 0.1, "Cid": 0.0})
    markets = said["event"].pop("markets")
    beside = only({**said, "markets": markets})
    assert isinstance(beside, Quote)
    assert beside.value == quote.value


def test_markets_that_are_independent_are_quotes_of_their_own() -> None:
    markets = [option("May", "0.1", "0.3"), option("June", "0.3", "0.5")]
    for said in (event(*markets, exclusive=False), {"markets": markets, "cursor": ""}):
        found = parse(as_bytes(said), FETCHED)
        assert [quote.value.probability for quote in found if isinstance(quote, Quote)] == pytest.approx([0.2, 0.4])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"market": option("x", "0.0000", "1.0000")}, "nobody bids and nobody asks"),
        ({"market": option("x", "0.0000", "0.0000")}, "nobody bids and nobody asks"),
        ({"market": option("x", "0.99", "1.00", status="settled")}, "the market is settled"),
        (event(option("Ann", "0.4", "0.5"), option("Ben", "0", "1")), "of the option 'Ben' nobody bids"),
        (event(option("Ann", "0.4", "0.5", status="settled", result="yes")), "'Ann' trades no more, and has not lost"),
        (event(option("Ann", "0", "0", status="settled", result="no")), "none of its options is worth anything"),
    ],
)
def test_what_has_no_price_is_no_quote(said: object, why: str) -> None:
    found = only(said)
    assert isinstance(found, NoQuote)
    assert why in found.why


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"market": option("x", "0.6", "0.4")}, "a bid is never above what is asked"),
        ({"market": option("x", "29", "33")}, "no share of 1"),
        ({"market": market()}, "has no 'yes_bid'"),
        ({"market": option("x", "n/a", "0.4")}, "is no number"),
        ({"error": "not found"}, "has no 'markets'"),
        (event(option("Ann", "0.4", "0.5"), option("Ann", "0.4", "0.5")), "has the option 'Ann' twice"),
    ],
)
def test_what_kalshi_does_not_say_is_an_error(said: object, error: str) -> None:
    with pytest.raises(PayloadError, match=error):
        parse(as_bytes(said), FETCHED)

"""Prices of Kalshi.

``GET /markets/{ticker}`` and ``GET /events/{ticker}?with_nested_markets=true``; public reads need no key. Prices are
dollars of a contract that pays one, as text in ``*_dollars``; older answers have cents in the same name without it. The
quote is the middle of bid and ask, with the spread. ``updated_time`` is when a market's description was last changed,
which says nothing of its price, so that a quote is of the moment when it was fetched.
"""

from datetime import datetime

from api.platforms.errors import PayloadError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import NoQuote, Quote, QuotedProbability, QuoteRequest, part_of_path
from api.platforms.said import Said, read_json

SOURCE = "kalshi"

EVENT = "event:"
"""Begins the place of an event, followed by its ticker; a market's is its ticker."""

_OPEN = ("active", "open")
_EMPTY = "nobody bids and nobody asks, so that there is no price"


def requests(place: str) -> tuple[QuoteRequest, ...]:
    """Return what to read of a market, by its ticker, or of an event, ``event:`` and its ticker."""
    ticker = part_of_path(place.removeprefix(EVENT), SOURCE)
    if place.startswith(EVENT):
        return (QuoteRequest(f"/events/{ticker}", {"with_nested_markets": "true"}),)
    return (QuoteRequest(f"/markets/{ticker}", {}),)


def parse(payload: bytes, fetched_at: datetime) -> tuple[Quote | NoQuote, ...]:
    """Return the price of a market, or of each of several.

    An event whose markets exclude each other (``mutually_exclusive``) is one quote with an option for each, any other
    event one quote for each market.

    Raises
    ------
    PayloadError
        If the payload is neither a market nor an event.
    """
    answer = read_json(payload, "Kalshi")
    single, event = answer.get("market"), answer.get("event")
    if single is not None:
        return (_of_market(single, payload, fetched_at),)
    markets = (answer if answer.get("markets") is not None or event is None else event).at("markets").items()
    exclusive = None if event is None else event.get("mutually_exclusive")
    if event is not None and exclusive is not None and exclusive.flag():
        return (_of_event(event, markets, payload, fetched_at),)
    return tuple(_of_market(market, payload, fetched_at) for market in markets)


def _of_market(market: Said, payload: bytes, fetched_at: datetime) -> Quote | NoQuote:
    place, status = market.at("ticker").text(), market.at("status").text()
    title, part = market.at("title").text(), market.get("yes_sub_title")
    question = title if part is None or not part.text() else f"{title} ({part.text()})"
    if status not in _OPEN:
        return NoQuote(SOURCE, place, question, f"the market is {status}, and trades no more", fetched_at, payload)
    price = _price(market)
    if price is None:
        return NoQuote(SOURCE, place, question, _EMPTY, fetched_at, payload)
    return Quote(SOURCE, place, question, price, fetched_at, fetched_at, Licence.UNREAD, payload)


def _of_event(event: Said, markets: list[Said], payload: bytes, fetched_at: datetime) -> Quote | NoQuote:
    place, title = f"{EVENT}{event.at('event_ticker').text()}", event.at("title").text()

    def nothing(why: str) -> NoQuote:
        return NoQuote(SOURCE, place, title, why, fetched_at, payload)

    stated: dict[str, float] = {}
    spreads: dict[str, float] = {}
    for market in markets:
        label = market.at("yes_sub_title").text()
        if label in stated:
            raise PayloadError(f"{event.path} has the option {label[:100]!a} twice: it cannot be told which is which")
        if market.at("status").text() not in _OPEN:
            result = market.get("result")
            if result is None or result.text() != "no":
                return nothing(f"the option {label!r} trades no more, and has not lost")
            stated[label], spreads[label] = 0.0, 0.0
            continue
        price = _price(market)
        if price is None:
            return nothing(f"of the option {label!r} {_EMPTY}")
        stated[label], spreads[label] = price.probability, price.spread or 0.0
    if not any(stated.values()):
        return nothing("none of its options is worth anything")
    value = normalised(stated, spreads)
    return Quote(SOURCE, place, title, value, fetched_at, fetched_at, Licence.UNREAD, payload)


def _price(market: Said) -> QuotedProbability | None:
    """Return the middle of bid and ask with the spread; None where the book is empty."""
    bid, ask = _dollars(market, "yes_bid"), _dollars(market, "yes_ask")
    # Where nobody asks, the ask is 0 in some answers and 1 in others.
    if ask <= 0.0 or (bid <= 0.0 and ask >= 1.0):
        return None
    if bid > ask:
        raise PayloadError(f"{market.path} bids {bid} and asks {ask}: a bid is never above what is asked")
    return QuotedProbability((bid + ask) / 2.0, ask - bid)


def _dollars(market: Said, name: str) -> float:
    """Return a price in dollars; only if the answer has no such text, from the cents of older ones."""
    dollars = market.get(f"{name}_dollars")
    if dollars is not None and dollars.value != "":
        return dollars.decimal()
    return market.at(name).number() / 100.0

"""Prices of Polymarket, from its Gamma API.

``GET /markets?condition_ids=…`` hides closed markets unless they are asked for, so that both are asked for in turn.
``outcomes`` and ``outcomePrices`` are JSON lists written as text inside the JSON, in the same order; "Yes" is not
always the first. The price is the middle of the book, or the last trade where the book is wide; ``bestAsk`` less
``bestBid`` is the spread, the same for both sides; a record whose ask is below its bid has none. Any of the other
fields may be missing. A market says when its record was last changed, not since when its price stands, so that a quote
is of the moment when it was fetched.
"""

from collections.abc import Iterator
from datetime import datetime

from api.platforms.errors import PayloadError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import NoQuote, Quote, Quoted, QuotedProbability, QuoteRequest
from api.platforms.said import Said, read_json

SOURCE = "polymarket"

EVENT = "event:"
"""Begins the place of an event, followed by its slug; a market's is its condition id."""

_BOTH = {"Yes", "No"}


def requests(place: str) -> tuple[QuoteRequest, ...]:
    """Return what to read of a market, by its condition id, or of an event, ``event:`` and its slug.

    The second is to be read only if the first has nothing.
    """
    key, path = ("slug", "/events") if place.startswith(EVENT) else ("condition_ids", "/markets")
    name = place.removeprefix(EVENT)
    return tuple(QuoteRequest(path, {key: name, "closed": closed}) for closed in ("false", "true"))


def parse(payload: bytes, fetched_at: datetime) -> tuple[Quote | NoQuote, ...]:
    """Return the price of each market or event in a list; none if the list is empty.

    An event whose markets exclude each other (``negRisk``) is one quote with an option for each, any other event one
    quote for each market.

    Raises
    ------
    PayloadError
        If the payload is no such list.
    """
    found: list[Quote | NoQuote] = []
    for entry in read_json(payload, "Polymarket").items():
        exclusive = entry.get("negRisk")
        if entry.get("markets") is None:
            found.append(_of_market(entry, payload, fetched_at))
        elif exclusive is not None and exclusive.flag():
            found.append(_of_event(entry, payload, fetched_at))
        else:
            found.extend(_of_market(market, payload, fetched_at) for market in entry.at("markets").items())
    return tuple(found)


def _of_market(market: Said, payload: bytes, fetched_at: datetime) -> Quote | NoQuote:
    place, title = market.at("conditionId").text(), market.at("question").text()
    if _is_true(market, "closed"):
        return NoQuote(SOURCE, place, title, "the market is closed: its price is what came about", fetched_at, payload)
    prices = _prices(market)
    if prices is None:
        return NoQuote(SOURCE, place, title, "the market has no price yet", fetched_at, payload)
    spread = _spread(market)
    value: Quoted
    if prices.keys() == _BOTH:
        value = QuotedProbability(prices["Yes"], spread)
    else:
        value = normalised(prices, {} if spread is None else dict.fromkeys(prices, spread))
    return Quote(SOURCE, place, title, value, fetched_at, fetched_at, Licence.UNREAD, payload)


def _of_event(event: Said, payload: bytes, fetched_at: datetime) -> Quote | NoQuote:
    place, title = f"{EVENT}{event.at('slug').text()}", event.at("title").text()
    stated: dict[str, float] = {}
    spreads: dict[str, float] = {}
    for label, price, spread in _options(event):
        if price is None:
            why = f"the option {label!r} has no price yet, so that the others do not cover everything"
            return NoQuote(SOURCE, place, title, why, fetched_at, payload)
        if label in stated:
            raise PayloadError(f"{event.path} has the option {label[:100]!a} twice: it cannot be told which is which")
        stated[label] = price
        if spread is not None:
            spreads[label] = spread
    if not stated or not sum(stated.values()) > 0.0:
        return NoQuote(SOURCE, place, title, "none of its markets is open any more", fetched_at, payload)
    value = normalised(stated, spreads)
    return Quote(SOURCE, place, title, value, fetched_at, fetched_at, Licence.UNREAD, payload)


def _options(event: Said) -> Iterator[tuple[str, float | None, float | None]]:
    """Yield label, price and spread of each market that is still open; a closed one is out of the race, or has won it.

    Markets that only keep a place free for an option to come (``active`` is false) are no options yet.
    """
    for market in event.at("markets").items():
        active = market.get("active")
        if _is_true(market, "closed") or (active is not None and not active.flag()):
            continue
        label = market.get("groupItemTitle") or market.at("question")
        prices = _prices(market)
        yield label.text(), None if prices is None else prices.get("Yes"), _spread(market)


def _prices(market: Said) -> dict[str, float] | None:
    """Return the price of each outcome by its name; None where there are no prices."""
    written = market.get("outcomePrices")
    if written is None:
        return None
    outcomes = [each.text() for each in _inner(market.at("outcomes"))]
    prices = [each.decimal() for each in _inner(written)]
    if len(outcomes) != len(prices) or len(set(outcomes)) != len(outcomes) or not outcomes:
        raise PayloadError(f"{market.path} has outcomes {outcomes} and prices {prices}, which do not go together")
    return dict(zip(outcomes, prices, strict=True))


def _inner(said: Said) -> list[Said]:
    """Return the entries of a list, also of one that is written as text."""
    return (read_json(said.value, said.path) if isinstance(said.value, str) else said).items()


def _spread(market: Said) -> float | None:
    bid, ask = market.get("bestBid"), market.get("bestAsk")
    if bid is None or ask is None:
        return None
    spread = ask.decimal() - bid.decimal()
    return spread if 0.0 <= spread <= 1.0 else None


def _is_true(market: Said, name: str) -> bool:
    flag = market.get(name)
    return flag is not None and flag.flag()

"""Prices of Manifold.

``GET /v0/market/{id}`` (docs/docs/api.md, common/src/api/market-types.ts). Times are in milliseconds. A market maker
always names one price, so that there is no spread; it has stood since the last bet.
"""

from collections.abc import Iterator
from datetime import datetime

from api.platforms.errors import PayloadError
from api.platforms.moments import from_milliseconds
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import NoQuote, Quote, Quoted, QuotedProbability, QuoteRequest, part_of_path
from api.platforms.said import Said, read_json

SOURCE = "manifold"


def requests(place: str) -> tuple[QuoteRequest, ...]:
    """Return what to read of a market, by its id."""
    return (QuoteRequest(f"/v0/market/{part_of_path(place, SOURCE)}", {}),)


def parse(payload: bytes, fetched_at: datetime) -> tuple[Quote | NoQuote, ...]:
    """Return the price of a market; of one with independent answers the price of each, its place ``market/answer``.

    Raises
    ------
    PayloadError
        If the payload is no market.
    """
    market = read_json(payload, "Manifold")
    return tuple(_quotes(market, payload, fetched_at))


def _quotes(market: Said, payload: bytes, fetched_at: datetime) -> Iterator[Quote | NoQuote]:
    place, title, kind = (market.at(name).text() for name in ("id", "question", "outcomeType"))
    since = market.get("lastBetTime") or market.at("createdTime")

    def quoted(value: Quoted, answer: str = "", wording: str = "") -> Quote:
        moment = from_milliseconds(since)
        question = f"{title} {wording}".rstrip()
        return Quote(SOURCE, place + answer, question, value, moment, fetched_at, Licence.MANIFOLD, payload)

    def nothing(why: str, answer: str = "", wording: str = "") -> NoQuote:
        return NoQuote(SOURCE, place + answer, f"{title} {wording}".rstrip(), why, fetched_at, payload)

    if market.at("isResolved").flag():
        yield nothing("the market is resolved: its price is what came about")
    elif kind == "BINARY":
        yield quoted(QuotedProbability(market.at("probability").number()))
    elif kind == "MULTIPLE_CHOICE" and market.at("shouldAnswersSumToOne").flag():
        yield quoted(normalised(_prices(market)))
    elif kind == "MULTIPLE_CHOICE":
        for answer in market.at("answers").items():
            name, wording = f"/{answer.at('id').text()}", f"({answer.at('text').text()})"
            if answer.get("resolution") is not None:
                yield nothing("the answer is resolved: its price is what came about", name, wording)
            else:
                yield quoted(QuotedProbability(answer.at("probability").number()), name, wording)
    else:
        yield nothing(f"a market of the type {kind} has no probability: a number's price is one number, a poll's none")


def _prices(market: Said) -> dict[str, float]:
    prices: dict[str, float] = {}
    for answer in market.at("answers").items():
        label = answer.at("text").text()
        if label in prices:
            raise PayloadError(f"{market.path} has the answer {label[:100]!a} twice: it cannot be told which is which")
        prices[label] = answer.at("probability").number()
    return prices

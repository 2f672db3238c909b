"""All sources of quotes by name, and reading from one. A new one is a module, and its entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.platforms.addresses import platform_address
from api.platforms.answers import Refused, TryAgain
from api.platforms.errors import PlatformSettingsError
from api.platforms.found import Fetched
from api.platforms.judging import fetched_of
from api.platforms.pace import Pace
from api.platforms.platform import Platform
from api.platforms.quotes import kalshi, manifold, metaculus, polymarket, tables
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.quote import NoQuote, Quote, QuoteRequest
from api.platforms.variables import KALSHI_URL, MANIFOLD_URL, POLYMARKET_URL
from api.platforms.wire import Ask, Outside, Wire

Reads = Callable[[QuoteRequest, int], Fetched | Refused | TryAgain]
"""Reads what a source is asked for; takes how often it has been tried, from 1."""

Quotes = tuple[Quote | NoQuote, ...]


@dataclass(frozen=True, slots=True)
class QuoteSource:
    """One source.

    requests, parse : its two functions
    licence : on which terms its numbers are given away
    """

    name: str
    requests: Callable[[str], tuple[QuoteRequest, ...]]
    parse: Callable[[bytes, datetime], Quotes]
    licence: Licence


SOURCES: Mapping[str, QuoteSource] = {
    each.name: each
    for each in (
        QuoteSource(metaculus.SOURCE, metaculus.requests, metaculus.parse, Licence.METACULUS),
        QuoteSource(manifold.SOURCE, manifold.requests, manifold.parse, Licence.MANIFOLD),
        QuoteSource(polymarket.SOURCE, polymarket.requests, polymarket.parse, Licence.UNREAD),
        QuoteSource(kalshi.SOURCE, kalshi.requests, kalshi.parse, Licence.UNREAD),
        QuoteSource(tables.SOURCE, tables.requests, tables.parse, Licence.OWN),
    )
}


@dataclass(frozen=True, slots=True)
class OpenAddress:
    """Where a source is that is read without a token, and how fast it may be asked."""

    address: str
    variable: str
    least_interval: float
    interval_from: str


OPEN: Mapping[str, OpenAddress] = {
    manifold.SOURCE: OpenAddress(
        "https://api.manifold.markets", MANIFOLD_URL, 0.12, "docs/docs/api.md: 500 requests per minute and IP address"
    ),
    polymarket.SOURCE: OpenAddress(
        "https://gamma-api.polymarket.com",
        POLYMARKET_URL,
        0.1,
        "docs.polymarket.com/api-reference/rate-limits: 300 reads of /markets per 10 s",
    ),
    kalshi.SOURCE: OpenAddress(
        "https://api.elections.kalshi.com/trade-api/v2",
        KALSHI_URL,
        0.1,
        "docs.kalshi.com/getting_started/rate_limits: 200 tokens per second, about 10 for a read",
    ),
}


def open_wire(name: str, environ: Mapping[str, str], outside: Outside) -> Wire:
    """Return the way to a source that is read without a token; one is enough for all threads.

    Raises
    ------
    PlatformSettingsError
        If there is no such source, or its address cannot be used.
    """
    entry = OPEN.get(name)
    if entry is None:
        raise PlatformSettingsError(f"{name[:100]!a} is not read without a token: choose {', '.join(OPEN)}")
    address = platform_address(entry.address, entry.variable, environ)
    return Wire(address, "", None, Pace(entry.least_interval, outside.clock, outside.sleep), outside)


def by_wire(wire: Wire, title: str) -> Reads:
    """Return a reader of a source that needs no token."""
    return lambda request, attempt: fetched_of(
        wire.send(Ask("GET", request.path, request.query, attempt=attempt)), title=title
    )


def by_platform(platform: Platform) -> Reads:
    """Return a reader of a platform with our token, at the pace at which everything else is sent to it."""
    return lambda request, attempt: platform.fetch(request.path, request.query, attempt=attempt)


def fetch_quotes(source: QuoteSource, place: str, read: Reads, *, attempt: int = 1) -> Quotes | Refused | TryAgain:
    """Return what a source says of a place; nothing if it does not know the place.

    Parameters
    ----------
    source : one of ``SOURCES``
    place : the source's own id
    read : of ``by_wire`` or ``by_platform``
    attempt : how often it has been tried, from 1

    Raises
    ------
    PayloadError
        If it answers otherwise than expected.
    """
    for request in source.requests(place):
        fetched = read(request, attempt)
        if not isinstance(fetched, Fetched):
            return fetched
        quotes = source.parse(fetched.payload, fetched.received)
        if quotes:
            return quotes
    return ()

"""Reading quotes from their sources over the network."""

from collections.abc import Mapping

import pytest

from api.platforms.answers import Refused, TryAgain
from api.platforms.errors import PlatformSettingsError
from api.platforms.metaculus import Metaculus
from api.platforms.quotes.quote import NoQuote, Quote
from api.platforms.quotes.sources import OPEN, SOURCES, by_platform, by_wire, fetch_quotes, open_wire
from api.platforms.wire import Wire
from tests.api.platforms.fake_metaculus import FakeMetaculus
from tests.api.platforms.fakes import Asked, FakePlatform, Reply, serving
from tests.api.platforms.quotes.payloads import as_bytes
from tests.api.platforms.world import START, World

KALSHI = {
    "market": {
        "ticker": "KXMEET",
        "title": "Will they meet?",
        "status": "active",
        "yes_bid_dollars": "0.29",
        "yes_ask_dollars": "0.33",
    }
}
CLOSED = [{"conditionId": "0xabc", "question": "Will they meet?", "closed": True}]


class Source(FakePlatform):
    """Answers each path, with its query, as it is told."""

    def __init__(self, world: World, answers: Mapping[str, object]) -> None:
        super().__init__(world)
        self.answers = answers

    def answer(self, asked: Asked) -> Reply:
        key = asked.path + "".join(f" {name}={value}" for name, value in sorted(asked.query.items()))
        return Reply(200, self.answers[key]) if key in self.answers else Reply(404, {"error": "not found"})


def opened(name: str, site: Source) -> Wire:
    return open_wire(name, {OPEN[name].variable: site.url}, site.world.outside())


def test_every_source_is_read_somewhere() -> None:
    """Metaculus with our token, a file without any network, all others at an address that is open to everybody."""
    assert set(SOURCES) == {"metaculus", "manifold", "polymarket", "kalshi", "csv"}
    assert SOURCES.keys() - OPEN.keys() == {"metaculus", "csv"}
    assert all(source.name == name for name, source in SOURCES.items())
    assert all(entry.least_interval > 0 and entry.interval_from for entry in OPEN.values())


def test_a_quote_is_fetched_as_it_is(world: World) -> None:
    with serving(Source(world, {"/markets/KXMEET": KALSHI})) as site, opened("kalshi", site) as wire:
        found = fetch_quotes(SOURCES["kalshi"], "KXMEET", by_wire(wire, "Kalshi"))
    assert isinstance(found, tuple)
    (quote,) = found
    assert isinstance(quote, Quote)
    assert quote.payload == as_bytes(KALSHI)
    assert quote.fetched_at == START
    assert "authorization" not in site.asked[0].headers


def test_the_second_request_is_made_only_if_the_first_has_nothing(world: World) -> None:
    paths: dict[str, object] = {
        "/markets closed=false condition_ids=0xabc": [],
        "/markets closed=true condition_ids=0xabc": CLOSED,
    }
    with serving(Source(world, paths)) as site, opened("polymarket", site) as wire:
        read = by_wire(wire, "Polymarket")
        found = fetch_quotes(SOURCES["polymarket"], "0xabc", read)
        assert isinstance(found, tuple)
        assert [type(each) for each in found] == [NoQuote]
        assert len(site.asked) == 2
        assert world.slept == [OPEN["polymarket"].least_interval]
        site.answers = {"/markets closed=false condition_ids=0xabc": CLOSED}
        fetch_quotes(SOURCES["polymarket"], "0xabc", read)
        assert len(site.asked) == 3
        site.answers = dict.fromkeys(paths, ())
        assert fetch_quotes(SOURCES["polymarket"], "0xabc", read) == ()


def test_what_goes_wrong_is_told(world: World) -> None:
    """Kalshi says 429 and not for how long."""
    with serving(Source(world, {})) as site, opened("kalshi", site) as wire:
        read = by_wire(wire, "Kalshi")
        refused = fetch_quotes(SOURCES["kalshi"], "KXMEET", read)
        assert isinstance(refused, Refused)
        assert refused.reason == "missing"
        site.script = [Reply(429, {"error": "too many requests"})]
        assert fetch_quotes(SOURCES["kalshi"], "KXMEET", read, attempt=3) == TryAgain(8.0, "Kalshi answers 429", 429)


def test_metaculus_is_read_with_our_token_at_its_pace(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    found = fetch_quotes(SOURCES["metaculus"], "110", by_platform(metaculus))
    assert isinstance(found, tuple)
    assert [(type(each), each.place) for each in found] == [(NoQuote, "110/11"), (NoQuote, "110/12")]
    assert metaculus_site.asked[0].query == {"with_cp": "true"}
    assert metaculus_site.asked[0].headers["authorization"].startswith("Token ")
    fetch_quotes(SOURCES["metaculus"], "110", by_platform(metaculus))
    assert world.slept == [1.3]


def test_an_open_source_is_not_asked_unencrypted(world: World) -> None:
    with pytest.raises(PlatformSettingsError, match="BRANCHCAST_KALSHI_URL begins with http"):
        open_wire("kalshi", {"BRANCHCAST_KALSHI_URL": "http://kalshi.example"}, world.outside())

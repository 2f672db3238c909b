"""Sources are read in bounded time, few at once, and opened with what the environment states."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.errors import BusyError
from api.platforms.answers import TryAgain
from api.platforms.errors import PlatformSettingsError
from api.platforms.quotes.quote import Quote, QuotedProbability
from api.platforms.wire import Outside
from api.work.sources import MOST_AT_ONCE, SILENCE_SECONDS, Sources
from tests.api.clocked import NOON
from tests.api.quoting import TOKEN, Played, market, post

Opened = Callable[..., Sources]


class Held:
    """A source that answers when it is let go."""

    def __init__(self) -> None:
        self.asked, self.released = threading.Semaphore(0), threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.release()
        assert self.released.wait(30)
        return httpx.Response(200, json=market())

    def outside(self) -> Outside:
        return Outside(now=lambda: NOON, transport=httpx.MockTransport(self))


@pytest.fixture
def held() -> Iterator[Held]:
    """Yield a source that is let go at the end, come what may."""
    held = Held()
    yield held
    held.released.set()


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Yield a maker of sources that are closed at the end."""
    made: list[Sources] = []

    def make(environ: dict[str, str], outside: Outside | None, **more: float) -> Sources:
        made.append(Sources(environ, outside, **more))
        return made[-1]

    yield make
    for sources in made:
        sources.close()


@pytest.fixture
def played() -> Played:
    played = Played(lambda: NOON)
    played.answers["/v0/market/m1"] = market()
    return played


def test_nobody_waits_longer_than_the_bound(held: Held, opened: Opened) -> None:
    found = opened({}, held.outside(), longest=0.0).read("manifold", "m1")
    assert found == TryAgain(0.0, "manifold has not answered whole within 0 s")


def test_readings_have_room_for_a_few(held: Held, opened: Opened) -> None:
    """Whoever comes when it is full is told to come back, and there is room again when a reading ends."""
    sources = opened({}, held.outside())
    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        reading = [threads.submit(sources.read, "manifold", "m1") for _ in range(MOST_AT_ONCE)]
        for _ in reading:
            assert held.asked.acquire(timeout=30)
        with pytest.raises(BusyError, match=f"{MOST_AT_ONCE} sources are being read"):
            sources.read("manifold", "m1")
        held.released.set()
        assert all(isinstance(each.result(30), tuple) for each in reading)
    assert isinstance(sources.read("manifold", "m1"), tuple)


def test_silence_is_bounded_by_the_usual_world(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    """What is not told otherwise counts an answer as lost after these seconds."""
    seen: list[Outside] = []

    def stop(name: str, environ: object, outside: Outside) -> None:
        seen.append(outside)
        raise PlatformSettingsError("no further")

    monkeypatch.setattr("api.work.sources.open_wire", stop)
    with pytest.raises(PlatformSettingsError, match="no further"):
        opened({}, None).read("manifold", "m1")
    assert [each.timeout for each in seen] == [SILENCE_SECONDS]


def test_only_a_source_that_needs_a_token_gets_one(played: Played, opened: Opened) -> None:
    """Manifold is read without the key that orders are sent with."""
    played.answers["/api/posts/39876/"] = post((1, 0.3))
    environ = {"BRANCHCAST_METACULUS_TOKEN": TOKEN, "BRANCHCAST_MANIFOLD_KEY": f"{TOKEN}-key"}
    sources = opened(environ, played.outside())
    sources.read("manifold", "m1")
    sources.read("metaculus", "39876")
    assert [request.headers.get("authorization") for request in played.asked] == [None, f"Token {TOKEN}"]


def test_an_address_of_the_environment_is_asked(played: Played, opened: Opened) -> None:
    sources = opened({"BRANCHCAST_MANIFOLD_URL": "http://127.0.0.1:9"}, played.outside())
    (found,) = sources.read("manifold", "m1")  # type: ignore[misc]
    assert isinstance(found, Quote)
    assert (found.value, found.fetched_at) == (QuotedProbability(0.35), NOON)
    assert str(played.asked[0].url) == "http://127.0.0.1:9/v0/market/m1"


def test_settings_are_looked_at_again_until_they_work(played: Played, opened: Opened) -> None:
    environ: dict[str, str] = {}
    played.answers["/api/posts/39876/"] = post((1, 0.3))
    sources = opened(environ, played.outside())
    with pytest.raises(PlatformSettingsError, match="BRANCHCAST_METACULUS_TOKEN"):
        sources.read("metaculus", "39876")
    environ["BRANCHCAST_METACULUS_TOKEN"] = TOKEN
    assert isinstance(sources.read("metaculus", "39876"), tuple)


def test_nothing_is_read_after_the_end(played: Played) -> None:
    sources = Sources({}, played.outside())
    sources.read("manifold", "m1")
    sources.close()
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(BusyError, match="shutting down"):
            sources.read("manifold", "m1")

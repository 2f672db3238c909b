"""One request over HTTP: how far it came, and what everybody learns from it."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from api.platforms.errors import PlatformRequestError
from api.platforms.pace import Pace
from api.platforms.secret import Secret
from api.platforms.wire import Answered, Ask, Lost, NotSent, Wire
from tests.api.platforms.fake_metaculus import TOKEN
from tests.api.platforms.fakes import Asked, FakePlatform, Mishap, Reply, serving
from tests.api.platforms.world import START, World


class Echo(FakePlatform):
    """Says what it was asked."""

    def answer(self, asked: Asked) -> Reply:
        return Reply(200, {"path": asked.path, **asked.query}, {"Set-Cookie": "id=7; Path=/", "X-Token": TOKEN})


def wire_to(fake: FakePlatform, secret: str | None = TOKEN, interval: float = 0.0) -> Wire:
    world = fake.world
    pace = Pace(interval, world.clock, world.sleep)
    return Wire(fake.url, "Token", None if secret is None else Secret(secret), pace, world.outside())


def test_a_request_goes_as_it_is_on_a_connection_of_its_own(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        answered = wire.send(Ask("POST", "/a/b", {"q": "x y&z"}, '{"ä": 1}'))
        wire.send(Ask("GET", "/c"))
    assert isinstance(answered, Answered)
    assert (answered.status, answered.whole, answered.date, answered.received) == (200, True, START, START)
    assert answered.text == '{"path": "/a/b", "q": "x y&z"}'
    first, second = echo.asked
    assert (first.method, first.path, first.body.decode()) == ("POST", "/a/b", '{"ä": 1}')
    assert first.headers["connection"] == "close"
    assert first.headers["user-agent"].startswith("branchcast/")
    assert "content-type" not in second.headers
    assert "cookie" not in second.headers


def test_what_is_open_to_everybody_is_asked_without_a_token(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo, secret=None) as wire:
        wire.send(Ask("GET", "/"))
        assert wire.scrubbed(TOKEN) == TOKEN
    assert "authorization" not in echo.asked[0].headers


@pytest.mark.parametrize("mishap", [Mishap.DROPPED_ANSWER, Mishap.DROPPED_UNREAD])
def test_a_dropped_connection_loses_what_was_sent(world: World, mishap: Mishap) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [mishap]
        lost = wire.send(Ask("POST", "/", body="{}", attempt=3))
    assert isinstance(lost, Lost)
    assert lost.seconds == 8.0


def test_an_answer_that_breaks_off_has_a_status(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [Mishap.CUT_ANSWER]
        answered = wire.send(Ask("GET", "/cut"))
    assert isinstance(answered, Answered)
    assert (answered.status, answered.whole, answered.text) == (200, False, '{"path": "/cut"}')


def test_where_nobody_listens_nothing_is_sent(world: World) -> None:
    with serving(Echo(world)) as echo:
        pass
    with wire_to(echo) as wire:
        not_sent = wire.send(Ask("POST", "/", body="{}", attempt=2))
    assert isinstance(not_sent, NotSent)
    assert not_sent.seconds == 4.0
    assert "ConnectError" in not_sent.why


def test_a_redirect_is_not_followed(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        for status in (301, 302, 303, 307, 308):
            echo.script = [Reply(status, b"", {"Location": "http://127.0.0.1:1/elsewhere"})]
            answered = wire.send(Ask("POST", "/x", body="{}"))
            assert isinstance(answered, Answered)
            assert (answered.status, answered.location) == (status, "http://127.0.0.1:1/elsewhere")
        assert len(echo.asked) == 5


def test_where_a_redirect_leads_is_told_without_the_token(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [Reply(302, b"", {"Location": f"/login?token={TOKEN}"})]
        assert TOKEN not in repr(wire.send(Ask("GET", "/")))


def test_an_answer_without_end_is_not_read_to_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.platforms.wire.MOST_BYTES", 10)
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [Reply(200, b"0123456789"), Reply(200, b"0123456789a")]
        whole, cut = wire.send(Ask("GET", "/")), wire.send(Ask("GET", "/"))
    assert isinstance(whole, Answered)
    assert isinstance(cut, Answered)
    assert (whole.content, whole.whole) == (b"0123456789", True)
    assert (cut.content, cut.whole) == (b"0123456789", False)


def test_an_answer_in_drops_is_cut_off(world: World) -> None:
    """Each drop comes well before the time-out of a single read."""

    def drops() -> Iterator[bytes]:
        while True:
            world.sleep(30.0)
            yield b"."

    transport = httpx.MockTransport(lambda _: httpx.Response(201, content=drops()))
    outside = replace(world.outside(), transport=transport)
    with Wire("http://127.0.0.1", "Token", Secret(TOKEN), Pace(0.0, world.clock, world.sleep), outside) as wire:
        answered = wire.send(Ask("POST", "/", body="{}"))
    assert isinstance(answered, Answered)
    assert (answered.content, answered.whole) == (b"." * 5, False)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "20"}, 20.0),
        (429, {"Retry-After": "Tue, 10 Mar 2026 12:00:25 GMT"}, 25.0),
        (429, {}, 2.0),
        (503, {"Retry-After": "20"}, 20.0),
    ],
)
def test_everybody_observes_a_pause_that_one_was_told(
    world: World, status: int, headers: dict[str, str], seconds: float
) -> None:
    with serving(Echo(world)) as echo:
        pace = Pace(0.0, world.clock, world.sleep)
        one, other = (Wire(echo.url, "Token", Secret(TOKEN), pace, world.outside()) for _ in range(2))
        with one, other:
            echo.script = [Reply(status, {}, headers)]
            told = one.send(Ask("GET", "/"))
            assert isinstance(told, Answered)
            assert told.seconds == seconds
            other.send(Ask("GET", "/"))
    assert world.slept == [seconds]


def test_who_would_wait_too_long_comes_back_later(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [Reply(429, {}, {"Retry-After": "3600"})]
        wire.send(Ask("GET", "/"))
        held = wire.send(Ask("POST", "/", body="{}"))
        assert isinstance(held, NotSent)
        assert (held.seconds, len(echo.asked)) == (3_600.0, 1)


def test_calls_keep_the_pace(world: World) -> None:
    with serving(Echo(world)) as echo, wire_to(echo, interval=1.3) as wire:
        for _ in range(3):
            wire.send(Ask("GET", "/"))
    assert world.slept == pytest.approx([1.3, 1.3])


@pytest.mark.parametrize("ask", [Ask("GET", f"/{TOKEN}"), Ask("GET", "/", {"q": TOKEN}), Ask("POST", "/", {}, TOKEN)])
def test_a_token_outside_its_header_is_not_sent(world: World, ask: Ask) -> None:
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        with pytest.raises(PlatformRequestError, match="holds the token") as refused:
            wire.send(ask)
        assert echo.asked == []
    assert TOKEN not in str(refused.value)


def test_bytes_that_are_no_text_stay_as_they_are(world: World) -> None:
    data = bytes(range(256)) * 3
    with serving(Echo(world)) as echo, wire_to(echo) as wire:
        echo.script = [Reply(200, data)]
        answered = wire.send(Ask("GET", "/"))
    assert isinstance(answered, Answered)
    assert answered.content == data
    assert "\x00" not in answered.text

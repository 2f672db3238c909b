"""What a client does when answers do not come: it asks again where that can help, and makes nothing twice."""

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from api.client import NO_PATIENCE, AnswerError, Client, ClientError, NoAnswerError, Patience, UnexpectedAnswerError
from tests.api.client.hostile import Cut, PassOn, Reset, Say, Silence, hostile, problem
from tests.api.live import LiveServer

Clients = Callable[..., Client]

LIST = Say(200, b'{"scenarios":[],"next":null}')
SCEPTICAL = {"family": "beta", "branch": "opens", "a": 4, "b": 6}


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_what_may_pass_is_asked_again(client_of: Clients, waits: list[float], status: int) -> None:
    with hostile(problem(status, "busy"), problem(status, "busy"), LIST) as server:
        assert list(client_of(server.url).scenarios.list()) == []
    assert len(server.asked) == 3
    assert waits == [0.25, 0.5]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 500, 501])
def test_what_will_not_pass_is_told_at_once(client_of: Clients, waits: list[float], status: int) -> None:
    with hostile(problem(status, "some-kind")) as server, pytest.raises(AnswerError) as told:
        list(client_of(server.url).scenarios.list())
    assert (told.value.status, told.value.kind, len(server.asked), waits) == (status, "some-kind", 1, [])


def test_a_server_that_says_when_to_come_back_is_asked_then(client_of: Clients, waits: list[float]) -> None:
    """In seconds or as a date (RFC 9110 §10.2.3); chance adds up to a quarter of a second."""
    noon = 1_800_000_000
    dated = {"Retry-After": formatdate(noon + 7, usegmt=True), "Date": formatdate(noon, usegmt=True)}
    plain, strange = {"Retry-After": "5"}, {"Retry-After": "soon"}
    script = [problem(503, "busy", **headers) for headers in (plain, dated, strange)]
    with hostile(*script, LIST) as server:
        list(client_of(server.url).scenarios.list())
    assert waits == [5.25, 7.25, 0.25]


def test_a_request_in_flight_is_waited_for_longer_than_a_failure(client_of: Clients, waits: list[float]) -> None:
    """The server works on it and says so; each wait is short, and only all of them together are limited."""
    working = problem(409, "in-flight", **{"Retry-After": "1"})
    with hostile(*[working] * 20, LIST) as server:
        list(client_of(server.url).scenarios.list())
    assert waits == [1.25] * 20


@pytest.mark.parametrize(
    ("patience", "sent"), [(NO_PATIENCE, 1), (Patience(tries=3), 3), (Patience(tries=99, seconds=0.75), 3)]
)
def test_patience_ends(client_of: Clients, patience: Patience, sent: int) -> None:
    with hostile(problem(503, "busy")) as server, pytest.raises(AnswerError, match="about busy"):
        list(client_of(server.url, patience=patience).scenarios.list())
    assert len(server.asked) == sent


def test_a_wait_longer_than_patience_is_not_begun(client_of: Clients, waits: list[float]) -> None:
    with hostile(problem(503, "busy", **{"Retry-After": "3600"})) as server, pytest.raises(AnswerError):
        list(client_of(server.url).scenarios.list())
    assert waits == []


def test_nobody_at_the_address_is_told_in_words(client_of: Clients, waits: list[float]) -> None:
    with hostile(LIST) as gone:
        pass
    with pytest.raises(NoAnswerError, match=f"{gone.url} cannot be reached .*: is it running"):
        list(client_of(gone.url).scenarios.list())
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0]


def test_silence_ends_at_the_time_out(client_of: Clients) -> None:
    with hostile(Silence()) as server, pytest.raises(NoAnswerError, match="does not answer in time"):
        list(client_of(server.url, timeout=0.1, patience=NO_PATIENCE).scenarios.list())


@pytest.mark.parametrize("lost", [Reset(), Cut(b'{"scenarios":'), Silence()])
def test_a_lost_answer_is_asked_for_again(client_of: Clients, lost: Reset | Cut | Silence) -> None:
    with hostile(lost, LIST) as server:
        list(client_of(server.url, timeout=0.2).scenarios.list())
    assert len(server.asked) == 2


def test_each_change_has_a_key_of_its_own_and_keeps_it(client_of: Clients, server: LiveServer) -> None:
    failures = (Reset(), problem(503, "busy"), problem(409, "in-flight"), Cut(b"{"))
    with hostile(*failures, PassOn(server.url)) as between:
        client = client_of(between.url)
        prior = client_of(server.url).prior("minimal", "opening")
        client.prior("minimal", "opening").set(SCEPTICAL, reason="one", if_match=prior.get().tag)
        client.prior("minimal", "opening").set({**SCEPTICAL, "a": 5}, reason="two", if_match=prior.get().tag)
    keys = [asked.key for asked in between.asked]
    assert len(keys) == 6
    assert None not in keys
    assert len(set(keys[:5])) == 1
    assert keys[5] != keys[0]
    assert client_of(server.url).scenarios.get("minimal").version == 3


def test_a_change_whose_answer_is_lost_is_made_once(client_of: Clients, server: LiveServer) -> None:
    """The server stored it, the client never heard; asking again gets the first answer, and no 412."""
    before = client_of(server.url).prior("minimal", "opening").get()
    with hostile(Reset(first=server.url), PassOn(server.url)) as between:
        lossy = client_of(between.url)
        made = lossy.prior("minimal", "opening").set(SCEPTICAL, reason="doubt", if_match=before.tag)
    assert made.version == 2
    assert client_of(server.url).scenarios.get("minimal").version == 2


def test_a_forecast_whose_answer_is_lost_is_made_once(client_of: Clients, server: LiveServer) -> None:
    with hostile(Reset(first=server.url), PassOn(server.url)) as between:
        made = client_of(between.url).forecasts.create("minimal", as_of="2026-01-01", draws=4_096)
    recorded = list(client_of(server.url).forecasts.list())
    assert [each.id for each in recorded] == [made.id]


def test_an_order_whose_answer_is_lost_is_queued_once(client_of: Clients, server: LiveServer) -> None:
    with hostile(Reset(first=server.url), PassOn(server.url)) as between:
        run = client_of(between.url).forecasts.order("minimal", as_of="2026-01-01", draws=4_096)
    assert [each.id for each in client_of(server.url).runs.list()] == [run.id]


def test_other_answers_than_problems_are_told_apart(client_of: Clients) -> None:
    page = Say(200, b"<html>Log in</html>", {"Content-Type": "text/html"})
    with hostile(page) as server, pytest.raises(UnexpectedAnswerError, match="is it a branchcast server"):
        list(client_of(server.url).scenarios.list())
    refusal = Say(403, b"<html>No</html>", {"Content-Type": "text/html"})
    with hostile(refusal) as server, pytest.raises(AnswerError, match="403 Forbidden, without a word on why"):
        list(client_of(server.url).scenarios.list())


def test_a_problem_that_is_none_is_told_by_its_status(client_of: Clients) -> None:
    broken = {"Content-Type": "application/problem+json"}
    for answer, said in (
        (Say(404, b"{", broken), "404 Not Found, without a word"),
        (Say(418, b"[]", broken), "418 I'm a Teapot"),
        (Say(599), "599 Unknown"),
    ):
        with hostile(answer) as server, pytest.raises(AnswerError, match=said) as told:
            list(client_of(server.url).scenarios.list())
        assert told.value.kind == "about:blank"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/v1/scenarios", "/elsewhere"])
def test_redirects_are_not_followed(client_of: Clients, elsewhere: str) -> None:
    """Whoever answers could otherwise lead the key astray."""
    with hostile(Say(307, b"", {"Location": elsewhere})) as server, pytest.raises(UnexpectedAnswerError, match="sends"):
        list(client_of(server.url, key="bc_secret").scenarios.list())
    assert len(server.asked) == 1


@pytest.mark.parametrize("following", ["https://evil.example/v1", "//evil.example/v1", "v1/scenarios"])
def test_pages_lead_to_the_same_server_only(client_of: Clients, following: str) -> None:
    page = Say(200, f'{{"scenarios":[],"next":"{following}"}}'.encode())
    with hostile(page) as server, pytest.raises(UnexpectedAnswerError, match="no address of its own"):
        list(client_of(server.url, key="bc_secret").scenarios.list())


def test_a_run_is_followed_across_lost_connections(client_of: Clients, server: LiveServer, tmp_path: Path) -> None:
    order = client_of(server.url).forecasts.order("minimal", as_of="2026-01-01", draws=4_096)
    passing = (Reset(), problem(503, "store-unavailable"), Cut(b": still there\n\n"), PassOn(server.url))
    with hostile(*passing) as between:
        assert client_of(between.url).runs.wait(order.id).status == "done"
    assert len(between.asked) == 4


def test_every_error_is_a_client_error() -> None:
    assert all(issubclass(each, ClientError) for each in (AnswerError, NoAnswerError, UnexpectedAnswerError))

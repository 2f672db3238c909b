"""A real server: many clients, clients that leave, large bodies, odd paths, and a stop that loses nothing."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.settings import Settings
from api.work import previews
from tests.api.held_runs import HeldRun
from tests.api.live import LiveServer, running
from tests.waiting import PATIENCE

MINIMAL = {"scenario": "minimal"}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldRun]:
    """Yield a run that every preview of this test goes through; it is released at the end, come what may."""
    held = HeldRun()
    monkeypatch.setattr(previews, "run_prepared", held.of_prepared)
    yield held
    held.released.set()


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def _answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer.status, json.loads(answer.read())


def test_many_clients_get_the_same_bytes(live: LiveServer) -> None:
    """Neither threads nor company can reach a result."""

    def ask(number: int) -> bytes:
        body = {**MINIMAL, "seed": number % 4, "draws": 20_000}
        return httpx.post(f"{live.url}/v1/preview", json=body, timeout=PATIENCE).content

    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(ask, range(64)))
    assert len(set(answers)) == 4
    assert all(answer == answers[i % 4] for i, answer in enumerate(answers))
    assert live.service.computations.unfinished == 0


def test_a_client_that_leaves_stops_its_run(live: LiveServer, held: HeldRun) -> None:
    """Nobody computes for a closed connection, and its place is given back."""
    body = json.dumps(MINIMAL).encode()
    head = (
        b"POST /v1/preview HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    with _connect(live.url) as connection:
        connection.sendall(head % len(body) + body)
        assert held.started.wait(PATIENCE)
        assert not held.stopped.is_set()
    assert held.stopped.wait(PATIENCE)
    held.released.set()
    assert httpx.post(f"{live.url}/v1/preview", json=MINIMAL, timeout=PATIENCE).status_code == 200


def test_other_requests_are_answered_while_one_computes(live: LiveServer, held: HeldRun) -> None:
    """Computing does not hold the event loop."""
    with ThreadPoolExecutor(1) as client:
        waiting = client.submit(httpx.post, f"{live.url}/v1/preview", json=MINIMAL, timeout=PATIENCE)
        assert held.started.wait(PATIENCE)
        assert httpx.get(f"{live.url}/healthz").json() == {"status": "ok"}
        assert httpx.get(f"{live.url}/readyz").json()["unfinished_computations"] == 1
        held.released.set()
        assert waiting.result(PATIENCE).status_code == 200


def _keyless(address: str, max_waiting: int = 64) -> Settings:
    return Settings(database=address, scenarios=(), keyless=True, port=0, threads=1, max_waiting=max_waiting)


def test_a_full_server_refuses_and_recovers(held: HeldRun, sqlite_address: str) -> None:
    """With no room to wait, the second of two is told when to ask again."""
    with running(_keyless(sqlite_address, max_waiting=0)) as server, ThreadPoolExecutor(1) as client:
        first = client.submit(httpx.post, f"{server.url}/v1/preview", json=MINIMAL, timeout=PATIENCE)
        assert held.started.wait(PATIENCE)
        refused = httpx.post(f"{server.url}/v1/preview", json=MINIMAL)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert httpx.get(f"{server.url}/readyz").status_code == 503
        held.released.set()
        assert first.result(PATIENCE).status_code == 200
        assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_a_server_that_is_told_to_stop_answers_first(held: HeldRun, sqlite_address: str) -> None:
    """What was begun is finished."""
    with running(_keyless(sqlite_address)) as server, ThreadPoolExecutor(1) as client:
        waiting = client.submit(httpx.post, f"{server.url}/v1/preview", json=MINIMAL, timeout=PATIENCE)
        assert held.started.wait(PATIENCE)
        server.server.should_exit = True
        held.released.set()
        assert waiting.result(PATIENCE).json()["scenario"] == "minimal"


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_body_is_refused_before_it_is_all_sent(live: LiveServer, announced: bool) -> None:
    """A gigabyte announced, or parts without an end: the answer comes after a megabyte at the latest."""
    head = b"POST /v1/preview HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with _connect(live.url) as connection:
        if announced:
            connection.sendall(head + b"Content-Length: 1000000000\r\n\r\n")
        else:
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(11):
                connection.sendall(b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n")
        status, problem = _answer(connection)
    assert (status, problem["type"]) == (413, "/problems/body-too-large")


def test_a_client_that_sent_too_much_reads_why_and_goes_on(live: LiveServer) -> None:
    """Closing the connection on what is still being sent would destroy the answer on its way."""
    with httpx.Client(base_url=live.url, timeout=PATIENCE) as client:
        for _ in range(3):
            large = client.post("/v1/preview", content=b" " * 5_000_000, headers={"Content-Type": "application/json"})
            assert large.status_code == 413
            assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        b"/../../../etc/passwd",
        b"/v1/scenarios/../../pyproject.toml",
        b"/v1/scenarios/..%2f..%2fpyproject.toml",
        b"/v1/scenarios/%2e%2e/%2e%2e/etc/passwd",
        b"//v1/scenarios",
        b"/v1/scenarios/minimal/",
        b"/v1/scenarios/%ff%fe",
        b"/v1/scenarios/%00",
        b"/v1/scenarios/%0d%0aSet-Cookie:%20a=b",
    ],
)
def test_odd_paths_lead_nowhere(live: LiveServer, path: bytes) -> None:
    """Sent as they are, without a client that tidies them up."""
    with _connect(live.url) as connection:
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, problem = _answer(connection)
    assert status == problem["status"] == 404
    assert problem["type"] in ("/problems/not-found", "/problems/unknown-scenario")


def test_head_leaves_the_connection_usable(live: LiveServer) -> None:
    """No body follows, so the next answer on the same connection is read right."""
    with httpx.Client(base_url=live.url) as client:
        for _ in range(2):
            assert client.head("/v1/scenarios/minimal").status_code == 200
            assert client.get("/v1/scenarios/minimal").json()["id"] == "minimal"


def test_answers_do_not_tell_what_serves_them(live: LiveServer) -> None:
    assert "server" not in httpx.get(f"{live.url}/healthz").headers

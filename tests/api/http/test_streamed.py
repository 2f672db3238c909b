"""Streams over a real connection: at the reader's pace, in bounded memory, ended when nobody takes them."""

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from api.http import streamed
from api.settings import Settings
from forecast.result import Forecast
from forecast.samples import Column, Rows, SampleTable
from tests.api.live import LiveServer, running

PATIENCE = 30.0
ROWS = 1 << 15
BATCH_BYTES = 8 * ROWS
BUFFERED_BYTES = 16 << 20
"""More than the system holds for a connection between two sockets of one machine."""


class Endless:
    """Takes the place of a forecast's draws: batch after batch, until it is closed or breaks."""

    def __init__(self) -> None:
        self.batches, self.closed = 0, threading.Event()
        self.breaks_after: int | None = None

    def __call__(self, _: Forecast) -> SampleTable:
        return SampleTable((Column("draw", "integer", "number of the draw"),), 1_000_000_000, {}, self._blocks)

    def _blocks(self) -> Generator[Rows, None, None]:
        try:
            while self.batches != self.breaks_after:
                self.batches += 1
                yield {"draw": np.arange(ROWS)}
            raise ZeroDivisionError("password=hunter2")
        finally:
            self.closed.set()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    """Return the draws of every forecast of this test."""
    table = Endless()
    monkeypatch.setattr("api.routes.samples.SAMPLES", {"draws": table})
    return table


@pytest.fixture
def settings(sqlite_address: str) -> Settings:
    """Return the settings of a server that computes one thing and sends one table at a time, and stops at once."""
    return Settings(
        database=sqlite_address, scenarios=(), port=0, keyless=True, threads=1, max_streams=1, grace_seconds=0
    )


@pytest.fixture
def server(settings: Settings) -> Iterator[LiveServer]:
    with running(settings) as server:
        yield server


@pytest.fixture
def address(server: LiveServer) -> str:
    """Return the path of the draws of a recorded forecast."""
    asked = {"scenario": "minimal", "as_of": "2026-01-01", "draws": 4_096}
    recorded = httpx.post(f"{server.url}/v1/forecasts", json=asked, timeout=PATIENCE)
    return f"{recorded.headers['location']}/draws?format=npy"


@contextmanager
def _asked(server: LiveServer, path: str) -> Iterator[socket.socket]:
    """Ask over a connection whose buffer is small, and read no more than the first batch."""
    address = urlsplit(server.url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.settimeout(PATIENCE)
        connection.connect((address.hostname, address.port))
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
        received = 0
        while received < BATCH_BYTES:
            part = connection.recv(BATCH_BYTES)
            assert part
            received += len(part)
        yield connection


def _until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(round(PATIENCE / 0.01)):
        if condition():
            return
        waiting.wait(0.01)
    pytest.fail("it did not come about")


def _threads() -> int:
    return sum(thread.name.startswith("computation") for thread in threading.enumerate())


def test_a_client_that_leaves_ends_its_stream(server: LiveServer, endless: Endless, address: str) -> None:
    """Thread, memory and place are given back."""
    with _asked(server, address):
        assert server.service.streams.open == 1
        assert not endless.closed.is_set()
    assert endless.closed.wait(PATIENCE)
    _until(lambda: server.service.streams.open == server.service.computations.unfinished == 0)
    assert _threads() <= server.service.settings.threads


def test_a_slow_reader_holds_neither_a_thread_nor_more_memory(
    server: LiveServer, endless: Endless, address: str
) -> None:
    """While it takes nothing, the only thread answers others, and what was computed stays within the buffers."""
    preview = {"scenario": "minimal"}
    with _asked(server, address) as connection:
        for _ in range(20):
            assert httpx.post(f"{server.url}/v1/preview", json=preview, timeout=PATIENCE).status_code == 200
        _until(lambda: server.service.computations.unfinished == 0)
        stalled_at = endless.batches
        assert stalled_at * BATCH_BYTES < BUFFERED_BYTES
        received = 0
        while received < 2 * BUFFERED_BYTES:
            received += len(connection.recv(1 << 20))
        assert endless.batches > stalled_at


def test_places_are_bounded(server: LiveServer, endless: Endless, address: str) -> None:
    """The second of two tables is told when to ask again, and gets its place when the first has ended."""
    with _asked(server, address):
        refused = httpx.get(f"{server.url}{address}", timeout=PATIENCE)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        assert "retry-after" in refused.headers
    _until(lambda: server.service.streams.open == 0)
    with _asked(server, address):
        assert server.service.streams.open == 1


def test_a_client_that_takes_nothing_is_let_go(
    server: LiveServer, endless: Endless, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not hold its place for ever."""
    monkeypatch.setattr(streamed, "STALLED_SECONDS", 0.05)
    with _asked(server, address):
        assert endless.closed.wait(PATIENCE)
        _until(lambda: server.service.streams.open == 0)


def test_what_breaks_midway_is_not_taken_for_whole(server: LiveServer, endless: Endless, address: str) -> None:
    """The connection breaks without an end, and tells nothing."""
    endless.breaks_after = 3
    received: list[bytes] = []
    with (
        httpx.stream("GET", f"{server.url}{address}", timeout=PATIENCE) as answer,
        pytest.raises(httpx.RemoteProtocolError, match="incomplete"),
    ):
        received.extend(answer.iter_raw())
    assert b"hunter2" not in b"".join(received)
    assert endless.closed.is_set()
    _until(lambda: server.service.streams.open == 0)


def test_a_server_that_stops_ends_its_streams(settings: Settings, endless: Endless) -> None:
    """After its grace; none of its threads is left."""
    with running(settings) as server:
        asked = {"scenario": "minimal", "as_of": "2026-01-01", "draws": 4_096}
        recorded = httpx.post(f"{server.url}/v1/forecasts", json=asked, timeout=PATIENCE)
        with _asked(server, f"{recorded.headers['location']}/draws?format=npy"):
            server.server.should_exit = True
            assert endless.closed.wait(PATIENCE)
            _until(lambda: server.service.streams.open == 0)
    assert _threads() == 0


def test_a_table_is_received_whole(server: LiveServer, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Over chunks larger than what is handed to the connection at a time."""
    monkeypatch.setattr(streamed, "PIECE_BYTES", 1_000)
    received = httpx.get(f"{server.url}{address}", timeout=PATIENCE).content
    monkeypatch.undo()
    assert received == httpx.get(f"{server.url}{address}", timeout=PATIENCE).content
    assert len(received) > 4_096 * 8 * 4

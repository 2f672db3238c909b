"""How a server stops: who is still answered, who is refused, and who is left."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from api import server as server_module
from api.settings import Settings
from api.store import runs
from tests.api.held_runs import HeldRun
from tests.api.live import LiveServer, running
from tests.waiting import PATIENCE, eventually

MINIMAL = {"scenario": "minimal"}


@pytest.fixture
def settings(database_address: str) -> Settings:
    """Return the settings of a server that would wait for ten minutes."""
    return Settings(database=database_address, scenarios=(), port=0, keyless=True, threads=2, grace_seconds=600)


def _status(server: LiveServer, run_id: str) -> str:
    with server.service.database.reading() as connection:
        return runs.get(connection, run_id).status


def test_what_somebody_waits_for_goes_on_while_the_rest_is_handed_back(settings: Settings, held: HeldRun) -> None:
    """Of two equal forecasts, one asked for at once and one queued."""
    with running(settings) as server, ThreadPoolExecutor(1) as client:
        address = f"{server.url}/v1/forecasts"
        queued = httpx.post(address, json=MINIMAL, headers={"Prefer": "respond-async"}, timeout=PATIENCE).json()
        assert held.started.wait(PATIENCE)
        held.started.clear()
        waiting = client.submit(httpx.post, address, json=MINIMAL, timeout=PATIENCE)
        assert held.started.wait(PATIENCE)
        server.server.should_exit = True
        eventually(lambda: _status(server, queued["id"]) == "queued")
        assert not waiting.done()
        held.released.set()
        assert waiting.result(PATIENCE).status_code == 201


def test_an_event_stream_ends_whole(settings: Settings, held: HeldRun) -> None:
    """A stream that was broken off would raise in the client; its run waits for another process."""
    with running(settings) as server:
        asked = httpx.post(f"{server.url}/v1/forecasts", json=MINIMAL, headers={"Prefer": "respond-async"})
        assert held.started.wait(PATIENCE)
        with httpx.stream("GET", f"{server.url}{asked.headers['Location']}/events", timeout=PATIENCE) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: progress"
            server.server.should_exit = True
            assert "event: done" not in list(lines)


def test_a_client_that_stopped_midway_is_left(sqlite_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sent half a body and then nothing: the server does not wait for it beyond the grace."""
    monkeypatch.setattr(server_module, "LAST_SECONDS", 0.1)
    hasty = Settings(database=sqlite_address, scenarios=(), port=0, keyless=True, grace_seconds=0)
    with running(hasty) as server:
        address = urlsplit(server.url)
        assert address.hostname is not None
        with socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE) as half:
            half.sendall(b"POST /v1/preview HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            half.sendall(b'Content-Length: 100\r\n\r\n{"scenario"')
            assert httpx.get(f"{server.url}/healthz").status_code == 200
            server.server.should_exit = True
            assert half.recv(1_000) == b""

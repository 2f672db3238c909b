"""A server that is told to stop loses nothing: real processes, real signals, both kinds of database."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from api.store import runs, scenarios
from api.store.database import Database, database_url
from tests.e2e.processes import ServerProcess, run_when, serving
from tests.waiting import PATIENCE, eventually

AT_ONCE: dict[str, Any] = {"max_work": 10**12, "max_run_work": 10**12, "grace_seconds": 600}
"""Whatever is asked is computed while the client waits, and the server would wait for it for ten minutes."""

SECONDS_OF_WORK = {"scenario": "trump-kim-2025", "draws": 500_000}
HOURS_OF_WORK = {"scenario": "trump-kim-2025", "draws": 1_000_000_000}


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """Yield the servers' database, for a look at what was kept."""
    database = Database(database_url(database_address))
    yield database
    database.close()


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    """Yield threads for clients that wait."""
    with ThreadPoolExecutor(4) as clients:
        yield clients


def _ask(server: ServerProcess, body: dict[str, Any], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{server.url}/v1/forecasts", json=body, headers=named, timeout=PATIENCE)


def _computing(server: ServerProcess, waiting: "Future[httpx.Response]") -> None:
    """Wait until the server has begun to compute what a client waits for."""

    def look() -> bool:
        assert not waiting.done(), waiting.result().text
        return bool(client.get("/readyz").json()["unfinished_computations"] == 1)

    with server.client() as client:
        eventually(look)


def _events(server: ServerProcess, address: str, followed: Event) -> list[str]:
    """Follow a run to the end of the stream, and say when it has begun; a stream that breaks off raises."""
    with server.client() as client, client.stream("GET", f"{address}/events") as stream:
        followed.set()
        return [line.removeprefix("event: ") for line in stream.iter_lines() if line.startswith("event: ")]


def _events_of_log(server: ServerProcess) -> list[str]:
    return [json.loads(line)["event"] for line in server.log.splitlines()]


def test_what_is_being_answered_is_answered(
    database_address: str, database: Database, clients: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """The forecast reaches its client, is recorded, and the process ends with 0; nobody else is let in meanwhile."""
    with serving(database_address, tmp_path, **AT_ONCE) as server:
        waiting = clients.submit(_ask, server, SECONDS_OF_WORK)
        _computing(server, waiting)
        server.send(signal.SIGTERM)
        answer = waiting.result(PATIENCE)
        assert server.ended() == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/healthz")
    assert answer.status_code == 201, answer.text
    with database.reading() as connection:
        run = runs.get(connection, answer.json()["run"])
    assert (run.status, run.forecast_id) == ("done", answer.json()["id"])
    assert {"stopping", "run ended"} <= set(_events_of_log(server))


def test_a_long_run_is_handed_back_and_finished_by_another_process(
    database_address: str, clients: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """At once, not when a lease ends; whoever follows it sees it back in the queue, and the stream end whole."""
    queued: dict[str, Any] = {"lease_seconds": 3_600, "grace_seconds": 600}
    with serving(database_address, tmp_path, **queued) as first:
        asked = _ask(first, SECONDS_OF_WORK, Prefer="respond-async")
        address = asked.headers["Location"]
        followed = Event()
        following = clients.submit(_events, first, address, followed)
        with first.client() as client:
            begun = run_when(client, address, lambda run: run["status"] != "queued")
        # Who connects only when the server stops to listen is turned away, as they may be.
        assert followed.wait(PATIENCE)
        first.send(signal.SIGTERM)
        events = following.result(PATIENCE)
        assert first.ended() == 0
    assert begun["status"] == "running"
    assert set(events) == {"progress"}
    with serving(database_address, tmp_path, **queued) as second, second.client() as client:
        done = run_when(client, address, lambda run: run["status"] not in ("queued", "running"))
        assert (done["status"], done["attempt"]) == ("done", 1)
        assert client.get(done["forecast"]).status_code == 200


def test_a_second_signal_hurries_and_loses_nothing_acknowledged(
    database_address: str, database: Database, clients: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Who waits is refused in words; what was stored is there, and what may be asked again is in the queue."""
    prior = {"prior": {"family": "fixed", "p": {"opens": 0.25, "stays_closed": 0.75}}, "reason": "before the stop"}
    with serving(database_address, tmp_path, **AT_ONCE) as server:
        with server.client() as client:
            address = "/v1/scenarios/minimal/nodes/opening/prior"
            stored = client.put(address, json=prior, headers={"If-Match": "*"})
        assert stored.status_code == 200, stored.text
        waiting = clients.submit(_ask, server, HOURS_OF_WORK, Idempotency_Key="hours")
        _computing(server, waiting)
        server.send(signal.SIGTERM)
        eventually(lambda: "stopping" in server.log)
        assert not waiting.done()
        server.send(signal.SIGTERM)
        refused = waiting.result(PATIENCE)
        assert server.ended() == 0
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert "shutting down" in refused.json()["detail"]
    assert refused.headers["Retry-After"].isdigit()
    with database.reading() as connection:
        assert scenarios.head(connection, "minimal").reason == "before the stop"
        (run,) = runs.page(connection, 10, None, "trump-kim-2025")
    assert (run.status, run.attempt, run.key, run.lease_until) == ("queued", 0, "hours", None)


def test_after_the_grace_who_still_waits_is_refused_in_words(
    database_address: str, clients: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """With no grace at all, the client of a long computation is refused at once, and the process ends with 0."""
    with serving(database_address, tmp_path, **{**AT_ONCE, "grace_seconds": 0}) as server:
        waiting = clients.submit(_ask, server, HOURS_OF_WORK)
        _computing(server, waiting)
        server.send(signal.SIGTERM)
        refused = waiting.result(PATIENCE)
        assert server.ended() == 0
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert "requests are refused: the grace is over" in _events_of_log(server)


def test_every_line_of_a_server_is_one_json_object(sqlite_address: str, tmp_path: Path) -> None:
    """From start to end, uvicorn's own included."""
    with serving(sqlite_address, tmp_path) as server:
        with server.client() as client:
            client.get("/healthz", headers={"X-Request-Id": "r1"})
        server.send(signal.SIGTERM)
        assert server.ended() == 0
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert all({"timestamp", "level", "logger", "event"} <= line.keys() for line in lines)
    assert {"uvicorn", "branchcast.requests", "branchcast.server"} == {line["logger"] for line in lines}
    assert [line["request_id"] for line in lines if line["event"] == "request"] == ["r1"]

"""Runs over REST: how far each is, as a page and as a stream of events, and the way to stop one."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from api.routes import runs as routes
from api.settings import Settings
from api.store.database import Database
from tests.api.held_runs import HeldRun
from tests.api.live import LiveServer, running
from tests.api.store.support import NEW_YEAR
from tests.api.stored_runs import create_run
from tests.waiting import PATIENCE, eventually

STATED = {"scenario": "minimal", "draws": 2_048, "as_of": "2026-06-01"}
QUEUED = {"Prefer": "respond-async"}

Run = dict[str, Any]


@pytest.fixture
def settings(database_address: str) -> Settings:
    """Return the settings of a server whose heartbeats come three times a second."""
    return Settings(database=database_address, scenarios=(), keyless=True, threads=2, port=0, lease_seconds=1)


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let streams look at their run all the time."""
    monkeypatch.setattr(routes, "LOOK_EVERY_SECONDS", 0.01)


@pytest.fixture
def server(settings: Settings) -> Iterator[LiveServer]:
    with running(settings) as server:
        yield server


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        yield client


def _queue(http: httpx.Client, **body: object) -> Run:
    answer = http.post("/v1/forecasts", json={**STATED, **body}, headers=QUEUED)
    assert answer.status_code == 202, answer.text
    run: Run = answer.json()
    return run


def _get(http: httpx.Client, run: Run) -> Run:
    found: Run = http.get(run["href"]).json()
    return found


def _finished(http: httpx.Client, run: Run) -> Run:
    def look() -> Run | None:
        found = _get(http, run)
        return found if found["finished_at"] is not None else None

    return eventually(look)


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Yield name and data of each event of a stream, without its comments."""
    return ((name, data) for name, data in _events_and_comments(lines) if name != ":")


def _events_and_comments(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Yield name and data of each event of a stream, and comments under the name of a colon (WHATWG HTML §9.2)."""
    name, data = "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        if not line:
            if data:
                yield name, json.loads("\n".join(data))
            name, data = "message", []
        elif not field:
            yield ":", value.strip()
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))


def test_a_run_says_what_was_ordered_and_what_became_of_it(http: httpx.Client) -> None:
    queued = _queue(http, reason="the weekly one", author="ann", seed=3)
    assert queued["settings"] | {"draws": 2_048, "seed": 3, "as_of": "2026-06-01"} == queued["settings"]
    assert (queued["scenario"], queued["version"], queued["reason"], queued["author"]) == (
        "minimal",
        1,
        "the weekly one",
        "ann",
    )
    run = _finished(http, queued)
    assert (run["status"], run["done"], run["draws"], run["attempt"]) == ("done", 2_048, 2_048, 1)
    assert run["created_at"] <= run["started_at"] <= run["finished_at"]
    made = http.get(run["forecast"]).json()
    assert (made["run"], made["author"], made["reason"]) == (run["id"], "ann", "the weekly one")
    assert {name: run[name] for name in ("settings", "price", "id", "href")} == {
        name: queued[name] for name in ("settings", "price", "id", "href")
    }


def test_a_run_that_has_not_moved_is_not_sent_again(http: httpx.Client) -> None:
    run = _finished(http, _queue(http))
    first = http.get(run["href"])
    again = http.get(run["href"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/v1/runs/none", "/v1/runs/none/events"])
def test_an_unknown_run_is_named(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    assert "there is no run 'none'" in answer.json()["detail"]


def test_pages_go_through_every_run_once_newest_first(http: httpx.Client) -> None:
    """Those of forecasts that were made at once are among them."""
    wanted = [http.post("/v1/forecasts", json=STATED).json()["run"] for _ in range(2)]
    wanted += [_queue(http)["id"] for _ in range(3)]
    seen: list[Run] = []
    path = "/v1/runs?limit=2"
    while path:
        page = http.get(path).json()
        seen += page["runs"]
        path = page["next"]
        _queue(http)
    assert [run["id"] for run in seen] == wanted[::-1]


def test_runs_are_listed_by_scenario(http: httpx.Client) -> None:
    run = _queue(http)
    other = _queue(http, scenario="trump-kim-2025")
    listed = [each["id"] for each in http.get("/v1/runs", params={"scenario": "minimal"}).json()["runs"]]
    assert listed == [run["id"]]
    everything = [each["id"] for each in http.get("/v1/runs").json()["runs"]]
    assert everything == [other["id"], run["id"]]


def test_a_run_is_followed_to_its_end(http: httpx.Client, held: HeldRun, quick_looks: None) -> None:
    """Progress grows, the last event is called by how it ended, and then the stream ends."""
    run = _queue(http)
    assert held.started.wait(PATIENCE)
    with http.stream("GET", f"{run['href']}/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        events = _events(answer.iter_lines())
        name, first = next(events)
        assert (name, first["status"], first["done"]) == ("progress", "running", 0)
        for done in (512, 1_024, 1_536):
            held.done = done
            name, moved = next(events)
            assert (name, moved["done"], moved["id"]) == ("progress", done, run["id"])
        held.released.set()
        *_, (name, last) = events
    assert (name, last["status"], last["done"]) == ("done", "done", 2_048)
    assert http.get(last["forecast"]).status_code == 200
    assert last == _get(http, run)


def test_a_run_that_is_over_is_one_event(http: httpx.Client) -> None:
    run = _finished(http, _queue(http))
    with http.stream("GET", f"{run['href']}/events") as answer:
        assert list(_events(answer.iter_lines())) == [("done", run)]


def test_the_stream_of_a_run_that_fails_ends_with_the_reason(http: httpx.Client, quick_looks: None) -> None:
    run = _queue(http, scenario="minimal", assume=["opens"], do=["stays_closed"])
    with http.stream("GET", f"{run['href']}/events") as answer:
        *_, (name, last) = _events(answer.iter_lines())
    assert (name, last["status"]) == ("failed", "failed")
    assert last["problem"]["status"] == 422


def test_the_stream_of_a_run_that_is_cancelled_ends_with_that(
    http: httpx.Client, held: HeldRun, quick_looks: None
) -> None:
    run = _queue(http)
    assert held.started.wait(PATIENCE)
    with http.stream("GET", f"{run['href']}/events") as answer:
        events = _events(answer.iter_lines())
        assert next(events)[0] == "progress"
        assert http.post(f"{run['href']}/cancellation").status_code == 202
        *_, (name, last) = events
    assert (name, last["status"], last["forecast"]) == ("cancelled", "cancelled", None)


def test_a_quiet_stream_says_that_it_lives(
    http: httpx.Client, held: HeldRun, quick_looks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a comment, which event readers pass over and proxies count as traffic."""
    monkeypatch.setattr(routes, "KEEP_ALIVE_LOOKS", 3)
    run = _queue(http)
    assert held.started.wait(PATIENCE)
    with http.stream("GET", f"{run['href']}/events") as answer:
        events = _events_and_comments(answer.iter_lines())
        assert [next(events)[0] for _ in range(3)] == ["progress", ":", ":"]


def test_a_reader_that_leaves_a_stream_leaves_nothing_behind(
    server: LiveServer, http: httpx.Client, held: HeldRun, quick_looks: None
) -> None:
    run = _queue(http)
    assert held.started.wait(PATIENCE)
    for _ in range(3):
        with httpx.stream("GET", f"{server.url}{run['href']}/events", timeout=PATIENCE) as answer:
            next(answer.iter_lines())
    eventually(lambda: len(server.server.server_state.connections) <= 1)
    eventually(lambda: server.service.database.connections == 0)
    held.released.set()
    assert _finished(http, run)["status"] == "done"


def test_a_run_that_waits_is_cancelled_at_once(http: httpx.Client, held: HeldRun) -> None:
    """The one thread of the process is busy with another."""
    first = _queue(http)
    assert held.started.wait(PATIENCE)
    second = _queue(http)
    answer = http.post(f"{second['href']}/cancellation")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    held.released.set()
    assert _finished(http, first)["status"] == "done"
    assert _get(http, second)["attempt"] == 0


def test_a_run_is_cancelled_through_another_process(settings: Settings, server: LiveServer, held: HeldRun) -> None:
    """The request reaches a server that does not work on the run; the one that does learns it by its heartbeat."""
    with running(settings) as other, httpx.Client(base_url=other.url, timeout=PATIENCE) as elsewhere:
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as here, ThreadPoolExecutor(1) as asker:
            waiting = asker.submit(here.post, "/v1/forecasts", json=STATED)
            assert held.started.wait(PATIENCE)
            (run,) = elsewhere.get("/v1/runs").json()["runs"]
            answer = elsewhere.post(f"{run['href']}/cancellation")
            assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
            assert held.stopped.wait(PATIENCE)
            refused = waiting.result(PATIENCE)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/run-cancelled")
        assert _finished(elsewhere, run)["status"] == "cancelled"
        assert elsewhere.get("/v1/forecasts").json()["forecasts"] == []


def test_a_run_that_is_done_stays_done(http: httpx.Client) -> None:
    run = _finished(http, _queue(http))
    answer = http.post(f"{run['href']}/cancellation")
    assert (answer.status_code, answer.json()) == (202, run)
    assert _get(http, run) == run


def test_cancelling_may_be_repeated(http: httpx.Client, held: HeldRun) -> None:
    run = _queue(http)
    assert held.started.wait(PATIENCE)
    key = {"Idempotency-Key": "stop-it"}
    first, again = [http.post(f"{run['href']}/cancellation", headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert http.post("/v1/runs/none/cancellation").status_code == 404


@pytest.mark.parametrize("noun", [("runs", "cancellation"), ("keys", "revocation")])
def test_what_takes_no_body_refuses_one(http: httpx.Client, noun: tuple[str, str]) -> None:
    """Whoever sends something means it; an empty object means nothing, and some clients always send one."""
    address = f"/v1/{noun[0]}/none/{noun[1]}"
    for content, status in ((b"", 404), (b" ", 404), (b"{}", 404), (b'{"x": 1}', 422), (b"[]", 422), (b"x", 400)):
        assert http.post(address, content=content).status_code == status, content
    refused = http.post(address, json={"x": 1, "y": 2}).json()
    assert [error["pointer"] for error in refused["errors"]] == ["/x", "/y"]
    assert refused["errors"][0]["detail"] == "unknown key 'x': this request takes no body: send none, or {}"


def test_the_run_of_a_dead_process_is_taken_up(http: httpx.Client, server: LiveServer, database: Database) -> None:
    """A lease that ended long ago stands for a process that was killed."""
    create_run(database, NEW_YEAR, "orphan", holder="dead")
    server.service.runner.wake()
    run = _finished(http, {"href": "/v1/runs/orphan"})
    assert (run["status"], run["attempt"]) == ("done", 2)


def test_who_may_only_read_cancels_nothing(
    database_address: str, database: Database, new_key: Callable[[str], str]
) -> None:
    create_run(database, NEW_YEAR, "one", holder="p")
    keyed = Settings(database=database_address, scenarios=(), threads=1, port=0)
    with running(keyed) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as http:
        reader = {"Authorization": new_key("read")}
        refused = http.post("/v1/runs/one/cancellation", headers=reader)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
        assert http.get("/v1/runs/one", headers=reader).status_code == 200
        assert http.post("/v1/runs/one/cancellation", headers={"Authorization": new_key("write")}).status_code == 202

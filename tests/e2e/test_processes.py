"""Several processes behind one port: real ones, told, killed and replaced, on what they share."""

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.api.scraped import Scraped
from tests.e2e.processes import ROOT, ServerProcess, run_when, serving
from tests.waiting import PATIENCE, eventually

TWO: dict[str, Any] = {"processes": 2, "threads": 1}
AT_ONCE: dict[str, Any] = {**TWO, "max_work": 10**12, "max_run_work": 10**12, "grace_seconds": 600}
SECONDS_OF_WORK = {"scenario": "trump-kim-2025", "draws": 500_000}
HOURS_OF_WORK = {"scenario": "trump-kim-2025", "draws": 1_000_000_000}


def _lines(server: ServerProcess) -> list[dict[str, Any]]:
    """Return the lines of the log; one that is being written is not there yet."""
    return [json.loads(line) for line in server.log.splitlines(keepends=True) if line.endswith("\n")]


def _children(server: ServerProcess) -> dict[int, int]:
    """Return the process in each place: the one that was started last."""
    started = (line for line in _lines(server) if line["event"].startswith("Started server process"))
    return {line["process"]: line["pid"] for line in started}


def _ended(pid: int) -> bool:
    """Tell whether a process has ended, fetched by its parent or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _reached(server: ServerProcess, client: httpx.Client) -> int:
    """Return the process to which a client's connection leads."""
    mine = uuid.uuid4().hex
    client.get("/healthz", headers={"X-Request-Id": mine})
    return int(eventually(lambda: next((one["pid"] for one in _lines(server) if one.get("request_id") == mine), None)))


@contextmanager
def _client_of_each(server: ServerProcess) -> Iterator[list[httpx.Client]]:
    """Yield clients with one connection each, to every process of a server in turn."""
    with ExitStack() as stack:
        found: dict[int, httpx.Client] = {}

        def look() -> bool:
            limits = httpx.Limits(max_connections=1)
            client = stack.enter_context(httpx.Client(base_url=server.url, timeout=PATIENCE, limits=limits))
            found.setdefault(_reached(server, client), client)
            return len(found) == len(_children(server))

        eventually(look)
        yield list(found.values())


def test_every_process_answers_and_each_tells_the_metrics_of_all(sqlite_address: str, tmp_path: Path) -> None:
    """However often they are fetched and from whom: no counter ever goes back."""
    name, labels = "branchcast_http_requests_total", {"method": "GET", "route": "/v1/scenarios", "status": "200"}
    with serving(sqlite_address, tmp_path, **TWO) as server, _client_of_each(server) as clients:
        for asked, client in enumerate(clients, 1):
            client.get("/v1/scenarios")
            for each in clients:
                told = Scraped(each.get("/metrics").text)
                counted = {process: told.value(name, process=process, **labels) for process in "12"}
                assert sum(counted.values()) == asked
                assert [told.value("branchcast_process_up", process=process) for process in "12"] == [1, 1]
                assert all("process" in sample.labels for family in told.families for sample in family.samples)
        assert counted == {"1": 1, "2": 1}
        assert all(told.value("process_start_time_seconds", process=process) for process in "12")
        assert {line.get("process") for line in _lines(server) if line["event"] == "request"} == {1, 2}


def test_what_one_process_did_the_other_knows(database_address: str, tmp_path: Path) -> None:
    """Answers that are brought back, versions and their tags."""
    with serving(database_address, tmp_path, **TWO) as server, _client_of_each(server) as (one, other):
        body, key = {"scenario": "minimal"}, {"Idempotency-Key": "once"}
        first, again = (client.post("/v1/forecasts", json=body, headers=key) for client in (one, other))
        assert (first.status_code, first.content) == (201, again.content)
        assert again.headers["Idempotent-Replayed"] == "true"

        node, scenario = "/v1/scenarios/minimal/nodes/opening/prior", "/v1/scenarios/minimal"
        tag = other.get(scenario).headers["ETag"]
        prior = {"prior": {"family": "fixed", "p": {"opens": 0.25, "stays_closed": 0.75}}, "reason": "by the one"}
        assert one.put(node, json=prior, headers={"If-Match": "*"}).status_code == 200
        seen = other.get(scenario, headers={"If-None-Match": tag})
        assert (seen.status_code, seen.json()["reason"]) == (200, "by the one")


def test_a_run_is_followed_and_cancelled_whoever_holds_it(database_address: str, tmp_path: Path) -> None:
    """Each process cancels one while the other shows how it goes, so one of the two asks who does not hold it."""
    with serving(database_address, tmp_path, max_run_work=10**12, **TWO) as server, _client_of_each(server) as clients:
        for asking, following in (clients, clients[::-1]):
            ordered = asking.post("/v1/forecasts", json=HOURS_OF_WORK, headers={"Prefer": "respond-async"})
            address = ordered.headers["Location"]
            run_when(asking, address, lambda run: run["status"] == "running")
            with following.stream("GET", f"{address}/events") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "event: progress"
                assert asking.post(f"{address}/cancellation").status_code == 202
                assert "event: cancelled" in list(lines)


def test_a_process_that_is_killed_is_replaced(sqlite_address: str, tmp_path: Path) -> None:
    """The others answer meanwhile, and the log tells what became of it."""
    with serving(sqlite_address, tmp_path, **TWO) as server:
        before = _children(server)
        with _client_of_each(server) as clients:
            left = next(client for client in clients if _reached(server, client) == before[2])
            os.kill(before[1], signal.SIGKILL)
            assert left.get("/v1/scenarios").status_code == 200
            ended = eventually(lambda: [line for line in _lines(server) if line["event"] == "process ended"])
        assert [(line["child"], line["end"], line["level"]) for line in ended] == [
            (1, "was killed by signal 9", "error")
        ]
        eventually(lambda: _children(server)[1] != before[1])
        with _client_of_each(server) as clients:
            assert {_reached(server, client) for client in clients} == set(_children(server).values())
            assert Scraped(clients[0].get("/metrics").text).value("branchcast_process_up", process="1") == 1
        server.send(signal.SIGINT)
        assert server.ended() == 0


def test_all_end_when_the_parent_is_told(sqlite_address: str, tmp_path: Path) -> None:
    with serving(sqlite_address, tmp_path, **TWO) as server:
        children = _children(server).values()
        server.send(signal.SIGTERM)
        assert server.ended() == 0
        assert all(map(_ended, children))
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/healthz")
        stopped = [line["process"] for line in _lines(server) if line["event"] == "stopping"]
    assert sorted(stopped) == [1, 2]


def test_a_signal_to_parent_and_children_alike_is_one_signal(sqlite_address: str, tmp_path: Path) -> None:
    """As service managers send it: what is being answered is answered, not hurried."""
    with serving(sqlite_address, tmp_path, **AT_ONCE) as server, ThreadPoolExecutor(1) as waiter:
        with _client_of_each(server) as (one, other):
            waiting = waiter.submit(one.post, "/v1/forecasts", json=SECONDS_OF_WORK)
            told = "branchcast_computations"
            eventually(
                lambda: any(Scraped(other.get("/metrics").text).value(told, process=n, state="running") for n in "12")
            )
            for pid in _children(server).values():
                os.kill(pid, signal.SIGTERM)
            server.send(signal.SIGTERM)
            assert waiting.result(PATIENCE).status_code == 201
        assert server.ended() == 0


def test_a_second_signal_hurries_all(sqlite_address: str, tmp_path: Path) -> None:
    with serving(sqlite_address, tmp_path, **AT_ONCE) as server, ThreadPoolExecutor(2) as waiters:
        with _client_of_each(server) as clients:
            waiting = [waiters.submit(each.post, "/v1/forecasts", json=HOURS_OF_WORK) for each in clients]
            with server.client() as client:
                told = "branchcast_computations"
                eventually(
                    lambda: all(
                        Scraped(client.get("/metrics").text).value(told, process=n, state="running") for n in "12"
                    )
                )
            server.send(signal.SIGTERM)
            eventually(lambda: sum(line["event"] == "stopping" for line in _lines(server)) == 2)
            assert not any(each.done() for each in waiting)
            server.send(signal.SIGTERM)
            refused = [each.result(PATIENCE) for each in waiting]
        assert server.ended() == 0
    assert [(each.status_code, each.json()["type"]) for each in refused] == [(503, "/problems/busy")] * 2


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder for temporary files that no other server uses, with a path short enough for sockets."""
    with TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def test_children_end_with_a_parent_that_is_killed(sqlite_address: str, tmp_path: Path, temporary_folder: Path) -> None:
    """And leave nothing behind where they met."""
    with serving(sqlite_address, tmp_path, **TWO) as server:
        (folder,) = temporary_folder.glob("branchcast-*")
        assert (folder / "1").is_socket()
        children = _children(server).values()
        server.send(signal.SIGKILL)
        assert server.ended() == -signal.SIGKILL
        eventually(lambda: all(map(_ended, children)))
        events = [line["event"] for line in _lines(server)]
    assert (events.count("the parent is gone"), events.count("stopping")) == (2, 2)
    assert not folder.exists()


def test_processes_that_never_stay_end_the_server(sqlite_address: str, tmp_path: Path) -> None:
    """With a sentence and an exit code, after a few attempts; here each child ends before it has begun."""
    spoiled = "import sys\nif 'api.processes.child' in sys.orig_argv:\n    sys.exit('spoiled')\n"
    (tmp_path / "sitecustomize.py").write_text(spoiled, encoding="utf-8")
    options = ("--port", "0", "--database", sqlite_address, "--processes", "2")
    command = [sys.executable, "-m", "api.cli", "serve", *options]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, "answers at" in done.stdout) == (6, False), done.stderr
    assert 5 <= done.stderr.count('"process ended"') <= 9
    (said,) = re.findall(r"^Error: process [12] (.*)$", done.stderr, re.MULTILINE)
    assert said == (
        "ended 5 times before it had answered for 10 s, and the last one ended with exit code 1: its log lines say why"
    )

"""The harness that measures the service: what it reads off the wire and the kernel, its arithmetic, its pages."""

import asyncio
import os
import re
import threading
from pathlib import Path

import pytest

from api.store import forecasts, scenarios
from api.store.database import Database, database_url
from benchmarks.figures import Machine
from benchmarks.service.aims import aims
from benchmarks.service.bare import app as bare_app
from benchmarks.service.cases import ENGINE, PREVIEW, SPREAD
from benchmarks.service.figures import Load, Results, Sample, quantile
from benchmarks.service.fill import fill
from benchmarks.service.footprint import Footprint, cpu_seconds, footprint
from benchmarks.service.growth import Check, Leaks, Tolerance, gauges
from benchmarks.service.pages import leaks_page, load_page
from benchmarks.service.processes import Served
from benchmarks.service.reads import query_plans, read_cases
from benchmarks.service.wire import Answer, WireError, connected, parsed, request
from forecast.comparison import figures

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nETag: "a"\r\n\r\n{"ok":true}'
MACHINE = Machine("a processor", 2, 0.5, (("python", "3.11.7"),))
REST = Footprint(threads=10, files=20, sockets=4, resident=100.0, peak=110.0)


def test_a_request_states_the_length_of_its_body() -> None:
    assert request("POST", "/v1/preview", b"{}", {"If-Match": '"a"'}) == (
        b'POST /v1/preview HTTP/1.1\r\nHost: localhost\r\nIf-Match: "a"\r\n'
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("end", range(len(ANSWER)))
def test_an_answer_is_read_only_when_it_is_whole(end: int) -> None:
    assert parsed(ANSWER[:end]) is None


def test_an_answer_ends_where_its_length_says() -> None:
    found = parsed(ANSWER + b"HTTP/1.1 200")
    assert found == (Answer(200, {"content-length": "11", "etag": '"a"'}, b'{"ok":true}'), len(ANSWER))


def test_an_answer_that_never_has_a_body_ends_with_its_head() -> None:
    found = parsed(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n')
    assert found is not None
    assert (found[0].status, found[0].body) == (304, b"")


def test_an_answer_of_unknown_length_is_refused() -> None:
    with pytest.raises(WireError, match="states no Content-Length"):
        parsed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_a_connection_asks_one_thing_after_another_and_says_when_it_is_closed() -> None:
    """The server answers in two parts, and closes after the second answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER[:30])
            await writer.drain()
            writer.write(ANSWER[30:])
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def ask() -> list[int]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            connection = await connected(f"http://{host}:{port}")
            found = [(await connection.ask(request("GET", "/"))).status for _ in range(2)]
            with pytest.raises(WireError, match="closed"):
                await connection.ask(request("GET", "/"))
            connection.close()
        return found

    assert asyncio.run(ask()) == [200, 200]


def test_a_quantile_is_one_of_the_values() -> None:
    hundred = [float(value) for value in range(100, 0, -1)]
    assert [quantile(hundred, level) for level in (0.0, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]
    assert quantile([7.0], 0.99) == 7.0


def test_a_load_tells_the_median_of_its_rounds() -> None:
    rounds = (Sample((1.0, 2.0, 3.0), 2.0, 0.3), Sample((2.0,) * 3, 1.0, 0.3), Sample((9.0,) * 3, 9.0, 0.6))
    load = Load("a case", 1, rounds)
    assert (load.p50, load.p99, load.rate, load.requests) == (2.0, 3.0, 1.5, 9)
    assert load.cpu == pytest.approx(1.2 / 9)


def test_a_footprint_is_what_the_kernel_tells(tmp_path: Path) -> None:
    process = tmp_path / "7"
    (process / "fd").mkdir(parents=True)
    for number, target in enumerate(("socket:[11]", "/a/file", "socket:[12]")):
        (process / "fd" / str(number)).symlink_to(target)
    (process / "status").write_text("Name:\tpython\nVmHWM:\t4096 kB\nVmRSS:\t2048 kB\nThreads:\t5\n")
    (process / "stat").write_text("7 (a (strange) name) S " + " ".join(str(field) for field in range(4, 53)))
    assert footprint(7, tmp_path) == Footprint(threads=5, files=3, sockets=2, resident=2.0, peak=4.0)
    assert cpu_seconds(7, tmp_path) == (14 + 15) / os.sysconf("SC_CLK_TCK")


def test_a_footprint_is_that_of_a_server_with_the_processes_it_has_started(tmp_path: Path) -> None:
    """Another server's are not counted."""
    for pid, parent in ((7, 1), (8, 7), (9, 7), (10, 6)):
        process = tmp_path / str(pid)
        (process / "fd").mkdir(parents=True)
        (process / "fd" / "0").symlink_to("socket:[11]")
        (process / "status").write_text("Name:\tpython\nVmHWM:\t4096 kB\nVmRSS:\t2048 kB\nThreads:\t5\n")
        (process / "stat").write_text(f"{pid} (python) S {parent} " + " ".join(str(field) for field in range(5, 53)))
    assert footprint(7, tmp_path) == Footprint(threads=15, files=3, sockets=3, resident=6.0, peak=12.0)
    assert cpu_seconds(7, tmp_path) == 3 * (14 + 15) / os.sysconf("SC_CLK_TCK")


def test_a_footprint_of_this_process_counts_its_threads() -> None:
    held = threading.Event()
    thread = threading.Thread(target=held.wait)
    before = footprint(os.getpid()).threads
    thread.start()
    during = footprint(os.getpid()).threads
    held.set()
    thread.join()
    assert during == before + 1


def test_metrics_are_added_up_over_their_labels() -> None:
    text = '# HELP a what\na{state="running"} 1.0\na{state="waiting"} 2.0\nb 4.0\n'
    assert gauges(text) == {"a": 3.0, "b": 4.0}


def test_growth_within_the_tolerance_is_none() -> None:
    first = Check(1_000, REST, 0)
    more = Footprint(threads=11, files=400, sockets=4, resident=104.0, peak=900.0)
    assert Tolerance().grown(Leaks("sqlite", (first, Check(2_000, REST, 0)))) == {}
    assert Tolerance().grown(Leaks("sqlite", (first, Check(2_000, more, 3)))) == {"files": 380, "connections": 3}
    assert Tolerance().grown(Leaks("sqlite", (Check(1_000, more, 0), first))) == {}


def _results(milliseconds: float, rate: float) -> Results:
    taken = (milliseconds / 1e3,) * 10
    loads = tuple(
        Load(case, clients, (Sample(taken, len(taken) / rate, 0.01),))
        for case in (PREVIEW, ENGINE, SPREAD)
        for clients in (1, 16)
    )
    return Results("2026-01-01", False, MACHINE, 1.0, 0.68, loads, ())


def test_aims_are_held_against_the_figures() -> None:
    assert [aim.met for aim in aims(_results(5.0, 400.0))] == [True] * 5
    assert [aim.met for aim in aims(_results(20.0, 200.0))] == [False] * 5
    assert [aim.met for aim in aims(Results("2026-01-01", False, MACHINE, 1.0, 0.68, (), ()))] == [None] * 5


def test_on_a_machine_half_as_fast_as_that_of_the_aims_figures_count_for_twice_as_good() -> None:
    """The results say that their floor took 0.68 s, and the aims were set where it took 0.34."""
    page = load_page(_results(8.0, 200.0))
    assert "| preview alone, p50 | 8.00 ms | ≤ 6 ms | **not met** |" in page
    assert "| preview alone, p50 | 4.00 ms | ≤ 6 ms | met |" in page
    assert "| previews with 16 clients, a process per core | 400 /s | ≥ 300 /s | met |" in page


def test_the_page_of_load_sets_previews_beside_the_engine() -> None:
    page = load_page(_results(5.0, 400.0))
    assert "| preview alone, p50 | 5.00 ms | ≤ 6 ms | met |" in page
    assert "| previews with 16 clients, a process per core | 400 /s | ≥ 300 /s | met |" in page
    assert "| preview | 5.00 ms | 5.00 ms | 400 | 1.00 × | 1.00 ms | 1.00 × |" in page


def test_the_page_of_leaks_names_what_has_grown() -> None:
    more = Footprint(threads=10, files=20, sockets=4, resident=150.0, peak=150.0)
    page = leaks_page([Leaks("sqlite", (Check(10, REST, 0), Check(20, more, 0)))], Tolerance(), MACHINE, "2026-01-01")
    assert "From 10 requests on: **grown**: resident by 50.0." in page


def test_the_floor_has_the_two_endpoints_that_it_is_asked_for() -> None:
    assert {"/", "/engine"} <= bare_app.openapi()["paths"].keys()


def test_a_filled_store_is_one_that_the_service_reads(tmp_path: Path) -> None:
    """Its versions and forecasts are where the requests look for them, and indexes find them."""
    address = str(tmp_path / "filled.db")
    filled = fill(address, versions=3, count=30)
    database = Database(database_url(address))
    with database.reading() as connection:
        assert scenarios.head(connection, filled.scenario).version == 3
        course = forecasts.series(connection, filled.scenario, filled.place, 100)
        whole = forecasts.whole(connection, forecasts.get(connection, filled.forecasts[-1][1]))
    assert [(point.recorded_at, point.forecast_id) for point in reversed(course)] == list(filled.forecasts)
    assert [point.version for point in reversed(course)] == [1] * 10 + [2] * 10 + [3] * 10
    assert filled.place in figures(whole)
    plans = query_plans(filled, database)
    database.close()
    assert all("USING INDEX" in plan for found in plans.values() for plan in found)
    cases = read_cases(filled, Served(0, "http://127.0.0.1:1", None))
    assert all(re.match(rb"GET /v1/\S+ HTTP/1.1\r\n", one) for case in cases for one in case.requests)

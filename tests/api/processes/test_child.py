"""One of several processes: what it tells its parent and the others, and what makes it stop."""

import os
import pickle
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.processes.assignment import READY, STOP, Assignment
from api.processes.child import ChildServer
from api.processes.peers import Peers, Place
from api.settings import Settings
from api.store.database import Database, database_url
from tests.api.scraped import Scraped
from tests.waiting import PATIENCE, eventually


@dataclass(frozen=True)
class Child:
    """A child in a thread: where it answers, and the end of the pipe that its parent writes to."""

    server: ChildServer
    thread: threading.Thread
    url: str
    orders: int


@contextmanager
def _child(settings: Settings, place: Place) -> Iterator[Child]:
    (orders, parent_writes), (parent_reads, answers) = os.pipe(), os.pipe()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        closing(Database(database_url(settings.database))) as opened,
    ):
        server = ChildServer(settings, opened, place, orders, answers)
        thread = threading.Thread(target=server.run, args=([listener],))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.start()
        try:
            assert os.read(parent_reads, 64) == READY
            yield Child(server, thread, url, parent_writes)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            for each in (orders, parent_reads, answers):
                os.close(each)


@pytest.fixture
def child(sqlite_address: str, tmp_path: Path) -> Iterator[Child]:
    settings = Settings(database=sqlite_address, scenarios=(), keyless=True, processes=2)
    with _child(settings, Place(1, 2, tmp_path)) as child:
        yield child


def test_it_tells_its_metrics_to_the_others_and_theirs_with_its_own(child: Child, tmp_path: Path) -> None:
    """Here the other one never answers."""
    assert httpx.get(f"{child.url}/healthz").status_code == 200
    asking = Peers(Place(2, 2, tmp_path))
    (heard,) = asking.hear(asking.ask()).values()
    assert heard is not None
    counted = {"process": "1", "method": "GET", "route": "/healthz", "status": "200"}
    assert Scraped(heard.decode()).value("branchcast_http_requests_total", **counted) == 1
    found = Scraped(httpx.get(f"{child.url}/metrics").text)
    assert {dict(labels)["process"] for labels in found.labels("branchcast_process_up")} == {"1", "2"}
    assert [found.value("branchcast_process_up", process=process) for process in "12"] == [1, 0]
    os.close(child.orders)


def test_an_order_stops_it(child: Child) -> None:
    """Another one ends the grace, which it may tell from signals: those it takes for one."""
    os.write(child.orders, STOP)
    child.thread.join(PATIENCE)
    assert (child.thread.is_alive(), child.server.orphaned, child.server.hurried) == (False, False, False)
    os.close(child.orders)


def test_orders_that_come_together_stop_it_at_once(child: Child) -> None:
    os.write(child.orders, STOP * 2)
    child.thread.join(PATIENCE)
    assert (child.thread.is_alive(), child.server.orphaned, child.server.hurried) == (False, False, True)
    os.close(child.orders)


def test_the_end_of_its_parent_stops_it(child: Child) -> None:
    os.close(child.orders)
    child.thread.join(PATIENCE)
    assert (child.thread.is_alive(), child.server.orphaned, child.server.hurried) == (False, True, False)


def test_signals_to_itself_never_mean_haste(child: Child) -> None:
    for _ in range(3):
        child.server.handle_exit(15, None)
    eventually(lambda: not child.thread.is_alive())
    assert not child.server.hurried
    os.close(child.orders)


def test_an_assignment_is_one_line(tmp_path: Path) -> None:
    """Also with a line end in a setting, and its types are kept."""
    settings = Settings(database="a\nb.db", scenarios=("x", "y"), processes=2)
    assigned = Assignment(settings, Place(1, 2, tmp_path), 7)
    assert assigned.line().count(b"\n") == 1
    assert Assignment.of(assigned.line()) == assigned


def test_a_line_that_is_no_assignment_is_refused() -> None:
    with pytest.raises(AssertionError):
        Assignment.of(pickle.dumps("something").hex().encode())

"""How the processes of a server tell each other their metrics, and what is said for one that does not."""

import asyncio
import os
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.metrics import Metrics, joined, not_heard
from api.processes import peers
from api.processes.errors import ProcessesError
from api.processes.peers import Peers, Place, meeting_folder, tell
from tests.api.scraped import Scraped


@contextmanager
def _telling(place: Place, text: bytes) -> Iterator[None]:
    """Tell a text in a loop of its own while the context lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(tell(place, lambda: text), loop).result()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@contextmanager
def _saying(place: Place, said: bytes, then_close: bool) -> Iterator[None]:
    """Take a connection at a place, say something, and close it or keep it open."""
    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(place.socket(place.number))
        listener.listen()
        taken = pool.submit(lambda: listener.accept()[0])
        yield_to = pool.submit(lambda: _say(taken.result(), said, then_close))
        yield
        yield_to.result().close()


def _say(connection: socket.socket, said: bytes, then_close: bool) -> socket.socket:
    connection.sendall(said)
    if then_close:
        connection.close()
    return connection


def test_each_of_the_others_is_heard(tmp_path: Path) -> None:
    """Also a text of many parts."""
    one, two, three = (Place(number, 3, tmp_path) for number in (1, 2, 3))
    long = b"a 1.0\n" * 100_000
    with _telling(two, long), _telling(three, b"b 2.0\n"):
        asking = Peers(one)
        assert asking.hear(asking.ask()) == {2: long, 3: b"b 2.0\n"}


@pytest.mark.parametrize("then_close", [True, False])
def test_half_a_text_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then_close: bool) -> None:
    """Of a process that died while it told, and of one that stands still."""
    monkeypatch.setattr(peers, "HEARING_SECONDS", 0.2)
    with _saying(Place(2, 3, tmp_path), b"a 1.0\n", then_close):
        asking = Peers(Place(1, 3, tmp_path))
        assert asking.hear(asking.ask()) == {2: None, 3: None}


def test_the_folder_is_for_this_user_alone_and_goes() -> None:
    with meeting_folder() as folder:
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert not folder.exists()


def test_a_folder_whose_sockets_would_have_too_long_a_path_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(ProcessesError, match="let TMPDIR name another, such as /tmp"), meeting_folder():
        pass
    assert list(deep.iterdir()) == []


def test_a_machine_without_a_place_for_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with pytest.raises(ProcessesError, match="let TMPDIR name one that can be written"), meeting_folder():
        pass


def test_every_sample_names_its_process_and_every_metric_is_explained_once() -> None:
    both = Metrics(1), Metrics(2)
    both[1].count_run("done", 0.5)
    text = joined([*(each.text() for each in both), not_heard(3)]).decode()
    found = Scraped(text)
    assert [found.value("branchcast_runs_ended_total", process=n, end="done") for n in "12"] == [0, 1]
    assert [found.value("branchcast_process_up", process=n) for n in "123"] == [1, 1, 0]
    explained = [line.split()[:3] for line in text.splitlines() if line.startswith("#")]
    assert len(explained) == len({tuple(each) for each in explained}) == 2 * len(found.families)


def test_what_the_first_has_no_samples_of_is_explained_once_too() -> None:
    """Nobody has asked the first for anything yet."""
    both = Metrics(1), Metrics(2)
    both[1].requests.labels("GET", "/", "200").inc()
    text = joined(each.text() for each in both).decode()
    assert text.count("# HELP branchcast_http_requests_total ") == 1
    assert (
        Scraped(text).value("branchcast_http_requests_total", process="2", method="GET", route="/", status="200") == 1
    )

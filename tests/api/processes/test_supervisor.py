"""The parent of several processes, with children that are nothing but a line of Python."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.processes import supervisor
from api.processes.errors import ProcessesError
from api.processes.supervisor import Supervisor
from api.settings import Settings
from tests.api.told import listening as hearing

READY = "import os; os.write(1, b'ready\\n')"
HEED = "open(0, 'rb', buffering=0, closefd=False).readline(); order = os.read(0, 64)"


@pytest.fixture(autouse=True)
def handlers_and_haste(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace what ends without a pause, and give the tests their own handlers of signals back."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.0)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def supervised(listener: socket.socket, tmp_path: Path) -> Callable[..., Supervisor]:
    """Return what makes a parent of two children that run some Python."""

    def made(program: str, announced: Callable[[], object] = lambda: None) -> Supervisor:
        return Supervisor(Settings(processes=2), [listener], tmp_path, announced, (sys.executable, "-c", program))

    return made


def _tell_this_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_announces_once_all_answer_and_passes_on_what_it_is_told(
    supervised: Callable[..., Supervisor], listener: socket.socket
) -> None:
    """Nobody can connect any more from then on."""
    announced: list[bool] = []

    def note() -> None:
        announced.append(listener.fileno() >= 0)
        _tell_this_process()

    supervised(f"{READY}; {HEED}; assert order == b's'", note).run()
    assert announced == [True]
    assert listener.fileno() < 0


def test_a_child_that_ends_early_again_and_again_ends_the_server(supervised: Callable[..., Supervisor]) -> None:
    with (
        hearing() as told,
        pytest.raises(ProcessesError, match="ended 5 times before it had answered for 10 s, and the last one ended"),
    ):
        supervised("raise SystemExit(7)").run()
    ends = [line["end"] for line in told.of("process ended")]
    assert set(ends) == {"ended with exit code 7"}
    assert 5 <= len(ends) <= 9


def test_a_child_that_had_answered_for_long_is_replaced_however_often(
    supervised: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each leaves a file and dies; the parent is told to stop when there are many."""
    monkeypatch.setattr(supervisor, "EARLY_SECONDS", 0.0)
    noted = f"{READY}; import sys, pathlib; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()"
    enough = f"len(os.listdir({str(tmp_path)!r})) >= 14 and os.kill(os.getppid(), {signal.SIGTERM.value})"
    with hearing() as told:
        supervised(f"{noted}; {enough}; sys.exit(0)").run()
    assert len(told.of("process ended")) >= 12


def test_a_child_that_fails_while_it_stops_is_told(supervised: Callable[..., Supervisor]) -> None:
    with pytest.raises(ProcessesError, match=r"process [12] ended with exit code 3 while it stopped"):
        supervised(f"{READY}; {HEED}; raise SystemExit(3)", _tell_this_process).run()


def test_a_child_that_cannot_be_started_is_told(listener: socket.socket, tmp_path: Path) -> None:
    parent = Supervisor(Settings(processes=2), [listener], tmp_path, lambda: None, ("/no/such/program",))
    with pytest.raises(ProcessesError, match=r"the last one could not be started \(.*No such file.*/no/such/program"):
        parent.run()

"""Runs in a process: taken, renewed, stopped, handed back; and nothing that goes wrong ends the taking."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from api.errors import StoreUnavailableError
from api.store import runs, tables
from api.store.database import Database, database_url
from api.store.runs import Run
from api.work import runner as runner_module
from api.work.computations import StoppedError
from api.work.runner import LostRunError, Runner
from forecast.engine import Progress
from tests.api.store.support import SetClock
from tests.api.stored_runs import LEASE, create_run, get_run
from tests.waiting import PATIENCE, eventually

QUICK = timedelta(seconds=0.03)
"""A lease by the test's clock, which stands; in real time it is renewed every hundredth of a second."""

CarryOut = Callable[[Run, Progress], None]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(database_address: str, clock: SetClock) -> Iterator[Database]:
    database = Database(database_url(database_address), clock)
    yield database
    database.close()


@pytest.fixture
def start(database: Database) -> Iterator[Callable[..., Runner]]:
    """Yield what starts a runner; all are closed at the end."""
    started: list[Runner] = []

    def start(carry_out: CarryOut, threads: int = 1, lease: timedelta = QUICK) -> Runner:
        runner = Runner(database, carry_out, threads, lease)
        started.append(runner)
        runner.start()
        return runner

    yield start
    for runner in started:
        runner.close()


class Held:
    """Carries out a run by going on until it is released; remembers how it was stopped."""

    def __init__(self) -> None:
        self.begun: list[Run] = []
        self.started, self.released, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.stopped_by: type[BaseException] | None = None
        self.done = 0

    def __call__(self, run: Run, progress: Progress) -> None:
        self.begun.append(run)
        self.started.set()
        try:
            while not self.released.wait(0.001):
                progress(self.done, run.draws)
        except (LostRunError, StoppedError) as error:
            self.stopped_by = type(error)
        finally:
            self.ended.set()


def finishing(database: Database, done: list[str], enough: int) -> tuple[CarryOut, threading.Event]:
    """Return what ends each run as done and notes its id, and an event that is set when there are enough."""
    all_done, lock = threading.Event(), threading.Lock()

    def carry_out(run: Run, progress: Progress) -> None:
        with database.writing() as connection:
            assert runs.finish(connection, database.now(connection), run.claim, "done")
        with lock:
            done.append(run.id)
            if len(done) >= enough:
                all_done.set()

    return carry_out, all_done


def test_runs_that_wait_are_carried_out(database: Database, clock: SetClock, start: Callable[..., Runner]) -> None:
    for number in range(3):
        create_run(database, clock.forward(seconds=1), f"run-{number}")
    done: list[str] = []
    carry_out, all_done = finishing(database, done, 3)
    runner = start(carry_out)
    assert all_done.wait(PATIENCE)
    assert done == ["run-0", "run-1", "run-2"]
    assert {get_run(database, run_id).holder for run_id in done} == {runner.holder}


def test_a_new_run_wakes_an_idle_process(
    database: Database, clock: SetClock, start: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not have to wait for the next look."""
    monkeypatch.setattr(runner_module, "POLL_SECONDS", 3_600.0)
    looked = threading.Event()
    look = runs.any_free

    def seen(*arguments: object) -> bool:
        found = look(*arguments)  # type: ignore[arg-type]
        looked.set()
        return found

    monkeypatch.setattr(runs, "any_free", seen)
    carry_out, all_done = finishing(database, [], 1)
    runner = start(carry_out)
    assert looked.wait(PATIENCE)
    create_run(database, clock(), "one")
    runner.wake()
    assert all_done.wait(PATIENCE)


def test_two_processes_share_the_work(database: Database, clock: SetClock, start: Callable[..., Runner]) -> None:
    wanted = [f"run-{number:02}" for number in range(20)]
    for run_id in wanted:
        create_run(database, clock(), run_id)
    done: list[str] = []
    carry_out, all_done = finishing(database, done, len(wanted))
    start(carry_out, threads=2)
    start(carry_out, threads=2)
    assert all_done.wait(PATIENCE)
    assert sorted(done) == wanted
    assert {get_run(database, run_id).attempt for run_id in wanted} == {1}


def test_no_more_runs_than_threads_are_taken(database: Database, clock: SetClock, start: Callable[..., Runner]) -> None:
    """What a process has no thread for is left to others."""
    for number in range(3):
        create_run(database, clock.forward(seconds=1), f"run-{number}")
    held = Held()
    runner = start(held, threads=2)
    eventually(lambda: len(held.begun) == 2)
    assert runner.held == 2
    assert get_run(database, "run-2").status == "queued"
    held.released.set()
    eventually(lambda: len(held.begun) >= 3)


def test_the_lease_is_renewed_while_a_run_lasts(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    """And the heartbeat carries out how far the run is."""
    create_run(database, clock(), "one")
    held = Held()
    start(held)
    assert held.started.wait(PATIENCE)
    for done in (1024, 2048):
        held.done = done
        clock.forward(seconds=0.02)
        eventually(lambda: get_run(database, "one").lease_until == clock() + QUICK)
        _reaches(database, done)
    assert get_run(database, "one").attempt == 1


def _reaches(database: Database, done: int) -> None:
    eventually(lambda: get_run(database, "one").done == done)


def test_a_run_that_is_to_be_cancelled_is_stopped(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    """Whichever process the request reached."""
    create_run(database, clock(), "one")
    held = Held()
    start(held)
    assert held.started.wait(PATIENCE)
    with database.writing() as connection:
        runs.request_cancel(connection, clock(), "one")
    assert held.ended.wait(PATIENCE)
    assert held.stopped_by is LostRunError


def test_a_run_that_was_taken_over_is_stopped(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    create_run(database, clock(), "one")
    held = Held()
    start(held)
    assert held.started.wait(PATIENCE)
    _take_over(database, clock, "one")
    assert held.ended.wait(PATIENCE)
    assert held.stopped_by is LostRunError
    assert get_run(database, "one").holder == "heir"


def _take_over(database: Database, clock: SetClock, run_id: str) -> None:
    """End the lease and claim the run in one transaction, so that no heartbeat comes between."""
    with database.writing() as connection:
        ended = clock() - timedelta(seconds=1)
        connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(lease_until=ended))
        assert runs.claim(connection, clock(), "heir", LEASE) is not None


def test_the_runs_of_a_dead_process_are_taken_up(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    create_run(database, clock(), "one", holder="dead")
    done: list[str] = []
    carry_out, all_done = finishing(database, done, 1)
    runner = start(carry_out)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    runner.wake()
    assert all_done.wait(PATIENCE)
    assert (get_run(database, "one").attempt, get_run(database, "one").holder) == (2, runner.holder)


def test_closing_stops_what_is_under_way_and_waits_for_it(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    held = Held()
    runner = Runner(database, held, 1, QUICK)
    runner.start()
    assert held.started.wait(PATIENCE)
    create_run(database, clock(), "two")
    runner.close()
    assert held.ended.is_set()
    assert held.stopped_by is StoppedError
    assert runner.held == 0
    assert get_run(database, "two").status == "queued"


def test_a_runner_that_never_started_can_be_closed(database: Database) -> None:
    Runner(database, lambda run, progress: None, 1, QUICK).close()


def test_a_run_that_breaks_off_does_not_end_the_others(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    """An error that nobody expected leaves the run to its lease, and the thread goes on to the next."""
    for number in range(3):
        create_run(database, clock.forward(seconds=1), f"run-{number}")
    errors: list[Exception] = [RuntimeError("a fault of ours"), StoreUnavailableError("the database is away", 1)]
    last = threading.Event()

    def carry_out(run: Run, progress: Progress) -> None:
        if errors:
            raise errors.pop(0)
        last.set()

    runner = start(carry_out, lease=LEASE)
    assert last.wait(PATIENCE)
    eventually(lambda: runner.held == 0)
    assert [get_run(database, f"run-{number}").status for number in range(3)] == ["running"] * 3


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), StoreUnavailableError("it is away", 1)])
def test_a_claim_that_fails_does_not_end_the_claiming(
    database: Database,
    clock: SetClock,
    start: Callable[..., Runner],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    create_run(database, clock(), "one")
    claim, failed = runs.claim, threading.Event()

    def claim_second_time(*arguments: object) -> Run | None:
        if not failed.is_set():
            failed.set()
            raise error
        return claim(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "claim", claim_second_time)
    carry_out, all_done = finishing(database, [], 1)
    runner = start(carry_out)
    assert failed.wait(PATIENCE)
    runner.wake()
    assert all_done.wait(PATIENCE)


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), StoreUnavailableError("it is away", 1)])
def test_a_heartbeat_that_fails_does_not_end_the_renewing(
    database: Database,
    clock: SetClock,
    start: Callable[..., Runner],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """And the run goes on meanwhile: one missed heartbeat is not a lost lease."""
    create_run(database, clock(), "one")
    renew, failed = runs.renew, threading.Event()

    def renew_second_time(*arguments: object) -> set[runs.Claim]:
        if not failed.is_set():
            failed.set()
            raise error
        return renew(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "renew", renew_second_time)
    held = Held()
    held.done = 512
    start(held)
    assert failed.wait(PATIENCE)
    _reaches(database, 512)
    assert held.stopped_by is None


def test_a_run_that_was_handed_back_may_come_to_the_same_process_at_once(
    database: Database, clock: SetClock, start: Callable[..., Runner]
) -> None:
    """Its second holding lasts when the first ends, although both make the same claim."""
    create_run(database, clock(), "one", holder="p")
    held = Held()
    runner = start(held)
    with database.writing() as connection:
        connection.execute(update(tables.run).values(holder=runner.holder))
    first = get_run(database, "one")
    with runner.holding(first):
        with database.writing() as connection:
            runs.hand_back(connection, first.claim)
        runner.wake()
        assert held.started.wait(PATIENCE)
    assert held.begun[0].claim == first.claim
    held.done = 77
    _reaches(database, 77)
    assert runner.held == 1

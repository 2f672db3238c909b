"""Runs in the database: each is held by one process at a time, and who has lost a run changes nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.errors import UnknownRecordError
from api.store import runs
from api.store.database import Database, database_url
from api.store.runs import Run
from tests.api.store.support import SetClock
from tests.api.stored_runs import LEASE, SETTINGS, create_run, get_run
from tests.databases import PostgresqlDatabases

BEYOND = LEASE.total_seconds() + 0.001


def _claim(database: Database, clock: SetClock, holder: str) -> Run | None:
    with database.writing() as connection:
        return runs.claim(connection, clock(), holder, LEASE)


def _claimed(database: Database, clock: SetClock, holder: str) -> Run:
    run = _claim(database, clock, holder)
    assert run is not None
    return run


def _page(database: Database, limit: int, before: Run | None = None, scenario_id: str | None = None) -> list[str]:
    place = None if before is None else (before.created_at, before.id)
    with database.reading() as connection:
        return [run.id for run in runs.page(connection, limit, place, scenario_id)]


def test_what_was_ordered_is_read_back(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    run = get_run(database, "one")
    assert (run.status, run.attempt, run.done, run.draws, run.holder) == ("queued", 0, 0, 4096, None)
    assert (run.settings, run.price, run.actor, run.author, run.reason) == (SETTINGS, 8192, "team", "ann", "a test")
    assert (run.created_at, run.started_at, run.finished_at, run.finished) == (clock(), None, None, False)


def test_an_unknown_run_is_named(database: Database) -> None:
    with pytest.raises(UnknownRecordError, match="there is no run 'none'"):
        get_run(database, "none")


def test_the_run_that_has_waited_longest_is_claimed_first(database: Database, clock: SetClock) -> None:
    for name in ("b", "a", "c"):
        create_run(database, clock(), name)
        clock.forward(seconds=1)
    taken = [_claimed(database, clock, "p") for _ in range(3)]
    assert [run.id for run in taken] == ["b", "a", "c"]
    assert _claim(database, clock, "p") is None
    first = get_run(database, "b")
    assert (first.status, first.holder, first.attempt) == ("running", "p", 1)
    assert (first.started_at, first.lease_until) == (clock(), clock() + LEASE)


def test_a_run_that_is_held_from_the_start_is_not_claimed(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one", holder="p")
    assert _claim(database, clock, "q") is None
    assert (get_run(database, "one").status, get_run(database, "one").attempt) == ("running", 1)


def test_many_claim_at_once_and_each_run_is_taken_once(
    database: Database, clock: SetClock, database_address: str
) -> None:
    """Four threads of each of two processes; here two databases opened apart stand for the processes."""
    wanted = [f"run-{number:02}" for number in range(40)]
    for run_id in wanted:
        create_run(database, clock(), run_id)
    other = Database(database_url(database_address), clock)

    def take_all(worker: int) -> list[Run]:
        taken = []
        while (run := _claim((database, other)[worker % 2], clock, f"p{worker}")) is not None:
            taken.append(run)
        return taken

    with ThreadPoolExecutor(8) as workers:
        taken = [run for each in workers.map(take_all, range(8)) for run in each]
    other.close()
    assert sorted(run.id for run in taken) == wanted
    assert {run.attempt for run in taken} == {1}


def test_a_claim_under_way_makes_nobody_wait(postgresql_databases: PostgresqlDatabases, clock: SetClock) -> None:
    """On PostgreSQL, where transactions run side by side, the next process skips the run and takes another."""
    address = postgresql_databases.address()
    database = Database(database_url(address), clock)
    create_run(database, clock(), "one")
    clock.forward(seconds=1)
    create_run(database, clock(), "two")
    with database.writing() as first, database.writing() as second:
        taken = [runs.claim(connection, clock(), "p", LEASE) for connection in (first, second, second)]
    database.close()
    postgresql_databases.drop(address)
    assert [run and run.id for run in taken] == ["one", "two", None]


def test_a_run_is_free_again_when_its_lease_has_ended(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    _claimed(database, clock, "dead")
    clock.forward(seconds=LEASE.total_seconds())
    with database.reading() as connection:
        assert not runs.any_free(connection, clock())
    assert _claim(database, clock, "heir") is None
    clock.forward(microseconds=1)
    with database.reading() as connection:
        assert runs.any_free(connection, clock())
    heir = _claimed(database, clock, "heir")
    assert (heir.id, heir.holder, heir.attempt, heir.done) == ("one", "heir", 2, 0)
    assert heir.lease_until == clock() + LEASE


def test_a_lease_that_is_renewed_does_not_end(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    held = _claimed(database, clock, "p").claim
    for done in (1024, 2048):
        clock.forward(seconds=20)
        with database.writing() as connection:
            assert runs.renew(connection, clock(), LEASE, {held: (done, 8192)}) == {held}
        run = get_run(database, "one")
        assert (run.done, run.draws, run.lease_until) == (done, 8192, clock() + LEASE)
    assert _claim(database, clock, "q") is None


def test_who_has_lost_a_run_changes_nothing(database: Database, clock: SetClock) -> None:
    """A process that slept through the end of its lease comes back late, with everything it might do."""
    create_run(database, clock(), "one")
    late = _claimed(database, clock, "late").claim
    clock.forward(seconds=BEYOND)
    heir = _claimed(database, clock, "heir")
    with database.writing() as connection:
        assert runs.renew(connection, clock(), LEASE, {late: (4096, 4096)}) == set()
        for status in ("done", "failed", "cancelled"):
            assert not runs.finish(connection, clock(), late, status, forecast_id="late", problem={"detail": "late"})
        runs.hand_back(connection, late)
    assert get_run(database, "one") == heir


def test_the_same_process_may_lose_a_run_to_itself(database: Database, clock: SetClock) -> None:
    """The attempt tells the two apart."""
    create_run(database, clock(), "one")
    late = _claimed(database, clock, "p").claim
    clock.forward(seconds=BEYOND)
    again = _claimed(database, clock, "p")
    with database.writing() as connection:
        assert runs.renew(connection, clock(), LEASE, {late: (0, 1), again.claim: (2, 3)}) == {again.claim}
        assert not runs.finish(connection, clock(), late, "done")
    assert (get_run(database, "one").done, get_run(database, "one").draws) == (2, 3)


def test_a_run_ends_once(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one", holder="p")
    held = get_run(database, "one").claim
    clock.forward(seconds=3)
    with database.writing() as connection:
        assert runs.finish(connection, clock(), held, "done", forecast_id="f", draws=8192)
        assert not runs.finish(connection, clock(), held, "failed", problem={"detail": "no"})
        assert runs.renew(connection, clock(), LEASE, {held: (0, 1)}) == set()
    run = get_run(database, "one")
    assert (run.status, run.forecast_id, run.done, run.draws, run.problem) == ("done", "f", 8192, 8192, None)
    assert (run.finished_at, run.finished) == (clock(), True)
    clock.forward(seconds=BEYOND)
    assert _claim(database, clock, "q") is None


def test_a_failed_run_says_why(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one", holder="p")
    problem = {"type": "/problems/x", "detail": "why · 合意"}
    with database.writing() as connection:
        assert runs.finish(connection, clock(), get_run(database, "one").claim, "failed", problem=problem)
    assert (get_run(database, "one").status, get_run(database, "one").problem) == ("failed", problem)


def test_a_run_that_is_handed_back_can_be_taken_at_once(database: Database, clock: SetClock) -> None:
    """And that attempt does not count: nothing was wrong with the run."""
    create_run(database, clock(), "one")
    held = _claimed(database, clock, "p").claim
    with database.writing() as connection:
        runs.renew(connection, clock(), LEASE, {held: (1024, 4096)})
        runs.hand_back(connection, held)
    run = get_run(database, "one")
    assert (run.status, run.holder, run.lease_until, run.attempt, run.done) == ("queued", None, None, 0, 0)
    assert _claimed(database, clock, "q").attempt == 1


def test_a_run_that_waits_is_cancelled_at_once(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    with database.writing() as connection:
        before, run = runs.request_cancel(connection, clock(), "one")
    assert before.status == "queued"
    assert (run.status, run.finished_at) == ("cancelled", clock())
    assert _claim(database, clock, "p") is None


def test_the_holder_of_a_run_learns_that_it_is_to_be_cancelled(database: Database, clock: SetClock) -> None:
    """It ends the run itself, so that what it is about to record is not cut off half-way."""
    create_run(database, clock(), "one")
    held = _claimed(database, clock, "p").claim
    with database.writing() as connection:
        _, asked = runs.request_cancel(connection, clock(), "one")
        assert (asked.status, asked.cancel_requested) == ("running", 1)
        assert runs.renew(connection, clock(), LEASE, {held: (1, 2)}) == set()
        assert runs.finish(connection, clock(), held, "cancelled")
    assert get_run(database, "one").status == "cancelled"


def test_a_request_to_cancel_outlives_the_holder(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one")
    _claimed(database, clock, "dead")
    with database.writing() as connection:
        runs.request_cancel(connection, clock(), "one")
    clock.forward(seconds=BEYOND)
    assert _claimed(database, clock, "heir").cancel_requested == 1


def test_a_finished_run_is_not_cancelled(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "one", holder="p")
    with database.writing() as connection:
        runs.finish(connection, clock(), get_run(database, "one").claim, "done", forecast_id="f")
        before = runs.get(connection, "one")
        assert runs.request_cancel(connection, clock.forward(seconds=1), "one") == (before, before)


def test_only_runs_that_wait_count_as_queued(database: Database, clock: SetClock) -> None:
    for name in ("a", "b", "c"):
        create_run(database, clock(), name)
    create_run(database, clock(), "d", holder="p")
    _claimed(database, clock, "p")
    with database.reading() as connection:
        assert runs.queued(connection) == 2


def test_pages_go_through_every_run_once_newest_first(database: Database, clock: SetClock) -> None:
    """Runs of one moment are told apart by their ids, and one that comes meanwhile moves nothing."""
    for name in ("a", "c", "b"):
        create_run(database, clock(), name)
    clock.forward(seconds=1)
    create_run(database, clock(), "0")
    assert _page(database, 2) == ["0", "c"]
    create_run(database, clock(), "new")
    assert _page(database, 2, get_run(database, "c")) == ["b", "a"]
    assert _page(database, 2, get_run(database, "a")) == []


def test_pages_may_be_of_one_scenario(database: Database, clock: SetClock) -> None:
    create_run(database, clock(), "a")
    assert _page(database, 9, scenario_id="minimal") == ["a"]
    assert _page(database, 9, scenario_id="trump-kim-2025") == []

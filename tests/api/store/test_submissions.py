"""The outbox: a request is stored once and held by one process at a time; and the step that made room for it."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select, update

from api.errors import UnknownRecordError
from api.store import audit, schema, submissions, tables
from api.store.audit_chain import BrokenLogError
from api.store.database import Database, database_url
from api.store.schema import SchemaError
from api.store.submissions import Receipt, Submission
from api.store.verification import verify
from api.work.keyring import KeyWish, make_key
from api.work.scenario_files import ScenarioFile, store_new
from tests.api.store.crowds import record_crowd
from tests.api.store.support import NEW_YEAR, SetClock
from tests.api.work.courier.carried import asked, forecast

LEASE = timedelta(minutes=5)


def _asked(submission_id: str, **more: Any) -> Submission:  # noqa: ANN401 -- columns
    distortion = {"listing": "metaculus, 'q'", "reason": "rounded", "figures": {"moved": 0.001}}
    usual: dict[str, Any] = {"listings": ["deal"], "distortions": [distortion]}
    return asked(forecast(0.3), NEW_YEAR, submission_id, **usual | more)


def _add(database: Database, *asked: Submission) -> list[Submission]:
    with database.writing() as connection:
        return [submissions.add(connection, each) for each in asked]


def _get(database: Database, submission_id: str = "s1") -> Submission:
    with database.reading() as connection:
        return submissions.get(connection, submission_id)


def _claim(database: Database, clock: SetClock, holder: str) -> tuple[Submission, bool] | None:
    with database.writing() as connection:
        return submissions.claim(connection, clock(), holder, LEASE)


def _claimed(database: Database, clock: SetClock, holder: str = "p") -> Submission:
    claimed = _claim(database, clock, holder)
    assert claimed is not None
    return claimed[0]


def test_what_was_asked_for_is_read_back(database: Database) -> None:
    (added,) = _add(database, asked := _asked("s1"))
    assert added == asked == _get(database)


def test_an_unknown_submission_is_named(database: Database) -> None:
    with pytest.raises(UnknownRecordError, match="there is no submission 'none': GET /v1/submissions lists them"):
        _get(database, "none")


def test_of_two_requests_with_one_key_the_first_is_stored(database: Database, clock: SetClock) -> None:
    """The second is told how far the first is."""
    _add(database, _asked("s1", dedupe_key="k"))
    _claimed(database, clock)
    (second,) = _add(database, _asked("s2", dedupe_key="k", reason="again"))
    assert (second.id, second.reason, second.status) == ("s1", "a test", "sending")
    with pytest.raises(UnknownRecordError):
        _get(database, "s2")


def test_the_one_that_is_due_the_longest_is_claimed_first(database: Database, clock: SetClock) -> None:
    late, early, equal = (NEW_YEAR + timedelta(seconds=s) for s in (2, 1, 2))
    _add(
        database,
        *(
            _asked(name, not_before=moment, listings=[name])
            for name, moment in (("b", late), ("c", early), ("a", equal))
        ),
    )
    clock.forward(seconds=2)
    assert [_claimed(database, clock).id for _ in range(3)] == ["c", "a", "b"]
    assert _claim(database, clock, "p") is None


def test_requests_about_one_listing_go_one_after_another(database: Database, clock: SetClock) -> None:
    """Also where the first waits, is held, or was left by a dead process; others need not wait for it."""
    first, second, apart = (
        _asked("s1", listings=["x", "y"], not_before=NEW_YEAR + timedelta(hours=1)),
        _asked("s2", listings=["y", "z"], created_at=NEW_YEAR + timedelta(seconds=1)),
        _asked("s3", listings=["w"], created_at=NEW_YEAR + timedelta(seconds=2)),
    )
    elsewhere = _asked("s4", listings=["y"], platform="manifold", created_at=NEW_YEAR + timedelta(seconds=3))
    _add(database, first, second, apart, elsewhere)
    clock.forward(seconds=5)
    others = [_claimed(database, clock) for _ in range(2)]
    assert [each.id for each in others] == ["s3", "s4"]
    assert _claim(database, clock, "p") is None
    with database.writing() as connection:
        assert all(submissions.finish(connection, clock(), each, "confirmed") for each in others)
    clock.forward(hours=1)
    held = _claimed(database, clock)
    assert held.id == "s1"
    clock.forward(seconds=LEASE.total_seconds() / 2)
    assert _claim(database, clock, "p") is None
    with database.writing() as connection:
        assert submissions.finish(connection, clock(), held, "confirmed")
    assert _claimed(database, clock).id == "s2"


def test_nothing_is_claimed_before_it_is_due(database: Database, clock: SetClock) -> None:
    _add(database, _asked("s1", not_before=NEW_YEAR + timedelta(seconds=10)))

    def due() -> bool:
        with database.reading() as connection:
            return submissions.any_due(connection, clock())

    clock.forward(seconds=9.999)
    assert (due(), _claim(database, clock, "p")) == (False, None)
    clock.forward(seconds=0.001)
    assert due()
    held, held_before = _claim(database, clock, "p") or (None, None)
    assert (held, held_before) == (_get(database), False)
    assert not due()
    assert held is not None
    assert (held.status, held.attempt, held.holder, held.lease_until) == ("sending", 1, "p", clock() + LEASE)


def test_what_is_held_is_claimed_when_its_lease_has_ended(database: Database, clock: SetClock) -> None:
    """And whoever does is told that it may have arrived."""
    _add(database, _asked("s1"))
    _claimed(database, clock, "p")
    clock.forward(seconds=LEASE.total_seconds())
    assert _claim(database, clock, "q") is None
    clock.forward(seconds=0.001)
    held, held_before = _claim(database, clock, "q") or (None, None)
    assert held is not None
    assert (held.attempt, held.holder, held_before) == (2, "q", True)


def test_a_lease_that_is_renewed_lasts_longer(database: Database, clock: SetClock) -> None:
    _add(database, _asked("s1"))
    held = _claimed(database, clock)
    clock.forward(minutes=4)
    with database.writing() as connection:
        assert submissions.renew(connection, held, clock() + LEASE)
    clock.forward(minutes=4)
    assert _claim(database, clock, "q") is None


def test_what_is_put_off_waits_and_what_is_finished_is_over(database: Database, clock: SetClock) -> None:
    _add(database, _asked("s1"))
    with database.writing() as connection:
        assert submissions.put_off(connection, _held(connection, clock), clock() + timedelta(hours=1))
    waiting = _get(database)
    assert (waiting.status, waiting.holder, waiting.lease_until) == ("waiting", None, None)
    assert (waiting.not_before, waiting.attempt) == (clock() + timedelta(hours=1), 1)
    assert _claim(database, clock, "q") is None
    clock.forward(hours=1)
    with database.writing() as connection:
        assert submissions.finish(connection, clock(), _held(connection, clock), "refused")
    over = _get(database)
    assert (over.status, over.finished_at, over.holder, over.attempt) == ("refused", clock(), None, 2)
    clock.forward(days=400)
    assert _claim(database, clock, "q") is None


def _held(connection: Connection, clock: SetClock) -> Submission:
    claimed = submissions.claim(connection, clock(), "p", LEASE)
    assert claimed is not None
    return claimed[0]


def test_who_has_lost_a_submission_changes_nothing(database: Database, clock: SetClock) -> None:
    """Not even one that comes back under the same name, which has been given another number."""
    _add(database, _asked("s1"))
    lost = _claimed(database, clock)
    clock.forward(minutes=6)
    held = _claimed(database, clock)
    for old in (lost, replace(held, holder="q"), replace(held, attempt=3)):
        with database.writing() as connection:
            assert not submissions.renew(connection, old, clock() + timedelta(days=1))
            assert not submissions.put_off(connection, old, clock() + timedelta(days=1))
            assert not submissions.finish(connection, clock(), old, "confirmed")
    assert _get(database) == held


def test_many_claim_at_once_and_each_is_taken_once(database: Database, clock: SetClock, database_address: str) -> None:
    """Four threads of each of two processes; here two databases opened apart stand for the processes."""
    wanted = [f"s{number:02}" for number in range(40)]
    _add(database, *(_asked(name, listings=[name]) for name in wanted))
    with closing(Database(database_url(database_address), clock)) as other:

        def take_all(worker: int) -> list[str]:
            taken = []
            while (claimed := _claim((database, other)[worker % 2], clock, f"p{worker}")) is not None:
                taken.append(claimed[0].id)
            return taken

        with ThreadPoolExecutor(8) as workers:
            taken = sorted(each for some in workers.map(take_all, range(8)) for each in some)
    assert taken == wanted


def test_pages_hold_every_submission_once_newest_first(database: Database) -> None:
    """Also those of one moment, and of one scenario."""
    for number in range(6):
        scenario = "minimal" if number % 3 else "trump-kim-2025"
        _add(database, _asked(f"s{number}", created_at=NEW_YEAR + timedelta(days=number // 2), scenario_id=scenario))

    def ids(scenario: str | None) -> list[str]:
        found: list[str] = []
        place = None
        with database.reading() as connection:
            while page := submissions.page(connection, 2, place, scenario):
                found += [each.id for each in page]
                place = (page[-1].created_at, page[-1].id)
        return found

    assert ids(None) == ["s5", "s4", "s3", "s2", "s1", "s0"]
    assert ids("minimal") == ["s5", "s4", "s2", "s1"]
    assert ids("nowhere") == []


def _note(database: Database, submission_id: str, outcome: str, at: float = 0.0, **answer: Any) -> Receipt:  # noqa: ANN401
    moment = NEW_YEAR + timedelta(seconds=at)
    with database.writing() as connection:
        return submissions.note(connection, Receipt(submission_id, 99, moment, "send", outcome, 201, answer))


def test_receipts_are_numbered_for_each_submission(database: Database) -> None:
    _add(database, _asked("s1"), _asked("s2"))
    given = [_note(database, each, "begun") for each in ("s1", "s2", "s1", "s1")]
    assert [each.number for each in given] == [1, 1, 2, 3]
    with database.reading() as connection:
        assert submissions.receipts(connection, "s1") == [given[0], given[2], given[3]]
        assert submissions.receipts(connection, "s3") == []


def test_what_others_left_behind_since_is_known(database: Database) -> None:
    """At the same platform, whatever became of it afterwards; its own ids are not known to it."""
    asked_at = NEW_YEAR + timedelta(seconds=600)
    (one, *_) = _add(
        database, _asked("s1", created_at=asked_at), _asked("s2"), _asked("s3", platform="manifold"), _asked("s4")
    )
    _note(database, "s1", "accepted", 611, ids={"bet": "own"})
    _note(database, "s2", "accepted", 611, ids={"bet": "a", "order": "b"})
    _note(database, "s2", "arrived", 612, ids={"bet": "c"})
    _note(database, "s2", "accepted", 301, ids={"bet": "just before"})
    _note(database, "s2", "accepted", 299, ids={"bet": "before"})
    _note(database, "s2", "refused", 611, ids={"bet": "refused"})
    _note(database, "s3", "accepted", 611, ids={"bet": "elsewhere"})
    _note(database, "s4", "accepted", 611)
    with database.reading() as connection:
        assert submissions.ids_left_behind(connection, one) == {"a", "b", "c", "just before"}


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        ("submission", "UPDATE submission SET request = '{}'"),
        ("submission", "UPDATE submission SET reason = 'another'"),
        ("receipt", "UPDATE receipt SET answer = '{}'"),
        ("receipt", "DELETE FROM receipt"),
    ],
)
def test_the_audit_log_holds_rows_to_what_they_were(
    database: Database, clock: SetClock, table: str, changed: str
) -> None:
    """How far a submission is may move; what was asked for and what came of it may not."""
    (asked,) = _add(database, _asked("s1"))
    given = _note(database, "s1", "accepted", ids={"bet": "a"})
    with database.writing() as connection:
        audit.append(connection, clock(), "team", *submissions.audited(asked))
        audit.append(connection, clock(), audit.SERVICE, *submissions.audited_receipt(given))
        assert submissions.finish(connection, clock(), _held(connection, clock), "confirmed")
    with database.reading() as connection:
        verify(connection)
        entries = audit.page(connection, 2)
    assert [each.subject for each in entries] == ["submissions/s1/receipts/1", "submissions/s1"]
    with database.writing() as connection:
        connection.exec_driver_sql(changed)
    with database.reading() as connection, pytest.raises(BrokenLogError, match=f"(in|from) table {table}"):
        verify(connection)


@pytest.fixture
def first_step(empty_address: str, clock: SetClock, packaged: Mapping[str, ScenarioFile]) -> Iterator[Database]:
    """Yield a database at the first step, with a scenario, its audit entries and a key."""
    with closing(Database(database_url(empty_address), clock)) as database:
        with database.writing() as connection:
            schema.hold(connection)
            schema.apply(connection, "0001")
        store_new(database, [packaged["minimal"]])
        with database.writing() as connection:
            make_key(connection, clock(), KeyWish("ann", "write"), "test")
        yield database


def _rows(database: Database) -> dict[str, list[str]]:
    """Return every row of every table, as the database keeps it."""
    with database.reading() as connection:
        tables = inspect(connection).get_table_names()
        found = {each: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {each}"))) for each in tables}
    return {table: rows for table, rows in found.items() if table != "alembic_version"}


def test_a_database_of_the_first_step_is_brought_here_without_touching_its_rows(first_step: Database) -> None:
    """The new tables are empty, and what is stored in them afterwards is kept."""
    with first_step.writing() as connection:
        record_crowd(connection, "minimal", [NEW_YEAR + timedelta(days=n) for n in range(3)])
    before = _rows(first_step)
    assert (len(before["forecast"]), len(before["scenario"])) == (3, 1)
    with pytest.raises(SchemaError, match="is at step 0001, not 0002: run `branchcast db upgrade`"):
        schema.require_current(first_step)
    assert schema.upgrade(first_step) == ("0001", "0002")
    after = _rows(first_step)
    new = {"listing", "quote", "receipt", "resolution", "submission"}
    assert after == before | {table: [] for table in new}
    schema.require_current(first_step)
    assert _add(first_step, _asked("s1")) == [_get(first_step)]


def test_the_audit_log_of_the_first_step_verifies_after_the_second(first_step: Database) -> None:
    schema.upgrade(first_step)
    with first_step.reading() as connection:
        whole = verify(connection)
    assert (whole.rows["scenario_version"], whole.rows["api_key"], whole.rows["submission"]) == (1, 1, 0)


def test_several_bring_a_database_here_at_once(first_step: Database, empty_address: str, clock: SetClock) -> None:
    """One does the work, and the other finds nothing left to do."""
    with closing(Database(database_url(empty_address), clock)) as other, ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(schema.upgrade, (first_step, other)))
    assert done == [("0001", "0002"), ("0002", "0002")]


def test_a_step_that_fails_leaves_the_database_where_it_was(
    first_step: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _rows(first_step)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", fail)
        with pytest.raises(ZeroDivisionError):
            schema.upgrade(first_step)
    assert _rows(first_step) == before
    with first_step.reading() as connection:
        assert schema.revision(connection) == "0001"
    assert schema.upgrade(first_step) == ("0001", "0002")


def _later(submission_id: str, minutes: int, **more: Any) -> Submission:  # noqa: ANN401 -- columns
    return _asked(submission_id, created_at=NEW_YEAR + timedelta(minutes=minutes), **more)


def test_what_is_asked_for_later_about_a_listing_is_known(database: Database) -> None:
    """Forecasts and withdrawals that may arrive; not what adds up, or is about something else."""
    old = _asked("old", listings=["a", "b"])
    more: list[Submission] = [
        _later("one", 3, listings=["b"]),
        _later("two", 2, listings=["a"], kind="withdraw"),
        _later("comment", 4, listings=["a"], kind="comment"),
        _later("apart", 4, listings=["c"]),
        _later("elsewhere", 4, listings=["a"], platform="cultivate"),
        _later("of-another", 4, listings=["a"], scenario_id="trump-kim-2025"),
        _later("refused", 4, listings=["a"], status="refused"),
    ]
    _add(database, old, *more)
    with database.reading() as connection:
        assert [each.id for each in submissions.newer(connection, old)] == ["two", "one"]
        assert submissions.newer(connection, more[0]) == []


def test_a_comment_knows_the_forecast_it_was_asked_for_with(owned_address: str) -> None:
    owned = Database(database_url(owned_address))
    with owned.writing() as connection:
        first, second = connection.execute(select(tables.forecast.c.id).order_by(tables.forecast.c.id)).scalars()
        scenario = connection.execute(select(tables.forecast.c.scenario_id)).scalars().first()
        where = {"scenario_id": scenario, "platform": "manifold"}
        for number, (name, kind, forecast) in enumerate(
            [
                ("earlier", "forecast", first),
                ("forecast", "forecast", first),
                ("of-another", "forecast", second),
                ("comment", "comment", first),
                ("later", "forecast", first),
                ("alone", "comment", None),
            ]
        ):
            submissions.add(connection, _later(name, number, kind=kind, forecast_id=forecast, **where))
        before = submissions.forecast_before(connection, submissions.get(connection, "comment"))
        assert before is not None
        assert before.id == "forecast"
        assert submissions.forecast_before(connection, submissions.get(connection, "alone")) is None
    owned.close()


def test_what_was_replaced_may_be_asked_for_again(database: Database) -> None:
    """A, then B, then A again; a forecast, its withdrawal, and the forecast again. Word for word twice is once."""
    (first,) = _add(database, _asked("a", listings=["x"], dedupe_key="same", status="confirmed"))
    assert _add(database, replace(first, id="twice", created_at=NEW_YEAR + timedelta(minutes=1))) == [first]
    for minutes, kind in ((2, "withdraw"), (4, "forecast")):
        _add(database, _later(f"b{minutes}", minutes, listings=["x", "y"], kind=kind, status="confirmed"))
        again = _later(f"a{minutes}", minutes + 1, listings=["x"], dedupe_key="same", status="confirmed")
        (added,) = _add(database, again)
        assert (added.id, added.dedupe_key) == (again.id, f"same/{minutes // 2 + 1}")
        assert _add(database, replace(again, id="twice")) == [added]


def test_what_was_refused_may_be_asked_for_again(owned_address: str) -> None:
    database = Database(database_url(owned_address))
    with database.writing() as connection:
        stored = Submission(**connection.execute(select(tables.submission)).one()._mapping)
        again = replace(stored, id="again")
        assert submissions.add(connection, again).id == stored.id
        for number, status in ((2, "refused"), (3, "unclear")):
            connection.execute(update(tables.submission).values(status=status))
            added = submissions.add(connection, replace(again, id=f"again-{number}"))
            assert (added.id, added.dedupe_key) == (f"again-{number}", f"{stored.dedupe_key}/{number}")
    database.close()

"""Housekeeping: uses of keys are written down, old answers forgotten, and no failure ends it."""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from api.errors import StoreUnavailableError
from api.settings import Settings
from api.store import idempotency, keys
from api.store.database import Database, database_url
from api.store.idempotency import Ticket
from api.work.housekeeping import Housekeeping
from tests.api.clocked import clocked_client
from tests.api.store.support import SetClock
from tests.api.told import listening


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(database_address: str, clock: SetClock) -> Iterator[Database]:
    database = Database(database_url(database_address), clock)
    yield database
    database.close()


def unused() -> Mapping[str, datetime]:
    return {}


def test_uses_are_written_down_in_each_round(database: Database, clock: SetClock) -> None:
    with database.writing() as connection:
        made, _ = keys.create(connection, clock(), "ann", "read", None, "test")
    used = [{made.prefix: clock.forward(minutes=1)}, {}, {made.prefix: clock.forward(minutes=1)}]
    noted = []
    housekeeping = Housekeeping(database, lambda: used.pop(0))
    for _ in range(3):
        housekeeping.round()
        with database.reading() as connection:
            noted.append(keys.get(connection, made.prefix).last_used_at)
    assert noted == [clock() - timedelta(minutes=1), clock() - timedelta(minutes=1), clock()]


def test_uses_that_cannot_be_written_down_are_kept_for_another_round(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two uses of a key, the later one counts, whenever it was told of."""
    with database.writing() as connection:
        ann, bob = (keys.create(connection, clock(), name, "read", None, "test")[0].prefix for name in ("ann", "bob"))
    early, late = clock.forward(minutes=1), clock.forward(minutes=1)
    used = [{ann: late, bob: early}, {ann: early}, {}, {}]
    housekeeping = Housekeeping(database, lambda: used.pop(0))
    with monkeypatch.context() as patched:
        patched.setattr("api.store.keys.note_use", _locked)
        housekeeping.round()
    for _ in range(2):
        housekeeping.round()
        with database.reading() as connection:
            assert [keys.get(connection, each).last_used_at for each in (ann, bob)] == [late, early]
    monkeypatch.setattr("api.store.keys.note_use", _locked)
    with listening() as told:
        housekeeping.round()
    assert told.text == ""


def _locked(*_: object) -> None:
    raise StoreUnavailableError("the database is locked", 1)


def test_answers_are_forgotten_after_a_week_once_an_hour(database: Database, clock: SetClock) -> None:
    housekeeping = Housekeeping(database, unused)

    def left(after: timedelta) -> int:
        clock.now += after
        housekeeping.round()
        with database.reading() as connection:
            found = [idempotency.find(connection, Ticket("ann", key, "x")) for key in ("1", "2")]
        return sum(each is not None for each in found)

    for key in ("1", "2"):
        with database.writing() as connection:
            idempotency.claim(connection, clock.forward(minutes=30), Ticket("ann", key, "x"))
    assert left(idempotency.KEPT_FOR - timedelta(minutes=30)) == 2
    assert left(timedelta(minutes=59)) == 2
    assert left(timedelta(minutes=1)) == 0


def test_it_goes_round_by_itself_and_once_more_at_the_end(database: Database) -> None:
    rounds = threading.Semaphore(0)
    counted = []

    def take_used() -> Mapping[str, datetime]:
        counted.append(threading.current_thread().name)
        rounds.release()
        return {}

    housekeeping = Housekeeping(database, take_used, every=timedelta(milliseconds=1))
    housekeeping.start()
    for _ in range(3):
        assert rounds.acquire(timeout=30)
    housekeeping.close()
    assert counted[-1] == threading.current_thread().name
    assert set(counted[:-1]) == {"housekeeping"}


def test_the_end_does_not_wait_for_the_next_round(database: Database) -> None:
    housekeeping = Housekeeping(database, unused, every=timedelta(days=1))
    housekeeping.start()
    housekeeping.close()


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (StoreUnavailableError("the database cannot be reached", 1), "housekeeping was put off"),
        (ZeroDivisionError(), "housekeeping failed"),
    ],
)
def test_a_round_that_fails_is_logged_and_the_next_one_works(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, event: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    housekeeping = Housekeeping(database, unused)
    with listening() as told, monkeypatch.context() as patched:
        patched.setattr("api.store.idempotency.forget_old", fail)
        housekeeping.round()
    assert [line["event"] for line in told.lines] == [event]
    with listening() as told:
        housekeeping.round()
    assert told.text == ""


@pytest.mark.anyio
async def test_a_server_writes_down_at_its_end_who_used_it(
    database_address: str, database: Database, clock: SetClock
) -> None:
    with database.writing() as connection:
        made, whole = keys.create(connection, clock(), "ann", "read", None, "test")
    async with clocked_client(Settings(database=database_address, scenarios=(), threads=1), clock) as client:
        answer = await client.get("/v1/scenarios", headers={"Authorization": f"Bearer {whole}"})
        assert answer.status_code == 200
    with database.reading() as connection:
        assert keys.get(connection, made.prefix).last_used_at == clock()

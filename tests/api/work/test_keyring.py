"""Keys made and revoked with an entry in the audit log: names that tell people apart, and a way in that is left."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import ConflictError, RequestRefusedError, ServiceError
from api.store import audit, keys
from api.store.database import Database, database_url
from api.store.keys import ApiKey
from api.store.verification import verify
from api.work.first_key import first_key
from api.work.keyring import KeyWish, make_key, require_other_admin, revoke_key
from tests.api.store.support import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(database_address: str, clock: SetClock) -> Iterator[Database]:
    database = Database(database_url(database_address), clock)
    yield database
    database.close()


def make(database: Database, wish: KeyWish) -> ApiKey:
    with database.writing() as connection:
        return make_key(connection, database.now(connection), wish, "boss")[0]


def test_making_and_revoking_is_logged(database: Database) -> None:
    made = make(database, KeyWish("ann", "write"))
    with database.writing() as connection:
        revoke_key(connection, database.now(connection), made.prefix, "chief")
    with database.reading() as connection:
        revoked, created = audit.page(connection, 2)
        verify(connection)
    assert (created.action, created.actor, created.subject) == ("key.create", "boss", f"keys/{made.prefix}")
    assert (revoked.action, revoked.actor, revoked.subject) == ("key.revoke", "chief", f"keys/{made.prefix}")
    assert (created.details["name"], created.details["scope"], created.details["expires"]) == ("ann", "write", "never")


@pytest.mark.parametrize("name", ["branchcast", "Keyless", "keyless", "command line", "Command line (ann)"])
def test_names_that_the_log_uses_itself_are_nobodys(database: Database, name: str) -> None:
    with pytest.raises(RequestRefusedError, match="/name: the audit log uses the name ") as caught:
        make(database, KeyWish(name, "read"))
    assert f"the name '{name}' for what no key did" in str(caught.value)


def test_a_key_must_work_for_a_while(database: Database, clock: SetClock) -> None:
    with pytest.raises(RequestRefusedError, match="/expires_at: 2026-01-01T00:00:00.* has passed"):
        make(database, KeyWish("ann", "read", clock()))
    assert make(database, KeyWish("ann", "read", clock() + timedelta(seconds=1))).name == "ann"


def test_of_one_name_one_key_works(database: Database, clock: SetClock) -> None:
    """After it has expired or was revoked, its successor may be called the same."""
    first = make(database, KeyWish("ann", "read", clock() + timedelta(days=1)))
    with pytest.raises(ConflictError, match=f"key '{first.prefix}' of the name 'ann' works: choose another name"):
        make(database, KeyWish("ann", "write"))
    clock.forward(days=1)
    second = make(database, KeyWish("ann", "write"))
    with database.writing() as connection:
        revoke_key(connection, clock(), second.prefix, "boss")
    assert make(database, KeyWish("ann", "write")).state(clock()) == "works"


@pytest.mark.parametrize("name", ["ann", "ANN", "\uff21nn"])
def test_names_that_people_take_for_one_are_one(database: Database, name: str) -> None:
    """Case and width of letters do not tell people apart; the name that works is the one that is told."""
    make(database, KeyWish("Ann", "read"))
    with pytest.raises(ConflictError, match="of the name 'Ann' works: choose another name"):
        make(database, KeyWish(name, "write"))
    assert make(database, KeyWish("Anne", "read")).name == "Anne"


def together(*tasks: Callable[[], object]) -> list[object]:
    """Do several things at once; return what each came to, a deliberate error included."""
    ready = threading.Barrier(len(tasks))

    def do(task: Callable[[], object]) -> object:
        ready.wait(30)
        try:
            return task()
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(do, tasks))


def test_two_who_ask_for_one_name_at_once_do_not_both_get_it(database: Database) -> None:
    came = together(*[lambda: make(database, KeyWish("ann", "read"))] * 4)
    assert sorted(type(each).__name__ for each in came) == ["ApiKey", *["ConflictError"] * 3]


def test_the_last_way_in_stays_open(database: Database) -> None:
    """Also when two admins revoke each other at once."""
    admins = [make(database, KeyWish(name, "admin")) for name in ("boss", "chief")]
    make(database, KeyWish("ann", "write"))

    def revoke(prefix: str) -> ApiKey:
        with database.writing() as connection:
            require_other_admin(connection, database.now(connection), prefix)
            return revoke_key(connection, database.now(connection), prefix, "test")

    came = together(*(lambda prefix=key.prefix: revoke(prefix) for key in admins))
    assert sorted(type(each).__name__ for each in came) == ["ApiKey", "ConflictError"]
    (refused,) = (each for each in came if isinstance(each, ConflictError))
    assert "is the only one with scope 'admin' that works: make another first" in str(refused)


def test_an_admin_key_that_has_expired_is_no_way_in(database: Database, clock: SetClock) -> None:
    make(database, KeyWish("old", "admin", clock() + timedelta(days=1)))
    boss = make(database, KeyWish("boss", "admin"))
    clock.forward(days=2)
    with database.writing() as connection, pytest.raises(ConflictError, match="the only one with scope 'admin'"):
        require_other_admin(connection, clock(), boss.prefix)


def test_servers_that_start_at_once_make_one_first_key(database: Database) -> None:
    came = together(*[lambda: first_key(database)] * 4)
    (whole,) = (each for each in came if each is not None)
    with database.reading() as connection:
        found = keys.find(connection, str(whole))
        assert keys.page(connection, limit=None) == [found]
    assert found is not None
    assert (found.name, found.scope, found.created_by) == ("first", "admin", "branchcast")
    assert first_key(database) is None

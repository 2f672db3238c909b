"""Answers kept by key: found again, told apart, and forgotten in time."""

from datetime import timedelta

import pytest

from api.errors import KeyReusedError
from api.store import idempotency
from api.store.database import Database
from api.store.idempotency import Kept, Ticket
from tests.api.store.support import SetClock

TICKET = Ticket("ann", "key-1", "what was asked")


def _claim(database: Database, clock: SetClock, ticket: Ticket = TICKET, run_id: str | None = None) -> bool:
    with database.writing() as connection:
        return idempotency.claim(connection, clock(), ticket, run_id)


def _find(database: Database, ticket: Ticket = TICKET) -> Kept | None:
    with database.reading() as connection:
        return idempotency.find(connection, ticket)


def test_a_key_is_taken_once_and_its_answer_found_again(database: Database, clock: SetClock) -> None:
    assert _find(database) is None
    assert _claim(database, clock)
    assert not _claim(database, clock)
    assert _find(database) == Kept(None, None, None, None)
    with database.writing() as connection:
        idempotency.settle(connection, "ann", "key-1", 201, {"ETag": '"x"'}, b"\x00{}")
    assert _find(database) == Kept(None, 201, {"ETag": '"x"'}, b"\x00{}")


def test_keys_belong_to_who_uses_them(database: Database, clock: SetClock) -> None:
    assert _claim(database, clock)
    assert _claim(database, clock, Ticket("bob", "key-1", "something else"))


def test_a_key_with_another_request_is_refused(database: Database, clock: SetClock) -> None:
    _claim(database, clock)
    with pytest.raises(KeyReusedError, match="'key-1' came with another request"):
        _find(database, Ticket("ann", "key-1", "something else"))


def test_a_run_that_came_to_nothing_answers_its_own_request_once(database: Database, clock: SetClock) -> None:
    _claim(database, clock, run_id="run-2")
    for run_id, status, kept in (("run-1", 500, None), ("run-2", 409, 409), ("run-2", 500, 409)):
        with database.writing() as connection:
            idempotency.settle_run(connection, "ann", "key-1", run_id, status, {}, b"why")
        found = _find(database)
        assert found is not None
        assert (found.run_id, found.status) == ("run-2", kept)


def test_answers_are_forgotten_after_a_week(database: Database, clock: SetClock) -> None:
    _claim(database, clock)
    clock.forward(days=6)
    _claim(database, clock, Ticket("ann", "key-2", "later"))
    clock.now += timedelta(days=1, seconds=1)
    with database.writing() as connection:
        assert idempotency.forget_old(connection, clock()) == 1
    assert _find(database) is None
    assert _find(database, Ticket("ann", "key-2", "later")) is not None

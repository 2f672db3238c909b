"""Statements in the store: everything that was stated stays, and an expert's newest one counts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from api.errors import ConflictError
from api.store import audit, scenarios, statements, tables
from api.store.database import Database
from api.store.statements import MOST_EXPERTS, Statement
from tests.api.store.support import NEW_YEAR, SetClock, coin, draft

_NUMBERS = count()


def _stated(expert: str, a: float, at: datetime, *, scenario: str = "coin", node: str = "talks") -> Statement:
    prior = {"family": "beta", "branch": "deal", "a": a, "b": 5.0}
    return Statement(f"id-{next(_NUMBERS):06d}", scenario, node, expert, prior, "ann", "by telephone", at)


@pytest.fixture
def database(database: Database, clock: SetClock) -> Database:
    """Return a database that holds two scenarios."""
    with database.writing() as connection:
        for name in ("coin", "dice"):
            scenarios.create(connection, clock(), draft(coin(scenario=name)))
    return database


def _add(database: Database, *stated: Statement) -> list[Statement]:
    with database.writing() as connection:
        return [statements.add(connection, each) for each in stated]


def _newest(database: Database, moment: datetime | None = None) -> Mapping[str, Statement]:
    with database.reading() as connection:
        return statements.newest(connection, "coin", "talks", moment)


def test_the_newest_statement_of_each_expert_counts(database: Database, clock: SetClock) -> None:
    _, bob, ann = _add(
        database,
        _stated("ann", 1.0, clock.forward(days=1)),
        _stated("bob", 2.0, clock.forward(days=1)),
        _stated("ann", 3.0, clock.forward(days=1)),
    )
    assert _newest(database) == {"ann": ann, "bob": bob}
    assert list(_newest(database)) == ["ann", "bob"]


def test_experts_come_in_the_order_of_code_points(database: Database, clock: SetClock) -> None:
    """It gets into documents, which must be the same whatever the database's collation is."""
    _add(database, *(_stated(name, 1.0, clock.forward(days=1)) for name in ("cd", "ana", "c_d", "Ben", "Émile")))
    assert list(_newest(database)) == ["Ben", "ana", "c_d", "cd", "Émile"]


def test_a_moment_has_the_statements_that_it_had(database: Database, clock: SetClock) -> None:
    first, later = _add(
        database, _stated("ann", 1.0, clock.forward(days=1)), _stated("ann", 3.0, clock.forward(days=1))
    )
    assert _newest(database, NEW_YEAR) == {}
    assert _newest(database, later.recorded_at - timedelta(microseconds=1)) == {"ann": first}
    assert _newest(database, later.recorded_at) == {"ann": later}


def test_statements_are_about_one_node_of_one_scenario(database: Database, clock: SetClock) -> None:
    _add(database, _stated("ann", 1.0, clock(), scenario="dice"), _stated("ann", 1.0, clock(), node="summit"))
    assert _newest(database) == {}


def test_a_clock_that_was_set_back_makes_no_statement_older_than_the_last(database: Database, clock: SetClock) -> None:
    clock.forward(days=1)
    earlier, later = _add(database, _stated("ann", 1.0, clock()), _stated("ann", 3.0, clock() - timedelta(hours=2)))
    assert earlier.recorded_at < later.recorded_at
    assert _newest(database) == {"ann": later}


def test_pages_hold_everything_once_whatever_is_added_meanwhile(database: Database, clock: SetClock) -> None:
    """Newest first."""
    stated = _add(database, *(_stated(f"e{i % 3}", 1.0 + i, clock.forward(hours=i % 2)) for i in range(11)))
    read: list[Statement] = []
    before = None
    while True:
        with database.reading() as connection:
            page = statements.page(connection, "coin", "talks", 4, before)
        if not page:
            break
        read += page
        before = (page[-1].recorded_at, page[-1].id)
        _add(database, _stated("late", 9.0, clock.forward(hours=1)))
    assert read == stated[::-1]
    with database.reading() as connection:
        up_to = statements.page(connection, "coin", "talks", 20, moment=stated[4].recorded_at)
    assert list(up_to) == stated[4::-1]


def test_a_node_has_so_many_experts(database: Database, clock: SetClock) -> None:
    """Those that are known may go on stating things."""
    _add(database, *(_stated(f"e{i}", 1.0, clock()) for i in range(MOST_EXPERTS)))
    with pytest.raises(ConflictError, match="100 experts have stated something for node 'talks', as many as may"):
        _add(database, _stated("one_more", 1.0, clock()))
    (again,) = _add(database, _stated("e7", 2.0, clock()))
    assert _newest(database)["e7"] == again


def test_the_audit_log_would_know_a_changed_row(database: Database, clock: SetClock) -> None:
    (made,) = _add(database, _stated("ann", 1.0, clock()))
    action, subject, details = statements.audited(made)
    with database.reading() as connection:
        kept = connection.execute(select(tables.statement)).one()._asdict()
    assert (action, subject) == ("statement.record", f"scenarios/coin/statements/{made.id}")
    assert details[audit.ROW] == audit.row_digest(tables.statement, kept)
    assert details[audit.ROW] != audit.row_digest(tables.statement, {**kept, "expert": "bob"})

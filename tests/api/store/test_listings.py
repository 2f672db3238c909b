"""Listings in the store: everything that was recorded stays, and the newest of a name counts until it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text

from api.errors import ConflictError
from api.store import audit, listings
from api.store.audit_chain import BrokenLogError
from api.store.database import Database
from api.store.listings import MOST_LISTINGS, Listed
from api.store.verification import verify
from tests.api.store.support import NEW_YEAR, SetClock

_NUMBERS = count()

OTHER = "trump-kim-2025"


def _listed(name: str, number: int | None, at: datetime, scenario: str = "minimal") -> Listed:
    """Return a listing of a question of Metaculus, or the end of one."""
    body = None if number is None else {"platform": "metaculus", "question": "q", "id": number, "type": "binary"}
    return Listed(f"id-{next(_NUMBERS):06d}", scenario, name, body, "ann", "the desk says so", at)


def _add(database: Database, *listed: Listed) -> list[Listed]:
    with database.writing() as connection:
        return [listings.add(connection, each) for each in listed]


def _in_force(database: Database, moment: datetime | None = None, scenario: str = "minimal") -> Mapping[str, Listed]:
    with database.reading() as connection:
        return listings.in_force(connection, scenario, moment)


def test_the_newest_of_a_name_counts(database: Database, clock: SetClock) -> None:
    first, other, newest = _add(
        database,
        _listed("deal", 1, clock.forward(days=1)),
        _listed("talks", 2, clock.forward(days=1)),
        _listed("deal", 3, clock.forward(days=1)),
    )
    assert _in_force(database) == {"deal": newest, "talks": other}
    assert first not in _in_force(database).values()


def test_what_has_ended_does_not_count_until_it_is_recorded_again(database: Database, clock: SetClock) -> None:
    _add(database, _listed("deal", 1, clock.forward(days=1)), _listed("deal", None, clock.forward(days=1)))
    assert _in_force(database) == {}
    (again,) = _add(database, _listed("deal", 1, clock.forward(days=1)))
    assert _in_force(database) == {"deal": again}


def test_a_moment_has_the_listings_that_it_had(database: Database, clock: SetClock) -> None:
    first, second, ended = _add(
        database,
        _listed("deal", 1, clock.forward(days=1)),
        _listed("deal", 2, clock.forward(days=1)),
        _listed("deal", None, clock.forward(days=1)),
    )
    instant = timedelta(microseconds=1)
    assert _in_force(database, first.recorded_at - instant) == {}
    assert _in_force(database, second.recorded_at - instant) == {"deal": first}
    assert _in_force(database, second.recorded_at) == {"deal": second}
    assert _in_force(database, ended.recorded_at) == {}


def test_names_come_in_the_order_of_code_points(database: Database, clock: SetClock) -> None:
    """It is the order of an export's documents, which must be the same whatever the database's collation is."""
    _add(database, *(_listed(name, 1, clock.forward(days=1)) for name in ("b-c", "a_d", "B", "ad", "a-d")))
    assert list(_in_force(database)) == ["B", "a-d", "a_d", "ad", "b-c"]


def test_listings_are_of_one_scenario(database: Database, clock: SetClock) -> None:
    (mine,) = _add(database, _listed("deal", 1, clock(), OTHER))
    assert (_in_force(database), _in_force(database, scenario=OTHER)) == ({}, {"deal": mine})


def test_a_clock_that_was_set_back_makes_no_listing_older_than_the_last(database: Database, clock: SetClock) -> None:
    """Neither a listing, nor an end; a name of its own keeps its own time."""
    clock.forward(days=1)
    before = clock() - timedelta(hours=2)
    first, second, other, ended = _add(
        database,
        _listed("deal", 1, clock()),
        _listed("deal", 2, before),
        _listed("talks", 3, before),
        _listed("deal", None, before),
    )
    assert first.recorded_at < second.recorded_at < ended.recorded_at
    assert other.recorded_at == before
    assert _in_force(database, second.recorded_at)["deal"] == second
    assert _in_force(database) == {"talks": other}


def test_a_scenario_has_so_many_listings_at_the_most(database: Database, clock: SetClock) -> None:
    """At the limit one can be replaced and ended, and another scenario has its own."""
    names = [f"n{number:04}" for number in range(MOST_LISTINGS)]
    with database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO listing (id, scenario_id, name, body, author, reason, recorded_at)"
                " VALUES (:name, 'minimal', :name, '{}', 'ann', 'x', 0)"
            ),
            [{"name": name} for name in names],
        )
    with pytest.raises(
        ConflictError, match="the scenario 'minimal' has 1,000 listings, as many as it may: end one first"
    ):
        _add(database, _listed("one-more", 1, clock()))
    assert list(_in_force(database)) == names
    _add(database, _listed("n0000", 1, clock()), _listed("one-more", 1, clock(), OTHER))
    _add(database, _listed("n0001", None, clock()), _listed("one-more", 1, clock()))
    assert len(_in_force(database)) == MOST_LISTINGS
    with pytest.raises(ConflictError, match="1,000 listings"):
        _add(database, _listed("n0001", 1, clock()))


def test_everything_recorded_under_a_name_is_read_in_pages(database: Database, clock: SetClock) -> None:
    """Newest first, also of what was recorded in one moment; what has ended is among it."""
    added = _add(database, *(_listed("deal", None if n == 2 else n, clock()) for n in range(5)))
    _add(database, _listed("talks", 9, clock()), _listed("deal", 9, clock(), OTHER))
    pages: list[list[Listed]] = []
    place = None
    with database.reading() as connection:
        while page := listings.page(connection, "minimal", "deal", 2, place):
            pages.append(list(page))
            place = (page[-1].recorded_at, page[-1].id)
    assert [each for page in pages for each in page] == added[::-1]
    assert [len(page) for page in pages] == [2, 2, 1]


def test_rows_of_one_moment_are_told_apart_by_their_ids(database: Database) -> None:
    """As where several processes write at once, each by its own clock."""
    with database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO listing (id, scenario_id, name, body, author, reason, recorded_at)"
                " VALUES (:id, 'minimal', 'deal', '{}', 'ann', 'x', 0)"
            ),
            [{"id": each} for each in ("c", "a", "b")],
        )
    assert _in_force(database)["deal"].id == "c"
    with database.reading() as connection:
        (last,) = listings.page(connection, "minimal", "deal", 1)
        rest = listings.page(connection, "minimal", "deal", 9, (last.recorded_at, last.id))
    assert [last.id, *(each.id for each in rest)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    "changed", ["UPDATE listing SET body = NULL WHERE id = '{id}'", "DELETE FROM listing WHERE id = '{id}'"]
)
def test_the_audit_log_holds_a_listing_to_what_it_was(database: Database, changed: str) -> None:
    """What is changed or taken out behind the service's back is found."""
    with database.writing() as connection:
        made = listings.add(connection, _listed("deal", 1, NEW_YEAR))
        audit.append(connection, NEW_YEAR, "team", *listings.audited(made))
    with database.reading() as connection:
        assert verify(connection).rows["listing"] == 1
        (entry,) = audit.page(connection, 1)
    assert (entry.action, entry.subject) == ("listing.record", f"scenarios/minimal/listings/{made.id}")
    told = {key: entry.details[key] for key in ("name", "author", "reason")}
    assert told == {"name": "deal", "author": "ann", "reason": "the desk says so"}
    with database.writing() as connection:
        connection.exec_driver_sql(changed.format(id=made.id))
    with database.reading() as connection, pytest.raises(BrokenLogError, match=f"names {entry.subject}, which"):
        verify(connection)

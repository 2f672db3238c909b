"""Quotes in the store: each is kept once with its payload, and the last of each place stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from api.errors import ConflictError, UnknownRecordError
from api.store import quotes, scenarios, tables
from api.store.database import Database
from api.store.quotes import MOST_PLACES, Added, Quoted
from tests.api.store.support import NEW_YEAR, SetClock, coin, draft

_NUMBERS = count()
PAYLOAD = '{"Подпишут": 0.3}\r\n' * 100


def _quoted(
    p: float, at: datetime, *, valid_at: datetime = NEW_YEAR, place: str = "m1", question: str = "deal"
) -> Quoted:
    value = {
        "said": {"kind": "probability", "probability": p, "spread": None},
        "wording": "Deal?",
        "fetched_at": at.isoformat(),
        "mapped": {},
        "reason": None,
    }
    number = f"id{next(_NUMBERS):06d}"
    return Quoted(number, "coin", question, "manifold", place, value, valid_at, "MANIFOLD", "ann", at)


@pytest.fixture
def database(database: Database, clock: SetClock) -> Database:
    """Return a database that holds two scenarios."""
    with database.writing() as connection:
        for name in ("coin", "dice"):
            scenarios.create(connection, clock(), draft(coin(scenario=name)))
    return database


def _add(database: Database, *quoted: Quoted) -> list[Added]:
    with database.writing() as connection:
        return [quotes.add(connection, each, PAYLOAD) for each in quoted]


def _standing(database: Database, moment: datetime | None = None) -> list[Quoted]:
    with database.reading() as connection:
        return list(quotes.standing(connection, "coin", moment))


def test_a_quote_is_read_as_it_was_recorded(database: Database, clock: SetClock) -> None:
    quoted = _quoted(0.3, clock.forward(days=1))
    assert _add(database, quoted) == [Added(quoted, is_new=True)]
    with database.reading() as connection:
        assert quotes.get(connection, "coin", quoted.id) == quoted
        assert quotes.payload(connection, quoted) == PAYLOAD
        kept = connection.execute(select(tables.quote.c.raw)).scalar_one()
    assert len(kept) < len(PAYLOAD.encode()) / 10


def test_a_quote_of_another_scenario_is_not_found(database: Database, clock: SetClock) -> None:
    quoted = _quoted(0.3, clock())
    _add(database, quoted)
    with database.reading() as connection, pytest.raises(UnknownRecordError, match="no quote 'id"):
        quotes.get(connection, "dice", quoted.id)


@pytest.mark.parametrize("change", ["place", "question", "source", "valid_at", "value"])
def test_what_differs_in_anything_but_when_it_was_read_is_another_quote(
    database: Database, clock: SetClock, change: str
) -> None:
    first = _quoted(0.3, clock())
    same = _quoted(0.3, clock.forward(hours=1))
    changed = {
        "place": replace(same, place="m2"),
        "question": replace(same, question="talks"),
        "source": replace(same, source="kalshi"),
        "valid_at": replace(same, valid_at=NEW_YEAR + timedelta(microseconds=1)),
        "value": replace(same, value={**same.value, "said": {**same.value["said"], "probability": 0.31}}),
    }[change]
    found = _add(database, first, same, changed)
    assert [each.is_new for each in found] == [True, False, True]
    assert found[1].quoted == first


def test_the_last_word_of_each_place_stands(database: Database, clock: SetClock) -> None:
    """By when it was said, not read; of one moment, what was recorded last, even if a clock was set back."""
    late, early = NEW_YEAR + timedelta(days=9), NEW_YEAR + timedelta(days=3)
    found = _add(
        database,
        _quoted(0.1, clock.forward(days=10), valid_at=late),
        _quoted(0.3, clock.forward(days=-5), valid_at=late),
        _quoted(0.2, clock.forward(days=20), valid_at=early),
        _quoted(0.4, clock(), place="m2", valid_at=early),
        _quoted(0.5, clock(), question="apart", valid_at=early),
    )
    stand = _standing(database)
    assert [(each.question, each.place, each.value["said"]["probability"]) for each in stand] == [
        ("apart", "m1", 0.5),
        ("deal", "m1", 0.3),
        ("deal", "m2", 0.4),
    ]
    assert found[1].quoted.recorded_at > found[0].quoted.recorded_at


def test_a_moment_has_what_was_recorded_then(database: Database, clock: SetClock) -> None:
    first, later = _add(
        database,
        _quoted(0.1, clock.forward(days=1)),
        _quoted(0.2, clock.forward(days=1), valid_at=NEW_YEAR + timedelta(days=2)),
    )
    assert _standing(database, NEW_YEAR) == []
    assert _standing(database, first.quoted.recorded_at) == [first.quoted]
    assert _standing(database, later.quoted.recorded_at) == [later.quoted]
    with database.reading() as connection:
        page = quotes.page(connection, "coin", 10, moment=first.quoted.recorded_at)
    assert page == [first.quoted]


def test_a_question_is_quoted_from_so_many_places(database: Database, clock: SetClock) -> None:
    _add(database, *(_quoted(0.3, clock(), place=f"m{number}") for number in range(MOST_PLACES)))
    with pytest.raises(ConflictError, match=f"quotes from {MOST_PLACES} places"):
        _add(database, _quoted(0.3, clock(), place="new"))
    later = NEW_YEAR + timedelta(days=1)
    found = _add(
        database, _quoted(0.4, clock(), place="m7", valid_at=later), _quoted(0.4, clock(), question="q", place="new")
    )
    assert all(each.is_new for each in found)

"""The evidence ledger in the store: what is recorded stays, and a moment has the ledger that it had."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.errors import ConflictError
from api.store import audit, evidence, scenarios, tables
from api.store.database import Database
from api.store.evidence import MOST_ENTRIES, Ledger, LedgerEntry, LedgerNames, Retraction
from tests.api.store.support import NEW_YEAR, SetClock, coin, draft

SAID = {"date": "2026-02-03", "what": "talks are announced", "likelihood_ratio": {"deal": 2.0}}


def _entry(name: str, *, at: datetime = NEW_YEAR, key: str | None = None, ratio: float = 2.0) -> LedgerEntry:
    said = {**SAID, "likelihood_ratio": {"deal": ratio}}
    return LedgerEntry("coin", name, said, key, "ann", "a wire report", at)


@pytest.fixture
def database(database: Database, clock: SetClock) -> Database:
    """Return a database that holds two scenarios without evidence."""
    with database.writing() as connection:
        for name in ("coin", "dice"):
            scenarios.create(connection, clock(), draft(coin(scenario=name)))
    return database


def _record(database: Database, *rows: LedgerEntry | Retraction) -> None:
    with database.writing() as connection:
        for row in rows:
            evidence.record(connection, row)


def test_an_entry_is_read_as_it_was_recorded(database: Database, clock: SetClock) -> None:
    """The order of its keys is kept, and any text."""
    said = {"what": "»Gespräche« 🤝 \\ ' \" ; --", "date": "2026-02-03", "likelihood_ratio": {"deal": 1e-6}}
    made = LedgerEntry("coin", "talks", said, "wire:7", "ann", "x" * 10_000, clock.forward(hours=1))
    _record(database, made)
    with database.reading() as connection:
        (found,) = evidence.ledger(connection, "coin").entries
    assert found == made
    assert list(found.entry) == list(said)


def test_a_ledger_is_one_scenarios(database: Database) -> None:
    _record(database, _entry("talks"))
    with database.reading() as connection:
        assert evidence.ledger(connection, "dice") == Ledger([], {})


def test_a_moment_has_the_ledger_that_it_had(database: Database, clock: SetClock) -> None:
    """In the order of recording, with a retraction only from when it was made."""
    first, second = _entry("b", at=clock.forward(days=1)), _entry("a", at=clock.forward(days=1))
    gone = Retraction("coin", "b", "bob", "it was denied", clock.forward(days=1))
    _record(database, first, second, gone)
    ledgers = {0: Ledger([], {}), 1: Ledger([first], {}), 2: Ledger([first, second], {})}
    with database.reading() as connection:
        for day, then in ledgers.items():
            assert evidence.ledger(connection, "coin", NEW_YEAR + timedelta(days=day)) == then
        just_before = evidence.ledger(connection, "coin", gone.recorded_at - timedelta(microseconds=1))
        assert just_before.retractions == {}
        assert evidence.ledger(connection, "coin") == Ledger([first, second], {"b": gone})


def test_the_names_of_a_moment_are_those_of_its_ledger(database: Database, clock: SetClock) -> None:
    """Of one scenario, whatever the order of recording, and to the instant."""
    first, second = _entry("b", at=clock.forward(days=1)), _entry("a", at=clock.forward(days=1))
    gone = Retraction("coin", "b", "bob", "it was denied", clock.forward(days=1))
    _record(database, first, second, gone, replace(_entry("c"), scenario_id="dice"))
    with database.reading() as connection:
        for row in (first, second, gone):
            for moment in (row.recorded_at - timedelta(microseconds=1), row.recorded_at, None):
                ledger = evidence.ledger(connection, "coin", moment)
                held = tuple(sorted(each.name for each in ledger.entries))
                assert evidence.names(connection, "coin", moment) == LedgerNames(held, tuple(ledger.retractions))
        assert evidence.names(connection, "coin") == LedgerNames(("a", "b"), ("b",))


@pytest.mark.parametrize(
    "again",
    [_entry("talks", ratio=3.0), _entry("other", key="wire:7"), Retraction("coin", "talks", "x", "y", NEW_YEAR)],
)
def test_nothing_takes_the_place_of_what_is_recorded(database: Database, again: LedgerEntry | Retraction) -> None:
    """Not even code that forgot to look: names and dedupe keys are unique, and an entry is retracted once."""
    _record(database, _entry("talks", key="wire:7"), Retraction("coin", "talks", "bob", "denied", NEW_YEAR))
    with pytest.raises(IntegrityError):
        _record(database, again)
    with database.reading() as connection:
        assert [each.name for each in evidence.ledger(connection, "coin").entries] == ["talks"]


def test_a_repetition_is_known_by_its_key_or_by_its_name() -> None:
    keyed, plain = _entry("keyed", key="wire:7"), _entry("plain", ratio=5.0)
    held = Ledger([keyed, plain], {})
    assert held.repeated_by(_entry("another name", key="wire:7")) == keyed
    assert held.repeated_by(_entry("plain", ratio=5.0)) == plain
    assert held.repeated_by(_entry("plain", ratio=5.0, key="a key that came later")) == plain
    assert held.repeated_by(_entry("new", key="wire:8")) is None
    assert held.repeated_by(replace(_entry("new", ratio=5.0), author="bob")) is None, "the same words, said anew"


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (_entry("new", key="wire:7", ratio=9.0), "the dedupe key 'wire:7' belongs to entry 'keyed'"),
        (_entry("keyed", ratio=9.0), "the ledger holds another entry 'keyed', of 2026-01-01"),
        (_entry("plain", key="wire:7"), "the ledger holds another entry 'plain'"),
        (_entry("plain", key="wire:7", ratio=5.0), "the dedupe key 'wire:7' belongs to entry 'keyed'"),
    ],
)
def test_a_name_or_key_of_something_else_is_refused(new: LedgerEntry, what: str) -> None:
    held = Ledger([_entry("keyed", key="wire:7"), _entry("plain", ratio=5.0)], {})
    with pytest.raises(ConflictError, match=what):
        held.repeated_by(new)


def test_a_full_ledger_takes_repetitions_only() -> None:
    held = Ledger([_entry(f"e{i}") for i in range(MOST_ENTRIES)], {})
    assert held.repeated_by(_entry("e7")) == held.entries[7]
    with pytest.raises(ConflictError, match="holds 2,000 entries, as many as it may"):
        held.repeated_by(_entry("one_more"))


def test_the_audit_log_would_know_a_changed_row(database: Database, clock: SetClock) -> None:
    """What it says of an entry and of a retraction holds the digest of the row as it is read back."""
    made, gone = _entry("talks", key="wire:7"), Retraction("coin", "talks", "bob", "it was denied", clock())
    _record(database, made, gone)
    subjects = {}
    with database.reading() as connection:
        for row, table in ((made, tables.evidence), (gone, tables.retraction)):
            action, subject, details = evidence.audited(row)
            kept = connection.execute(select(table)).one()._asdict()
            assert details[audit.ROW] == audit.row_digest(table, kept)
            assert details[audit.ROW] != audit.row_digest(table, {**kept, "reason": "another"})
            subjects[action] = subject
    assert subjects == {
        "evidence.add": "scenarios/coin/evidence/talks",
        "evidence.retract": "scenarios/coin/evidence/talks/retraction",
    }


def test_a_version_knows_where_each_entry_is_from(database: Database, clock: SetClock) -> None:
    """An entry is from the version that first said what it says; a dropped one is not forgotten."""
    versions = [
        {"talks": SAID},
        {"talks": SAID, "walkout": SAID},
        {"talks": {**SAID, "discount": 0.5}},
        {"talks": {**SAID, "discount": 0.5}, "walkout": SAID},
    ]
    found = []
    for entries in versions:
        with database.writing() as connection:
            base = scenarios.whole(connection, scenarios.head(connection, "coin"))
            card = scenarios.add_version(connection, clock.forward(days=1), draft(coin(evidence=entries)), base)
        assert card is not None
        found.append(card.evidence)
    assert found == [{"talks": 2}, {"talks": 2, "walkout": 3}, {"talks": 4, "walkout": 3}, {"talks": 4, "walkout": 5}]

"""Scenarios and their versions in the store: numbers without gaps, nothing changed, the past as it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import ConflictError, UnknownRecordError, UnknownScenarioError
from api.store import scenarios
from api.store.database import Database
from api.store.scenarios import VersionCard
from tests.api.store.support import NEW_YEAR, SetClock, coin, draft


def _create(database: Database, clock: SetClock, *, scenario: str = "coin") -> VersionCard:
    with database.writing() as connection:
        return scenarios.create(connection, clock(), draft(coin(scenario=scenario)))


def _add(database: Database, clock: SetClock, a: float, reason: str = "a test") -> VersionCard | None:
    with database.writing() as connection:
        base = scenarios.whole(connection, scenarios.head(connection, "coin"))
        return scenarios.add_version(connection, clock(), draft(coin(a), reason), base)


def test_a_version_says_what_was_stored(database: Database, clock: SetClock) -> None:
    made = _create(database, clock)
    with database.reading() as connection:
        found = scenarios.whole(connection, scenarios.head(connection, "coin"))
    assert found.card == made
    stated = draft(coin())
    assert (found.document, found.text) == (stated.scenario.model_dump(mode="json", exclude_unset=True), stated.text)
    assert list(found.document) == list(coin()), "the order of keys is the analyst's"
    assert (made.digest, made.author, made.recorded_at) == (stated.scenario.digest, "ann", NEW_YEAR)
    assert made.card["outcomes"] == 2


def test_an_id_is_taken_once(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    with pytest.raises(ConflictError, match="there is a scenario 'coin' already"):
        _create(database, clock)


def test_each_version_follows_the_one_it_is_based_on(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    with database.reading() as connection:
        first = scenarios.whole(connection, scenarios.head(connection, "coin"))
    second = _add(database, clock, 3.0)
    assert second is not None
    assert (second.version, second.priors) == (2, {"talks": 2})
    with database.writing() as connection:
        assert scenarios.add_version(connection, clock(), draft(coin(4.0)), first) is None
    with database.reading() as connection:
        assert scenarios.head(connection, "coin") == second
        assert scenarios.get(connection, "coin", 1) == first.card


def test_a_version_is_not_there_before_it_was_recorded(database: Database, clock: SetClock) -> None:
    """Whether asked for by its number or not; the sentence says what there was."""
    first = _create(database, clock)
    clock.now += timedelta(days=1)
    second = _add(database, clock, 3.0)
    with database.reading() as connection:
        for version in (None, 2):
            assert scenarios.asked(connection, "coin", version) == second
            assert scenarios.asked(connection, "coin", version, clock.now) == second, "that very moment counts"
        for version in (None, 1):
            assert scenarios.asked(connection, "coin", version, NEW_YEAR) == first
        with pytest.raises(UnknownRecordError, match="had no version 2: its newest at 2026-01-01T.* was 1"):
            scenarios.asked(connection, "coin", 2, NEW_YEAR)
        for version in (None, 1, 9):
            with pytest.raises(UnknownScenarioError, match="was first recorded after"):
                scenarios.asked(connection, "coin", version, NEW_YEAR - timedelta(days=1))


def test_a_prior_knows_the_version_it_is_from(database: Database, clock: SetClock) -> None:
    """Only a changed prior is of the new version; a changed question is not a changed prior."""
    _create(database, clock)
    with database.writing() as connection:
        base = scenarios.whole(connection, scenarios.head(connection, "coin"))
        said = coin()
        said["nodes"]["talks"]["question"] = "Does it end in a deal?"
        made = scenarios.add_version(connection, clock(), draft(said), base)
    assert made is not None
    assert (made.version, made.priors) == (2, {"talks": 1})


def test_of_many_at_once_one_stores_the_next_version(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    with database.reading() as connection:
        base = scenarios.whole(connection, scenarios.head(connection, "coin"))

    def add(number: int) -> VersionCard | None:
        with database.writing() as connection:
            return scenarios.add_version(connection, clock(), draft(coin(3.0 + number)), base)

    with ThreadPoolExecutor(8) as pool:
        made = [card for card in pool.map(add, range(8)) if card is not None]
    assert [card.version for card in made] == [2]


def test_the_past_reads_as_it_was(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    for day in range(1, 5):
        clock.now = NEW_YEAR + timedelta(days=day)
        _add(database, clock, 2.0 + day, f"day {day}")
    with database.reading() as connection:
        then = [scenarios.head(connection, "coin", NEW_YEAR + timedelta(days=d, hours=12)).version for d in range(5)]
        assert then == [1, 2, 3, 4, 5]
        assert scenarios.head(connection, "coin", NEW_YEAR + timedelta(days=2)).version == 3, "that very moment counts"
        listed = scenarios.page(connection, 100, moment=NEW_YEAR + timedelta(days=1, hours=1))
        assert [card.version for card in listed if card.scenario_id == "coin"] == [2]
        with pytest.raises(UnknownScenarioError, match="was first recorded after"):
            scenarios.head(connection, "coin", NEW_YEAR - timedelta(days=1))


def test_a_clock_set_back_does_not_reorder_the_past(database: Database, clock: SetClock) -> None:
    first = _create(database, clock)
    clock.forward(days=-30)
    second = _add(database, clock, 3.0)
    assert second is not None
    assert second.recorded_at > first.recorded_at


def test_pages_go_through_all_and_repeat_nothing(database: Database, clock: SetClock) -> None:
    names = {"ab", "a_b", "a-c", "Zed", *(f"coin-{number}" for number in range(7))}
    for name in names:
        _create(database, clock, scenario=name)
    seen: list[str] = []
    with database.reading() as connection:
        while page := scenarios.page(connection, 3, seen[-1] if seen else None):
            seen += [card.scenario_id for card in page]
    assert seen == sorted(seen)
    assert names <= set(seen)


def test_versions_are_paged_newest_first(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    for number in range(5):
        _add(database, clock, 3.0 + number)
    with database.reading() as connection:
        first = scenarios.versions(connection, "coin", 4)
        rest = scenarios.versions(connection, "coin", 4, before=first[-1].version)
    assert [card.version for card in (*first, *rest)] == [6, 5, 4, 3, 2, 1]


def test_what_is_not_there_is_named_with_the_way_out(database: Database, clock: SetClock) -> None:
    _create(database, clock)
    with database.reading() as connection:
        with pytest.raises(UnknownScenarioError, match="did you mean 'coin'"):
            scenarios.head(connection, "coim")
        with pytest.raises(UnknownRecordError, match="has no version 7: its newest is 1"):
            scenarios.get(connection, "coin", 7)
    with database.writing() as connection, pytest.raises(UnknownScenarioError):
        scenarios.lock(connection, "x'; DROP TABLE scenario; --")


def test_nothing_of_a_transaction_that_fails_is_kept(database: Database, clock: SetClock) -> None:
    def fail() -> None:
        with database.writing() as connection:
            scenarios.create(connection, clock(), draft(coin()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as connection:
        assert not scenarios.exists(connection, "coin")

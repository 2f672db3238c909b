"""The audit log: entries in one unbroken row, whoever writes at the same time; digests that anybody can work out."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from api.store import audit, documents
from api.store.audit import START, entry_hash, kept_row_digest, row_digest, row_subject, rows_digest
from api.store.columns import kept
from api.store.database import Database
from api.store.tables import api_key, figure, retraction, run, scenario_version
from tests.api.store.support import SetClock

LATER = datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)
RETRACTED = {"scenario_id": "talks", "name": "rumour", "author": "Än", "reason": 'said "no"', "recorded_at": LATER}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_entry_is_hashed_as_the_array_of_what_it_says() -> None:
    said = f'[7,1000005,"ann","key.create","keys/x","{{\\"row\\":\\"0\\"}}","{START}"]'
    assert entry_hash(7, 1_000_005, "ann", "key.create", "keys/x", '{"row":"0"}', START) == sha256(said)


def test_a_row_is_digested_as_an_object_with_sorted_columns() -> None:
    """Letters beyond ASCII are written out, moments are microseconds."""
    said = '{"author":"\\u00c4n","name":"rumour","reason":"said \\"no\\"","recorded_at":1000005,"scenario_id":"talks"}'
    assert row_digest(retraction, RETRACTED) == sha256(said)


def test_a_moment_is_the_same_in_every_zone() -> None:
    elsewhere = LATER.astimezone(timezone(timedelta(hours=9)))
    assert row_digest(retraction, {**RETRACTED, "recorded_at": elsewhere}) == row_digest(retraction, RETRACTED)


@pytest.mark.parametrize("column", RETRACTED)
def test_a_digest_depends_on_every_column(column: str) -> None:
    other: Any = LATER + timedelta(microseconds=1) if column == "recorded_at" else "other"
    assert row_digest(retraction, {**RETRACTED, column: other}) != row_digest(retraction, RETRACTED)


def test_a_digest_does_not_depend_on_what_moves() -> None:
    ordered = {"id": "x", "settings": {"draws": 1}, "status": "queued", "done": 0, "key": None}
    moved = {**ordered, "status": "done", "done": 5, "forecast_id": "y", "finished_at": LATER}
    assert row_digest(run, moved) == row_digest(run, ordered)
    assert row_digest(api_key, {"prefix": "x", "last_used_at": LATER}) == row_digest(api_key, {"prefix": "x"})
    assert row_digest(api_key, {"prefix": "x", "revoked_at": LATER}) != row_digest(api_key, {"prefix": "x"})


def test_null_and_nothing_are_the_same() -> None:
    """So that a column that a later release adds leaves older rows as they were written."""
    assert (
        row_digest(figure, {"mean": 0.5, "exact": None}) == row_digest(figure, {"mean": 0.5}) == sha256('{"mean":0.5}')
    )


def test_the_order_of_keys_in_json_counts() -> None:
    """It is the analyst's."""
    one, other = ({"scenario_id": "x", "card": card} for card in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert row_digest(scenario_version, one) != row_digest(scenario_version, other)


def test_compressed_text_is_digested_as_text() -> None:
    """Another release of zlib may pack the same text otherwise."""
    whole = row_digest(scenario_version, {"text": "scenario: x\n"})
    assert whole == row_digest(scenario_version, {"text": documents.packed("scenario: x\n")})
    assert whole == sha256(f'{{"text":"{sha256("scenario: x" + chr(10))}"}}')


def test_a_negative_zero_is_a_zero() -> None:
    """SQLite keeps no other."""
    assert row_digest(figure, {"mean": -0.0}) == row_digest(figure, {"mean": 0.0})


def test_a_row_as_it_is_kept_has_the_same_digest() -> None:
    values = {"scenario_id": "x", "card": {"title": "ü", "n": [1.5, None]}, "recorded_at": LATER, "text": "y"}
    as_kept = {name: kept(scenario_version.c[name], value) for name, value in values.items()}
    as_kept["text"] = documents.packed("y")
    assert kept_row_digest(scenario_version, as_kept) == row_digest(scenario_version, values)


def test_the_digest_of_several_rows_does_not_depend_on_their_order() -> None:
    assert rows_digest(["b", "a"]) == rows_digest(["a", "b"]) == sha256("a\nb") != rows_digest(["a"])


def test_rows_are_called_by_what_names_them() -> None:
    assert row_subject(scenario_version, {"scenario_id": "x", "version": 3}) == "scenarios/x/versions/3"
    assert row_subject(api_key, {"prefix": "abc", "name": "ann"}) == "keys/abc"


def test_entries_that_are_added_at_once_stand_in_one_row(database: Database) -> None:
    """Eight threads add ten each: the numbers have no gap, and each holds the hash of the one before."""
    with database.reading() as connection:
        start = audit.end(connection)

    def add(who: int) -> None:
        for number in range(10):
            with database.writing() as connection:
                audit.append(connection, database.now(connection), f"{who}", "test", f"tests/{number}", {})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    with database.reading() as connection:
        entries = audit.page(connection, 80)[::-1]
        assert audit.end(connection) == (entries[-1].seq, entries[-1].hash)
    assert [entry.seq for entry in entries] == list(range(start.seq + 1, start.seq + 81))
    assert [entry.previous for entry in entries] == [start.hash, *(entry.hash for entry in entries[:-1])]
    assert {entry.actor for entry in entries} == set("01234567")


def test_an_entry_of_a_transaction_that_fails_leaves_no_trace(database: Database) -> None:
    with database.reading() as connection:
        before = audit.end(connection)

    def fail() -> None:
        with database.writing() as connection:
            audit.append(connection, database.now(connection), "ann", "test", "x", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as connection:
        assert audit.end(connection) == before


def test_entries_are_found_by_subject_and_by_what_is_below_it(database: Database, clock: SetClock) -> None:
    """Not by what only begins alike; the two kinds of database sort punctuation alike here."""
    subjects = ["talks", "talks/versions/1", "talks/évidence", "talks-2/versions/1", "talks.x", "talks0", "Talks/x"]
    with database.writing() as connection:
        for subject in subjects:
            audit.append(connection, clock(), "ann", "test", subject, {"n": 1})
    with database.reading() as connection:
        found = audit.page(connection, 10, subject="talks")
        assert [entry.subject for entry in found] == ["talks/évidence", "talks/versions/1", "talks"]
        assert audit.page(connection, 10, before=found[0].seq, subject="talks") == found[1:]
        assert audit.page(connection, 1, subject="talks") == found[:1]
        assert (found[0].at, found[0].details) == (clock.now, {"n": 1})
        assert audit.page(connection, 10, subject="talk") == []

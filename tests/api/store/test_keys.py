"""API keys: found by the whole of them only, kept without their secrets, and what becomes of them."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.errors import ConflictError, UnknownRecordError
from api.store import keys
from api.store.database import Database
from api.store.keys import ApiKey
from tests.api.store.support import SetClock


def create(database: Database, clock: SetClock, name: str = "ann", days: float | None = None) -> tuple[ApiKey, str]:
    """Make a key that expires in so many days."""
    expires = None if days is None else clock() + timedelta(days=days)
    with database.writing() as connection:
        return keys.create(connection, clock(), name, "write", expires, "boss")


def test_a_key_is_found_by_the_whole_of_it(database: Database, clock: SetClock) -> None:
    made, whole = create(database, clock)
    assert whole.startswith(f"bc_{made.prefix}_")
    with database.reading() as connection:
        assert keys.find(connection, whole) == made == keys.get(connection, made.prefix)
        for other in (
            whole[:-1],
            whole + "A",
            whole[:-1] + "é",
            whole.swapcase(),
            made.prefix,
            "",
            "bc__",
            "x" * 5_000,
        ):
            assert keys.find(connection, other) is None, other


def test_the_prefix_of_one_key_does_not_open_with_the_secret_of_another(database: Database, clock: SetClock) -> None:
    (first, whole), (second, _) = create(database, clock), create(database, clock)
    with database.reading() as connection:
        assert keys.find(connection, whole.replace(first.prefix, second.prefix)) is None


def test_nothing_of_a_secret_is_kept_but_its_digest(database: Database, clock: SetClock) -> None:
    """The digest is that of the whole key, so that anybody can work it out who has one."""
    made, whole = create(database, clock)
    with database.reading() as connection:
        row = connection.execute(text("SELECT * FROM api_key WHERE prefix = :p"), {"p": made.prefix}).one()
    assert row.hash == hashlib.sha256(whole.encode()).hexdigest()
    assert whole.split("_", 2)[2] not in str(row)


def test_keys_differ(database: Database, clock: SetClock) -> None:
    assert len({create(database, clock)[1].split("_", 2)[2] for _ in range(20)}) == 20


def test_a_key_works_until_it_expires_or_is_revoked(database: Database, clock: SetClock) -> None:
    """The moment stated is the first at which it does not."""
    made, _ = create(database, clock, days=1)
    lasting, _ = create(database, clock)
    assert made.state(clock.forward(days=1) - timedelta(microseconds=1)) == "works"
    assert made.state(clock()) == "expired"
    with database.writing() as connection:
        assert [key.prefix for key in keys.working(connection, clock())] == [lasting.prefix]
        revoked = keys.revoke(connection, clock(), lasting.prefix)
        assert keys.working(connection, clock()) == []
        assert keys.get(connection, lasting.prefix) == revoked
    assert (revoked.state(clock()), revoked.revoked_at) == ("revoked", clock())


def test_a_key_is_revoked_once(database: Database, clock: SetClock) -> None:
    made, _ = create(database, clock)
    with database.writing() as connection:
        keys.revoke(connection, clock(), made.prefix)
    with database.writing() as connection:
        with pytest.raises(ConflictError, match=f"key '{made.prefix}' has been revoked already"):
            keys.revoke(connection, clock.forward(days=1), made.prefix)
        with pytest.raises(UnknownRecordError, match="there is no key 'nobody'"):
            keys.revoke(connection, clock(), "nobody")


def test_the_latest_use_is_what_is_noted(database: Database, clock: SetClock) -> None:
    """Several servers note uses, and one may come late."""
    (made, _), (other, _) = create(database, clock), create(database, clock)
    early, late = clock.forward(minutes=1), clock.forward(minutes=1)
    with database.writing() as connection:
        keys.note_use(connection, {made.prefix: late, "gone": late})
        keys.note_use(connection, {made.prefix: early})
        assert keys.get(connection, made.prefix).last_used_at == late
        assert keys.get(connection, other.prefix).last_used_at is None


def test_pages_go_on_where_the_one_before_ended(database: Database, clock: SetClock) -> None:
    """Keys that were made at one moment come in the order of their prefixes."""
    made = [create(database, clock, name=str(number))[0] for number in range(3)]
    clock.forward(seconds=1)
    made = [*sorted(made, key=lambda key: key.prefix), create(database, clock)[0]]
    with database.reading() as connection:
        assert keys.page(connection, limit=None) == made
        first = keys.page(connection, 2)
        last = first[-1]
        assert [*first, *keys.page(connection, 5, (last.created_at, last.prefix))] == made

"""A database as the service opens it: waits instead of failing, reads without disturbing, says when it cannot."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.errors import StoreUnavailableError
from api.store import database as database_module
from api.store.database import Database, database_url


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("mysql://user@host/name", "is a mysql database"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        (":memory:", "must name a file"),
        ("", "must name a file"),
        ("postgresql//host/x://", "must be the path"),
        ("nonsense://x", "nonsense"),
    ],
)
def test_addresses_that_cannot_be_are_refused(stated: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        database_url(stated)


def test_a_name_never_shows_the_password(tmp_path: Path) -> None:
    database = Database(database_url("postgresql://ann:hunter2@localhost:1/team"))
    assert "hunter2" not in database.name
    with pytest.raises(StoreUnavailableError) as caught, database.reading():
        pass
    assert "hunter2" not in str(caught.value)
    database.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="there is no folder .*missing"):
        Database(database_url(str(tmp_path / "missing" / "x.db")))


def test_a_file_that_is_something_else_is_said(tmp_path: Path) -> None:
    """It is left as it was."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database " * 100, encoding="utf-8")
    database = Database(database_url(str(file)))
    with pytest.raises(StoreUnavailableError, match="not a database.*not one of branchcast"), database.writing():
        pass
    database.close()
    assert file.read_text(encoding="utf-8") == "not a database " * 100


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, StoreUnavailableError)), database.reading() as connection:
        connection.execute(text("DELETE FROM scenario_version"))


def test_readers_see_one_state_and_do_not_wait_for_a_writer(database: Database) -> None:
    """A writer in the middle of its work holds up no reader, who sees what was there before, also after the commit."""
    count = text("SELECT count(*) FROM document")
    with database.reading() as reader:
        before = reader.execute(count).scalar_one()
        with database.writing() as writer:
            writer.execute(
                text(
                    "INSERT INTO document (digest, body) VALUES ('x', 'y')"
                    if database.is_sqlite
                    else "INSERT INTO document (digest, body) VALUES ('x', 'y'::bytea)"
                )
            )
            assert reader.execute(count).scalar_one() == before
        assert reader.execute(count).scalar_one() == before
    with database.reading() as reader:
        assert reader.execute(count).scalar_one() == before + 1


def test_read_then_write_at_once_loses_no_update(database: Database) -> None:
    """Eight threads add one forty times each to a number that they read first."""
    with database.writing() as connection:
        connection.execute(text("UPDATE audit_head SET seq = 0"))

    def add(_: int) -> None:
        for _ in range(40):
            with database.writing() as connection:
                lock = "" if database.is_sqlite else " FOR UPDATE"
                seen = connection.execute(text(f"SELECT seq FROM audit_head{lock}")).scalar_one()
                connection.execute(text("UPDATE audit_head SET seq = :next"), {"next": seen + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    with database.reading() as connection:
        assert connection.execute(text("SELECT seq FROM audit_head")).scalar_one() == 320


def test_a_lock_that_is_held_too_long_is_said_and_not_waited_for_ever(
    database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LOCK_SECONDS", 0.2)
    first, second = (Database(database_url(database_address)) for _ in range(2))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with first.writing() as connection:
            connection.execute(text("UPDATE audit_head SET seq = seq"))
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(30)
        with pytest.raises(StoreUnavailableError, match="is locked"), second.writing() as connection:
            connection.execute(text("UPDATE audit_head SET seq = seq"))
    finally:
        done.set()
        thread.join()
        first.close()
        second.close()


def test_connections_are_given_back(database: Database) -> None:
    for _ in range(3):
        with database.reading(), database.writing():
            assert database.connections == 2
    assert database.connections == 0


def test_sqlite_survives_power_loss_and_lets_readers_read(sqlite_address: str) -> None:
    """Write-ahead log, and a commit is on the disk before it is acknowledged."""
    database = Database(database_url(sqlite_address))
    with database.writing() as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
    database.close()
    assert found == ["wal", 2]

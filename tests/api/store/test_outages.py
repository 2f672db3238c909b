"""A database that goes away: said once in words for the client, once with the reason for the log, then forgotten."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.errors import StoreUnavailableError
from api.logs import logger
from api.store.database import Database, database_url
from api.store.observing import Transaction
from tests.api.out_of_reach import end_connections, maintenance, out_of_reach
from tests.api.told import listening
from tests.databases import PostgresqlDatabases
from tests.waiting import eventually

COUNT = text("SELECT count(*) FROM scenario_version")


def _count(database: Database) -> int:
    with database.reading() as connection:
        found: int = connection.execute(COUNT).scalar_one()
    return found


def test_a_database_that_is_away_is_unavailable_and_comes_back(database: Database, database_address: str) -> None:
    """For reading and for writing, with connections that were open before."""
    before = _count(database)
    with database.writing() as connection:
        connection.execute(COUNT)
    with listening() as told, out_of_reach(database_address):
        for opened in (database.reading, database.writing):
            with pytest.raises(StoreUnavailableError) as caught, opened() as connection:
                connection.execute(COUNT)
            assert caught.value.retry_after > 0
    assert len(told.of("the database does not answer")) == 2
    assert _count(database) == before
    with database.writing() as connection:
        connection.execute(COUNT)


def test_a_connection_that_is_ended_in_a_transaction_is_replaced(postgresql_databases: PostgresqlDatabases) -> None:
    """As when the server is restarted: what was under way is refused, what comes next works."""
    address = postgresql_databases.address()
    database = Database(database_url(address))
    before = _count(database)

    def write_while_ended() -> None:
        with database.writing() as connection:
            connection.execute(text("DELETE FROM scenario_version"))
            assert end_connections(operator, database.url) >= 1
            connection.execute(COUNT)

    with maintenance(database.url) as operator:
        with pytest.raises(StoreUnavailableError):
            write_while_ended()
        assert _count(database) == before
        assert end_connections(operator, database.url) >= 1
    assert _count(database) == before
    database.close()
    postgresql_databases.drop(address)


def test_a_connection_that_did_nothing_for_too_long_is_replaced(postgresql_databases: PostgresqlDatabases) -> None:
    """PostgreSQL closes it, so that a process that stands still holds no lock for ever.

    It says why to a client that had read the answer before. One that reads both at once takes the reason for a
    notice, and knows only that the connection is gone: the time must be longer than a test may stand still.
    """
    address = postgresql_databases.address()
    database = Database(database_url(address))
    before = _count(database)

    def write_after_a_pause() -> None:
        with database.writing() as connection:
            connection.execute(text("DELETE FROM scenario_version"))
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1s'"))
            gone = text("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :pid)")
            eventually(lambda: operator.execute(gone, {"pid": backend}).scalar_one())
            connection.execute(COUNT)

    with maintenance(database.url) as operator, pytest.raises(StoreUnavailableError, match="did nothing for too long"):
        write_after_a_pause()
    assert _count(database) == before
    database.close()
    postgresql_databases.drop(address)


def test_a_file_that_was_replaced_is_not_written_to(sqlite_address: str, tmp_path: Path) -> None:
    """SQLite would go on with the old file, which has no name any more, and acknowledge what is lost."""
    database, path = Database(database_url(sqlite_address)), Path(sqlite_address)
    _count(database)
    original = path.rename(tmp_path / "original.db")
    path.write_bytes(original.read_bytes())
    with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"), database.writing():
        pytest.fail("it let us write")
    path.unlink()
    with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"), database.reading():
        pytest.fail("it let us read")
    original.rename(path)
    assert _count(database) > 0
    database.close()


def test_the_observer_is_told_of_every_transaction(database: Database, database_address: str) -> None:
    """Of those that the database failed, and of those that were left for a reason of our own, which are no failures."""
    told: list[Transaction] = []
    database.observer = told.append
    _count(database)
    with pytest.raises(LookupError), database.writing():
        raise LookupError
    with out_of_reach(database_address), pytest.raises(StoreUnavailableError), database.writing() as connection:
        connection.execute(COUNT)
    assert [(each.kind, each.failed) for each in told] == [("read", False), ("write", False), ("write", True)]
    assert all(each.seconds > 0.0 for each in told)


def test_an_unexpected_error_does_not_quote_what_was_to_be_stored(database: Database) -> None:
    insert, planted = text("INSERT INTO audit_head (id, seq, hash) VALUES (2, 0, :hash)"), "hunter" + str(2)
    with listening() as told:
        try:
            with database.writing() as connection:
                connection.execute(insert, {"hash": planted})
        except IntegrityError:
            logger("test").exception("request failed")
    assert "INSERT INTO audit_head" in told.text
    assert planted not in told.text


@pytest.mark.parametrize(
    ("spoil", "heal", "said"),
    [
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF", "cannot be written to: let this server"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "the disk of the database is full"),
    ],
)
def test_a_database_that_takes_no_writes_says_why_and_is_not_ready(
    sqlite_address: str, spoil: str, heal: str, said: str
) -> None:
    """What SQLite says of a file it may not write and of a full disk; asking again ends neither, an operator does."""
    database = Database(database_url(sqlite_address))

    def tell_the_writer(pragma: str) -> None:
        # Past the transactions of the database, which a file that may not be written does not even begin.
        writer = database._write.raw_connection()
        writer.driver_connection.execute(pragma)  # type: ignore[union-attr]
        writer.close()

    def write() -> None:
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE more AS SELECT zeroblob(100000) AS bytes"))

    database.require_writable()
    tell_the_writer(spoil)
    for refused in (write, write) if "max_page_count" in spoil else (write, database.require_writable):
        with pytest.raises(StoreUnavailableError, match=said):
            refused()
    tell_the_writer(heal)
    database.require_writable()
    write()
    database.close()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    database = Database(database_url(str(tmp_path)))
    with pytest.raises(StoreUnavailableError, match="is it a file"):
        _count(database)
    database.close()

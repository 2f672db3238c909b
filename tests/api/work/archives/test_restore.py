"""Where an archive may become a database again, and what stands in the way."""

import io

import pytest
from sqlalchemy import Connection, text

from api.store import keys, schema
from api.store.audit_chain import BrokenLogError
from api.store.schema import SchemaError
from api.work.archives.archive import ArchiveError
from api.work.archives.backup import Backup
from api.work.archives.restore import OccupiedError, restore
from tests.api.work.archives.support import all_rows, opened, saved
from tests.databases import PostgresqlDatabases, SqliteDatabases


def test_a_database_that_is_up_to_date_and_empty_is_filled(backup: bytes, target: str) -> None:
    """``db upgrade`` may have been first."""
    with opened(target) as database:
        schema.upgrade(database)
        assert restore(database, Backup(io.BytesIO(backup))).verified.entries > 0


def test_a_database_with_rows_is_left_alone(backup: bytes, target: str) -> None:
    """Whatever the rows are: a scenario that was stored when a server started, or a key."""
    with opened(target) as database:
        schema.upgrade(database)
        with database.writing() as connection:
            keys.create(connection, database.now(connection), "ann", "read", None, "test")
        before = all_rows(target)
        with pytest.raises(OccupiedError, match="is not empty, its table api_key has rows: restore into a new one"):
            restore(database, Backup(io.BytesIO(backup)))
    assert all_rows(target) == before


def test_a_database_is_filled_once(backup: bytes, target: str) -> None:
    with opened(target) as database:
        restore(database, Backup(io.BytesIO(backup)))
        with pytest.raises(OccupiedError, match="is not empty"):
            restore(database, Backup(io.BytesIO(backup)))


def test_a_database_of_something_else_is_left_alone(backup: bytes, target: str) -> None:
    with opened(target) as database:
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE bread (id INTEGER)"))
        with pytest.raises(SchemaError, match=r"already holds other tables \(bread\)"):
            restore(database, Backup(io.BytesIO(backup)))


def test_a_database_at_another_step_is_left_alone(backup: bytes, target: str) -> None:
    with opened(target) as database:
        schema.upgrade(database)
        with database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        with pytest.raises(OccupiedError, match="is at step 0000 and the archive at 0002: restore into one without"):
            restore(database, Backup(io.BytesIO(backup)))


def test_an_older_backup_is_restored_at_its_step_and_then_brought_up_to_date(
    backup: bytes, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a release will do that knows another step."""
    steps: list[tuple[str, int]] = []
    apply = schema.apply

    def apply_known(connection: Connection, step: str) -> None:
        if step in ("0001", "0002"):
            apply(connection, step)
        steps.append((step, connection.execute(text("SELECT count(*) FROM scenario")).scalar_one()))

    monkeypatch.setattr(schema, "NEWEST", "0003")
    monkeypatch.setattr(schema, "apply", apply_known)
    with opened(target) as database:
        rows = restore(database, Backup(io.BytesIO(backup))).verified.rows
    assert steps == [("0002", 0), ("0003", rows["scenario"])]


def test_what_was_tampered_with_before_the_backup_is_not_restored(owned_address: str, target: str) -> None:
    """The backup is whole, and still its rows are not what the audit log says."""
    with opened(owned_address) as database, database.writing() as connection:
        connection.execute(text("UPDATE api_key SET scope = 'admin'"))
    file = saved(owned_address)
    with opened(target) as database:
        with pytest.raises(BrokenLogError, match="which was changed in table api_key"):
            restore(database, Backup(io.BytesIO(file)))
        with database.reading() as connection:
            assert schema.revision(connection) is None


def test_what_the_other_kind_cannot_hold_is_said(
    sqlite_databases: SqliteDatabases, postgresql_databases: PostgresqlDatabases
) -> None:
    """PostgreSQL keeps no NUL in a text. The service lets none in, but a careless hand may have put one there."""
    source, target = sqlite_databases.address(), postgresql_databases.empty()
    with opened(source) as database, database.writing() as connection:
        connection.execute(text("INSERT INTO idempotency VALUES ('a' || char(0), 'k', 'f', 0, NULL, NULL, NULL, NULL)"))
    with opened(target) as database, pytest.raises(ArchiveError, match="refuses a row of table idempotency: .*NUL"):
        restore(database, Backup(io.BytesIO(saved(source))))
    sqlite_databases.drop(source)
    postgresql_databases.drop(target)

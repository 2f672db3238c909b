"""The schema: steps lead to the very tables of this release, and no database is touched that is not one of them."""

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from importlib.resources import files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from api.store import schema
from api.store.database import Database, database_url
from api.store.schema import SchemaError
from api.store.tables import METADATA

STEPS = sorted(
    file.name.removesuffix(".py")
    for file in files("api.store.migrations.versions").iterdir()
    if file.name[0].isdigit() and file.name.endswith(".py")
)


@pytest.fixture
def empty(empty_address: str) -> Iterator[Database]:
    """Yield a database without tables."""
    with closing(Database(database_url(empty_address))) as database:
        yield database


def test_the_steps_lead_to_the_tables_of_this_release(empty: Database) -> None:
    """To every column, type, constraint, index and comment of them."""
    assert schema.upgrade(empty) == (None, schema.NEWEST)
    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "alembic_version"}
        for table in METADATA.sorted_tables:
            checks = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            assert checks == {c.name for c in table.constraints if c.name and str(c.name).startswith("ck_")}


def test_the_steps_are_one_chain_forward() -> None:
    """Each names the one before, the last is the newest, and none leads back: a backup does."""
    before = None
    for name in STEPS:
        step = import_module(f"api.store.migrations.versions.{name}")
        assert (step.revision, step.down_revision) == (name.partition("_")[0], before)
        assert not hasattr(step, "downgrade")
        before = step.revision
    assert before == schema.NEWEST


def test_there_is_nothing_left_to_do_the_second_time(empty: Database) -> None:
    schema.upgrade(empty)
    assert schema.upgrade(empty) == (schema.NEWEST, schema.NEWEST)
    schema.require_current(empty)


def test_an_empty_database_is_not_current(empty: Database) -> None:
    with pytest.raises(SchemaError, match="is empty: run `branchcast db upgrade`"):
        schema.require_current(empty)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("0000", "is at step 0000, not 0002: run `branchcast db upgrade`"),
        ("9999", "is at step 9999, this release knows 0002: install the newer branchcast"),
    ],
)
def test_a_database_at_another_step_is_not_current(empty: Database, step: str, said: str) -> None:
    schema.upgrade(empty)
    _set_step(empty, step)
    with pytest.raises(SchemaError, match=said):
        schema.require_current(empty)


def test_a_database_of_a_newer_release_is_left_alone(empty: Database) -> None:
    schema.upgrade(empty)
    _set_step(empty, "9999")
    with pytest.raises(SchemaError, match="is at step 9999, this release knows 0002"):
        schema.upgrade(empty)
    with empty.reading() as connection:
        assert schema.revision(connection) == "9999"


def _set_step(database: Database, step: str) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :step"), {"step": step})


@pytest.mark.parametrize("tables", [["bread"], ["alembic_version", "bread"]])
def test_a_database_of_something_else_is_left_alone(empty: Database, tables: list[str]) -> None:
    """Also of something else that keeps its steps as we do."""
    with empty.writing() as connection:
        for table in tables:
            connection.execute(text(f"CREATE TABLE {table} (version_num TEXT)"))
    for check in (schema.upgrade, schema.require_current):
        with pytest.raises(
            SchemaError, match=r"already holds other tables \(.*bread\): give branchcast one of its own"
        ):
            check(empty)
    with empty.reading() as connection:
        assert sorted(inspect(connection).get_table_names()) == sorted(tables)


def test_a_step_that_fails_leaves_nothing_behind(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.execute", fail)  # the last thing that the first step does
        with pytest.raises(ZeroDivisionError):
            schema.upgrade(empty)
    with empty.reading() as connection:
        assert inspect(connection).get_table_names() == []
    assert schema.upgrade(empty) == (None, schema.NEWEST)


def test_messages_show_no_password() -> None:
    with closing(Database(database_url("postgresql://ann:hunter2@localhost:1/x?sslpassword=hunter3"))) as database:
        assert database.name == "postgresql+psycopg://ann:***@localhost:1/x"

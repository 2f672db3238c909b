"""Bring a database up to date, or say how far it is; safe when several processes start at once."""

from importlib.resources import as_file, files

from sqlalchemy import Connection, inspect, text

from api.store.database import Database
from api.store.tables import audit_head

NEWEST = "0002"
"""The last step in ``migrations/versions``."""

_LOCK = 0x6272_616E_6368
"""PostgreSQL's advisory lock of whoever changes the schema; the number spells "branch"."""


class SchemaError(Exception):
    """A database that is not of this release; the message says what to do."""


def revision(connection: Connection) -> str | None:
    """Return the last step that was applied, None for an empty database.

    Raises
    ------
    SchemaError
        If the database holds tables that are not branchcast's.
    """
    tables = inspect(connection).get_table_names()
    if {"alembic_version", audit_head.name} <= set(tables):
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise SchemaError(
            f"the database already holds other tables ({', '.join(sorted(tables)[:3])}): give branchcast one of its own"
        )
    return None


def require_current(database: Database) -> None:
    """Refuse a database that this release cannot work on.

    Raises
    ------
    SchemaError
        If steps are missing, or it was brought further by a newer release.
    """
    with database.reading() as connection:
        found = revision(connection)
    if found == NEWEST:
        return
    if found is None:
        raise SchemaError(f"the database {database.name} is empty: run `branchcast db upgrade`")
    if found > NEWEST:
        raise _from_the_future(database, found)
    raise SchemaError(f"the database {database.name} is at step {found}, not {NEWEST}: run `branchcast db upgrade`")


def _from_the_future(database: Database, found: str) -> SchemaError:
    return SchemaError(
        f"the database {database.name} is at step {found}, this release knows {NEWEST}: "
        "install the newer branchcast that brought it there"
    )


def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply the steps that are missing, all or none; return the step before and after.

    Whoever comes second waits, finds nothing left to do, and goes on.

    Raises
    ------
    SchemaError
        If the database is not branchcast's, or was brought further by a newer release.
    """
    with database.writing() as connection:
        hold(connection)
        before = revision(connection)
        if before is not None and before > NEWEST:
            raise _from_the_future(database, before)
        if before != NEWEST:
            apply(connection, NEWEST)
    return before, NEWEST


def hold(connection: Connection) -> None:
    """Let nobody else change the schema before the commit; on SQLite, whoever writes is alone already."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def apply(connection: Connection, step: str) -> None:
    """Apply the steps that are missing up to one."""
    # Imported here: most starts have nothing to apply, and Alembic takes a third of a second to load.
    from alembic import command
    from alembic.config import Config

    with as_file(files("api.store.migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, step)

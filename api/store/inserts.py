"""INSERT … ON CONFLICT DO NOTHING, which both databases know and SQLAlchemy spells differently for each."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key is there; return whether it was inserted.

    On PostgreSQL a row that another transaction is inserting is waited for.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    inserted = insert(table).values(values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(inserted).first() is not None

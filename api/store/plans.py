"""How a database finds the rows that the store asks for: EXPLAIN, for tests, benchmarks and whoever looks for time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """Yield a list that gets the plan of every query made over the connection meanwhile, in the database's words."""
    word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    found: list[str] = []

    def explain(_: Connection, cursor: Any, statement: str, parameters: Any, *__: object) -> None:  # noqa: ANN401 -- the driver's
        asked = cursor.connection.cursor()
        asked.execute(f"{word} {statement}", parameters)
        found.append("\n".join(str(row[-1]) for row in asked.fetchall()))
        asked.close()

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", explain)

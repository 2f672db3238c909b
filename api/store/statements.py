"""What the members of a panel stated, node by node; an expert's newest statement is the one that counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, insert

from api.errors import ConflictError
from api.store.records import Place, after, audited_row, newest_first, newest_of_each, values_of
from api.store.tables import statement

MOST_EXPERTS = 100
"""Experts with a statement for one node: a list of the newest statements is one page."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One expert's prior for one node."""

    id: str
    scenario_id: str
    node: str
    expert: str
    prior: Mapping[str, Any]
    author: str
    reason: str
    recorded_at: datetime


def add(connection: Connection, stated: Statement) -> Statement:
    """Record a statement and return it as it was recorded; whoever does holds the scenario.

    Raises
    ------
    ConflictError
        If it is the first of an expert, and as many experts as may have stated something for the node.
    """
    known = newest(connection, stated.scenario_id, stated.node)
    if stated.expert not in known and len(known) >= MOST_EXPERTS:
        raise ConflictError(
            f"{MOST_EXPERTS} experts have stated something for node '{stated.node}', as many as may: "
            "state this under the name of one of them"
        )
    recorded = replace(stated, recorded_at=after(stated.recorded_at, *known.values()))
    connection.execute(insert(statement).values(values_of(recorded)))
    return recorded


def newest(
    connection: Connection, scenario_id: str, node: str, moment: datetime | None = None
) -> Mapping[str, Statement]:
    """Return the statement that counts of each expert, by expert, sorted: today's, or that of a moment."""
    found = _read(connection, newest_of_each(statement, "expert", _of(scenario_id, node), moment))
    return {each.expert: each for each in found}


def page(
    connection: Connection,
    scenario_id: str,
    node: str,
    limit: int,
    before: Place | None = None,
    moment: datetime | None = None,
) -> Sequence[Statement]:
    """Return everything stated for a node, newest first, from the one before ``before``; up to a moment if stated."""
    return _read(connection, newest_first(statement, _of(scenario_id, node), limit, before, moment))


def _of(scenario_id: str, node: str) -> Any:  # noqa: ANN401 -- a condition
    return and_(statement.c.scenario_id == scenario_id, statement.c.node == node)


def _read(connection: Connection, query: Select[Any]) -> Sequence[Statement]:
    return [Statement(**row._mapping) for row in connection.execute(query)]


def audited(stated: Statement) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a statement: action, subject, details."""
    return audited_row("statement.record", statement, stated, "node", "expert", "author", "reason")

"""What the members of a panel stated, node by node; an expert's newest statement is the one that counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select

from api.errors import ConflictError
from api.store.audit import ROW, row_digest, row_subject
from api.store.tables import statement

MOST_EXPERTS = 100
"""Experts with a statement for one node: a list of the newest statements is one page."""

_INSTANT = timedelta(microseconds=1)

Place = tuple[datetime, str]
"""Where a page ends: a moment of recording, and the id that tells apart what was recorded in it."""


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
    # A clock that was set back must not make a statement older than the one that it takes the place of.
    moments = [stated.recorded_at, *(each.recorded_at + _INSTANT for each in known.values())]
    recorded = replace(stated, recorded_at=max(moments))
    connection.execute(insert(statement).values(_values(recorded)))
    return recorded


def _values(stated: Statement) -> dict[str, Any]:
    return {name: getattr(stated, name) for name in Statement.__slots__}


def newest(
    connection: Connection, scenario_id: str, node: str, moment: datetime | None = None
) -> Mapping[str, Statement]:
    """Return the statement that counts of each expert, by expert, sorted: today's, or that of a moment."""
    turn = func.row_number().over(
        partition_by=statement.c.expert, order_by=(statement.c.recorded_at.desc(), statement.c.id.desc())
    )
    ranked = select(statement, turn.label("turn")).where(_of(scenario_id, node))
    if moment is not None:
        ranked = ranked.where(statement.c.recorded_at <= moment)
    of_each = ranked.subquery()
    columns = [of_each.c[name] for name in Statement.__slots__]
    found = _read(connection, select(*columns).where(of_each.c.turn == 1).order_by(of_each.c.expert))
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
    query = select(statement).where(_of(scenario_id, node))
    if moment is not None:
        query = query.where(statement.c.recorded_at <= moment)
    if before is not None:
        earlier, last = before
        same_moment = and_(statement.c.recorded_at == earlier, statement.c.id < last)
        query = query.where(or_(statement.c.recorded_at < earlier, same_moment))
    return _read(connection, query.order_by(statement.c.recorded_at.desc(), statement.c.id.desc()).limit(limit))


def _of(scenario_id: str, node: str) -> Any:  # noqa: ANN401 -- a condition
    return and_(statement.c.scenario_id == scenario_id, statement.c.node == node)


def _read(connection: Connection, query: Select[Any]) -> Sequence[Statement]:
    return [Statement(**row._mapping) for row in connection.execute(query)]


def audited(stated: Statement) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a statement: action, subject, details."""
    values = _values(stated)
    details = {
        ROW: row_digest(statement, values),
        "node": stated.node,
        "expert": stated.expert,
        "author": stated.author,
        "reason": stated.reason,
    }
    return "statement.record", row_subject(statement, values), details

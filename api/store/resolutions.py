"""What happened, by the place of a node, an outcome or a question; a correction is a newer row for the same place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from api.store.records import Place, after, audited_row, newest_first, newest_of_each, values_of
from api.store.tables import resolution


@dataclass(frozen=True, slots=True)
class Resolved:
    """What happened at a place such as ``questions.meet-before-2027``.

    value : as ``forecast.resolutions`` writes what happened
    happened_on : the day on which it was settled, as ISO text
    source : where that can be looked up
    """

    id: str
    scenario_id: str
    place: str
    value: Mapping[str, Any]
    happened_on: str
    source: str | None
    author: str
    reason: str
    recorded_at: datetime


def add(connection: Connection, resolved: Resolved) -> Resolved:
    """Record what happened, and return it as it was recorded; whoever does holds the scenario."""
    known = in_force(connection, resolved.scenario_id).get(resolved.place)
    recorded = replace(resolved, recorded_at=after(resolved.recorded_at, known))
    connection.execute(insert(resolution).values(values_of(recorded)))
    return recorded


def in_force(connection: Connection, scenario_id: str, moment: datetime | None = None) -> Mapping[str, Resolved]:
    """Return the resolution that counts of each place, sorted by place: today's, or that of a moment."""
    query = newest_of_each(resolution, "place", resolution.c.scenario_id == scenario_id, moment)
    found = (Resolved(**row._mapping) for row in connection.execute(query))
    return {each.place: each for each in found}


def page(
    connection: Connection, scenario_id: str, limit: int, before: Place | None = None, moment: datetime | None = None
) -> Sequence[Resolved]:
    """Return everything recorded of a scenario, newest first, corrections and what they correct."""
    query = newest_first(resolution, resolution.c.scenario_id == scenario_id, limit, before, moment)
    return [Resolved(**row._mapping) for row in connection.execute(query)]


def audited(resolved: Resolved) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a resolution: action, subject, details."""
    return audited_row("resolution.record", resolution, resolved, "place", "author", "reason")

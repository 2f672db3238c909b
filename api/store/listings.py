"""Which question of a platform each of ours answers: a listing is replaced or ended by a newer one, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from api.errors import ConflictError
from api.store.records import Place, after, audited_row, newest_first, newest_of_each, values_of
from api.store.tables import listing

MOST_LISTINGS = 1_000
"""Listings of one scenario that count: an export reads them all."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing as it was recorded; ``body`` is what its format's listing states, None if it ends here."""

    id: str
    scenario_id: str
    name: str
    body: Mapping[str, Any] | None
    author: str
    reason: str
    recorded_at: datetime


def add(connection: Connection, listed: Listed) -> Listed:
    """Record a listing, or the end of one, and return it as it was recorded; whoever does holds the scenario.

    Raises
    ------
    ConflictError
        If it is one more than a scenario may have.
    """
    known = _newest(connection, listed.scenario_id)
    counting = [each for each in known.values() if each.body is not None and each.name != listed.name]
    if listed.body is not None and len(counting) >= MOST_LISTINGS:
        raise ConflictError(
            f"the scenario '{listed.scenario_id}' has {MOST_LISTINGS:,} listings, as many as it may: end one first"
        )
    recorded = replace(listed, recorded_at=after(listed.recorded_at, known.get(listed.name)))
    connection.execute(insert(listing).values(values_of(recorded)))
    return recorded


def in_force(connection: Connection, scenario_id: str, moment: datetime | None = None) -> Mapping[str, Listed]:
    """Return the listings that count, by name, sorted: today's, or those of a moment."""
    return {name: each for name, each in _newest(connection, scenario_id, moment).items() if each.body is not None}


def _newest(connection: Connection, scenario_id: str, moment: datetime | None = None) -> dict[str, Listed]:
    query = newest_of_each(listing, "name", listing.c.scenario_id == scenario_id, moment)
    return {row.name: Listed(**row._mapping) for row in connection.execute(query)}


def page(
    connection: Connection, scenario_id: str, name: str, limit: int, before: Place | None = None
) -> Sequence[Listed]:
    """Return everything recorded under a name, newest first, from the one before ``before``."""
    condition = (listing.c.scenario_id == scenario_id) & (listing.c.name == name)
    return [Listed(**row._mapping) for row in connection.execute(newest_first(listing, condition, limit, before))]


def audited(listed: Listed) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a listing: action, subject, details."""
    action = "listing.end" if listed.body is None else "listing.record"
    return audited_row(action, listing, listed, "name", "author", "reason")

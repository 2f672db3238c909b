"""What happened, recorded: checked against the scenario and what else happened, and told with what it scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import Response
from sqlalchemy import Connection

from api.errors import RequestRefusedError, TooMuchWorkError
from api.http.writes import Reply, Write
from api.messages.resolutions import resolution_reply
from api.service import Service
from api.store import audit, resolutions, scenarios
from api.store.ids import new_id
from api.store.resolutions import Resolved
from api.work.basis import Basis, MovedOnError, basis, hold, undisturbed
from api.work.computations import Stopper
from api.work.scorecards import forecasts_that_count, quoted, read, settled
from forecast.contradictions import notes_on
from forecast.errors import Fault
from forecast.resolutions import Resolution, Settled, resolution_faults
from forecast.scorecards.cards import Manner, scorecard
from forecast.scorecards.records import Scorecard

_FIRST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a day begins on the islands that see it first."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded: what happened at a place, when it was settled, who says so, why, and by what source."""

    scenario_id: str
    place: str
    value: Resolution
    happened_on: date
    source: str | None
    author: str
    reason: str

    @property
    def settled(self) -> Settled:
        """What happened, as the scores take it."""
        return Settled(self.place, self.value, self.happened_on)

    def row(self, now: datetime) -> Resolved:
        """Return the row to add."""
        value, day = self.value.model_dump(mode="json"), self.happened_on.isoformat()
        return Resolved(
            new_id(now), self.scenario_id, self.place, value, day, self.source, self.author, self.reason, now
        )

    def repeats(self, known: Resolved) -> bool:
        """Tell whether a row says the same already."""
        new = self.row(known.recorded_at)
        return (new.value, new.happened_on, new.source, new.author, new.reason) == (
            known.value,
            known.happened_on,
            known.source,
            known.author,
            known.reason,
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """The scorecard of a place that has resolved, or why none was made."""

    card: Scorecard | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Change:
    """A checked resolution: what it stands beside, the row that says the same already (None if none), scores, notes."""

    at: Basis
    known: Mapping[str, Resolved]
    there: Resolved | None
    scored: Scored
    notes: Sequence[str]


def resolve(service: Service, write: Write, order: Order, stop_if_asked: Stopper) -> Response:
    """Record what happened, unless that is recorded already, and answer with what it scores; blocks.

    Raises
    ------
    UnknownScenarioError
        If there is none of this id.
    RequestRefusedError
        If it does not fit the scenario, contradicts what else happened, or lies in the future.
    """

    def prepare() -> _Change:
        with service.database.reading() as connection:
            at, now = basis(connection, order.scenario_id), service.database.now(connection)
            known = resolutions.in_force(connection, order.scenario_id)
            faults = _faults(connection, at, known, order, now)
            if faults:
                raise RequestRefusedError(faults)
            scored = _scored(connection, at, order.settled, stop_if_asked)
        there = known.get(order.place)
        repeated = there if there is not None and order.repeats(there) else None
        notes = notes_on(at.scenario, order.settled, map(settled, known.values()))
        return _Change(at, known, repeated, scored, notes)

    def commit(connection: Connection, now: datetime, made: _Change) -> Reply:
        if made.there is not None:
            return resolution_reply(200, made.there, made.scored.card, made.scored.reason, made.notes)
        hold(connection, made.at)
        if resolutions.in_force(connection, order.scenario_id) != made.known:
            raise MovedOnError
        recorded = resolutions.add(connection, order.row(now))
        audit.append(connection, now, write.caller.name, *resolutions.audited(recorded))
        return resolution_reply(201, recorded, made.scored.card, made.scored.reason, made.notes)

    return undisturbed(order.scenario_id, lambda: write.once(prepare, commit))


def _faults(
    connection: Connection, at: Basis, known: Mapping[str, Resolved], order: Order, now: datetime
) -> list[Fault]:
    latest = (now + _FIRST_ZONE).date()
    if order.happened_on > latest:
        message = (
            f"it was settled on {order.happened_on}, but no place on earth is past {latest}: state a day that has come"
        )
        return [Fault(("happened_on",), message)]
    first = scenarios.get(connection, order.scenario_id, 1).card["as_of"]
    since = min(date.fromisoformat(first), at.scenario.as_of)
    return list(resolution_faults(at.scenario, order.settled, map(settled, known.values()), since))


def _scored(connection: Connection, at: Basis, new: Settled, stop_if_asked: Stopper) -> Scored:
    """Return what a resolution scores at once; that is no reason not to record it."""
    try:
        counted = forecasts_that_count(connection, at.card.scenario_id, None)
        quotes = quoted(connection, at.scenario, new, None)
    except TooMuchWorkError as error:
        return Scored(None, str(error))
    recorded = read(connection, at.scenario, counted.cards, [new], stop_if_asked)
    return Scored(scorecard(at.scenario, new, recorded, Manner(with_history=True), quotes), None)

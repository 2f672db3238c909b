"""Changes of an evidence ledger: an entry recorded, an entry retracted, each told with what it moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from fastapi import Response
from sqlalchemy import Connection

from api.errors import ConflictError, UnknownRecordError
from api.http.writes import Reply, Write
from api.messages.evidence import evidence_reply
from api.service import Service
from api.store import audit, evidence
from api.store.evidence import Ledger, LedgerEntry, Plain, Retraction
from api.suggestions import did_you_mean
from api.work.basis import Basis, basis, hold, undisturbed
from api.work.computations import Stopper
from api.work.forecasting import speaking_day
from api.work.ledgers import Filed, already_there, filed, in_force, on_file, with_entry
from api.work.moves import Moved, moved
from forecast.scenario import Scenario


@dataclass(frozen=True, slots=True)
class _Change:
    """A checked change: the entry it is about, what is to be recorded (None if all is there), and what it moves."""

    at: Basis
    about: Filed
    row: LedgerEntry | Retraction | None
    moved: Moved


def add(
    service: Service,
    write: Write,
    scenario_id: str,
    entry_at: Callable[[datetime], LedgerEntry],
    stop_if_asked: Stopper,
) -> Response:
    """Record an entry, unless it is there already, and answer with what it moves; blocks, so call it in a thread.

    Raises
    ------
    ConflictError
        If its name or its dedupe key stands for something else, or if the ledger is full.
    ScenarioError
        If it does not fit the scenario.
    """

    def prepare() -> _Change:
        with service.database.reading() as connection:
            at, now = basis(connection, scenario_id), service.database.now(connection)
            known = on_file(connection, at.version, at.ledger)
        new = entry_at(now)
        there = already_there(at, known, new)
        if there is not None:
            return _Change(at, there, None, Moved(None, "the entry was there already: nothing has changed"))
        after = with_entry(at, new.name, new.entry, now)
        return _Change(at, filed(new), new, _moved(service, at, new.entry, after, now, stop_if_asked))

    return _changed(write, scenario_id, prepare)


def retract(
    service: Service,
    write: Write,
    scenario_id: str,
    retraction_at: Callable[[datetime], Retraction],
    stop_if_asked: Stopper,
) -> Response:
    """Record that an entry no longer counts, and answer with what that moves; blocks, so call it in a thread.

    Raises
    ------
    UnknownRecordError
        If there is no such entry.
    ConflictError
        If it has been retracted already.
    """

    def prepare() -> _Change:
        with service.database.reading() as connection:
            at, now = basis(connection, scenario_id), service.database.now(connection)
            known = on_file(connection, at.version, at.ledger)
        made = retraction_at(now)
        if made.name not in known:
            raise unknown_entry(made.name, known)
        about = known[made.name]
        if about.retraction is not None:
            raise ConflictError(f"entry '{made.name}' was {about.idle_beside(at.version)}; nothing is left to do")
        without = Ledger(at.ledger.entries, {**at.ledger.retractions, made.name: made})
        after = in_force(replace(at, ledger=without))
        return _Change(at, about, made, _moved(service, at, about.entry, after, now, stop_if_asked))

    return _changed(write, scenario_id, prepare)


def unknown_entry(name: str, known: Mapping[str, Filed]) -> UnknownRecordError:
    """Return the error of a name that no entry on file has."""
    hint = did_you_mean(name, known, "on file are") if known else ": nothing is on file"
    return UnknownRecordError(f"there is no entry '{name[:100]}'{hint}")


def _moved(service: Service, at: Basis, entry: Plain, after: Scenario, now: datetime, stop_if_asked: Stopper) -> Moved:
    if entry.get("status") == "proposed":
        return Moved(None, "the entry is proposed: it moves only what a run that asks for it says")
    if date.fromisoformat(entry["date"]) > speaking_day(at.scenario, now):
        return Moved(None, f"the entry is dated {entry['date']}: it moves what is forecast from that day on")
    return moved(in_force(at), after, now, service.settings.max_work, stop_if_asked)


def _changed(write: Write, scenario_id: str, prepare: Callable[[], _Change]) -> Response:
    def commit(connection: Connection, now: datetime, made: _Change) -> Reply:
        version = made.at.version
        if made.row is None:
            return evidence_reply(200, made.about, version, made.moved)
        hold(connection, made.at)
        row = replace(made.row, recorded_at=made.at.moment(now))
        evidence.record(connection, row)
        audit.append(connection, now, write.caller.name, *evidence.audited(row))
        about = filed(row) if isinstance(row, LedgerEntry) else replace(made.about, retraction=row)
        return evidence_reply(201, about, version, made.moved)

    return undisturbed(scenario_id, lambda: write.once(prepare, commit))

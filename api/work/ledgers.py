"""A version and the ledger beside it: what is on file, what of it is in force, and that both fit together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from api.errors import ConflictError
from api.store import scenarios
from api.store.documents import Document
from api.store.evidence import Ledger, LedgerEntry, Plain, Retraction
from api.store.scenarios import Version
from api.work.basis import Basis
from api.work.stored_scenarios import misfit, with_evidence
from forecast.errors import Fault, Pointer, ScenarioError
from forecast.scenario import Scenario, parse_scenario

_FIRST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a day begins on the islands that see it first."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One entry on file: what it says, who stated it when and why, and by whom it was retracted, if so.

    ``version`` is the one that the entry is from, None for an entry of the ledger.
    """

    name: str
    entry: Plain
    version: int | None
    dedupe_key: str | None
    author: str
    reason: str
    recorded_at: datetime
    retraction: Retraction | None

    def idle_beside(self, version: Version) -> str | None:
        """Return why a version is forecast without the entry, None if it is in force."""
        if self.retraction is not None:
            by, on, why = self.retraction.author, self.retraction.recorded_at.date(), self.retraction.reason
            return f"retracted by {by} on {on}: {why}"
        speaks_from = version.document["as_of"]
        if self.entry["date"] < speaks_from:
            return f"dated before the priors of version {version.card.version}, which speak as of {speaks_from}"
        return "proposed: only a run that asks for it uses it" if self.entry.get("status") == "proposed" else None


def on_file(connection: Connection, version: Version, ledger: Ledger) -> Mapping[str, Filed]:
    """Return every entry that a version states or that its ledger holds, by name."""
    stated: Mapping[str, Plain] = version.document.get("evidence", {})
    since = {name: version.card.evidence[name] for name in stated}
    cards = scenarios.numbered(connection, version.card.scenario_id, set(since.values()))

    def of_document(name: str, entry: Plain) -> Filed:
        by, retraction = cards[since[name]], ledger.retractions.get(name)
        return Filed(name, entry, by.version, None, by.author, by.reason, by.recorded_at, retraction)

    found = {name: of_document(name, entry) for name, entry in stated.items()}
    return found | {each.name: filed(each, ledger.retractions.get(each.name)) for each in ledger.entries}


def filed(made: LedgerEntry, retraction: Retraction | None = None) -> Filed:
    """Return an entry of the ledger as it is on file."""
    key, recorded_at = made.dedupe_key, made.recorded_at
    return Filed(made.name, made.entry, None, key, made.author, made.reason, recorded_at, retraction)


def in_force(at: Basis) -> Scenario:
    """Return the newest version with the evidence in force."""
    return parse_scenario(with_evidence(at.version.document, at.ledger))


def already_there(at: Basis, known: Mapping[str, Filed], new: LedgerEntry) -> Filed | None:
    """Return the entry on file that another one only repeats, None if it is new.

    Raises
    ------
    ConflictError
        If its name or its dedupe key stands for something else, or if there is no room for a new one.
    """
    stated = at.scenario.evidence.get(new.name)
    if stated is not None and stated.model_dump(mode="json", exclude_none=True) == new.entry:
        return known[new.name]
    if new.name in at.card.evidence:
        by = at.card.evidence[new.name]
        raise ConflictError(f"version {by} states another entry '{new.name}': choose another name")
    repeated = at.ledger.repeated_by(new)
    return None if repeated is None else known[repeated.name]


def with_entry(at: Basis, name: str, entry: Plain, now: datetime) -> Scenario:
    """Return the newest version with the evidence in force and one entry more.

    Raises
    ------
    ScenarioError
        If the entry does not fit; pointers are those of ``{"entry": …}``.
    """
    latest = max(at.scenario.as_of, (now + _FIRST_ZONE).date())
    if date.fromisoformat(entry["date"]) > latest:
        message = f"the entry is dated {entry['date']}, but no place on earth is past {latest}: state when it was known"
        raise ScenarioError([Fault(("entry", "date"), message)])
    document = with_evidence(at.version.document, at.ledger)
    try:
        return parse_scenario({**document, "evidence": {**document.get("evidence", {}), name: entry}})
    except ScenarioError as error:
        # What was there before is valid, so that the entry is the cause of whatever is wrong.
        faults = [Fault(("entry", *_inside(name, each.pointer)), each.message) for each in error.faults]
        raise ScenarioError(faults, error.more) from error


def _inside(name: str, pointer: Pointer) -> Pointer:
    return pointer[2:] if pointer[:2] == ("evidence", name) else ()


def check_version(at: Basis, scenario: Scenario, document: Document) -> Scenario:
    """Return what is to be the next version with the evidence in force.

    Raises
    ------
    ScenarioError
        If it gives a name that stands for one entry to another, or if an entry of the ledger does not fit it.
    """
    taken = [*_taken(at, scenario)]
    if taken:
        raise ScenarioError(taken)
    beside_ledger = with_evidence(document, at.ledger)
    if beside_ledger is document:
        return scenario
    try:
        return parse_scenario(beside_ledger)
    except ScenarioError as error:
        way_out = "retract it first, or keep what it names"
        raise ScenarioError([misfit(each, (), way_out) for each in error.faults], error.more) from error


def _taken(at: Basis, scenario: Scenario) -> Iterator[Fault]:
    held = {each.name for each in at.ledger.entries}
    for name, entry in scenario.evidence.items():
        if name in held:
            message = f"the ledger holds an entry '{name}' already: choose another name, or leave it out"
            yield Fault(("evidence", name), message)
        elif name in at.ledger.retractions and entry != at.scenario.evidence.get(name):
            message = f"the entry '{name}' was retracted, and no other of its name can count: choose another name"
            yield Fault(("evidence", name), message)

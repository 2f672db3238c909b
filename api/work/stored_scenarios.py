"""Stored scenarios as the engine takes them: a version's document with the evidence that is in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from api.store import evidence, scenarios
from api.store.documents import Document, document_text
from api.store.evidence import Ledger
from api.store.scenarios import VersionCard
from api.work.kept import Kept
from forecast.errors import Fault, Pointer, ScenarioError
from forecast.scenario import Scenario, parse_scenario

KEPT_BYTES = 16_000_000
"""JSON text of the checked scenarios that a server keeps; as Python objects they take several times that."""


@dataclass(frozen=True, slots=True)
class StoredScenario:
    """A version, and the scenario it is together with the evidence in force.

    ``key`` tells it from all others: scenario, digest of the document's text, names of the ledger's rows. The
    scenario's own digest would not, as it is blind to the order of keys and to defaults that are spelt out.
    """

    card: VersionCard
    scenario: Scenario
    key: str


class StoredScenarios:
    """Reads stored scenarios; remembers the latest. Safe to share by threads."""

    def __init__(self, kept: Kept[str, Scenario]) -> None:
        self._kept = kept

    def find(
        self, connection: Connection, scenario_id: str, version: int | None = None, moment: datetime | None = None
    ) -> StoredScenario:
        """Return a scenario: a version (the newest if none is stated) with the evidence in force, now or at a moment.

        ``connection`` is one for reading: all that it is asked here must be of one state of the database.

        Raises
        ------
        UnknownScenarioError, UnknownRecordError
            If there is no such scenario or version, or there was none at that moment.
        ScenarioError
            If the version is an old one, and the ledger holds an entry that does not fit it.
        """
        card = (
            scenarios.head(connection, scenario_id, moment)
            if version is None
            else scenarios.get(connection, scenario_id, version)
        )
        names = evidence.names(connection, scenario_id, moment)
        key = "\n".join([scenario_id, card.document, *names.entries, "", *names.retractions])

        def check() -> tuple[int, Scenario]:
            ledger = evidence.ledger(connection, scenario_id, moment)
            whole = with_evidence(scenarios.whole(connection, card).document, ledger)
            try:
                return len(document_text(whole)), parse_scenario(whole)
            except ScenarioError as error:
                way_out = f"ask for a version after {card.version}, or retract the entry"
                faults = [misfit(each, ("version",), way_out) for each in error.faults]
                raise ScenarioError(faults, error.more) from error

        return StoredScenario(card, self._kept.get(key, check), key)


def misfit(fault: Fault, pointer: Pointer, way_out: str) -> Fault:
    """Say of which entry a fault speaks: it stands in the ledger, where no pointer into a document leads."""
    return Fault(pointer, f"entry '{fault.pointer[1]}' of the ledger does not fit: {fault.message}; {way_out}")


def with_evidence(document: Document, ledger: Ledger) -> Document:
    """Return a document with the entries of a ledger beside its own, and without those retracted.

    An entry dated before the document's own day is left out: a prior that was stated later knows it.
    """
    stated: dict[str, Any] = document.get("evidence", {})
    recorded = {each.name: each.entry for each in ledger.entries if each.entry["date"] >= document["as_of"]}
    in_force = {name: said for name, said in {**stated, **recorded}.items() if name not in ledger.retractions}
    return {**document, "evidence": in_force} if in_force != stated else document

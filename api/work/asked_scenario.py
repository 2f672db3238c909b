"""The scenario a request speaks of: stored or sent along, with some priors replaced, valid as a whole.

Faults point into the request: the scenario's own pointer ``/nodes/summit/prior/alpha`` becomes
``/priors/summit/alpha`` if the request replaced that prior, else ``/scenario/nodes/summit/prior/alpha``.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from api.errors import RequestRefusedError, UnknownRecordError, UnknownScenarioError
from api.store.database import Database
from api.store.documents import document_text
from api.suggestions import did_you_mean, hints
from api.work.kept import Kept
from api.work.stored_scenarios import StoredScenario, StoredScenarios
from forecast.errors import MAX_FAULTS, Fault, Pointer, RunError, ScenarioError
from forecast.scenario import Scenario, parse_scenario

Document = dict[str, Any]
Priors = Mapping[str, Document]

_NODES_ARE = "the nodes are"


class AskedScenarios:
    """Finds and checks the scenarios that requests speak of; remembers the latest. Safe to share by threads."""

    def __init__(self, database: Database, stored: StoredScenarios, kept: Kept[str, Scenario]) -> None:
        self._database, self._stored_scenarios, self._kept = database, stored, kept

    def find(self, asked: str | Document, priors: Priors, version: int | None = None) -> Scenario:
        """Return the scenario.

        Parameters
        ----------
        asked : id of a stored scenario, or a whole document
        priors : node → prior that takes the place of the scenario's own
        version : which version of a stored scenario; the newest if left out

        Raises
        ------
        RequestRefusedError
            If there is no such stored scenario or version, or no such node in it.
        ScenarioError
            If the whole is not a valid scenario; pointers are those of the request.
        """
        base = self._stored(asked, version) if isinstance(asked, str) else asked
        if isinstance(base, StoredScenario) and not priors:
            return base.scenario
        if not isinstance(base, StoredScenario) and version is not None:
            raise RequestRefusedError([Fault(("version",), "a document sent along has no version: leave it out")])
        key = json.dumps([base.key if isinstance(base, StoredScenario) else base, priors])
        return self._kept.get(key, lambda: _checked(base, priors))

    def _stored(self, scenario_id: str, version: int | None) -> StoredScenario:
        try:
            with self._database.reading() as connection:
                return self._stored_scenarios.find(connection, scenario_id, version)
        except UnknownScenarioError as error:
            raise RequestRefusedError([Fault(("scenario",), str(error))]) from error
        except UnknownRecordError as error:
            raise RequestRefusedError([Fault(("version",), str(error))]) from error


def _checked(base: StoredScenario | Document, priors: Priors) -> tuple[int, Scenario]:
    """Return the length of the scenario's JSON text, which is what it counts for where it is kept, and the scenario."""
    stored = isinstance(base, StoredScenario)
    document = base.scenario.model_dump(mode="json", exclude_unset=True) if isinstance(base, StoredScenario) else base
    nodes = document.get("nodes")
    if priors and isinstance(nodes, dict):
        _require_nodes(priors, nodes)
        changed = {name: {**nodes[name], "prior": prior} for name, prior in priors.items()}
        document = {**document, "nodes": {**nodes, **changed}}
    try:
        return len(document_text(document)), parse_scenario(document)
    except ScenarioError as error:
        faults = [Fault(_in_request(fault.pointer, priors, stored), fault.message) for fault in error.faults]
        raise ScenarioError(faults, error.more) from error


def unknown_node(name: str, nodes: Iterable[str]) -> UnknownRecordError:
    """Return the error of a node's name that a scenario does not have."""
    return UnknownRecordError(_no_node(name, did_you_mean(name, nodes, _NODES_ARE)))


def _no_node(name: str, hint: str) -> str:
    return f"there is no node '{name[:100]}'{hint}"


def _require_nodes(priors: Priors, nodes: Document) -> None:
    unknown = [name for name in priors if not isinstance(nodes.get(name), dict)]
    if unknown:
        told = unknown[:MAX_FAULTS]
        faults = [
            Fault(("priors", name), _no_node(name, hint))
            for name, hint in zip(told, hints(told, nodes, _NODES_ARE), strict=True)
        ]
        raise RequestRefusedError(faults, more=len(unknown) - len(told))


def _in_request(pointer: Pointer, priors: Priors, stored: bool) -> Pointer:
    """Return where in the request the cause of a fault in the scenario stands."""
    in_prior = len(pointer) >= 2 and pointer[0] == "nodes" and pointer[1] in priors
    if in_prior and pointer[2:3] == ("prior",):
        return ("priors", pointer[1], *pointer[3:])
    if not stored:
        return ("scenario", *pointer)
    # A stored scenario is valid, so that a replaced prior is the cause of whatever is wrong elsewhere.
    return ("priors", pointer[1]) if in_prior else ("priors",)


def in_request(error: RunError, settings: Mapping[str, Any], asked: str | Document) -> RunError:
    """Return the error with a pointer into the request: to one of its ``settings``, or else to the scenario."""
    if error.pointer[:1] and error.pointer[0] in settings:
        return error
    pointer: Pointer = ("scenario",) if isinstance(asked, str) else ("scenario", *error.pointer)
    return RunError(pointer, str(error))

"""The scenario a request speaks of: stored or sent along, with some priors replaced, valid as a whole.

Faults point into the request: the scenario's own pointer ``/nodes/summit/prior/alpha`` becomes
``/priors/summit/alpha`` if the request replaced that prior, else ``/scenario/nodes/summit/prior/alpha``.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from api.catalogue import ScenarioCatalogue
from api.errors import RequestRefusedError, UnknownScenarioError
from api.suggestions import did_you_mean
from forecast.errors import MAX_FAULTS, Fault, Pointer, RunError, ScenarioError
from forecast.scenario import Scenario, parse_scenario

Document = dict[str, Any]
Priors = Mapping[str, Document]

KEPT_BYTES = 4_000_000
"""JSON text of the scenarios kept as parsed: a page that asks again need not have them checked again."""


class AskedScenarios:
    """Finds and checks the scenarios that requests speak of; remembers the latest. Safe to share by threads."""

    def __init__(self, catalogue: ScenarioCatalogue, kept_bytes: int = KEPT_BYTES) -> None:
        self._catalogue = catalogue
        self._kept = _Kept(kept_bytes)

    def find(self, asked: str | Document, priors: Priors) -> Scenario:
        """Return the scenario.

        Parameters
        ----------
        asked : id of a stored scenario, or a whole document
        priors : node → prior that takes the place of the scenario's own

        Raises
        ------
        RequestRefusedError
            If there is no such stored scenario, or no such node in it.
        ScenarioError
            If the whole is not a valid scenario; pointers are those of the request.
        """
        base = self._stored(asked) if isinstance(asked, str) else asked
        if isinstance(base, Scenario) and not priors:
            return base
        text = json.dumps([base.digest if isinstance(base, Scenario) else base, priors])
        kept = self._kept.get(text)
        if kept is None:
            kept = _checked(base, priors)
            self._kept.put(text, kept)
        return kept

    def _stored(self, scenario_id: str) -> Scenario:
        try:
            return self._catalogue.get(scenario_id).scenario
        except UnknownScenarioError as error:
            raise RequestRefusedError([Fault(("scenario",), str(error))]) from error


class _Kept:
    """Scenarios by the text that they were asked for with, the least recently used going first."""

    def __init__(self, room: int) -> None:
        self._most = self._room = room
        self._scenarios: OrderedDict[str, Scenario] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> Scenario | None:
        with self._lock:
            if text in self._scenarios:
                self._scenarios.move_to_end(text)
            return self._scenarios.get(text)

    def put(self, text: str, scenario: Scenario) -> None:
        with self._lock:
            if text in self._scenarios or len(text) > self._most:
                return
            self._scenarios[text] = scenario
            self._room -= len(text)
            while self._room < 0:
                forgotten, _ = self._scenarios.popitem(last=False)
                self._room += len(forgotten)


def _checked(base: Scenario | Document, priors: Priors) -> Scenario:
    document = base.model_dump(mode="json", exclude_unset=True) if isinstance(base, Scenario) else base
    stored = isinstance(base, Scenario)
    nodes = document.get("nodes")
    if priors and isinstance(nodes, dict):
        _require_nodes(priors, nodes)
        changed = {name: {**nodes[name], "prior": prior} for name, prior in priors.items()}
        document = {**document, "nodes": {**nodes, **changed}}
    try:
        return parse_scenario(document)
    except ScenarioError as error:
        faults = [Fault(_in_request(fault.pointer, priors, stored), fault.message) for fault in error.faults]
        raise ScenarioError(faults, error.more) from error


def _require_nodes(priors: Priors, nodes: Document) -> None:
    unknown = [name for name in priors if not isinstance(nodes.get(name), dict)]
    if unknown:
        raise RequestRefusedError(
            Fault(("priors", name), f"there is no node '{name}'{did_you_mean(name, nodes, 'the nodes are')}")
            for name in unknown[:MAX_FAULTS]
        )


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

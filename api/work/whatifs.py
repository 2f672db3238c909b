"""One what-if from end to end: both sides found, priced together, computed on shared draws, written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import RequestRefusedError
from api.service import Service
from api.work.asked_scenario import Document, Priors, in_request
from api.work.computations import Stopper
from api.work.pairs import Side, pair
from api.work.timing import Stopwatch, TimedText
from forecast.errors import Fault, Pointer, RunError, ScenarioError
from forecast.scenario import Scenario
from forecast.settings import RunSettings


@dataclass(frozen=True, slots=True)
class SideOrder:
    """One side: which priors are replaced, how to run it, and which of its keys the request states under ``base``."""

    priors: Priors
    settings: Mapping[str, Any]
    in_base: Collection[str] = ()

    def locate(self, pointer: Pointer) -> Pointer:
        """Return where in the request a fault of this side stands."""
        return ("base", *pointer) if pointer and pointer[0] in self.in_base else pointer


@dataclass(frozen=True, slots=True)
class WhatIfOrder:
    """What to compute: a scenario, by id or whole, and its two sides; what to leave out of either forecast."""

    scenario: str | Document
    version: int | None
    base: SideOrder
    alternative: SideOrder
    leave_out: frozenset[str]


def what_if_text(service: Service, order: WhatIfOrder, stop_if_asked: Stopper) -> TimedText:
    """Compute a what-if; blocks, so call it in a thread.

    Raises
    ------
    RequestRefusedError, ScenarioError, RunError
        With pointers into the request.
    EvidenceError
        If what is known or assumed on one side is impossible, or too unlikely to be sampled.
    TooMuchWorkError
        If both runs cost more than one request may.
    """
    watch = Stopwatch()
    base, alternative = (
        Side(_scenario(service, order, side), RunSettings(**side.settings)) for side in (order.base, order.alternative)
    )
    watch.lap("check")
    try:
        found = pair(base, alternative, service.settings.max_work, stop_if_asked)
    except RunError as error:
        raise _located(error, order) from error
    watch.lap("run")
    text = found.model_dump_json(exclude={key: set(order.leave_out) for key in ("base", "alternative")}).encode()
    watch.lap("write")
    return TimedText(text, watch.milliseconds)


def _scenario(service: Service, order: WhatIfOrder, side: SideOrder) -> Scenario:
    def located(faults: Sequence[Fault]) -> list[Fault]:
        return [Fault(side.locate(fault.pointer), fault.message) for fault in faults]

    try:
        return service.scenarios.find(order.scenario, side.priors, order.version)
    except ScenarioError as error:
        raise ScenarioError(located(error.faults), error.more) from error
    except RequestRefusedError as error:
        raise RequestRefusedError(located(error.faults), error.more) from error


def _located(error: RunError, order: WhatIfOrder) -> RunError:
    """Return the error of one side, which its pointer begins with, with a pointer into the request."""
    name, *pointer = error.pointer
    side = order.base if name == "base" else order.alternative
    found = in_request(RunError(tuple(pointer), str(error)), side.settings, order.scenario)
    return RunError(side.locate(found.pointer), str(error))

"""One preview from end to end: find the scenario, price the run, run it, write the answer."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.asked_scenario import Document, Priors, in_request
from api.computations import Stopper
from api.limits import Budget, parts_of
from api.service import Service
from forecast.errors import RunError
from forecast.run import run
from forecast.settings import RunSettings


@dataclass(frozen=True, slots=True)
class Preview:
    """A forecast as JSON text, and the milliseconds that each step took."""

    text: bytes
    milliseconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """What to compute: a scenario, by id or whole, with some priors replaced; how to run it; what to leave out."""

    scenario: str | Document
    priors: Priors
    settings: Mapping[str, Any]
    leave_out: frozenset[str]


def preview(service: Service, order: PreviewOrder, stop_if_asked: Stopper) -> Preview:
    """Compute a preview; blocks, so call it in a thread.

    Raises
    ------
    RequestRefusedError, ScenarioError, RunError
        With pointers into the request.
    EvidenceError
        If what is known or assumed is impossible, or too unlikely to be sampled.
    TooMuchWorkError
        If the run costs more than one request may.
    """
    clock = [time.perf_counter()]
    scenario = service.scenarios.find(order.scenario, order.priors)
    clock.append(time.perf_counter())
    try:
        settings = RunSettings(**order.settings)
        budget = Budget(parts_of(scenario, len(settings.dates)), service.settings.max_work)
        budget.require(settings.whole_draws)
        stop_if_asked()
        forecast = run(scenario, settings, progress=budget.watch(stop_if_asked))
    except RunError as error:
        raise in_request(error, order.settings, order.scenario) from error
    clock.append(time.perf_counter())
    text = forecast.model_dump_json(exclude=set(order.leave_out)).encode()
    clock.append(time.perf_counter())
    return Preview(text, _milliseconds(("check", "run", "write"), clock))


def _milliseconds(steps: Iterable[str], clock: list[float]) -> dict[str, float]:
    return {step: 1_000.0 * (end - start) for step, start, end in zip(steps, clock[:-1], clock[1:], strict=True)}

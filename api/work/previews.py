"""One preview from end to end: find the scenario, price the run, run it, write the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.service import Service
from api.work.asked_scenario import Document, Priors, in_request
from api.work.computations import Stopper
from api.work.limits import Budget, parts_of
from api.work.timing import Stopwatch, TimedText
from forecast.errors import RunError
from forecast.run import run_prepared
from forecast.settings import RunSettings


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """What to compute: a scenario, by id or whole, with some priors replaced; how to run it; what to leave out."""

    scenario: str | Document
    version: int | None
    priors: Priors
    settings: Mapping[str, Any]
    leave_out: frozenset[str]


def preview(service: Service, order: PreviewOrder, stop_if_asked: Stopper) -> TimedText:
    """Compute a preview, which is a forecast; blocks, so call it in a thread.

    Raises
    ------
    RequestRefusedError, ScenarioError, RunError
        With pointers into the request.
    EvidenceError
        If what is known or assumed is impossible, or too unlikely to be sampled.
    TooMuchWorkError
        If the run costs more than one request may.
    """
    watch = Stopwatch()
    scenario = service.scenarios.find(order.scenario, order.priors, order.version)
    watch.lap("check")
    try:
        settings = RunSettings(**order.settings)
        budget = Budget(parts_of(scenario, settings.dates), service.settings.max_work)
        budget.require(settings.whole_draws)
        stop_if_asked()
        prepared = service.prepared.get(scenario, settings)
        stop_if_asked()
        forecast = run_prepared(prepared, settings, budget.watch(stop_if_asked)).forecast
    except RunError as error:
        raise in_request(error, order.settings, order.scenario) from error
    watch.lap("run")
    text = forecast.model_dump_json(exclude=set(order.leave_out)).encode()
    watch.lap("write")
    return TimedText(text, watch.milliseconds)

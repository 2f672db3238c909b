"""One forecast from end to end: the file that strings the stages together.

Scenario + RunSettings → Preparation (model, measures, exact values) → Engine (batches of draws) → Totals → Forecast
"""

import platform
from dataclasses import dataclass, replace

import numpy as np
import scipy

from forecast.engine import Engine, Progress, Totals, run_engine
from forecast.errors import EvidenceError, ForecastFileError
from forecast.preparation import Preparation, prepare
from forecast.readings.accumulate import Merged
from forecast.readings.measures import Measures
from forecast.readings.numbers import NumberTotal
from forecast.result import Forecast, Versions, result_digest
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import BLOCKS, RunSettings, from_json
from forecast.summaries import forecast_from
from forecast.version import VERSION

ESS_FLOOR = 1_000.0
"""Effective draws below which a weighted run takes more draws."""

ESS_SHARE_WARNING = 0.05
MAX_EXTENSIONS = 4
"""A run doubles its draws at most this often before it refuses."""


@dataclass(frozen=True)
class MeasuredRun:
    """A run's forecast beside what it was read off."""

    forecast: Forecast
    measured: Measures
    totals: Totals


def run(scenario: Scenario, settings: RunSettings | None = None, *, progress: Progress | None = None) -> Forecast:
    """Compute a forecast.

    Parameters
    ----------
    scenario : the scenario
    settings : draws, seed, dates, evidence and the like; ``RunSettings()`` if left out
    progress : called with (draws done, draws in all) after each batch

    Returns
    -------
    Forecast
        The same bytes for the same scenario and settings, whatever the number of threads.

    Raises
    ------
    RunError
        If the settings do not fit the scenario.
    EvidenceError
        If what is known is impossible under the priors, or so unlikely that too few draws carry weight.

    Examples
    --------
    >>> from forecast.scenario import parse_scenario
    >>> scenario = parse_scenario({
    ...     "scenario": "talks", "title": "Will talks end in a deal?",
    ...     "as_of": "2026-01-01", "horizon": "2026-12-31",
    ...     "nodes": {"talks": {"branches": ["deal", "no_deal"],
    ...                         "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5}}},
    ... })
    >>> forecast = run(scenario)
    >>> round(forecast.outcomes["deal"].mean, 4)
    0.2857
    >>> round(forecast.outcomes["deal"].quantiles["0.95"], 2)
    0.58
    """
    return measured_run(scenario, settings or RunSettings(), progress).forecast


def measured_run(scenario: Scenario, settings: RunSettings, progress: Progress | None) -> MeasuredRun:
    """Compute a forecast and keep its totals, for whoever needs more than their summary; otherwise as ``run``."""
    return run_prepared(prepare(scenario, settings), settings, progress)


def run_prepared(prepared: Preparation, settings: RunSettings, progress: Progress | None) -> MeasuredRun:
    """Compute a forecast of a scenario that is prepared already; otherwise as ``measured_run``.

    Raises
    ------
    ValueError
        If the scenario was prepared for settings that shape another model.
    """
    engine = Engine(prepared, settings)
    model, measured = engine.model, engine.measured
    totals = _totals(engine)
    run_engine(engine, 0, totals.blocks, totals, progress)
    totals = _with_enough_weight(engine, totals, progress)
    forecast = forecast_from(model, measured, totals, prepared.exact, _versions())
    return MeasuredRun(forecast.model_copy(update={"digest": result_digest(forecast)}), measured, totals)


def replay(stored: Forecast, *, threads: int = 1, progress: Progress | None = None) -> Forecast:
    """Make a stored forecast again from the document and settings it carries.

    Raises
    ------
    ForecastFileError
        If the stored forecast was altered: its digest is not that of its content.
    """
    settings = settings_of(stored, threads=threads)
    return run(parse_scenario(stored.document), settings, progress=progress)


def settings_of(stored: Forecast, *, threads: int = 1) -> RunSettings:
    """Return the settings that a stored forecast was asked for with.

    Raises
    ------
    ForecastFileError
        If the stored forecast was altered: its digest is not that of its content.
    """
    if result_digest(stored) != stored.digest:
        raise ForecastFileError(
            f"the forecast's content does not match its digest {stored.digest}: it was altered after it was written"
        )
    return from_json(stored.request.model_dump(mode="json"), threads=threads)


def _totals(engine: Engine) -> Totals:
    measured, size = engine.measured, engine.block_size
    grids = {**measured.quantities, **{f"date {name}": grid for name, (_, grid) in measured.dated.items()}}
    return Totals(
        beliefs=Merged(),
        events=Merged(),
        numbers={name: NumberTotal(grid) for name, grid in grids.items()},
        blocks=max(BLOCKS, -(-engine.model.settings.draws // size)),
        block_size=size,
    )


def _with_enough_weight(engine: Engine, totals: Totals, progress: Progress | None) -> Totals:
    """Double the draws until the effective sample size reaches the floor; refuse if it does not."""
    if not engine.model.weighted:
        return totals
    for _ in range(MAX_EXTENSIONS):
        _require_weight(totals)
        if totals.beliefs.effective_sample_size >= ESS_FLOOR:
            return totals
        run_engine(engine, totals.blocks, totals.blocks, totals, progress)
        totals = replace(totals, blocks=2 * totals.blocks)
    effective, draws = totals.beliefs.effective_sample_size, totals.blocks * totals.block_size
    if effective >= ESS_FLOOR:
        return totals
    raise EvidenceError(
        f"only {effective:.0f} of {draws:,} draws carry weight after the evidence (floor {ESS_FLOOR:.0f}): "
        "ask for more draws, discount related entries, or state what is now known as a new prior"
    )


def _require_weight(totals: Totals) -> None:
    if totals.beliefs.total_weight <= 0.0:
        raise EvidenceError(
            "what is known has probability 0 under the priors: two entries contradict each other, "
            "or one contradicts a probability stated as 0 or 1; correct the entry or the prior"
        )


def _versions() -> Versions:
    return Versions(branchcast=VERSION, python=platform.python_version(), numpy=np.__version__, scipy=scipy.__version__)

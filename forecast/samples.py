"""The draws and worlds behind a forecast, drawn again and laid out as tables.

A forecast keeps no draws: its document, its request and its seed say which they were. A row is one draw,
in the order of the run. The rows come in batches, so that memory grows neither with the draws nor, beyond
a few hundred rows, with the columns. A column is named like the place of its mean in the forecast, such
as ``outcomes.deal``; so the prefix keeps an outcome, a driver and a quantity of one name apart.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forecast.arrays import FloatArray
from forecast.draws.inference import Conditioned, Inferred
from forecast.draws.model import Model
from forecast.draws.sources import Sources
from forecast.engine import Engine
from forecast.numerics.nets import NET_BITS, Batch
from forecast.preparation import prepare
from forecast.readings.facts import branch_day, quantity_values
from forecast.readings.plans import evaluate
from forecast.readings.worlds import WorldSampler, world_sources
from forecast.result import Forecast, Sampling
from forecast.run import settings_of
from forecast.scenario import parse_scenario
from forecast.version import VERSION

BATCH_BYTES = 64 << 20
"""Memory for the columns of one batch, at 8 bytes a value."""

FEWEST_ROWS, MOST_ROWS = 1 << 8, 1 << NET_BITS
"""Rows of a batch at least, however many columns there are, and at most, however few."""

Kind = Literal["float", "integer", "text", "boolean", "date"]

Rows = Mapping[str, NDArray[Any]]
"""Consecutive rows: one array per column, by its name, all of the same length."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the kind of its values, what they mean.

    A value may be missing: a NaN among floats, a NaT among dates. ``texts`` lists every text that a
    column of text may hold.
    """

    name: str
    kind: Kind
    meaning: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Rows that have not been drawn yet.

    columns : what each row holds, in order
    rows : how many there will be
    provenance : what it takes to draw the rows again, as text
    blocks : draws the rows, batch by batch; every call starts from the first row and gives the same values
    """

    columns: tuple[Column, ...]
    rows: int
    provenance: Mapping[str, str]
    blocks: Callable[[], Generator[Rows, None, None]]


def draw_table(forecast: Forecast) -> SampleTable:
    """Return the draws of a forecast: in each row, one set of beliefs after everything known.

    ``draw``
        Number of the draw, from 0.
    ``weight``
        Likelihood of everything known, under the draw's beliefs; 1 where nothing is known.
    ``outcomes.NAME``, ``attributes.NAME``
        Probability. The mean over draws, weighted by ``weight``, is the forecast's.
    ``nodes.NODE``
        Probability that the node is reached; the root always is, and has no such column.
    ``nodes.NODE.BRANCH``
        Probability that the branch is taken by the horizon, given that the node is reached; missing where
        the draw rules the node out. Beside a branch that is ``eventually`` stands ``…_pending``, the
        probability that it is still under way then. The mean weighted by ``weight`` times ``nodes.NODE``,
        over the sum of these means at the node, is the forecast's.
    ``drivers.NAME``
        Value of a continuous driver, state of a discrete one; ``drivers.experts`` is the expert drawn.

    Raises
    ------
    ForecastFileError
        If the forecast was altered.
    ScenarioError, RunError
        If its document is no scenario, or its request no run, of this version of the engine.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from forecast.documents import read_scenario
    >>> from forecast.run import run
    >>> scenario = read_scenario(files("priors").joinpath("minimal.yaml").read_text(encoding="utf-8"))
    >>> forecast = run(scenario)
    >>> table = draw_table(forecast)
    >>> table.rows
    262144
    >>> opens = [rows["outcomes.opens"] for rows in table.blocks()]
    >>> abs(float(np.concatenate(opens).mean()) - forecast.outcomes["opens"].mean) < 1e-12
    True
    """
    engine = _engine_of(forecast)
    return _table(forecast, tuple(_draw_columns(engine.model)), partial(_draws, engine))


def world_table(forecast: Forecast) -> SampleTable:
    """Return the worlds of a forecast: in each row, one complete history from the draw of the same number.

    ``draw``, ``weight``
        As in the draws; the weight is that of the draw times the world's own correction, if it has one.
    ``outcome``
        Name of the outcome; ``…_pending`` where the horizon comes first.
    ``attributes.NAME``
        Whether the attribute holds.
    ``dates.BRANCH``
        Day on which the branch is taken; missing where it is not by the horizon.
    ``quantities.NAME``
        Value of the quantity.

    Raises
    ------
    ForecastFileError, ScenarioError, RunError
        As for the draws.
    """
    engine = _engine_of(forecast)
    sources = engine.sources if engine.measured.needs_worlds else _sources_apart(engine.model)
    sampler = WorldSampler(engine.inference, sources)
    return _table(forecast, tuple(_world_columns(engine)), partial(_worlds, engine, sampler, sources))


def _engine_of(forecast: Forecast) -> Engine:
    settings = settings_of(forecast)
    return Engine(prepare(parse_scenario(forecast.document), settings), settings)


def _sources_apart(model: Model) -> Sources:
    """Return sources for the worlds of a run that needed none, and so kept no dimensions of its net for them."""
    at_random = replace(model, settings=replace(model.settings, sampler="random"))
    return Sources(at_random, model.seed, world_sources(model))


def _table(forecast: Forecast, columns: tuple[Column, ...], draw: Callable[[Batch], Rows]) -> SampleTable:
    sampling = forecast.sampling
    provenance = {
        "scenario": forecast.scenario,
        "scenario_digest": forecast.scenario_digest,
        "forecast_digest": forecast.digest,
        "seed": str(sampling.seed),
        "version": VERSION,
    }
    return SampleTable(columns, sampling.draws, provenance, partial(_in_batches, sampling, len(columns), draw))


def _in_batches(sampling: Sampling, columns: int, draw: Callable[[Batch], Rows]) -> Generator[Rows, None, None]:
    """Draw batch after batch, holding on to none."""
    for batch in _batches(sampling, columns):
        yield draw(batch)


def _batches(sampling: Sampling, columns: int) -> Iterator[Batch]:
    """Yield several blocks at a time, or parts of one, so that a batch has a power of two of rows that fits."""
    fitting = 1 << ((BATCH_BYTES // (8 * columns)).bit_length() - 1)
    rows, size = min(MOST_ROWS, max(FEWEST_ROWS, fitting)), sampling.block_size
    count, parts = max(1, rows // size), max(1, size // rows)
    for first in range(0, sampling.blocks, count):
        for part in range(parts):
            yield Batch(first, min(count, sampling.blocks - first), size // parts, part, parts)


def _draw_columns(model: Model) -> Iterator[Column]:
    yield Column("draw", "integer", "number of the draw, from 0")
    yield Column("weight", "float", "likelihood of everything known, under the beliefs of the draw")
    for leaf in model.leaves:
        yield Column(f"outcomes.{leaf.name}", "float", f"probability of the outcome '{leaf.name}'")
    for number, node in enumerate(model.nodes):
        if number > 0:
            yield Column(f"nodes.{node.name}", "float", f"probability that the node '{node.name}' is reached")
        for branch in node.branches:
            meaning = f"probability that '{branch.edge}' is taken by the horizon, given that '{node.name}' is reached"
            yield Column(f"nodes.{branch.edge}", "float", meaning)
            if model.scenario.tree.branch(branch.edge).eventually:
                meaning = (
                    f"probability that '{branch.edge}' is pending at the horizon, given that '{node.name}' is reached"
                )
                yield Column(f"nodes.{node.name}.{branch.edge.pending}", "float", meaning)
    for attribute in model.attributes:
        yield Column(f"attributes.{attribute.name}", "float", f"probability of the attribute '{attribute.name}'")
    for name in model.drivers.continuous:
        yield Column(f"drivers.{name}", "float", f"value of the driver '{name}', a standard normal one")
    for name, states in zip(model.drivers.discrete, model.drivers.states, strict=True):
        yield Column(f"drivers.{name}", "text", f"state of the driver '{name}'", states)


def _draws(engine: Engine, batch: Batch) -> Rows:
    model = engine.model
    conditioned = engine.inference.condition(batch)
    inferred = engine.inference.read(conditioned, lambda _: True)
    found = {f"outcomes.{leaf.name}": p for leaf, p in zip(model.leaves, inferred.leaves, strict=True)}
    found |= _node_values(model, inferred)
    for attribute in model.attributes:
        plan = engine.measured.plans["attributes", attribute.name]
        found[f"attributes.{attribute.name}"] = evaluate(plan, engine.inference, inferred)
    return {
        **_numbered(batch, inferred.weight),
        **{name: np.ascontiguousarray(np.broadcast_to(value, (batch.draws,))) for name, value in found.items()},
        **_driver_values(model, conditioned),
    }


def _numbered(batch: Batch, weight: FloatArray | None) -> Rows:
    numbers = np.arange(batch.first_draw, batch.first_draw + batch.draws, dtype=np.int64)
    return {"draw": numbers, "weight": np.ones(batch.draws) if weight is None else weight}


def _node_values(model: Model, inferred: Inferred) -> dict[str, FloatArray]:
    leading = {branch.child: branch.edge for node in model.nodes for branch in node.branches}
    pending = {leaf.edge: p for leaf, p in zip(model.leaves, inferred.leaves, strict=True) if leaf.pending}
    found: dict[str, FloatArray] = {}
    for number, node in enumerate(model.nodes):
        if number in leading:
            found[f"nodes.{node.name}"] = inferred.branches[leading[number]]
        parts: dict[str, FloatArray] = {}
        for edge in (branch.edge for branch in node.branches):
            parts[edge.branch] = inferred.branches[edge]
            if edge in pending:
                parts[edge.pending] = pending[edge]
        whole: FloatArray = sum(parts.values(), np.array(0.0))
        found |= {f"nodes.{node.name}.{name}": _share(part, whole) for name, part in parts.items()}
    return found


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part / whole, missing where the whole is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0))


def _driver_values(model: Model, conditioned: Conditioned) -> Rows:
    drivers = model.drivers
    values = zip(drivers.continuous, conditioned.normals, strict=True)
    states = zip(drivers.discrete, drivers.states, conditioned.states, strict=True)
    return {
        **{f"drivers.{name}": value for name, value in values},
        **{f"drivers.{name}": np.array(texts)[state] for name, texts, state in states},
    }


def _world_columns(engine: Engine) -> Iterator[Column]:
    model = engine.model
    yield Column("draw", "integer", "number of the draw whose beliefs the world is drawn from, from 0")
    yield Column("weight", "float", "likelihood of everything known, under the beliefs of the draw and in this world")
    yield Column("outcome", "text", "where the history ends", tuple(leaf.name for leaf in model.leaves))
    for attribute in model.attributes:
        yield Column(f"attributes.{attribute.name}", "boolean", f"whether the attribute '{attribute.name}' holds")
    for name in engine.measured.dated:
        yield Column(f"dates.{name}", "date", f"day on which '{name}' is taken; missing where not by the horizon")
    for name in sorted(model.scenario.quantities):
        unit = model.scenario.quantities[name].unit
        yield Column(f"quantities.{name}", "float", f"value of the quantity '{name}', in: {unit}")


def _worlds(engine: Engine, sampler: WorldSampler, sources: Sources, batch: Batch) -> Rows:
    model = engine.model
    conditioned = engine.inference.condition(batch)
    worlds = sampler.sample(engine.inference.read(conditioned, lambda found: found.leaf is not None))
    values = quantity_values(model, engine.classes, worlds, sources, batch)
    names = np.array([leaf.name for leaf in model.leaves])
    dated = ((name, branch_day(model, edge, worlds)) for name, (edge, _) in engine.measured.dated.items())
    return {
        **_numbered(batch, worlds.weight),
        "outcome": names[worlds.leaf],
        **{f"attributes.{a.name}": held for a, held in zip(model.attributes, worlds.attributes, strict=True)},
        **{f"dates.{name}": _calendar_days(model.scenario.as_of, days) for name, days in dated},
        **{f"quantities.{name}": values[name] for name in sorted(values)},
    }


def _calendar_days(start: date, days: FloatArray) -> NDArray[np.datetime64]:
    """Return the calendar days so many days after ``start``; missing for a NaN."""
    there = ~np.isnan(days)
    found = np.full(days.shape, "NaT", dtype="datetime64[D]")
    found[there] = np.datetime64(start, "D") + days[there].astype(np.int64)
    return found

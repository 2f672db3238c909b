"""The engine's loop: batches of draws, computed in threads, merged in block order."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from forecast.dates import DAYS_PER_YEAR
from forecast.draws.inference import Found, Inference, Inferred
from forecast.draws.model import Hazard, Model
from forecast.draws.sources import Sources
from forecast.numerics.nets import NET_BITS, Batch
from forecast.preparation import Preparation
from forecast.readings.accumulate import BatchSummariser, BatchSummary, Merged, summarise
from forecast.readings.course import arrays_at_once
from forecast.readings.facts import branch_day, happened, quantity_values
from forecast.readings.numbers import NumberSummary, NumberTotal, summarise_numbers
from forecast.readings.plans import evaluate
from forecast.readings.worlds import WorldSampler, world_sources
from forecast.settings import RunSettings

BATCH_BYTES = 64 << 20
"""Memory for the arrays of one batch; models that need many at once get smaller blocks."""

BATCH_DRAWS = 2 << NET_BITS
"""Draws of a batch where memory does not limit it: arrays longer than this fall out of the processor's cache, shorter
ones keep threads waiting for the interpreter's lock."""

PILOT = Batch(0, 1, 1 << 10)
PILOT_ROOM = float(1 << 10)
"""How many times the largest weight of ``PILOT`` a draw's weight may be and still be counted exactly."""

LEAST_SCALE = 1e-290
"""Floor of the weight that whole numbers stand for, so that their ratio stays a number."""

Progress = Callable[[int, int], None]
"""Called with (draws done, draws in all); raising stops the run."""


@dataclass(frozen=True)
class BatchResult:
    """One batch boiled down: beliefs read off draws, events counted over worlds, numbers over worlds."""

    beliefs: BatchSummary
    events: BatchSummary | None
    numbers: tuple[NumberSummary, ...]


@dataclass(frozen=True)
class Totals:
    """Everything a run has measured."""

    beliefs: Merged
    events: Merged
    numbers: dict[str, NumberTotal]
    blocks: int
    block_size: int


class Engine:
    """Computes batches of one model. Shared by threads: nothing in it changes once it is built."""

    def __init__(self, prepared: Preparation, settings: RunSettings) -> None:
        self.model, self.measured = model, measured = prepared.model_for(settings), prepared.measured
        self.classes, self.course = prepared.classes, prepared.course
        self.sources = Sources(model, model.seed, world_sources(model) if measured.needs_worlds else ())
        self.inference = prepared.inference.on(self.sources)
        self.worlds = WorldSampler(self.inference, self.sources)
        self.ceiling = weight_scale(self.inference)
        self._fitting_draws = BATCH_BYTES // (8 * arrays_at_once(self.inference, self.course))

    def batch(self, batch: Batch) -> BatchResult:
        """Draw, infer and boil down one batch."""
        conditioned = self.inference.condition(batch)
        beliefs = BatchSummariser(
            self.course.targets, len(self.measured.plans), conditioned.weight, self.ceiling, batch.count, batch.size
        )

        def keep(found: Found) -> bool:
            if targets := self.course.targets_of(found):
                beliefs.take(targets, found.probability)
            return self.course.keeps(found)

        inferred = self.inference.read(conditioned, keep)
        for target, plan in self.course.later.items():
            beliefs.take((target,), evaluate(plan, self.inference, inferred))
        if not self.measured.needs_worlds:
            return BatchResult(beliefs.summary(), None, ())
        return BatchResult(beliefs.summary(), *self._counted(batch, inferred))

    def _counted(self, batch: Batch, inferred: Inferred) -> tuple[BatchSummary, tuple[NumberSummary, ...]]:
        worlds = self.worlds.sample(inferred)
        values = quantity_values(self.model, self.classes, worlds, self.sources, batch)
        held = [happened(self.model, e, worlds, values).astype(float) for e in self.measured.counted.values()]
        events = summarise(held, 0, worlds.weight, self.ceiling, batch.count, batch.size)
        grids = self.measured.quantities
        numbers = [summarise_numbers(values[n], grid, worlds.weight, batch.count) for n, grid in grids.items()]
        for edge, grid in self.measured.dated.values():
            numbers.append(summarise_numbers(branch_day(self.model, edge, worlds), grid, worlds.weight, batch.count))
        return events, tuple(numbers)

    @property
    def block_size(self) -> int:
        """Draws per block: what the settings ask for, or less where the model is large."""
        return min(self.model.settings.block_size, 1 << max(8, self._fitting_draws.bit_length() - 1))

    @property
    def blocks_per_batch(self) -> int:
        """How many blocks are computed together."""
        return max(1, min(BATCH_DRAWS, self._fitting_draws) // self.block_size)


def run_engine(engine: Engine, first: int, blocks: int, totals: Totals, progress: Progress | None) -> None:
    """Compute blocks [first, first + blocks) and add them to ``totals`` in order."""
    batches = deque(
        Batch(start, min(engine.blocks_per_batch, first + blocks - start), engine.block_size)
        for start in range(first, first + blocks, engine.blocks_per_batch)
    )
    done, draws = 0, blocks * engine.block_size
    for batch, result in _in_order(engine, batches, engine.model.settings.threads):
        totals.beliefs.add(result.beliefs)
        if result.events is not None:
            totals.events.add(result.events)
        for total, part in zip(totals.numbers.values(), result.numbers, strict=True):
            total.add(part)
        done += batch.draws
        if progress is not None:
            progress(done, draws)


def _in_order(engine: Engine, batches: "deque[Batch]", threads: int) -> Iterator[tuple[Batch, BatchResult]]:
    """Yield results in block order, with a bounded number of batches in flight."""
    if threads == 1:
        for batch in batches:
            yield batch, engine.batch(batch)
        return
    waiting: deque[tuple[Batch, Future[BatchResult]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while batches or waiting:
                while batches and len(waiting) < threads + 1:
                    batch = batches.popleft()
                    waiting.append((batch, pool.submit(engine.batch, batch)))
                batch, future = waiting.popleft()
                yield batch, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def weight_scale(inference: Inference) -> float:
    """Return the weight that stands for the largest whole number of the histograms.

    1 where nothing is known. Else the bound on every weight where that is near what draws have; where
    evidence is unlikely under all of them, the bound would round every weight to nothing, and the largest
    of a few draws, with room above it, takes its place.
    """
    if not inference.model.weighted:
        return 1.0
    bound, pilot = weight_ceiling(inference), inference.infer(PILOT).weight
    if pilot is None or not pilot.max() > 0.0:
        return bound
    return max(min(bound, PILOT_ROOM * float(pilot.max())), LEAST_SCALE)


def weight_ceiling(inference: Inference) -> float:
    """Return a bound on every draw's weight: the largest product of likelihoods down any path."""
    model = inference.model
    attribute = float(np.prod([max(a.likelihood) for a in model.attributes]))
    bound = [0.0] * len(model.nodes)
    for i in range(len(model.nodes) - 1, -1, -1):
        node = model.nodes[i]
        for b, branch in enumerate(node.branches):
            below = bound[branch.child] if branch.child is not None else attribute
            levels = [*_piece_levels(model, branch.leaf), *_piece_levels(model, branch.pending_leaf)]
            level = branch.likelihood * max([1.0, *levels])
            if isinstance(node.law, Hazard) and b == node.law.event:
                level *= _hazard_ceiling(inference, i, node.law)
            bound[i] = max(bound[i], level * below)
        if node.balance is not None:
            bound[i] *= float(node.balance.max())
    readings = [max(r.likelihood.values()) ** d if r.likelihood else 1.0 for r, d in model.known.readings]
    return max(bound[0] * float(np.prod(readings)), LEAST_SCALE)


def _piece_levels(model: Model, leaf: int | None) -> list[float]:
    if leaf is None:
        return []
    return [float(np.prod([max(level for _, _, level in step.pieces) for step in model.leaves[leaf].steps]))]


def _hazard_ceiling(inference: Inference, number: int, hazard: Hazard) -> float:
    if hazard.observed is None:
        return max([1.0, *(level for _, _, level in hazard.pieces)])
    clock, at = inference.clocks[number], np.array(max(hazard.observed, 1.0 / DAYS_PER_YEAR))
    return max(float(clock.speed(at, s)) / max(float(clock.exposure(at, s)), 1e-9) for s in range(clock.states))

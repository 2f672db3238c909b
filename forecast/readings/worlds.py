"""Worlds: one complete history per draw, by inversion from the draw's posterior probabilities.

A world is where the history ends, which attributes hold, when its dated branches were taken, and its
quantities. Worlds are drawn only for what cannot be read off the probabilities themselves. Dates
down a chain are drawn forwards; where evidence or an ``eventually`` lag makes later dates speak of
earlier ones, the world carries a weight that corrects for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.arrays import BoolArray, FloatArray, IntArray
from forecast.draws.chains import LagStep
from forecast.draws.dated import HazardClock, merged_pieces
from forecast.draws.inference import Inference, Inferred
from forecast.draws.model import Hazard, Leaf, Model
from forecast.draws.sources import Sources
from forecast.numerics.rates import DrawnRate
from forecast.statements.tree import Edge

PATH = "world path"

_CURVE = 4097


def world_sources(model: Model) -> tuple[str, ...]:
    """Names of the sources that worlds need beyond the beliefs, in a fixed order."""
    edges = sorted({edge for leaf in model.leaves for edge in leaf.step_edges})
    return (
        PATH,
        *(f"world date {node.name}" for node in model.nodes if isinstance(node.law, Hazard)),
        *(f"world lag {edge}" for edge in edges),
        *(f"world attribute {attribute.name}" for attribute in model.attributes),
        *(f"world quantity {name}" for name in sorted(model.scenario.quantities)),
    )


@dataclass(frozen=True)
class Worlds:
    """One history per draw. Arrays have shape (draws,).

    leaf : number of the leaf
    attributes : truth per attribute
    dates : per dated branch, years since the scenario's date; NaN where it is not taken by the horizon
    weight : the draw's weight times the world's own correction, None if all are equal
    """

    leaf: IntArray
    attributes: tuple[BoolArray, ...]
    dates: Mapping[Edge, FloatArray]
    weight: FloatArray | None


class WorldSampler:
    """Draws worlds for batches after inference."""

    def __init__(self, inference: Inference, sources: Sources) -> None:
        self._inference, self._sources = inference, sources
        self._model = inference.model

    def sample(self, inferred: Inferred) -> Worlds:
        """Draw one world per draw of the batch."""
        leaf = self._leaf(inferred)
        attributes = tuple(self._attribute(inferred, leaf, i) for i in range(len(self._model.attributes)))
        dates, correction = self._dates(inferred, leaf)
        weight = inferred.weight
        if correction is not None:
            weight = correction if weight is None else weight * correction
        return Worlds(leaf, attributes, dates, weight)

    def _leaf(self, inferred: Inferred) -> IntArray:
        u = self._sources.uniforms(inferred.batch, PATH)
        leaf = np.zeros(u.size, dtype=np.intp)
        passed: FloatArray = np.zeros(u.size)
        for probability in inferred.leaves[:-1]:
            passed = passed + probability
            leaf += u > passed
        return self._possible(inferred, leaf)

    def _possible(self, inferred: Inferred, leaf: IntArray) -> IntArray:
        """Move a draw that rounding has put on an impossible leaf to the nearest possible one before it."""
        possible = np.array([np.any(probability > 0.0) for probability in inferred.leaves])
        nearest = np.maximum.accumulate(np.where(possible, np.arange(possible.size), -1))
        first = int(np.argmax(possible))
        return np.where(nearest[leaf] >= 0, nearest[leaf], first)

    def _attribute(self, inferred: Inferred, leaf: IntArray, number: int) -> BoolArray:
        attribute = self._model.attributes[number]
        u = self._sources.uniforms(inferred.batch, f"world attribute {attribute.name}")
        cls = np.array(attribute.class_of_leaf)[leaf]
        truth = np.zeros(leaf.size, dtype=bool)
        for c, probability in enumerate(inferred.attributes[number]):
            here = cls == c
            truth[here] = u[here] < np.broadcast_to(probability, leaf.shape)[here]
        return truth

    def _dates(self, inferred: Inferred, leaf: IntArray) -> tuple[dict[Edge, FloatArray], FloatArray | None]:
        model = self._model
        dates: dict[Edge, FloatArray] = {}
        for number, node in enumerate(model.nodes):
            if isinstance(node.law, Hazard):
                edge = node.branches[node.law.event].edge
                taken = np.isin(leaf, sorted(model.leaves_below[edge]))
                dates[edge] = np.where(taken, self._hazard_date(inferred, number, node.law), np.nan)
        correction: FloatArray | None = None
        for chain in self._chains:
            here = np.flatnonzero(np.isin(leaf, chain))
            factor = self._chain_dates(inferred, here, model.leaves[chain[0]], dates, leaf)
            if factor is not None:
                correction = np.ones(leaf.size) if correction is None else correction
                correction[here] = factor
        return dates, correction

    @cached_property
    def _chains(self) -> list[list[int]]:
        groups: dict[tuple[object, ...], list[int]] = {}
        for number, leaf in enumerate(self._model.leaves):
            if leaf.steps:
                groups.setdefault((leaf.anchor, leaf.start, leaf.step_edges, leaf.pending), []).append(number)
        return list(groups.values())

    def _hazard_date(self, inferred: Inferred, number: int, hazard: Hazard) -> FloatArray:
        """Invert the date's distribution function piece by piece, given the event by the horizon."""
        rate = inferred.rates[number]
        assert isinstance(rate, DrawnRate)
        draws = inferred.batch.draws
        if hazard.observed is not None:
            return np.full(draws, hazard.observed)
        clock = self._inference.clocks[number]
        u = self._sources.uniforms(inferred.batch, f"world date {self._model.nodes[number].name}")
        per_year = np.broadcast_to(rate.per_year, (draws,))
        by_state = [self._inverted(clock, hazard, per_year, u, state) for state in range(clock.states)]
        if len(by_state) == 1:
            return by_state[0]
        assert hazard.selector is not None
        state = inferred.states[hazard.selector]
        return np.select([state == s for s in range(len(by_state))], by_state)

    def _inverted(
        self, clock: HazardClock, hazard: Hazard, per_year: FloatArray, u: FloatArray, state: int
    ) -> FloatArray:
        rate = DrawnRate(per_year)
        pieces = merged_pieces(hazard.pieces)
        edges = [clock.exposure(np.array([begin, end]), state) for begin, end, _ in pieces]
        masses = [
            level * (rate.laplace(float(x[0])) - rate.laplace(float(x[1])))
            for (_, _, level), x in zip(pieces, edges, strict=True)
        ]
        left = u * np.sum(masses, axis=0)
        exposure = np.full(u.size, float(edges[-1][1]))
        open_ = np.ones(u.size, dtype=bool)
        for (_, _, level), x, mass in zip(pieces, edges, masses, strict=True):
            inside = open_ & (left <= mass)
            share = left[inside] / level / rate.laplace(float(x[0]))[inside]
            exposure[inside] = np.minimum(x[0] - np.log1p(-np.minimum(share, 1.0 - 1e-16)) / per_year[inside], x[1])
            open_ &= ~inside
            left = left - mass
        return self._time(clock, exposure, state)

    def _time(self, clock: HazardClock, exposure: FloatArray, state: int) -> FloatArray:
        if clock.retimings is None:
            return np.minimum(clock.hazard.clock.time(exposure), self._model.horizon)
        t = np.linspace(0.0, self._model.horizon, _CURVE)
        return np.interp(exposure, clock.exposure(t, state), t)

    def _chain_dates(
        self, inferred: Inferred, here: IntArray, leaf: Leaf, dates: dict[Edge, FloatArray], leaves: IntArray
    ) -> FloatArray | None:
        """Fill in the dates of one chain's branches; return the worlds' correction, None if it is 1."""
        model = self._model
        if leaf.anchor is None:
            start = np.full(here.size, leaf.start)
        else:
            node = model.nodes[leaf.anchor]
            assert isinstance(node.law, Hazard)
            start = dates[node.branches[node.law.event].edge][here]
        factor: FloatArray | None = None
        for edge, step in zip(leaf.step_edges, leaf.steps, strict=True):
            date = dates.setdefault(edge, np.full(leaves.size, np.nan))
            u = self._sources.uniforms(inferred.batch, f"world lag {edge}")[here]
            start, likelihood = _lag_date(step, start, u, model.horizon)
            if not step.pending:
                date[here] = start
            if likelihood is not None:
                factor = likelihood if factor is None else factor * likelihood
        if factor is None:
            return None
        expected = self._expected(inferred, leaf, here)
        return np.divide(factor, expected, out=np.zeros_like(factor), where=expected > 0.0)

    def _expected(self, inferred: Inferred, leaf: Leaf, here: IntArray) -> FloatArray:
        """Return what the inference expected of the chain, in each draw."""
        factor = self._inference.chain_expectation(leaf, inferred)
        return np.broadcast_to(factor, (inferred.batch.draws,))[here]


def _lag_date(step: LagStep, start: FloatArray, u: FloatArray, horizon: float) -> tuple[FloatArray, FloatArray | None]:
    """Draw the date one lag after ``start``; return it with the likelihood of having one (None if it is 1)."""
    if step.observed is not None:
        return np.full(start.size, step.observed), None
    by_horizon = step.lag.cdf(horizon - start)
    if step.pending:
        return np.full(start.size, np.nan), 1.0 - by_horizon
    masses, lows = [], []
    for begin, end, level in step.pieces:
        low = np.where(begin <= start, 0.0, step.lag.cdf(np.maximum(begin - start, 0.0)))
        high = np.where(end < start, 0.0, step.lag.cdf(np.maximum(end - start, 0.0)))
        lows.append(low)
        masses.append(level * np.maximum(high - low, 0.0))
    total = np.sum(masses, axis=0)
    left = u * total
    at = np.zeros(start.size)
    open_ = np.ones(start.size, dtype=bool)
    for (_, _, level), low, mass in zip(step.pieces, lows, masses, strict=True):
        inside = open_ & (left <= mass) & (mass > 0.0)
        at[inside] = low[inside] + left[inside] / level
        open_ &= ~inside
        left = left - mass
    date = np.minimum(start + step.lag.ppf(np.minimum(at, 1.0 - 1e-16)), horizon)
    if step.certain:
        return date, None
    if step.eventually:
        return date, total
    return date, np.divide(total, by_horizon, out=np.zeros_like(total), where=by_horizon > 0.0)

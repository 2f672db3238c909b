"""Exact inference inside each draw, vectorised over the draws of a batch.

Backward: the message of a node is m = Σ_b p_b · L_b · m(child of b), the likelihood of what is known
given that the node is reached; the root's message is the draw's weight. Forward: the posterior
probability of a branch is p_b · L_b · m(child) / m, and a leaf's probability the product of these down
its path. Python loops over nodes only.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.draws.chains import LagStep, Piece
from forecast.draws.dated import (
    DateGrid,
    HazardClock,
    clipped,
    constant_factor,
    needs_integral,
    survival_mass,
)
from forecast.draws.model import AttributeModel, Chance, Hazard, Leaf, Model
from forecast.draws.recentring import Correction
from forecast.draws.sources import attribute_source
from forecast.numerics.nets import Batch
from forecast.numerics.rates import RATES, AnyRate, DrawnRate
from forecast.numerics.tilts import Intercepts, Retiming, tilts
from forecast.statements.tree import Edge


class DrawSources(Protocol):
    """Where inference takes its beliefs from: draws of the prior, or their means."""

    def normals(self, batch: Batch) -> list[FloatArray]:
        """Return the continuous drivers."""

    def states(self, batch: Batch) -> list[IntArray]:
        """Return the states of the discrete drivers."""

    def shares(
        self, batch: Batch, source: str, chance: Chance, branches: tuple[str, ...], states: list[IntArray]
    ) -> list[FloatArray]:
        """Return the branch probabilities of a choice."""

    def rates(self, batch: Batch, source: str, hazard: Hazard, states: list[IntArray]) -> AnyRate:
        """Return the rate of a hazard."""


@dataclass(frozen=True)
class Conditioned:
    """One batch after the backward pass: each draw's beliefs weighed against everything known.

    To be read once: the way down takes ``masses`` out and adds to ``rates``.

    weight : likelihood of everything known, None if nothing is
    masses : p_b · L_b per branch of the nodes that hear something; the others are drawn on the way down
    messages : per node; 1 where nothing is heard
    factors : per leaf, the likelihood of what is known of its dates and attributes
    attributes : per attribute, per class, posterior probability of yes
    rates : what the hazards were drawn as so far
    normals, states : what the drivers were drawn as
    """

    batch: Batch
    weight: FloatArray | None
    masses: dict[int, list[FloatArray]]
    messages: list[FloatArray]
    factors: list[FloatArray]
    attributes: tuple[tuple[FloatArray, ...], ...]
    rates: dict[int, AnyRate]
    normals: list[FloatArray]
    states: list[IntArray]


class Found(NamedTuple):
    """A posterior probability in each draw: of a branch, of the leaf it ends in, or of a pending leaf alone."""

    edge: Edge | None
    leaf: int | None
    probability: FloatArray


@dataclass(frozen=True)
class Inferred:
    """One batch after inference. Arrays have shape (draws,), or () where every draw agrees.

    weight : likelihood of everything known, None if nothing is
    branches : per branch that was kept, posterior probability of a history that takes it
    leaves : per leaf, posterior probability; NaN if it was not kept
    attributes : per attribute, per class, posterior probability of yes
    rates, states : what the hazards and discrete drivers were drawn as, for dates and worlds
    """

    batch: Batch
    weight: FloatArray | None
    branches: Mapping[Edge, FloatArray]
    leaves: tuple[FloatArray, ...]
    attributes: tuple[tuple[FloatArray, ...], ...]
    rates: Mapping[int, AnyRate]
    states: tuple[IntArray, ...]


class Inference:
    """The fixed part of inference for one model: what every batch shares."""

    def __init__(self, model: Model, sources: DrawSources, corrections: Mapping[int, Correction]) -> None:
        self.model, self.sources, self.corrections = model, sources, corrections
        self.clocks = {
            i: HazardClock(node.law, _retimings(corrections.get(i)))
            for i, node in enumerate(model.nodes)
            if isinstance(node.law, Hazard)
        }
        self.factors = [1.0 if leaf.anchor is not None else constant_factor(model, leaf) for leaf in model.leaves]
        self.integrals = _integral_classes(model)
        self.hears = self._hearing()
        self._grids = {
            i: tuple(DateGrid(model, clock, state) for state in range(clock.states)) for i, clock in self.clocks.items()
        }
        self._curves: dict[tuple[object, ...], FloatArray] = {}
        ends = {leaf for node in model.nodes for branch in node.branches for leaf in (branch.leaf, branch.pending_leaf)}
        self._ruled_out = [leaf for leaf in range(len(model.leaves)) if leaf not in ends]

    def on(self, sources: DrawSources) -> Self:
        """Return the same inference on other beliefs; both share what was computed once for the model."""
        found = copy.copy(self)
        found.sources = sources
        return found

    def _hearing(self) -> tuple[bool, ...]:
        """Per node, whether anything known speaks of its branches or of what lies below."""
        model = self.model
        loud = [any(a.likelihood != (1.0, 1.0) for a in model.attributes)] * len(model.leaves)
        loud = [was or self.factors[i] != 1.0 or i in self.integrals.leaf_class for i, was in enumerate(loud)]
        hears = [False] * len(model.nodes)
        for i in range(len(model.nodes) - 1, -1, -1):
            node = model.nodes[i]
            law = node.law
            own = isinstance(law, Hazard) and (law.observed is not None or any(piece[2] != 1.0 for piece in law.pieces))
            hears[i] = own or any(
                branch.likelihood != 1.0
                or (branch.child is not None and hears[branch.child])
                or any(leaf is not None and loud[leaf] for leaf in (branch.leaf, branch.pending_leaf))
                for branch in node.branches
            )
        return tuple(hears)

    def infer(self, batch: Batch) -> Inferred:
        """Draw the batch's beliefs, condition each draw on everything known, and keep every probability."""
        return self.read(self.condition(batch), lambda _: True)

    def condition(self, batch: Batch) -> Conditioned:
        """Draw the beliefs that something known speaks of and pass what is known up to the root."""
        normals, states = self.sources.normals(batch), self.sources.states(batch)
        rates: dict[int, AnyRate] = {}
        masses = {i: self._masses(batch, i, normals, states, rates) for i, hears in enumerate(self.hears) if hears}
        attributes, factors = self._attributes(batch, states)
        self._date_factors(factors, rates, states)
        messages = self._messages(masses, factors)
        weight = messages[0] if self.hears[0] else None
        readings = self._readings(batch, normals, states)
        if readings is not None:
            weight = readings if weight is None else weight * readings
        if weight is not None:
            weight = np.ascontiguousarray(np.broadcast_to(weight, (batch.draws,)))
        return Conditioned(batch, weight, masses, messages, factors, attributes, rates, normals, states)

    def read(self, conditioned: Conditioned, keep: Callable[[Found], bool]) -> Inferred:
        """Go down the tree once; show ``keep`` each probability and hold on to those it wants.

        So a model with thousands of branches needs memory for the probabilities that something asks
        for later, not for all of them.
        """
        branches: dict[Edge, FloatArray] = {}
        leaves: list[FloatArray] = [np.array(np.nan)] * len(self.model.leaves)
        for found in self._posterior(conditioned):
            if not keep(found):
                continue
            if found.edge is not None:
                branches[found.edge] = found.probability
            if found.leaf is not None:
                leaves[found.leaf] = found.probability
        return Inferred(
            conditioned.batch,
            conditioned.weight,
            branches,
            tuple(leaves),
            conditioned.attributes,
            conditioned.rates,
            tuple(conditioned.states),
        )

    def _masses(
        self,
        batch: Batch,
        number: int,
        normals: list[FloatArray],
        states: list[IntArray],
        rates: dict[int, AnyRate],
    ) -> list[FloatArray]:
        """Return p_b · L_b per branch; a hazard's L_b includes what is known of its date."""
        node = self.model.nodes[number]
        source = f"node {node.name}"
        correction = self.corrections.get(number)
        if isinstance(node.law, Hazard):
            rate = self.sources.rates(batch, source, node.law, states)
            if node.loadings is not None:
                assert isinstance(rate, DrawnRate)
                rate = DrawnRate(rate.per_year * np.exp(tilts(node.loadings, normals)[0]))
            rates[number] = rate
            shares = self._hazard_shares(number, node.law, rate, states, node.forced)
        elif node.forced is not None:
            shares = [np.array(float(i == node.forced)) for i in range(len(node.branches))]
        else:
            names = tuple(branch.edge.branch for branch in node.branches)
            shares = self.sources.shares(batch, source, node.law, names, states)
            if node.loadings is not None:
                assert isinstance(correction, Intercepts)
                shares = _tilted(node.law, node.loadings, correction, shares, normals, states)
        masses = [
            share if branch.likelihood == 1.0 else share * branch.likelihood
            for share, branch in zip(shares, node.branches, strict=True)
        ]
        if node.balance is None:
            return masses
        assert node.law.selector is not None
        balance = node.balance[states[node.law.selector]]
        return [mass * balance for mass in masses]

    def _hazard_shares(
        self, number: int, hazard: Hazard, rate: AnyRate, states: list[IntArray], forced: int | None
    ) -> list[FloatArray]:
        if forced is not None:
            return [np.array(float(i == forced)) for i in range(2)]
        event = (1.0 - hazard.never) * self.date_mass(number, hazard.pieces, rate, states)
        if hazard.observed is not None:
            return [event if i == hazard.event else np.zeros_like(event) for i in range(2)]
        reached = self.date_mass(number, ((0.0, self.model.horizon, 1.0),), rate, states)
        not_by_horizon = 1.0 - (1.0 - hazard.never) * reached
        return [event if i == hazard.event else not_by_horizon for i in range(2)]

    def date_mass(
        self, number: int, pieces: tuple[tuple[float, float, float], ...], rate: AnyRate, states: list[IntArray]
    ) -> FloatArray:
        """Return the mass of a hazard's date on pieces of time times their likelihood, under each draw's state."""
        clock = self.clocks[number]
        by_state = [survival_mass(clock, pieces, rate, s) for s in range(clock.states)]
        return _by_state(clock, by_state, states)

    def _attributes(
        self, batch: Batch, states: list[IntArray]
    ) -> tuple[tuple[tuple[FloatArray, ...], ...], list[FloatArray]]:
        """Return the posterior yes per attribute and class, and each leaf's likelihood apart from rates."""
        factors: list[FloatArray] = [np.array(factor) for factor in self.factors]
        posterior = []
        for attribute in self.model.attributes:
            prior = [
                self.sources.shares(batch, attribute_source(attribute.name, name), chance, ("no", "yes"), states)[1]
                for name, chance in zip(attribute.class_names, attribute.classes, strict=True)
            ]
            posterior.append(tuple(_heard_attribute(attribute, prior, factors)))
        return tuple(posterior), factors

    def _date_factors(self, factors: list[FloatArray], rates: Mapping[int, AnyRate], states: list[IntArray]) -> None:
        """Multiply leaves below a hazard by what their lags say, given that the event happens by the horizon."""
        ratios = [self._given_event(leaf, leaf.steps, None, rates, states) for leaf in self.integrals.representatives]
        for leaf, number in self.integrals.leaf_class.items():
            factors[leaf] = factors[leaf] * ratios[number]

    def _given_event(
        self,
        leaf: Leaf,
        steps: tuple[LagStep, ...],
        until: float | None,
        rates: Mapping[int, AnyRate],
        states: list[IntArray],
    ) -> FloatArray:
        """Return E[g(T); T ≤ until | the hazard's event by the horizon] in each draw, g the factor of ``steps``."""
        assert leaf.anchor is not None
        clock, rate = self.clocks[leaf.anchor], rates[leaf.anchor]
        pieces = clock.hazard.pieces if until is None else clipped(clock.hazard.pieces, until)
        by_state = [
            rate.read(self._curve(leaf.anchor, steps, pieces, state))
            if isinstance(rate, DrawnRate)
            else self._grids[leaf.anchor][state].given_event(rate, steps, pieces)
            for state in range(clock.states)
        ]
        return _by_state(clock, by_state, states)

    def _curve(self, anchor: int, steps: tuple[LagStep, ...], pieces: tuple[Piece, ...], state: int) -> FloatArray:
        """Return the same as a function of the rate, at ``RATES``; computed once per model."""
        key = (anchor, tuple((id(s.lag), s.eventually, s.pieces, s.pending, s.observed) for s in steps), pieces, state)
        curve = self._curves.get(key)
        if curve is None:
            curve = self._grids[anchor][state].given_event(DrawnRate(RATES), steps, pieces)
            self._curves[key] = curve
        return curve

    def chain_expectation(self, leaf: Leaf, inferred: Inferred) -> FloatArray:
        """Return the expected factor of a leaf's chain in each draw, given its hazard's event or its known start."""
        if leaf.anchor is None:
            return np.array(constant_factor(self.model, leaf))
        return self._given_event(leaf, leaf.steps, None, inferred.rates, list(inferred.states))

    def _messages(self, masses: Mapping[int, list[FloatArray]], factors: list[FloatArray]) -> list[FloatArray]:
        messages: list[FloatArray] = [np.array(1.0)] * len(self.model.nodes)
        for i in sorted(masses, reverse=True):
            total: FloatArray = np.array(0.0)
            for mass, branch in zip(masses[i], self.model.nodes[i].branches, strict=True):
                for leaf in (branch.leaf, branch.pending_leaf):
                    if leaf is not None:
                        total = total + mass * factors[leaf]
                if branch.child is not None:
                    total = total + mass * messages[branch.child]
            messages[i] = total
        return messages

    def _posterior(self, conditioned: Conditioned) -> Iterator[Found]:
        """Yield every branch's and leaf's posterior probability from the root down, holding only what lies open."""
        batch, normals, states = conditioned.batch, conditioned.normals, conditioned.states
        messages, factors = conditioned.messages, conditioned.factors
        for leaf in self._ruled_out:
            yield Found(None, leaf, np.array(0.0))
        reach: dict[int, FloatArray] = {0: np.array(1.0)}
        for i, node in enumerate(self.model.nodes):
            arriving = reach.pop(i)
            if self.hears[i]:
                arriving, shares = _quotient(arriving, messages[i]), conditioned.masses.pop(i)
            else:
                shares = self._masses(batch, i, normals, states, conditioned.rates)
            for mass, branch in zip(shares, node.branches, strict=True):
                share = mass if i == 0 and not self.hears[i] else arriving * mass
                if branch.child is not None:
                    taken = share * messages[branch.child] if self.hears[branch.child] else share
                    reach[branch.child] = taken
                else:
                    assert branch.leaf is not None
                    taken = share * factors[branch.leaf] if self.hears[i] else share
                yield Found(branch.edge, branch.leaf, taken)
                if branch.pending_leaf is not None:
                    yield Found(None, branch.pending_leaf, share * factors[branch.pending_leaf])

    def _readings(self, batch: Batch, normals: list[FloatArray], states: list[IntArray]) -> FloatArray | None:
        """Return the likelihood of the driver readings, at most 1 per reading; None without readings."""
        drivers = self.model.drivers
        total: FloatArray | None = None
        for reading, discount in self.model.known.readings:
            if reading.likelihood is None:
                assert reading.value is not None
                assert reading.sd is not None
                score = (normals[drivers.continuous.index(reading.driver)] - reading.value) / reading.sd
                factor = np.exp(-0.5 * discount * score**2)
            else:
                number = drivers.discrete.index(reading.driver)
                levels = np.array([reading.likelihood[s] ** discount for s in drivers.states[number]])
                factor = levels[states[number]]
            total = factor if total is None else total * factor
        return total

    def share_by(self, leaf: Leaf, edge: Edge, until: float, inferred: Inferred) -> FloatArray:
        """Return the posterior P(date of ``edge`` ≤ until | history ends in ``leaf``), in each draw."""
        model, rates, states = self.model, inferred.rates, list(inferred.states)
        before = [i for i, step in enumerate(leaf.step_edges) if step in model.scenario.tree.path_through(edge)]
        if before:
            last = before[-1]
            steps = tuple(s.until(until) if i == last else s for i, s in enumerate(leaf.steps))
            observed = leaf.steps[last].observed
            if observed is not None:
                return np.array(float(observed <= until))
            if leaf.anchor is None:
                limited = replace(leaf, steps=steps)
                return np.array(constant_factor(model, limited) / (constant_factor(model, leaf) or 1.0))
            return _quotient(
                self._given_event(leaf, steps, None, rates, states),
                self._given_event(leaf, leaf.steps, None, rates, states) if needs_integral(leaf) else np.array(1.0),
            )
        if leaf.anchor is None:
            return np.array(float(leaf.start <= until))
        if needs_integral(leaf):
            return _quotient(
                self._given_event(leaf, leaf.steps, until, rates, states),
                self._given_event(leaf, leaf.steps, None, rates, states),
            )
        hazard = self.clocks[leaf.anchor].hazard
        return _quotient(
            self.date_mass(leaf.anchor, clipped(hazard.pieces, until), rates[leaf.anchor], states),
            self.date_mass(leaf.anchor, hazard.pieces, rates[leaf.anchor], states),
        )


@dataclass(frozen=True)
class _IntegralClasses:
    """Leaves whose chain needs an integral, grouped by equal chains."""

    leaf_class: Mapping[int, int]
    representatives: tuple[Leaf, ...]


def _integral_classes(model: Model) -> _IntegralClasses:
    classes: dict[tuple[object, ...], int] = {}
    of_leaf: dict[int, int] = {}
    representatives: list[Leaf] = []
    for number, leaf in enumerate(model.leaves):
        if not needs_integral(leaf):
            continue
        key = (leaf.anchor, leaf.step_edges, leaf.pending)
        if key not in classes:
            classes[key] = len(representatives)
            representatives.append(leaf)
        of_leaf[number] = classes[key]
    return _IntegralClasses(of_leaf, tuple(representatives))


def _retimings(correction: Correction | None) -> tuple[Retiming, ...] | None:
    return correction if isinstance(correction, tuple) else None


def _by_state(clock: HazardClock, by_state: list[FloatArray], states: list[IntArray]) -> FloatArray:
    if len(by_state) == 1:
        return by_state[0]
    assert clock.hazard.selector is not None
    state = states[clock.hazard.selector]
    return np.select([state == s for s in range(len(by_state))], by_state)


def _quotient(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part / whole, 0 where the whole is 0: a draw without weight says nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0.0)


def _tilted(
    chance: Chance,
    loadings: FloatArray,
    correction: Intercepts,
    shares: list[FloatArray],
    normals: list[FloatArray],
    states: list[IntArray],
) -> list[FloatArray]:
    tilt = tilts(loadings, normals)
    weights = []
    for b, (share, total) in enumerate(zip(shares, tilt, strict=True)):
        intercept = correction.values[:, b]
        shift = intercept[0] if chance.selector is None else intercept[states[chance.selector]]
        weights.append(share * np.exp(total + shift))
    whole = weights[0] + weights[1]
    for weight in weights[2:]:
        whole = whole + weight
    return [weight / whole for weight in weights]


def _heard_attribute(attribute: AttributeModel, prior: list[FloatArray], factors: list[FloatArray]) -> list[FloatArray]:
    """Multiply each leaf's factor by the attribute's likelihood there; return the posterior yes per class."""
    yes, no = attribute.likelihood
    if (yes, no) == (1.0, 1.0):
        return prior
    likelihood = [share * yes + (1.0 - share) * no for share in prior]
    for leaf, number in enumerate(attribute.class_of_leaf):
        factors[leaf] = factors[leaf] * (likelihood[number] if number >= 0 else no)
    return [_quotient(share * yes, total) for share, total in zip(prior, likelihood, strict=True)]

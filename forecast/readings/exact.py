"""Exact means and variances, beside the sampled ones.

Given the states of the discrete drivers, all nodes are independent and everything a plan reads is
linear in each node's probabilities. So the same inference run once on the MEAN probabilities gives
exact posterior means; the states are summed over with their weights. Second moments follow from one
backward recursion. Where continuous drivers meet evidence or lags there is no closed form, and the
answer is the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.draws.inference import Inference, Inferred
from forecast.draws.model import Chance, Hazard, Model, ordered_mean
from forecast.numerics.nets import Batch
from forecast.numerics.rates import RateLaw
from forecast.numerics.sticks import Sticks
from forecast.readings.plans import Plan, Term, evaluate

MAX_COMBINATIONS = 4096
MAX_VARIANCE_WORK = 50_000_000
"""Nodes × plans × leaves beyond which variances are left to sampling."""

_ONE = Batch(0, 1, 1)
_MADE_TO_HAPPEN = "the date of an event that is made to happen is drawn at each rate as it stands: no closed form"


@dataclass(frozen=True, slots=True)
class Exact:
    """An exact value, or the reason why there is none."""

    mean: float | None
    sd: float | None
    reason: str | None = None
    sd_reason: str | None = None


class MeanSources:
    """Stands in for ``Sources`` with every probability at its mean, under one combination of states."""

    def __init__(self, states: tuple[int, ...]) -> None:
        self._states = states

    def normals(self, batch: Batch) -> list[FloatArray]:
        """No driver acts on a mean: the corrections see to that."""
        return []

    def states(self, batch: Batch) -> list[IntArray]:
        """Return the combination of states."""
        return [np.array(s) for s in self._states]

    def shares(
        self, batch: Batch, source: str, chance: Chance, branches: tuple[str, ...], states: list[IntArray]
    ) -> list[FloatArray]:
        """Return the mean of each branch's probability."""
        sticks = chance.laws[0 if chance.selector is None else self._states[chance.selector]]
        return [np.array(mean) for mean in ordered_mean(sticks, branches)]

    def rates(self, batch: Batch, source: str, hazard: Hazard, states: list[IntArray]) -> RateLaw:
        """Return the rate's law itself: its Laplace transform takes the place of exp(−λx)."""
        return hazard.rates[0 if hazard.selector is None else self._states[hazard.selector]]


class ExactEngine:
    """Exact answers for the plans of one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._tilted = any(node.loadings is not None for node in model.nodes)
        reads_tilt = any(reading.value is not None for reading, _ in model.known.readings)
        self._blocked = _blocking_reason(model, self._tilted, reads_tilt)
        plain = replace(
            model,
            nodes=tuple(replace(node, loadings=None) for node in model.nodes),
            drivers=replace(model.drivers, continuous=()),
        )
        self._silent_root = self._tilted and not reads_tilt and _only_a_root_hazard_is_silent(model)
        self._combinations: list[_Combination] = []
        if self._blocked is None or self._silent_root:
            self._combinations = [_combination(plain, states) for states in _state_combinations(model)]

    def evaluate(self, plan: Plan) -> Exact:
        """Return the exact posterior mean and, without evidence, the exact standard deviation over draws."""
        if self._blocked is not None and not (self._silent_root and self._is_root_date(plan)):
            return Exact(None, None, self._blocked, self._blocked)
        if self._tilted and (reason := self._tilted_reason(plan)):
            return Exact(None, None, reason, reason)
        if any(term.dated and _forced_anchor(self._model, term.representative) for term in plan.terms):
            return Exact(None, None, _MADE_TO_HAPPEN, _MADE_TO_HAPPEN)
        weights = [c.probability * c.weight for c in self._combinations]
        values = [float(np.ravel(evaluate(plan, c.inference, c.inferred))[0]) for c in self._combinations]
        total = float(np.sum(weights))
        if total == 0.0:
            return Exact(None, None, "what is known has probability 0", "what is known has probability 0")
        mean = float(np.dot(weights, values)) / total
        reason = self._sd_reason(plan)
        if reason is not None:
            return Exact(mean, None, None, reason)
        second = sum(c.probability * _second_moment(self._model, plan, c) for c in self._combinations)
        return Exact(mean, max(float(second) - mean**2, 0.0) ** 0.5)

    def _tilted_reason(self, plan: Plan) -> str | None:
        """Dates below a tilted hazard move together with the branches that the same drivers tilt."""
        model = self._model
        together = "drivers tilt the date of a hazard and the branches below it together"
        for term in plan.terms:
            if any(_uncertain(model, leaf) and self._tilted_anchor(leaf) for leaf in term.members):
                return together
            if term.dated and self._tilted_anchor(term.representative) and not self._is_whole_hazard(term):
                return together
        return None

    def _tilted_anchor(self, leaf: int) -> bool:
        anchor = self._model.leaves[leaf].anchor
        return anchor is not None and self._model.nodes[anchor].loadings is not None

    def _is_root_date(self, plan: Plan) -> bool:
        """Whether the plan asks for the date of the root's hazard alone, whose whole curve the re-timing keeps."""
        return len(plan.terms) == 1 and self._is_whole_hazard(plan.terms[0])

    def _is_whole_hazard(self, term: Term) -> bool:
        """Whether the term is all that follows a hazard's event, asked for the event's own date."""
        model = self._model
        if len(term.facts) != 1 or term.facts[0].edge is None:
            return False
        edge = term.facts[0].edge
        event = getattr(model.scenario.nodes[edge.node].prior, "event", None)
        return event == edge.branch and term.members == model.leaves_below[edge]

    def _sd_reason(self, plan: Plan) -> str | None:
        model = self._model
        if model.weighted:
            return "evidence weights the draws, and a weighted variance has no closed form"
        if self._tilted:
            return "drivers tilt the nodes together, and a variance over drivers has no closed form"
        if any(term.dated for term in plan.terms) or any(_uncertain(model, m) for t in plan.terms for m in t.members):
            return "the variance of a dated probability has no closed form here"
        columns = sum(1 for _ in _pairs(plan.terms))
        if columns * len(model.nodes) * len(self._combinations) * 8 > MAX_VARIANCE_WORK:
            return "too many nodes for the exact variance of this many terms"
        return None


@dataclass(frozen=True)
class _Combination:
    probability: float
    weight: float
    states: tuple[int, ...]
    inference: Inference
    inferred: Inferred
    moments: tuple[tuple[FloatArray, FloatArray], ...]
    square_reach: FloatArray


def _blocking_reason(model: Model, tilted: bool, reads_tilt: bool) -> str | None:
    if tilted and model.weighted:
        return "continuous drivers meet evidence (or silence): no closed form"
    if tilted and any(node.forced is not None for node in model.nodes):
        return "an intervention cuts nodes off from the drivers that still tilt what follows: no closed form"
    if tilted and _states_act_around_a_tilt(model):
        return "drivers tilt a node between others that states select, so its mean differs by state: no closed form"
    if any(_uncertain(model, i) and _forced_anchor(model, i) for i in range(len(model.leaves))):
        return _MADE_TO_HAPPEN
    if reads_tilt:
        return "a continuous driver was read: no closed form"
    if int(np.prod([len(states) for states in model.drivers.states])) > MAX_COMBINATIONS:
        return f"the discrete drivers have more than {MAX_COMBINATIONS} combinations of states"
    return None


def _forced_anchor(model: Model, leaf: int) -> bool:
    """Whether the hazard that dates a leaf is made to happen."""
    anchor = model.leaves[leaf].anchor
    return anchor is not None and model.nodes[anchor].forced is not None


def _states_act_around_a_tilt(model: Model) -> bool:
    """Whether a tilted node has a discrete driver of others at work both above and below it.

    Intercepts keep such a node's mean over the states together, not under each of them, because a
    tilted ancestor is reached in some states for other values of the continuous drivers than in others.
    """
    above: dict[int, tuple[bool, frozenset[int]]] = {0: (False, frozenset())}
    shifted: dict[int, frozenset[int]] = {0: frozenset()}
    read = {law.selector for attribute in model.attributes for law in attribute.classes} - {None}
    for i, node in enumerate(model.nodes):
        tilted, states = above[i]
        selector = node.law.selector
        if selector in shifted[i]:
            return True
        own = frozenset() if selector is None else frozenset((selector,))
        moved = shifted[i] | ((states - own) if tilted and node.loadings is not None else frozenset())
        if moved & read:
            return True
        below = (tilted or node.loadings is not None, states | own)
        for branch in node.branches:
            if branch.child is not None:
                above[branch.child], shifted[branch.child] = below, moved
    return False


def _only_a_root_hazard_is_silent(model: Model) -> bool:
    """Whether all that is known beyond the prior is that the event of the root, the only hazard, is still to come."""
    hazards = [i for i, node in enumerate(model.nodes) if isinstance(node.law, Hazard)]
    lags_known = any(leaf.anchor is None and leaf.steps for leaf in model.leaves)
    return hazards == [0] and model.known.nothing and not lags_known


def _state_combinations(model: Model) -> Iterator[tuple[int, ...]]:
    return product(*(range(len(states)) for states in model.drivers.states))


def _combination(model: Model, states: tuple[int, ...]) -> _Combination:
    inference = Inference(model, MeanSources(states), {})
    inferred = inference.infer(_ONE)
    probability = float(np.prod([model.drivers.weights[i][s] for i, s in enumerate(states)]))
    weight = 1.0 if inferred.weight is None else float(inferred.weight[0])
    moments = tuple(node_moments(model, i, states) for i in range(len(model.nodes)))
    return _Combination(probability, weight, states, inference, inferred, moments, _square_reach(model, moments))


def _square_reach(model: Model, moments: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """E[(probability of the path)²] = Π E[w²] to each leaf, shape (leaves,); a pending leaf has its branch's path."""
    reach, leaves = np.ones(len(model.nodes)), np.zeros(len(model.leaves))
    for i, node in enumerate(model.nodes):
        for branch, square in zip(node.branches, reach[i] * np.diag(moments[i][1]), strict=True):
            if branch.child is not None:
                reach[branch.child] = square
            for leaf in (branch.leaf, branch.pending_leaf):
                if leaf is not None:
                    leaves[leaf] = square
    return leaves


def _uncertain(model: Model, leaf: int) -> bool:
    entry = model.leaves[leaf]
    return entry.anchor is not None and any(not step.certain for step in entry.steps)


def _pairs(terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(len(terms)) for j in range(i, len(terms)))


def _second_moment(model: Model, plan: Plan, combination: _Combination) -> float:
    """E[(Σ_t f_t G_t)²] with f_t over attributes, G_t the probability of the term's leaves; by polarisation."""
    if not plan.terms:
        return 0.0
    if len(plan.terms) == 1 and len(plan.terms[0].members) == 1 and not plan.terms[0].facts:
        leaf = plan.terms[0].representative
        return float(combination.square_reach[leaf]) * combination.inference.factors[leaf] ** 2
    leaves = np.zeros((len(model.leaves), len(plan.terms)))
    for t, term in enumerate(plan.terms):
        members = sorted(term.members)
        leaves[members, t] = [combination.inference.factors[m] for m in members]
    pairs = list(_pairs(plan.terms))
    payoff = np.stack([leaves[:, i] if i == j else leaves[:, i] + leaves[:, j] for i, j in pairs], axis=1)
    square = dict(zip(pairs, _squares(model, payoff, combination.moments), strict=True))
    total = []
    for i, j in pairs:
        cross = square[i, i] if i == j else (square[i, j] - square[i, i] - square[j, j]) / 2.0
        facts = _fact_moment(model, plan.terms[i], plan.terms[j], combination.states)
        total.append((1.0 if i == j else 2.0) * cross * facts)
    return float(np.sum(total))


def _squares(model: Model, payoff: FloatArray, moments: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """E[Y²] of each column Y = Σ payoff·leaf, shape (columns,): one backward pass over the nodes.

    E[Y_n²] = Σ_b E[w_b²] E[Y_b²] + Σ_{b≠c} E[w_b w_c] E[Y_b] E[Y_c]
            = Σ_b E[w_b²] Var[Y_b] + Σ_{b,c} E[w_b w_c] E[Y_b] E[Y_c].
    """
    columns = payoff.shape[1]
    mean, square = np.zeros((len(model.nodes), columns)), np.zeros((len(model.nodes), columns))
    for i in range(len(model.nodes) - 1, -1, -1):
        node = model.nodes[i]
        means, squares = np.zeros((len(node.branches), columns)), np.zeros((len(node.branches), columns))
        for b, branch in enumerate(node.branches):
            if branch.child is not None:
                means[b], squares[b] = mean[branch.child], square[branch.child]
            elif branch.leaf is not None:
                means[b], squares[b] = payoff[branch.leaf], payoff[branch.leaf] ** 2
            if branch.pending_leaf is not None:
                more = payoff[branch.pending_leaf]
                squares[b] += 2.0 * more * means[b] + more**2
                means[b] += more
        if not squares.any():  # most nodes of a large tree lie beside what a plan asks for
            continue
        first, second = moments[i]
        mean[i] = first @ means
        spread = squares - means**2
        square[i] = second.diagonal() @ spread + ((second @ means) * means).sum(axis=0)
    return np.asarray(square[0])


def node_moments(model: Model, number: int, states: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """E[w] and E[w wᵀ] of a node's branches by the horizon."""
    node = model.nodes[number]
    law = node.law
    if node.forced is not None:
        first = np.array([float(i == node.forced) for i in range(len(node.branches))])
        return first, np.outer(first, first)
    state = 0 if law.selector is None else states[law.selector]
    if isinstance(law, Hazard):
        exposure = float(law.clock.exposure(model.horizon))
        once, twice = (float(law.rates[state].laplace(k * exposure)) for k in (1.0, 2.0))
        event = (1.0 - law.never) * (1.0 - once)
        event_squared = (1.0 - law.never) ** 2 * (1.0 - 2.0 * once + twice)
        both = event - event_squared
        second = np.array([[event_squared, both], [both, 1.0 - 2.0 * event + event_squared]])
        first = np.array([event, 1.0 - event])
        return (first, second) if law.event == 0 else (first[::-1], second[::-1, ::-1])
    sticks: Sticks = law.laws[state]
    order = [sticks.order.index(branch.edge.branch) for branch in node.branches]
    return sticks.mean()[order], sticks.second_moments()[np.ix_(order, order)]


def _fact_moment(model: Model, first: Term, second: Term, states: tuple[int, ...]) -> float:
    """E[f·g] of two terms' open parts: attributes of different classes are independent, the same class is shared."""
    return float(
        sum(
            _case_moment(model, dict(zip(first.facts, a, strict=True)), dict(zip(second.facts, b, strict=True)), states)
            for a in first.cases
            for b in second.cases
        )
    )


def _case_moment(
    model: Model, first: Mapping[object, bool], second: Mapping[object, bool], states: tuple[int, ...]
) -> float:
    moment = 1.0
    for fact in {**first, **second}:
        attribute, cls = fact.attribute, fact.cls  # type: ignore[attr-defined]
        chance = model.attributes[attribute].classes[cls]
        sticks = chance.laws[0 if chance.selector is None else states[chance.selector]]
        yes = sticks.order.index("yes")
        mean, square = float(sticks.mean()[yes]), float(sticks.second_moments()[yes, yes])
        answers = [case[fact] for case in (first, second) if fact in case]
        if len(answers) == 1:
            moment *= mean if answers[0] else 1.0 - mean
        elif answers[0] != answers[1]:
            moment *= mean - square
        else:
            moment *= square if answers[0] else 1.0 - 2.0 * mean + square
    return moment

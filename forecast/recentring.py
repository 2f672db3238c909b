"""Corrections that keep every stated probability where it is when drivers tilt the nodes.

For a chance node: intercepts a_b with E[p_b | node reached] equal to the stated mean, per state of a
discrete driver that selects the prior. For a hazard: a re-timed clock that keeps P(T ≤ t | reached)
at every t. Expectations are over a fixed quasi-Monte Carlo net of its own, not the run's, so the
corrections belong to the scenario and no seed can move them.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.dates import DAYS_PER_YEAR
from forecast.errors import RunError
from forecast.model import Chance, Hazard, Model, ModelNode, ordered_mean
from forecast.nets import NET_BITS, Batch
from forecast.rates import RateLaw
from forecast.sources import Sources
from forecast.tilts import Intercepts, Retiming

MAX_COMBINATIONS = 64
_LOG2_POINTS = 17
_SEED = 20250403
_KNOTS = 129
_NORMAL_NODES, _NORMAL_WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_NORMAL_WEIGHTS = _NORMAL_WEIGHTS / _NORMAL_WEIGHTS.sum()

Correction = Intercepts | tuple[Retiming, ...]


class _Net:
    """One combination of discrete states: its weight and its points."""

    def __init__(self, model: Model, sources: Sources, states: tuple[int, ...], points: int) -> None:
        self.batch = Batch(0, max(1, points >> NET_BITS), min(points, 1 << NET_BITS))
        self.normals = sources.normals(self.batch)
        self.chosen = states
        self.states: list[IntArray] = [np.full(points, s) for s in states]
        weights = [model.drivers.weights[i][s] for i, s in enumerate(states)]
        self.weight = float(np.prod(weights))
        self.reach: dict[int, FloatArray] = {0: np.ones(points)}


def corrections(model: Model) -> Mapping[int, Correction]:
    """Return the correction of every loaded node by its number; empty if no driver acts."""
    if all(node.loadings is None for node in model.nodes):
        return {}
    return _cached(_Undisturbed(model))


class _Undisturbed:
    """A model as a cache key: corrections depend on the scenario alone, not on what a run knows or does."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.key = (model.scenario.digest, tuple(_cut_days(model)))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Undisturbed) and self.key == other.key


def _cut_days(model: Model) -> list[float]:
    """Dates at which a re-timed clock must be exact, not interpolated."""
    scenario = model.scenario
    days = {*scenario.checkpoints, *model.settings.dates, model.as_of_date, scenario.horizon}
    return sorted((day - scenario.as_of).days / DAYS_PER_YEAR for day in days)


@lru_cache(maxsize=64)
def _cached(undisturbed: _Undisturbed) -> Mapping[int, Correction]:
    model = undisturbed.model
    sources = Sources(replace(model, settings=replace(model.settings, sampler="sobol")), _SEED)
    nets = _nets(model, sources)
    found: dict[int, Correction] = {}
    for number, node in enumerate(model.nodes):
        if node.loadings is not None:
            if isinstance(node.law, Hazard):
                found[number] = _retimings(model, node, node.law, nets, number)
            else:
                found[number] = _intercepts(node, node.law, sources, nets, number)
        for net in nets:
            _reach_children(model, sources, net, number, node, found.get(number))
    return found


def _nets(model: Model, sources: Sources) -> list[_Net]:
    combinations = list(product(*(range(len(states)) for states in model.drivers.states)))
    if len(combinations) > MAX_COMBINATIONS:
        message = (
            f"the discrete drivers have {len(combinations)} combinations of states beside continuous drivers: "
            f"the limit is {MAX_COMBINATIONS}; merge states"
        )
        raise RunError(("drivers",), message)
    points = 1 << max(11, _LOG2_POINTS - (len(combinations) - 1).bit_length())
    return [_Net(model, sources, states, points) for states in combinations]


def tilts(loadings: FloatArray, normals: list[FloatArray]) -> list[FloatArray]:
    """Return Σ_k λ_bk z_k per branch, shape (draws,) each, or () where nothing acts."""
    found = []
    for row in loadings:
        total: FloatArray = np.array(0.0)
        for loading, normal in zip(row, normals, strict=True):
            if loading != 0.0:
                total = total + loading * normal
        found.append(total)
    return found


def _branch_names(node: ModelNode) -> tuple[str, ...]:
    return tuple(branch.edge.branch for branch in node.branches)


def _intercepts(node: ModelNode, chance: Chance, sources: Sources, nets: list[_Net], number: int) -> Intercepts:
    assert node.loadings is not None
    names = _branch_names(node)
    rows = []
    for state, sticks in enumerate(chance.laws):
        chosen = [net for net in nets if chance.selector is None or net.chosen[chance.selector] == state]
        weights, reach = [], []
        for net in chosen:
            shares = sources.shares(net.batch, f"node {node.name}", chance, names, net.states)
            tilt = tilts(node.loadings, net.normals)
            bent = [s * np.exp(t) for s, t in zip(shares, tilt, strict=True)]
            weights.append(np.stack([np.broadcast_to(weight, (net.batch.draws,)) for weight in bent]))
            reach.append(net.weight * net.reach[number])
        stated = ordered_mean(sticks, names)
        rows.append(_solved_intercepts(np.concatenate(weights, axis=1), np.concatenate(reach), stated))
    return Intercepts(np.array(rows))


def _solved_intercepts(weights: FloatArray, reach: FloatArray, stated: FloatArray) -> FloatArray:
    """Iterative proportional fitting of exp(a_b): weights (branches, points), reach (points,), stated (branches,)."""
    share = reach / reach.sum()
    with np.errstate(divide="ignore"):
        scale = np.where(stated > 0.0, 1.0, 0.0)
        for _ in range(500):
            tilted = weights * scale[:, None]
            reached = np.einsum("bn,n->b", tilted / tilted.sum(0), share)
            step = np.divide(stated, reached, out=np.ones_like(stated), where=reached > 0.0)
            scale = scale * step
            if np.abs(step - 1.0).max() < 1e-13:
                break
        return np.asarray(np.log(scale / scale.max()))


def _retimings(model: Model, node: ModelNode, hazard: Hazard, nets: list[_Net], number: int) -> tuple[Retiming, ...]:
    assert node.loadings is not None
    cuts = hazard.clock.exposure(np.array(_cut_days(model)))
    exposures = np.union1d(np.linspace(0.0, float(hazard.clock.exposure(model.horizon)), _KNOTS), cuts)
    found = []
    for state, law in enumerate(hazard.rates):
        chosen = [net for net in nets if hazard.selector is None or net.chosen[hazard.selector] == state]
        if all(np.ptp(net.reach[number]) == 0.0 for net in chosen):
            row = node.loadings[0] @ model.drivers.cholesky
            factor = np.exp(float(np.sqrt(np.sum(row**2))) * _NORMAL_NODES)
            weight = _NORMAL_WEIGHTS
        else:
            factor = np.concatenate([np.exp(tilts(node.loadings, net.normals)[0]) for net in chosen])
            weight = np.concatenate([net.weight * net.reach[number] for net in chosen])
            factor, weight = _condensed(factor, weight / weight.sum())
        found.append(Retiming(exposures, _solved_retiming(law, factor, weight, exposures)))
    return tuple(found)


def _condensed(factor: FloatArray, weight: FloatArray, bins: int = 512) -> tuple[FloatArray, FloatArray]:
    """Replace a weighted sample by its means over equal slices of weight: enough for a smooth integrand."""
    order = np.argsort(factor, kind="stable")
    position = np.minimum((np.cumsum(weight[order]) * bins).astype(np.intp), bins - 1)
    mass = np.bincount(position, weights=weight[order], minlength=bins).astype(float)
    mean = np.bincount(position, weights=(weight * factor)[order], minlength=bins)
    used = mass > 0.0
    return mean[used] / mass[used], mass[used]


def _solved_retiming(law: RateLaw, factor: FloatArray, weight: FloatArray, exposures: FloatArray) -> FloatArray:
    """Bisect log x̃ so that Σ w·laplace(factor·x̃) = laplace(x) at every exposure."""
    target = law.laplace(exposures)
    positive = exposures > 0.0
    low = np.where(positive, np.log(np.maximum(exposures, 1e-300)) - 60.0, 0.0)
    high = low + 120.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        survival = np.einsum("xf,f->x", law.laplace(np.exp(middle)[:, None] * factor), weight)
        too_little = survival > target
        low, high = np.where(too_little, middle, low), np.where(too_little, high, middle)
    return np.asarray(np.where(positive, np.exp(0.5 * (low + high)), 0.0))


def _reach_children(
    model: Model, sources: Sources, net: _Net, number: int, node: ModelNode, correction: Correction | None
) -> None:
    """Pass the reach on; branches of nodes that no driver touches carry their stated mean, which is exact."""
    if all(branch.child is None for branch in node.branches):
        return
    for branch, share in zip(node.branches, _mean_shares(model, sources, net, node, correction), strict=True):
        if branch.child is not None:
            net.reach[branch.child] = net.reach[number] * share


def _mean_shares(
    model: Model, sources: Sources, net: _Net, node: ModelNode, correction: Correction | None
) -> list[FloatArray]:
    law, names = node.law, _branch_names(node)
    state = 0 if law.selector is None else net.chosen[law.selector]
    if isinstance(law, Hazard):
        exposure = law.clock.exposure(model.horizon)
        factor: FloatArray = np.array(1.0)
        if correction is not None and node.loadings is not None:
            assert isinstance(correction, tuple)
            exposure = correction[state].retimed[-1]
            factor = np.exp(tilts(node.loadings, net.normals)[0])
        event = (1.0 - law.never) * (1.0 - law.rates[state].laplace(factor * exposure))
        return [event if i == law.event else 1.0 - event for i in range(2)]
    if correction is None or node.loadings is None:
        return list(ordered_mean(law.laws[state], names))
    assert isinstance(correction, Intercepts)
    shares = sources.shares(net.batch, f"node {node.name}", law, names, net.states)
    tilt = tilts(node.loadings, net.normals)
    weights = [s * np.exp(t + a) for s, t, a in zip(shares, tilt, correction.values[state], strict=True)]
    total = sum(weights[1:], weights[0])
    return [weight / total for weight in weights]

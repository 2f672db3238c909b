"""Corrections that keep every stated probability where it is when drivers tilt the nodes.

For a chance node: intercepts a_b with E[p_b | node reached] equal to the stated mean, per state of a
discrete driver that selects the prior. For a hazard: a re-timed clock that keeps P(T ≤ t | reached)
at every t. Given the drivers, nodes are independent, so the expectation is an average over the
drivers of products of each node's own expectation. The drivers' average is over Gauss–Hermite
points (a fixed net if there are many drivers); a node's own over Gauss–Jacobi nodes of its sticks.
No seed enters: the corrections belong to the scenario.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import ndtri

from forecast.arrays import FloatArray
from forecast.dates import DAYS_PER_YEAR
from forecast.draws.model import Chance, Hazard, Model, ModelNode, ordered_mean
from forecast.errors import RunError
from forecast.numerics.nets import NET_BITS, Batch, Coordinate, SobolCells
from forecast.numerics.rates import RateLaw
from forecast.numerics.sticks import BetaStick, Sticks
from forecast.numerics.tables import beta_table
from forecast.numerics.tilts import Intercepts, Retiming, tilts

MAX_COMBINATIONS = 64
_NODES_BY_DRIVERS = {1: 64, 2: 40, 3: 16, 4: 9, 5: 6}
_NET_POINTS = 1 << 13
_NET_SEED = 0
_KNOTS = 129
_NODES_BY_STICKS = {0: 1, 1: 24, 2: 10, 3: 6}
_MANY_STICKS_POINTS = 1024
_NORMAL_NODES, _NORMAL_WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_NORMAL_WEIGHTS = _NORMAL_WEIGHTS / _NORMAL_WEIGHTS.sum()

Correction = Intercepts | tuple[Retiming, ...]


@dataclass(frozen=True)
class _Combination:
    """One combination of discrete states: its weight, and per node the weight of reaching it at each driver point."""

    states: tuple[int, ...]
    weight: float
    reach: dict[int, FloatArray]


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
    normals, weight = _driver_points(model)
    combinations = _combinations(model, weight)
    found: dict[int, Correction] = {}
    for number, node in enumerate(model.nodes):
        tilt = None if node.loadings is None else tilts(node.loadings, normals)
        if tilt is not None:
            if isinstance(node.law, Hazard):
                found[number] = _retimings(model, node, node.law, combinations, number, tilt[0])
            else:
                found[number] = _intercepts(node, node.law, combinations, number, tilt)
        for combination in combinations:
            _pass_on(model, combination, number, node, found.get(number), tilt)
    return found


def _driver_points(model: Model) -> tuple[list[FloatArray], FloatArray]:
    """Return points of the drivers' joint normal, shape (points,) each, and their weights, shape (points,).

    For up to five drivers a Gauss–Hermite grid. Beyond that a net and its mirror image with unit
    covariance: the mirror makes odd moments vanish, whitening makes second moments exact, so that only
    fourth and higher orders of the tilts are left to the net.
    """
    count = len(model.drivers.continuous)
    if count in _NODES_BY_DRIVERS:
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES_BY_DRIVERS[count])
        points = np.array(list(product(nodes, repeat=count))).T
        weight = np.prod(list(product(weights / weights.sum(), repeat=count)), axis=1)
    else:
        batch = Batch(0, 1, _NET_POINTS)
        coordinates = [Coordinate("drivers", i, i) for i in range(count)]
        sampler = SobolCells(_NET_SEED, coordinates)
        half = np.stack([ndtri((sampler.cells(batch, c, NET_BITS) + 0.5) * 2.0**-NET_BITS) for c in coordinates])
        covariance = np.einsum("in,jn->ij", half, half) / half.shape[1]
        white = np.linalg.solve(np.linalg.cholesky(covariance), half)
        points = np.concatenate((white, -white), axis=1)
        weight = np.full(points.shape[1], 1.0 / points.shape[1])
    return list(np.einsum("ij,jn->in", model.drivers.cholesky, points)), np.asarray(weight)


def _combinations(model: Model, points: FloatArray) -> list[_Combination]:
    states = list(product(*(range(len(names)) for names in model.drivers.states)))
    if len(states) > MAX_COMBINATIONS:
        message = (
            f"the discrete drivers have {len(states)} combinations of states beside continuous drivers: "
            f"the limit is {MAX_COMBINATIONS}; merge states"
        )
        raise RunError(("drivers",), message)
    weights = [np.prod([model.drivers.weights[i][s] for i, s in enumerate(chosen)]) for chosen in states]
    return [_Combination(s, float(w), {0: points}) for s, w in zip(states, weights, strict=True)]


def _selecting(combinations: list[_Combination], selector: int | None, state: int) -> list[_Combination]:
    return [c for c in combinations if selector is None or c.states[selector] == state]


@lru_cache(maxsize=256)
def _stick_nodes(a: float, b: float, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Jacobi nodes and weights of Beta(a, b), by the eigenvectors of its recurrence (Golub & Welsch 1969).

    scipy's own nodes divide by 2^(a+b) and overflow from a + b of about a thousand on.
    """
    total = a + b
    k = np.arange(1, nodes)
    even = 2.0 * k + total - 2.0
    middle = np.concatenate(([(a - b) / total], (a - b) * (total - 2.0) / (even * (even + 2.0))))
    k, even = k[1:], even[1:]
    rest = 4.0 * k * (k + a - 1.0) * (k + b - 1.0) * (k + total - 2.0) / (even**2 * (even**2 - 1.0))
    beside = np.concatenate(([4.0 * a * b / (total**2 * (total + 1.0))], rest))
    x, vectors = eigh_tridiagonal(middle, np.sqrt(beside))
    return np.clip((x + 1.0) / 2.0, 0.0, 1.0), vectors[0] ** 2


def _share_nodes(sticks: Sticks, branches: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """Return nodes of the branch probabilities, shape (branches, nodes), and their weights, shape (nodes,)."""
    betas = [stick for stick in sticks.sticks if isinstance(stick, BetaStick)]
    if len(betas) in _NODES_BY_STICKS:
        each = [_stick_nodes(stick.a, stick.b, _NODES_BY_STICKS[len(betas)]) for stick in betas]
        weight = np.array([np.prod(w) for w in product(*(weights for _, weights in each))])
        grid = np.array(list(product(*(nodes for nodes, _ in each)))).reshape(weight.size, len(betas)).T
    else:
        batch = Batch(0, 1, _MANY_STICKS_POINTS)
        coordinates = [Coordinate("sticks", j, j) for j in range(len(betas))]
        sampler, bits = SobolCells(_NET_SEED, coordinates), _MANY_STICKS_POINTS.bit_length() - 1
        cells = [sampler.cells(batch, c, bits) for c in coordinates]
        grid = np.stack([beta_table(s.a, s.b, bits).values[c] for s, c in zip(betas, cells, strict=True)])
        weight = np.full(_MANY_STICKS_POINTS, 1.0 / _MANY_STICKS_POINTS)
    left, drawn = np.ones(weight.size), iter(grid)
    share_of: dict[str, FloatArray] = {}
    for name, stick in zip(sticks.order, sticks.sticks, strict=False):
        taken = left * (next(drawn) if isinstance(stick, BetaStick) else stick.share)
        share_of[name], left = taken, left - taken
    share_of[sticks.order[-1]] = left
    return np.stack([share_of[branch] for branch in branches]), weight


def _expected_shares(shares: FloatArray, weight: FloatArray, scale: FloatArray) -> FloatArray:
    """Return E[θ_b s_b / Σ θ s] at each point, shape (branches, points), for scales s of shape (branches, points)."""
    total = np.einsum("bm,bn->mn", shares, scale)
    return np.asarray(scale * np.einsum("bm,mn->bn", shares, weight[:, None] / total))


def _intercepts(
    node: ModelNode, chance: Chance, combinations: list[_Combination], number: int, tilt: list[FloatArray]
) -> Intercepts:
    names = tuple(branch.edge.branch for branch in node.branches)
    rows = []
    for state, sticks in enumerate(chance.laws):
        chosen = _selecting(combinations, chance.selector, state)
        reach = np.sum([c.weight * c.reach[number] for c in chosen], axis=0)
        factor = np.exp(np.stack([np.broadcast_to(t, reach.shape) for t in tilt]))
        rows.append(_solved_intercepts(*_share_nodes(sticks, names), factor, reach, ordered_mean(sticks, names)))
    return Intercepts(np.array(rows))


def _solved_intercepts(
    shares: FloatArray, weight: FloatArray, factor: FloatArray, reach: FloatArray, stated: FloatArray
) -> FloatArray:
    """Iterative proportional fitting of exp(a_b) until E[p_b | reached] is the stated mean to 1e-10 relative."""
    at = reach / reach.sum()
    possible = stated > 0.0
    scale = np.where(possible, 1.0, 0.0)
    for _ in range(200):
        reached = np.einsum("bn,n->b", _expected_shares(shares, weight, factor * scale[:, None]), at)
        step = np.divide(stated, reached, out=np.ones_like(stated), where=possible)
        scale = scale * step
        if np.abs(step - 1.0).max() < 1e-10:
            break
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(scale / scale.max()))


def _retimings(
    model: Model,
    node: ModelNode,
    hazard: Hazard,
    combinations: list[_Combination],
    number: int,
    tilt: FloatArray,
) -> tuple[Retiming, ...]:
    assert node.loadings is not None
    cuts = hazard.clock.exposure(np.array(_cut_days(model)))
    exposures = np.union1d(np.linspace(0.0, float(hazard.clock.exposure(model.horizon)), _KNOTS), cuts)
    found = []
    for state, law in enumerate(hazard.rates):
        reach = np.sum([c.weight * c.reach[number] for c in _selecting(combinations, hazard.selector, state)], axis=0)
        if number == 0:
            row = np.einsum("k,kj->j", node.loadings[0], model.drivers.cholesky)
            factor, weight = np.exp(float(np.sqrt(np.sum(row**2))) * _NORMAL_NODES), _NORMAL_WEIGHTS
        else:
            factor, weight = np.exp(np.broadcast_to(tilt, reach.shape)), reach / reach.sum()
        found.append(Retiming(exposures, _solved_retiming(law, factor, weight, exposures)))
    return tuple(found)


def _solved_retiming(law: RateLaw, factor: FloatArray, weight: FloatArray, exposures: FloatArray) -> FloatArray:
    """Bisect log x̃ so that Σ w·laplace(factor·x̃) = laplace(x) at every exposure."""
    target = law.laplace(exposures)
    positive = exposures > 0.0
    low = np.where(positive, np.log(np.maximum(exposures, 1e-300)) - 30.0, 0.0)
    high = low + 60.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        survival = np.einsum("xf,f->x", law.laplace(np.exp(middle)[:, None] * factor), weight)
        too_little = survival > target
        low, high = np.where(too_little, middle, low), np.where(too_little, high, middle)
    return np.asarray(np.where(positive, np.exp(0.5 * (low + high)), 0.0))


def _pass_on(
    model: Model,
    combination: _Combination,
    number: int,
    node: ModelNode,
    correction: Correction | None,
    tilt: list[FloatArray] | None,
) -> None:
    """Pass the reach on to the children; a node that no driver touches carries its stated mean, which is exact."""
    if all(branch.child is None for branch in node.branches):
        return
    for branch, share in zip(node.branches, _mean_shares(model, combination, node, correction, tilt), strict=True):
        if branch.child is not None:
            combination.reach[branch.child] = combination.reach[number] * share


def _mean_shares(
    model: Model,
    combination: _Combination,
    node: ModelNode,
    correction: Correction | None,
    tilt: list[FloatArray] | None,
) -> list[FloatArray]:
    """Return E[p_b | drivers] per branch, shape (points,) or ()."""
    law, names = node.law, tuple(branch.edge.branch for branch in node.branches)
    state = 0 if law.selector is None else combination.states[law.selector]
    if isinstance(law, Hazard):
        exposure: FloatArray = law.clock.exposure(model.horizon)
        if isinstance(correction, tuple) and tilt is not None:
            exposure = correction[state].retimed[-1] * np.exp(tilt[0])
        event = (1.0 - law.never) * (1.0 - law.rates[state].laplace(exposure))
        return [event if i == law.event else 1.0 - event for i in range(2)]
    if not isinstance(correction, Intercepts) or tilt is None:
        return list(ordered_mean(law.laws[state], names))
    points = combination.reach[0].shape
    scale = np.exp(
        np.stack([np.broadcast_to(t + a, points) for t, a in zip(tilt, correction.values[state], strict=True)])
    )
    return list(_expected_shares(*_share_nodes(law.laws[state], names), scale))

"""Which belief matters most: how much of a probability's spread over draws comes from each node.

Variance-based indices (Sobol' 1993; Homma & Saltelli 1996; Owen 2014 for Shapley effects), all in
closed form, because a group's probability is linear in each node's branch probabilities and nodes
are independent. A node is ONE input: its branches depend on each other.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.draws.model import Model
from forecast.errors import RunError
from forecast.readings.exact import node_moments


@dataclass(frozen=True, slots=True)
class Effects:
    """Shares of a variance that one input accounts for.

    first : S, by itself: Var(E[Y | input]) / Var(Y)
    total : ST, by itself and together with others: E[Var(Y | all others)] / Var(Y)
    """

    first: float
    total: float


@dataclass(frozen=True, slots=True)
class ProductEffects(Effects):
    """The same for a factor of a product, with its Shapley share: S ≤ shapley ≤ ST, and shares sum to 1."""

    shapley: float


def product_effects(factors: Mapping[str, tuple[float, float]]) -> dict[str, ProductEffects]:
    """Return the effects of independent factors on their product.

    With r_i = E[X_i²]/E[X_i]²: S_i = (r_i − 1)/(Π r − 1), ST_i = (r_i − 1)·Π_{j≠i} r_j/(Π r − 1), and
    Shapley share Σ_{u∋i} |u|⁻¹·Π_{j∈u} (r_j − 1)/(Π r − 1), from the variance components of a product
    (Owen 2014).

    Parameters
    ----------
    factors : per factor (E[X], E[X²])

    Raises
    ------
    ValueError
        If a mean is not positive, or no factor varies.

    Examples
    --------
    >>> effects = product_effects({"summit": (0.5, 0.3), "deal": (0.2, 0.05)})
    >>> {name: round(effect.first, 3) for name, effect in effects.items()}
    {'summit': 0.4, 'deal': 0.5}
    """
    for name, (mean, square) in factors.items():
        if not (mean > 0.0 and square >= mean**2 * (1.0 - 1e-12)):
            raise ValueError(
                f"factor '{name}' has mean {mean} and mean square {square}: state E[X] > 0 and E[X²] ≥ E[X]²"
            )
    excess = {name: square / mean**2 - 1.0 for name, (mean, square) in factors.items()}
    whole = math.prod(1.0 + value for value in excess.values()) - 1.0
    if whole <= 0.0:
        raise ValueError("no factor varies, so there is no variance to share out")
    found = {}
    for name, own in excess.items():
        others = [value for other, value in excess.items() if other != name]
        sizes = _elementary_symmetric(others)
        found[name] = ProductEffects(
            first=own / whole,
            total=own * math.prod(1.0 + value for value in others) / whole,
            shapley=own / whole * math.fsum(value / (size + 1) for size, value in enumerate(sizes)),
        )
    return found


def _elementary_symmetric(values: Sequence[float]) -> list[float]:
    """Σ over subsets of size k of their products, k = 0 … len(values)."""
    sums = [1.0]
    for value in values:
        sums = [a + value * b for a, b in zip([*sums, 0.0], [0.0, *sums], strict=True)]
    return sums


def outcome_factors(model: Model, outcome: str) -> dict[str, tuple[float, float]]:
    """Return (E[p], E[p²]) of each node's branch on the path to an outcome, for ``product_effects``.

    Raises
    ------
    RunError
        If there is no such outcome, or the model has parts that make its nodes depend on each other.
    """
    _require_independent_nodes(model)
    edge = model.scenario.tree.outcomes.get(outcome)
    if edge is None:
        raise RunError(("outcome",), f"there is no outcome '{outcome}': choose among {_listed(model)}")
    factors = {}
    for step in model.scenario.tree.path_through(edge):
        number = model.node_number[step.node]
        first, second = node_moments(model, number, ())
        at = [branch.edge for branch in model.nodes[number].branches].index(step)
        factors[step.node] = (float(first[at]), float(second[at, at]))
    return factors


def node_effects(model: Model, leaves: Iterable[int]) -> dict[str, Effects]:
    """Return the effect of every node on the probability Y of ending in one of ``leaves``.

    Y = A + R·Σ_b w_b·M_b, with w the node's branch probabilities, R the probability of reaching it, M_b
    that of the leaves below branch b, and A the rest. So E[Y | w] has the slopes c_b = E[R]·E[M_b], and

        S = cᵀ·Cov(w)·c / Var(Y),
        ST = E[R²]·(Σ_b Var(w_b)·E[M_b²] + Σ_{b≠c} Cov(w_b, w_c)·E[M_b]·E[M_c]) / Var(Y).

    Parameters
    ----------
    model : without drivers, experts, evidence or silence, and without lags that reach beyond the horizon
    leaves : numbers of the model's leaves

    Raises
    ------
    RunError
        If the model has such parts.

    Returns
    -------
    dict
        Node name → effects; all 0 where Y does not vary.
    """
    _require_independent_nodes(model)
    payoff = np.zeros(len(model.leaves))
    payoff[list(leaves)] = 1.0
    moments = [node_moments(model, i, ()) for i in range(len(model.nodes))]
    below = _below(model, payoff, moments)
    reach, reach_squared = _reach(model, moments)
    variance = _square(moments[0], *below[0]) - _mean(moments[0], below[0][0]) ** 2
    found = {}
    for i, node in enumerate(model.nodes):
        first, second = moments[i]
        covariance = second - np.outer(first, first)
        mean, square = below[i]
        own = float(np.einsum("b,bc,c->", mean, covariance, mean))
        within = float(np.einsum("b,b->", np.diag(covariance), square - mean**2))
        shares = (reach[i] ** 2 * own, reach_squared[i] * (own + within))
        found[node.name] = Effects(*(share / variance if variance > 1e-30 else 0.0 for share in shares))
    return found


Moments = tuple[FloatArray, FloatArray]


def _mean(moments: Moments, mean: FloatArray) -> float:
    return float(np.einsum("b,b->", moments[0], mean))


def _square(moments: Moments, mean: FloatArray, square: FloatArray) -> float:
    """E[(Σ_b w_b·M_b)²], the M_b independent of each other and of w."""
    second = moments[1]
    return float(np.einsum("b,bc,c->", mean, second, mean) + np.einsum("b,b->", np.diag(second), square - mean**2))


def _below(model: Model, payoff: FloatArray, moments: Sequence[Moments]) -> list[tuple[FloatArray, FloatArray]]:
    """Return per node E[M_b] and E[M_b²] of its branches, children before parents."""
    found: list[tuple[FloatArray, FloatArray]] = [(np.empty(0), np.empty(0))] * len(model.nodes)
    for i in range(len(model.nodes) - 1, -1, -1):
        means, squares = [], []
        for branch in model.nodes[i].branches:
            if branch.child is None:
                assert branch.leaf is not None
                means.append(float(payoff[branch.leaf]))
                squares.append(float(payoff[branch.leaf]))
            else:
                own = moments[branch.child]
                means.append(_mean(own, found[branch.child][0]))
                squares.append(_square(own, *found[branch.child]))
        found[i] = (np.array(means), np.array(squares))
    return found


def _reach(model: Model, moments: Sequence[Moments]) -> tuple[FloatArray, FloatArray]:
    """Return per node E[R] and E[R²]: products of moments down the path."""
    mean, square = np.ones(len(model.nodes)), np.ones(len(model.nodes))
    for i, node in enumerate(model.nodes):
        for b, branch in enumerate(node.branches):
            if branch.child is not None:
                mean[branch.child] = mean[i] * moments[i][0][b]
                square[branch.child] = square[i] * moments[i][1][b, b]
    return mean, square


def _require_independent_nodes(model: Model) -> None:
    """Raise if nodes move together, or anything but their branch probabilities decides an outcome."""
    if any(node.loadings is not None or node.law.selector is not None for node in model.nodes):
        raise RunError(
            ("drivers",), "drivers or experts move nodes together: compute effects on the scenario without them"
        )
    if model.weighted:
        raise RunError(("evidence",), "evidence or silence weights the draws: compute effects on the prior")
    if any(leaf.pending for leaf in model.leaves):
        raise RunError(("nodes",), "a lag reaches beyond the horizon: compute effects without 'eventually'")


def _listed(model: Model) -> str:
    return ", ".join(sorted(model.scenario.tree.outcomes))

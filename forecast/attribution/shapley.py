"""The Shapley value: each cause's part of a change, on average over the orders in which the causes may come.

With causes N and a value v(S) for every set S of them, cause i gets the mean of v(S ∪ {i}) − v(S) over all orders, S
being what comes before i (Shapley 1953). Parts add up to v(N) − v(∅) in every order, hence on average. A cause may have
a head that must come before it: then only such orders count (Faigle & Kern 1992). A head has no head itself.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from forecast.arrays import FloatArray

Causes = frozenset[int]
"""Numbers of causes, from 0."""


class Step(NamedTuple):
    """That a cause comes after others, and in what share of the orders it does."""

    cause: int
    before: Causes
    share: float


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders that are averaged over, as their steps.

    steps : each cause's shares sum to 1
    drawn : how many orders were drawn; 0 if all of them count
    each : the steps of every drawn order, from which the error of the average follows; empty if all count
    """

    steps: tuple[Step, ...]
    drawn: int = 0
    each: tuple[tuple[Step, ...], ...] = ()

    @property
    def coalitions(self) -> frozenset[Causes]:
        """Every set of causes whose value is needed."""
        return frozenset(found for step in self.steps for found in (step.before, step.before | {step.cause}))


def all_orders(heads: Sequence[int | None]) -> Orders:
    """Return all orders that are allowed, by their steps.

    Parameters
    ----------
    heads : per cause, the one that must come before it; None if any may

    Examples
    --------
    >>> [(step.cause, sorted(step.before), step.share) for step in all_orders([None, 0]).steps]
    [(0, [], 1.0), (1, [0], 1.0)]
    """
    everything = frozenset(range(len(heads)))

    @cache
    def ways(done: Causes) -> int:
        """Count the orders in which the rest may follow."""
        return 1 if done == everything else sum(ways(done | {cause}) for cause in _next(heads, done))

    @cache
    def ways_to(done: Causes) -> int:
        """Count the orders in which these may have come."""
        lasts = (done - {cause} for cause in done if not any(heads[other] == cause for other in done))
        return sum(map(ways_to, lasts)) if done else 1

    steps = []
    for done in _reachable(heads):
        for cause in _next(heads, done):
            share = ways_to(done) * ways(done | {cause}) / ways(frozenset())
            steps.append(Step(cause, done, share))
    return Orders(tuple(steps))


def drawn_orders(heads: Sequence[int | None], pairs: int, seed: int) -> Orders:
    """Draw orders with the same chance for each that is allowed; every second one is the reverse of the one before.

    Reversed, a cause that came early comes late, which makes the average steadier (Mitchell et al. 2022). Heads then
    come before what follows them again.

    Parameters
    ----------
    heads : as for ``all_orders``
    pairs : of orders
    seed : of the draw
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    orders: list[tuple[Step, ...]] = []
    for _ in range(pairs):
        order = generator.permutation(len(heads)).tolist()
        orders += [tuple(_steps(_allowed(way, heads))) for way in (order, order[::-1])]
    shares: dict[tuple[int, Causes], float] = {}
    for order_steps in orders:
        for step in order_steps:
            key = (step.cause, step.before)
            shares[key] = shares.get(key, 0.0) + 1.0 / len(orders)
    steps = tuple(Step(cause, before, share) for (cause, before), share in shares.items())
    return Orders(steps, drawn=len(orders), each=tuple(orders))


def parts_of(orders: Orders, causes: int, value: Callable[[Causes], FloatArray]) -> FloatArray:
    """Return each cause's part of every number.

    Parameters
    ----------
    orders : what to average over
    causes : how many there are
    value : the numbers where only these causes are there, shape (numbers,)

    Returns
    -------
    FloatArray
        Shape (causes, numbers); a column sums to value(all) − value(none).
    """
    numbers = value(frozenset()).shape
    parts = np.zeros((causes, *numbers))
    for step in orders.steps:
        parts[step.cause] += step.share * (value(step.before | {step.cause}) - value(step.before))
    return parts


def order_errors(orders: Orders, causes: int, value: Callable[[Causes], FloatArray]) -> FloatArray:
    """Return the standard error that drawing orders leaves in each part, shape (causes, numbers); 0 if all count.

    Of pairs of opposite orders, since the two of a pair are not independent.
    """
    shape = (causes, *value(frozenset()).shape)
    if not orders.each:
        return np.zeros(shape)
    drawn = np.zeros((len(orders.each) // 2, *shape))
    for number, steps in enumerate(orders.each):
        for step in steps:
            drawn[number // 2, step.cause] += (value(step.before | {step.cause}) - value(step.before)) / 2.0
    if len(drawn) < 2:
        return np.full(shape, math.inf)
    return np.asarray(drawn.std(axis=0, ddof=1) / math.sqrt(len(drawn)))


def _next(heads: Sequence[int | None], done: Causes) -> Iterator[int]:
    for cause, head in enumerate(heads):
        if cause not in done and (head is None or head in done):
            yield cause


def _reachable(heads: Sequence[int | None]) -> Iterator[Causes]:
    """Yield every set of causes that can have come, small ones first, but not all causes."""
    level = {frozenset[int]()}
    for _ in heads:
        yield from sorted(level, key=sorted)
        level = {done | {cause} for done in level for cause in _next(heads, done)}


def _allowed(order: Sequence[int], heads: Sequence[int | None]) -> list[int]:
    """Return an order in which each head takes the first place of those that it and its followers have.

    All orders that are allowed stay equally likely: a head and k followers come in any of their k + 1 places.
    """
    found = list(order)
    for head in {head for head in heads if head is not None}:
        places = [place for place, cause in enumerate(found) if cause == head or heads[cause] == head]
        followers = [found[place] for place in places if found[place] != head]
        for place, cause in zip(places, (head, *followers), strict=True):
            found[place] = cause
    return found


def _steps(order: Sequence[int]) -> Iterator[Step]:
    for place, cause in enumerate(order):
        yield Step(cause, frozenset(order[:place]), 1.0)

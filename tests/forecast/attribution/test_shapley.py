"""The Shapley value: against its definition, games whose values are known, and drawn orders against all of them."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.arrays import FloatArray
from forecast.attribution.shapley import Causes, all_orders, drawn_orders, order_errors, parts_of

HEADS = st.lists(st.sampled_from([None, 0]), min_size=0, max_size=4).map(lambda rest: [None, *rest])


class Game:
    """Random numbers for every set of causes."""

    def __init__(self, seed: int, numbers: int = 2) -> None:
        self._seed, self._numbers = seed, numbers

    def __call__(self, come: Causes) -> FloatArray:
        key = sum(1 << cause for cause in come)
        return np.random.Generator(np.random.PCG64([self._seed, key])).normal(size=self._numbers)


def by_definition(heads: list[int | None], value: Game) -> FloatArray:
    """Average over all permutations in which each head comes before its followers."""
    causes = range(len(heads))
    allowed = [
        order
        for order in permutations(causes)
        if all(head is None or order.index(head) < order.index(cause) for cause, head in enumerate(heads))
    ]
    parts = np.zeros((len(heads), 2))
    for order in allowed:
        for place, cause in enumerate(order):
            parts[cause] += value(frozenset(order[: place + 1])) - value(frozenset(order[:place]))
    return parts / len(allowed)


@settings(deadline=None)
@given(HEADS, st.integers(0, 1_000))
def test_all_orders_are_averaged_over(heads: list[int | None], seed: int) -> None:
    value = Game(seed)
    parts = parts_of(all_orders(heads), len(heads), value)
    assert parts == pytest.approx(by_definition(heads, value), abs=1e-12)
    assert parts.sum(axis=0) == pytest.approx(value(frozenset(range(len(heads)))) - value(frozenset()), abs=1e-12)
    assert not order_errors(all_orders(heads), len(heads), value).any()


def test_the_glove_game() -> None:
    """One left glove and two right ones: 2/3, 1/6, 1/6 (Shapley's value of the textbook)."""

    def pairs(come: Causes) -> FloatArray:
        return np.array([float(0 in come and bool(come & {1, 2}))])

    assert parts_of(all_orders([None] * 3), 3, pairs)[:, 0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_what_only_counts_afterwards_is_no_part_of_its_head() -> None:
    """A fact of today counts only once today has come: half of it must not be the day's."""

    def value(come: Causes) -> FloatArray:
        return np.array([0.1 * (0 in come) + 0.3 * ({0, 1} <= come)])

    assert parts_of(all_orders([None, 0]), 2, value)[:, 0] == pytest.approx([0.1, 0.3])
    assert parts_of(all_orders([None, None]), 2, value)[:, 0] == pytest.approx([0.25, 0.15])


@pytest.mark.parametrize("heads", [[None] * 6, [None, 0, 0, None, None, 0]])
def test_drawn_orders_come_near_all_orders_and_know_how_near(heads: list[int | None]) -> None:
    value = Game(3)
    exact = parts_of(all_orders(heads), 6, value)
    drawn = drawn_orders(heads, pairs=400, seed=5)
    parts, errors = parts_of(drawn, 6, value), order_errors(drawn, 6, value)
    assert drawn.drawn == 800
    assert (np.abs(parts - exact) <= 4.0 * errors + 1e-12).all()
    assert (errors < 0.1).all()
    assert parts.sum(axis=0) == pytest.approx(value(frozenset(range(6))) - value(frozenset()), abs=1e-12)


def test_drawn_orders_keep_heads_first_and_repeat_themselves() -> None:
    heads = [None, 0, None, 0]
    drawn = drawn_orders(heads, pairs=50, seed=1)
    assert all(0 in step.before for step in drawn.steps if step.cause in (1, 3))
    assert drawn == drawn_orders(heads, pairs=50, seed=1)
    assert drawn != drawn_orders(heads, pairs=50, seed=2)
    shares = [math.fsum(step.share for step in drawn.steps if step.cause == cause) for cause in range(4)]
    assert shares == pytest.approx([1.0] * 4)


def test_drawn_orders_are_equally_likely() -> None:
    """Three orders of a head, its follower and a third: 0 1 2, 0 2 1, 2 0 1, a third each within 4 standard errors."""
    drawn = drawn_orders([None, 0, None], pairs=3_000, seed=7)
    counts: dict[tuple[int, ...], int] = {}
    for steps in drawn.each:
        order = tuple(step.cause for step in steps)
        counts[order] = counts.get(order, 0) + 1
    assert counts.keys() == {(0, 1, 2), (0, 2, 1), (2, 0, 1)}
    assert all(abs(count / 6_000 - 1 / 3) < 4 * math.sqrt(2 / 9 / 3_000) for count in counts.values())


def test_of_one_pair_no_error_is_known() -> None:
    value = Game(1)
    drawn = drawn_orders([None] * 3, pairs=1, seed=1)
    assert np.isinf(order_errors(drawn, 3, value)).all()

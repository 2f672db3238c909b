"""Groups of blocks: the same sums however blocks arrive, never more than so many, and an honest MC error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.readings.blocks import MOST_GROUPS, BlockGroups
from forecast.readings.residuals import mc_error


def _grouped(rows: np.ndarray, ends: list[int]) -> BlockGroups:
    groups = BlockGroups()
    for part in np.split(rows, ends):
        groups.add(part)
    return groups


def test_few_blocks_are_kept_as_they_are() -> None:
    rows = np.random.Generator(np.random.PCG64(1)).random((MOST_GROUPS - 1, 3))
    groups = _grouped(rows, [16, 40])
    assert np.array_equal(groups.rows, rows)
    assert np.array_equal(groups.sizes, np.ones(len(rows)))


@given(blocks=st.integers(1, 5 * MOST_GROUPS), cuts=st.lists(st.integers(1, 5 * MOST_GROUPS), max_size=20))
def test_groups_do_not_depend_on_how_blocks_arrive(blocks: int, cuts: list[int]) -> None:
    rows = np.arange(2.0 * blocks).reshape(blocks, 2)
    groups = _grouped(rows, sorted(cut for cut in cuts if cut < blocks))
    size = int(groups.sizes[0])
    assert np.array_equal(groups.rows, [rows[i : i + size].sum(axis=0) for i in range(0, blocks, size)])
    assert np.array_equal(groups.sizes, [min(size, blocks - i) for i in range(0, blocks, size)])
    assert len(groups.rows) <= MOST_GROUPS
    assert size == 1 or blocks >= size * MOST_GROUPS // 2


@pytest.mark.parametrize("blocks", [MOST_GROUPS, 3_000, 10_001])
def test_the_mc_error_of_groups_is_that_of_their_blocks(blocks: int) -> None:
    values = np.random.Generator(np.random.PCG64(7)).standard_normal((blocks, 1))
    groups = _grouped(values, [])
    sums, sizes = groups.rows[:, 0], groups.sizes
    found = mc_error((sums - sizes * values.mean()) / sizes.mean())
    # The sample standard deviation of n residuals errs by 1/√(2n), relatively.
    assert found == pytest.approx(1.0 / math.sqrt(blocks), rel=4.0 / math.sqrt(2.0 * len(sums)))

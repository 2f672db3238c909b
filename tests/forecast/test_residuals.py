"""The MC error of a difference: known by hand, honest whatever two runs share, never more than both errors together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.arrays import FloatArray
from forecast.readings.residuals import mc_error, mc_error_of_difference

REPLICATES = 4_000


def test_errors_are_those_computed_by_hand() -> None:
    """Residuals 3, −1, −2: Σr² = 14, √(14/6); against −1, −1, 2 the differences are 4, 0, −4, and √(32/6)."""
    one, other = np.array([3.0, -1.0, -2.0]), np.array([-1.0, -1.0, 2.0])
    assert mc_error(one) == pytest.approx(math.sqrt(14 / 6))
    assert mc_error_of_difference(one, other) == pytest.approx(math.sqrt(32 / 6))
    assert mc_error_of_difference(one, one) == 0.0


@pytest.mark.parametrize(("before", "after"), [(16, 16), (16, 32), (48, 16)])
@pytest.mark.parametrize("shared", [0.0, 0.7, 1.0])
def test_the_error_is_that_of_the_difference(before: int, after: int, shared: float) -> None:
    """Blocks that share a part of their noise, as far as both runs have them: Var = σ²(1/B + 1/C − 2ρ·min/(B·C)).

    The mean square of 4,000 estimates agrees within 5 of its MC errors and, where the runs differ in their
    blocks, within the 4 % by which a divisor for both at once may miss either's own.
    """
    generator = np.random.Generator(np.random.PCG64(5))
    most = max(before, after)
    common, own = (generator.standard_normal((REPLICATES, most)) for _ in range(2))
    mixed = math.sqrt(shared) * common + math.sqrt(1.0 - shared) * own
    first = math.sqrt(shared) * common + math.sqrt(1.0 - shared) * generator.standard_normal((REPLICATES, most))
    pairs = [(_residuals(a[:before]), _residuals(b[:after])) for a, b in zip(first, mixed, strict=True)]
    squares = np.array([mc_error_of_difference(*pair) ** 2 for pair in pairs])
    truth = 1.0 / before + 1.0 / after - 2.0 * shared * min(before, after) / (before * after)
    off = 5.0 * float(squares.std()) / math.sqrt(REPLICATES)
    assert float(squares.mean()) == pytest.approx(truth, rel=0, abs=off + (0.04 * truth if before != after else 1e-12))


def _residuals(means: FloatArray) -> FloatArray:
    return np.asarray(means - means.mean())


_noise = st.integers(2, 40).flatmap(lambda blocks: arrays(float, blocks, elements=st.floats(-1e6, 1e6)))


@given(_noise, _noise)
def test_it_lies_between_the_difference_and_the_sum_of_both_errors(before: FloatArray, after: FloatArray) -> None:
    """As sides of a triangle do."""
    one, other, found = mc_error(before), mc_error(after), mc_error_of_difference(before, after)
    rounding = 1e-9 * (one + other)
    assert abs(one - other) - rounding <= found <= one + other + rounding

"""Ranges of numbers and dates: scales, buckets, and the probability in each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from forecast.scores.metaculus_ranges import ContinuousRange

PERCENT = ContinuousRange(0, 100, open_low=True, open_high=True)
# Whole numbers 0 to 10, half a step outside at both ends.
WHOLE = ContinuousRange(-0.5, 10.5, open_low=False, open_high=False, buckets=11)
LOGARITHMIC = ContinuousRange(1, 1001, open_low=False, open_high=True, zero_point=0)


@given(st.floats(0, 1), st.sampled_from([0.0, -5.0, 0.999]))
def test_log_scale_is_the_inverse_of_the_stated_one(x: float, zero: float) -> None:
    """That is, value = min + (max - min)(r^x - 1)/(r - 1), with r = (max - zero)/(min - zero)."""
    within = ContinuousRange(1, 1001, open_low=False, open_high=True, zero_point=zero)
    r = (1001 - zero) / (1 - zero)
    value = min(1 + 1000 * (r**x - 1) / (r - 1), 1001)
    assert within.location(value) == pytest.approx(x, abs=1e-9)


def test_locations_of_a_linear_scale() -> None:
    assert [PERCENT.location(value) for value in (0, 25, 100)] == [0, 0.25, 1]


@given(st.integers(1, 200))
def test_a_bucket_holds_its_upper_edge_and_what_is_below_down_to_the_next(k: int) -> None:
    """As the platform cuts: an edge, and what rounding makes of it, belongs to the bucket below it."""
    edge = k / 200 * 100
    assert PERCENT.bucket(edge) == k
    assert PERCENT.bucket(min(edge * (1 + 1e-15), 100)) == k
    assert PERCENT.bucket(edge - 0.25) == k
    if k < 200:
        assert PERCENT.bucket(edge + 1e-6) == k + 1


def test_ends_of_the_range_are_inside() -> None:
    """The low end too, and on a log scale, where rounding might step over."""
    for within in (PERCENT, WHOLE, LOGARITHMIC):
        assert within.bucket(within.low) == 1
        assert within.bucket(within.high) == within.buckets


def test_beyond_an_open_end_lie_the_first_and_the_last_bucket() -> None:
    """Where only the side is known, infinity says it; a log scale has no room below its zero point."""
    assert [PERCENT.bucket(value) for value in (-1e-9, float("-inf"))] == [0, 0]
    assert [PERCENT.bucket(value) for value in (100.001, float("inf"))] == [201, 201]
    below = ContinuousRange(1, 10, open_low=True, open_high=False, zero_point=0)
    assert below.bucket(-3) == 0


def test_whole_numbers_have_a_bucket_each() -> None:
    assert [WHOLE.bucket(number) for number in range(11)] == list(range(1, 12))


def test_answers_beyond_a_closed_end_are_refused() -> None:
    with pytest.raises(ValueError, match="answer 11 lies beyond a closed end"):
        WHOLE.bucket(11)
    with pytest.raises(ValueError, match="answer -inf lies beyond a closed end"):
        WHOLE.bucket(float("-inf"))
    with pytest.raises(ValueError, match="leave an unresolved question unscored"):
        WHOLE.bucket(float("nan"))
    with pytest.raises(ValueError, match="value 101 is not in the range"):
        PERCENT.location(101)


@pytest.mark.parametrize(("open_low", "open_high"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_baseline_is_a_distribution(open_low: bool, open_high: bool) -> None:
    """A twentieth to each open side, the rest in equal parts."""
    within = ContinuousRange(0, 1, open_low, open_high, buckets=20)
    sides = 0.05 * open_low + 0.05 * open_high
    assert within.base(1) == within.base(20) == pytest.approx((1 - sides) / 20)
    outside = [within.base(bucket) for bucket, is_open in ((0, open_low), (21, open_high)) if is_open]
    assert sum(outside) + 20 * within.base(7) == pytest.approx(1)


@pytest.mark.parametrize(
    ("bucket", "complaint"),
    [(0, "beyond a closed end"), (12, "beyond a closed end"), (-1, "none of 0 to 12"), (13, "none of 0 to 12")],
)
def test_buckets_that_no_answer_is_in_are_refused(bucket: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WHOLE.base(bucket)


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_masses_add_up_to_the_distribution_function(points: list[float]) -> None:
    """Below, in five buckets, above: all of 1, and cumulated what was stated."""
    within = ContinuousRange(0, 1, open_low=True, open_high=True, buckets=5)
    cdf = np.sort(points)
    masses = within.masses(cdf)
    assert masses.shape == (7,)
    assert masses.sum() == pytest.approx(1)
    assert np.cumsum(masses)[:-1] == pytest.approx(cdf, abs=1e-12)


@pytest.mark.parametrize(
    ("cdf", "complaint"),
    [
        ([0, 0.5, 1], "does not have 4 points"),
        ([0, 0.6, 0.5, 1], "falls from 0.6 to 0.5"),
        ([0.01, 0.5, 0.6, 1], "the low end is closed, but 0.01 lies below it"),
        ([0, 0.5, 0.6, 0.75], "the high end is closed, but 0.25 lies above it"),
        ([0, 0.5, 60, 1], "probability 60.0 is not in"),
        ([0, float("nan"), 0.5, 1], "nan is not in"),
    ],
)
def test_unusable_distribution_functions_are_refused(cdf: ArrayLike, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ContinuousRange(0, 1, open_low=False, open_high=False, buckets=3).masses(cdf)


def test_ends_are_closed_to_ten_places() -> None:
    """What the platform rounds off is no mass outside."""
    masses = ContinuousRange(0, 1, open_low=False, open_high=False, buckets=2).masses([1e-11, 0.5, 1 - 1e-11])
    assert masses == pytest.approx([0, 0.5, 0.5, 0], abs=1e-10)


def test_unusable_ranges_are_refused() -> None:
    for low, high in ((1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)):
        with pytest.raises(ValueError, match="a range cannot go from"):
            ContinuousRange(low, high, open_low=True, open_high=True)
    with pytest.raises(ValueError, match="cannot have 0 buckets"):
        ContinuousRange(0, 1, open_low=True, open_high=True, buckets=0)
    for zero in (1.0, 5.0, float("nan")):
        with pytest.raises(ValueError, match="must lie below the range"):
            ContinuousRange(1, 10, open_low=True, open_high=True, zero_point=zero)

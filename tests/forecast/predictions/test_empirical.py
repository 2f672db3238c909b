"""The distribution of a number over worlds: every value, every weight, and the worlds in which it has none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.predictions.empirical import empirical

WORLDS = st.lists(
    st.tuples(st.one_of(st.just(math.nan), st.integers(-3, 3).map(float)), st.floats(1e-3, 10.0)),
    min_size=1,
    max_size=40,
)


@given(worlds=WORLDS)
def test_every_probability_is_the_share_of_the_worlds_that_say_so(worlds: list[tuple[float, float]]) -> None:
    distribution = empirical(np.array([v for v, _ in worlds]), np.array([w for _, w in worlds]))
    total = math.fsum(w for _, w in worlds)
    for point in (-4.0, -3.0, -0.5, 0.0, 2.0, 3.0, 9.0):
        at_most = math.fsum(w for v, w in worlds if v <= point) / total
        below = math.fsum(w for v, w in worlds if v < point) / total
        assert distribution.at_most(np.array([point]))[0] == pytest.approx(at_most, abs=1e-12)
        assert distribution.below(np.array([point]))[0] == pytest.approx(below, abs=1e-12)
    assert distribution.never == pytest.approx(math.fsum(w for v, w in worlds if math.isnan(v)) / total, abs=1e-12)
    assert distribution.there + distribution.never == pytest.approx(1.0, abs=1e-12)


@given(worlds=WORLDS, level=st.floats(0.001, 0.999))
def test_a_quantile_is_the_least_value_that_reaches_its_level(worlds: list[tuple[float, float]], level: float) -> None:
    distribution = empirical(np.array([v for v, _ in worlds]), np.array([w for _, w in worlds]))
    found = distribution.quantile(level)
    if math.isinf(found):
        assert distribution.there < level + 1e-9
        return
    assert distribution.at_most(np.array([found]))[0] >= level * (1 - 1e-9)
    assert distribution.below(np.array([found]))[0] < level


def test_the_mean_is_that_of_the_worlds_with_a_value() -> None:
    distribution = empirical(np.array([1.0, 5.0, math.nan]), np.array([3.0, 1.0, 4.0]))
    assert (distribution.mean(), distribution.never, distribution.worlds) == (2.0, 0.5, 3)


def test_a_number_that_never_has_a_value_has_no_mean_and_no_quantile() -> None:
    distribution = empirical(np.array([math.nan, math.nan]), np.array([1.0, 1.0]))
    assert (distribution.never, distribution.there) == (1.0, 0.0)
    assert math.isnan(distribution.mean())
    assert math.isinf(distribution.quantile(0.5))
    assert distribution.at_most(np.array([1e9]))[0] == 0.0


def test_values_without_weight_are_left_out() -> None:
    distribution = empirical(np.array([1.0, 2.0]), np.array([0.0, 2.0]))
    assert (distribution.values.tolist(), distribution.quantile(0.01)) == ([2.0], 2.0)


def test_worlds_without_weight_are_refused() -> None:
    with pytest.raises(ValueError, match="no world carries weight"):
        empirical(np.array([1.0, 2.0]), np.array([0.0, 0.0]))

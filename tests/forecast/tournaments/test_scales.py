"""Locations, values and cells: against the platform's formulas in many digits, its scalar rule, and definitions."""

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.tournaments.scales import Scaling, cells_of, grid, locations_of, values_at


def scaling(low: float, high: float, **parts: Any) -> Scaling:  # noqa: ANN401 -- as a document has them
    stated = {"range_min": low, "range_max": high, "open_lower_bound": True, "open_upper_bound": True, **parts}
    return Scaling.model_validate(stated)


def in_many_digits(scale: Scaling, location: float) -> Decimal:
    """The platform's formula as it is written, min + (max − min)(r^x − 1)/(r − 1), in 60 digits."""
    assert scale.zero_point is not None
    with localcontext(prec=60):
        low, high, zero = (Decimal(number) for number in (scale.range_min, scale.range_max, scale.zero_point))
        ratio = (high - zero) / (low - zero)
        return low + (high - low) * (ratio ** Decimal(location) - 1) / (ratio - 1)


def platform_cell(location: float, count: int) -> int:
    """The platform's scalar rule, ``unscaled_location_to_bucket_index``."""
    if location < 0:
        return 0
    if location > 1:
        return count + 1
    if location == 1:
        return count
    return max(int(location * count + 1 - 1e-10), 1)


@st.composite
def scales(draw: st.DrawFn) -> Scaling:
    """Draw a range of any size, whose zero point, if it has one, lies far away or as near as a millionth of a cell."""
    low = draw(st.sampled_from([0.0, 1.0, -5.0, 1e-3, 1e6, 1_767_225_600.0]))
    width = draw(st.sampled_from([1.0, 1e-3, 365 * 86_400.0, 1e9]))
    count = draw(st.integers(2, 1000))
    distance = draw(st.sampled_from([None, 1e9, 1.0, 1e-2, 1e-6, 1e-9]))
    zero = None if distance is None else low - distance * width
    try:
        return scaling(low, low + width, zero_point=zero, inbound_outcome_count=count)
    except ValidationError:
        # Far from 0, the cells beside a near zero point are narrower than neighbouring floats.
        assume(False)
        raise


def test_decades_are_equally_long() -> None:
    decades = scaling(0.01, 10_000, zero_point=0, inbound_outcome_count=6)
    np.testing.assert_allclose(grid(decades), [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0], rtol=1e-14)


def test_linear_scales_are_linear() -> None:
    np.testing.assert_allclose(grid(scaling(0, 30_000)), np.arange(201) * 150.0, rtol=1e-15)
    assert locations_of(scaling(-1, 3), np.array([-3.0, 0.0, 3.0, 4.0])).tolist() == [-0.5, 0.25, 1.0, 1.25]


def test_discrete_values_are_the_middles_of_cells() -> None:
    """The platform's 0 to 10 in whole steps: from −0.5 to 10.5 in 11 cells."""
    whole = scaling(-0.5, 10.5, inbound_outcome_count=11)
    edges = grid(whole)
    np.testing.assert_allclose((edges[:-1] + edges[1:]) / 2.0, np.arange(11.0), atol=1e-14)
    assert cells_of(whole, np.arange(-1.0, 12.0)).tolist() == list(range(13))


def test_dates_are_seconds() -> None:
    """2026 in quarters of a common year: 91.25 days."""
    year = scaling(1_767_225_600, 1_798_761_600, inbound_outcome_count=4)
    assert grid(year).tolist() == [1_767_225_600 + 91.25 * 86_400 * i for i in range(5)]


@given(scales(), st.floats(0.0, 1.0))
def test_values_have_the_platforms_formula_in_every_digit(scale: Scaling, location: float) -> None:
    assume(scale.zero_point is not None)
    [found] = values_at(scale, np.array([location]))
    known = in_many_digits(scale, location)
    # What the ends of the range lose as floats, and the last digits of a power.
    size = max(abs(scale.range_min), abs(scale.range_max))
    assert abs(Decimal(float(found)) - known) <= Decimal(4e-16 * size + 1e-13 * abs(float(found)))


@given(scales(), st.floats(0.0, 1.0))
def test_locations_of_values_are_where_they_came_from(scale: Scaling, location: float) -> None:
    value = values_at(scale, np.array([location]))
    [found] = locations_of(scale, value)
    # A float nearby is as good an answer as the value itself: that is how exact a location can be.
    beside = locations_of(scale, np.array([np.nextafter(value[0], -np.inf), np.nextafter(value[0], np.inf)]))
    assert abs(found - location) <= 4.0 * np.abs(beside - found).max() + 1e-13


@given(scales())
def test_an_edge_belongs_to_the_cell_below_it(scale: Scaling) -> None:
    edges = grid(scale)
    # Floats must be so dense in every cell that rounding an edge moves it by less than the rule allows.
    assume((np.spacing(np.maximum(np.abs(edges[1:]), abs(scale.range_min))) < 1e-11 * np.diff(edges)).all())
    assert cells_of(scale, edges).tolist() == [1, *range(1, scale.outcomes + 1)]
    middles = values_at(scale, (np.arange(scale.outcomes) + 0.5) / scale.outcomes)
    assert cells_of(scale, middles).tolist() == list(range(1, scale.outcomes + 1))


@given(scales(), st.floats(-0.5, 1.5))
def test_cells_are_those_of_the_platforms_rule(scale: Scaling, location: float) -> None:
    values = values_at(scale, np.array([location]))
    [found] = locations_of(scale, values)
    assume(abs(found) > 1e-9 and abs(found - 1.0) > 1e-9)
    assert cells_of(scale, values).tolist() == [platform_cell(float(found), scale.outcomes)]


def test_ends_of_a_range_lie_in_it() -> None:
    for scale in (scaling(0, 30_000), scaling(-5, -4, zero_point=-5.01), scaling(1, 3, zero_point=-1e6)):
        ends = np.array([scale.range_min, scale.range_max])
        assert cells_of(scale, ends).tolist() == [1, 200]
        assert cells_of(scale, np.nextafter(ends, [-np.inf, np.inf])).tolist() == [0, 201]


def test_up_to_the_zero_point_everything_lies_below_the_range() -> None:
    decade = scaling(1, 10, zero_point=0)
    assert locations_of(decade, np.array([0.0, -5.0])).tolist() == [-math.inf, -math.inf]
    assert cells_of(decade, np.array([0.0, -5.0])).tolist() == [0, 0]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"range_min": 3.0, "range_max": 3.0}, "enclose no range: state the lower end first"),
    ({"range_min": 3.0, "range_max": 2.0}, "enclose no range"),
    ({"range_min": -1.5e308, "range_max": 1.5e308}, "enclose no range"),
    ({"range_min": 0.0, "range_max": math.inf}, "finite number"),
    ({"zero_point": 0.0}, "zero_point 0.0 makes no logarithmic scale from 0.0 to 1.0"),
    ({"zero_point": 0.5}, "state one below the range, or leave it out for a linear scale"),
    ({"zero_point": 2.0}, "makes no logarithmic scale"),
    ({"zero_point": -5e-324}, "makes no logarithmic scale"),
    ({"range_min": 1.0, "range_max": 2.0, "zero_point": math.nextafter(1.0, 0.0)}, "too narrow"),
    ({"range_min": 1e16, "range_max": 1e16 + 64.0}, "200 cells from 1e+16"),
    ({"inbound_outcome_count": 1}, "greater than or equal to 2"),
    ({"inbound_outcome_count": 1001}, "less than or equal to 1000"),
]


@pytest.mark.parametrize(("parts", "said"), REFUSED)
def test_what_is_no_scale_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("+", r"\+")):
        scaling(**{"low": 0.0, "high": 1.0, **parts})

"""Numbers and dates on Metaculus: whatever the shape, what is exported is valid, near, and counted as they count."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.arrays import FloatArray
from forecast.predictions.empirical import Empirical
from forecast.predictions.kinds import DatePrediction, NumberPrediction
from forecast.tournaments.exports import ExportError
from forecast.tournaments.metaculus import MetaculusListing
from forecast.tournaments.metaculus.located import located_date, located_number
from forecast.tournaments.scales import Scaling, grid
from tests.forecast.tournaments.metaculus_checks import (
    NEW_YEAR_2026,
    NEW_YEAR_2027,
    binary,
    cdf_of,
    day,
    exported,
    items,
    listing,
    number,
    platform_faults,
    scaling,
)

DAY = 86_400.0


@st.composite
def asked_numbers(draw: st.DrawFn) -> MetaculusListing:
    """Draw the listing of a number: linear, discrete or logarithmic, its zero point near or far."""
    low = draw(st.sampled_from([0.0, -0.5, 12_000.0, 1e-6, -3e9]))
    width = draw(st.sampled_from([1.0, 11.0, 30_000.0, 1e10]))
    count = draw(st.one_of(st.none(), st.integers(2, 1000), st.sampled_from([2, 3, 11, 39, 40, 41, 93, 1000])))
    kind = "numeric" if count is None else draw(st.sampled_from(["numeric", "discrete"]))
    near = draw(st.sampled_from([None, 10.0, 0.1, 1e-4, 1e-9])) if kind == "numeric" else None
    parts: dict[str, Any] = {
        "open_lower_bound": draw(st.booleans()),
        "open_upper_bound": draw(st.booleans()),
        "inbound_outcome_count": count,
        "zero_point": None if near is None else low - near * width,
    }
    try:
        return listing(kind, scaling=scaling(low, low + width, **parts))
    except ValidationError:
        # Far from 0, the cells beside a near zero point are narrower than neighbouring floats.
        assume(False)
        raise


@st.composite
def hard_numbers(draw: st.DrawFn, scale: Scaling) -> NumberPrediction:
    """Draw steps, spikes and specks: atoms on edges, a float or a speck beside them, within cells and far outside."""
    random = np.random.Generator(np.random.PCG64(draw(st.integers(0, 1 << 32))))
    edges, width = grid(scale), scale.range_max - scale.range_min
    count = draw(st.sampled_from([1, 2, 3, 20, 400]))
    places = random.choice(edges, size=count)
    kind = draw(st.sampled_from(["edges", "beside", "within", "ends", "outside", "all"]))
    beside = np.nextafter(places, random.choice([-np.inf, np.inf], size=count))
    specks = places + random.choice([-1e-9, 1e-9], size=count) * width
    within = scale.range_min + width * random.random(count)
    ends = random.choice([scale.range_min, scale.range_max], size=count)
    outside = ends + random.choice([-2.0, -1e-6, 1e-6, 2.0], size=count) * width
    shapes = {"edges": places, "beside": beside, "within": within, "ends": ends, "outside": outside}
    values = np.choose(random.integers(6, size=count), [*shapes.values(), specks]) if kind == "all" else shapes[kind]
    weights = random.choice([1e-9, 1e-9, 1e-3, 1.0, 50.0], size=count)
    return number(values, weights)


def platform_buckets(values: FloatArray, scale: Scaling) -> list[int]:
    """The platform's own formulas, value by value: location, then bucket."""
    low, high, zero, count = scale.range_min, scale.range_max, scale.zero_point, scale.outcomes

    def bucket(value: float) -> int:
        if zero is None:
            x = (value - low) / (high - low)
        else:
            ratio = (high - zero) / (low - zero)
            x = float((np.log((value - low) * (ratio - 1) + (high - low)) - np.log(high - low)) / np.log(ratio))
        if x < 0:
            return 0
        if x > 1:
            return count + 1
        return count if x == 1 else max(int(x * count + 1 - 1e-10), 1)

    return [bucket(float(value)) for value in values]


@given(st.data())
def test_whatever_the_shape_the_platform_takes_it(data: st.DataObject) -> None:
    asked = data.draw(asked_numbers())
    assert asked.scaling is not None
    export = exported(data.draw(hard_numbers(asked.scaling)), asked)
    [item] = items(export)
    assert platform_faults(item, asked) == []
    assert b"-0.0" not in export.documents[0].content
    assert all(math.isfinite(each) for found in export.distortions for each in found.figures.values())


@given(st.data())
def test_mass_moves_no_farther_than_its_excess_and_the_floors_demand(data: st.DataObject) -> None:
    """No cumulated probability passes one that is so many cells away that full cells between would hold everything."""
    asked = data.draw(asked_numbers())
    assert asked.scaling is not None
    prediction = data.draw(hard_numbers(asked.scaling))
    raw = located_number(prediction, asked.scaling, "here").cumulated
    found = np.array(cdf_of(exported(prediction, asked)))
    count = asked.scaling.outcomes
    smear = math.ceil(count / 40) + 1
    floors = 0.01 + 0.002 + 1e-6
    steps = np.arange(count + 1)
    # What lies beyond a closed bound has to come inside, where it needs as many cells again.
    outside = (raw[0] > 0 and not asked.scaling.open_lower_bound) or (
        raw[-1] < 1 and not asked.scaling.open_upper_bound
    )
    inner = slice(smear, count + 1 - smear) if outside else slice(None)
    ahead, behind = raw[np.minimum(steps + smear, count)], raw[np.maximum(steps - smear, 0)]
    assert (found[inner] <= ahead[inner] + floors).all()
    assert (found[inner] >= behind[inner] - floors).all()


@pytest.mark.parametrize("zero_point", [None, -3_000.0])
def test_values_are_counted_to_the_platforms_buckets(zero_point: float | None) -> None:
    scale = Scaling.model_validate(scaling(0, 30_000, zero_point=zero_point, open_upper_bound=True))
    random = np.random.Generator(np.random.PCG64(3))
    values = np.unique(np.concatenate([random.uniform(-2e3, 4e4, 500), np.arange(0, 30_150, 150.0)]))
    weights = random.random(values.size)
    buckets = np.bincount(platform_buckets(values, scale), weights=weights, minlength=202) / weights.sum()
    found = located_number(number(values, weights), scale, "here")
    np.testing.assert_allclose(np.diff(found.cumulated, prepend=0.0, append=1.0), buckets, atol=1e-12)


def test_an_atom_at_a_closed_lower_bound_is_in_the_first_cell() -> None:
    asked = listing("numeric", scaling=scaling(0, 11, inbound_outcome_count=11))
    cdf = cdf_of(exported(number(np.array([0.0]), np.ones(1)), asked))
    assert cdf[:2] == [0.0, pytest.approx(1.0 - 10 * 0.000909091, abs=1e-6)]


def test_a_discrete_value_keeps_its_cell() -> None:
    """0 to 10: eleven cells have no greatest step, and only their floors take from what is likely."""
    weights = np.array([0, 0, 1, 4, 10, 4, 1, 0, 0, 0, 0]) / 20
    asked = listing("discrete", scaling=scaling(-0.5, 10.5, inbound_outcome_count=11))
    found = np.diff(cdf_of(exported(number(np.arange(11.0), weights), asked)))
    assert found[[0, 1, 7, 8, 9, 10]] == pytest.approx(0.000909092, abs=2e-9)
    np.testing.assert_allclose(found, weights, atol=0.005)


def test_a_valid_distribution_is_exported_as_it_is() -> None:
    values = np.linspace(-0.4, 1.4, 3601)
    asked = listing("numeric", scaling=scaling(0, 1, open_lower_bound=True, open_upper_bound=True))
    prediction = number(values, np.ones(values.size))
    export = exported(prediction, asked)
    assert asked.scaling is not None
    np.testing.assert_allclose(cdf_of(export), located_number(prediction, asked.scaling, "").cumulated, atol=1e-10)
    assert export.distortions == ()


def test_figures_say_what_the_form_could_not() -> None:
    """An atom in the middle of 100 cells of at most 0.4, and a quarter of the mass beyond the closed upper bound."""
    asked = listing("numeric", scaling=scaling(0, 100, inbound_outcome_count=100))
    export = exported(number(np.array([49.5, 150.0]), np.array([3.0, 1.0])), asked)
    [found] = export.distortions
    assert found.place == "metaculus, 'q'"
    assert found.reason == (
        "99 of 100 cells were raised to 0.0001 or more, the least that one holds; "
        "1 of 100 cells was cut to 0.4 or less, the most that one holds; "
        "0.25 above the closed range was moved into it"
    )
    figures = found.figures
    assert figures["outside_closed_bounds"] == 0.25
    assert figures["mean"] == 0.75 * 49.5 + 0.25 * 150
    assert figures["mean_in_range"] == 0.75 * 49.5 + 0.25 * 100
    cdf = np.array(cdf_of(export))
    raw = np.where(np.arange(101) < 50, 0.0, 0.75)
    assert figures["largest_change"] == pytest.approx(np.abs(cdf - raw).max())
    assert figures["mass_moved"] == pytest.approx(np.abs(np.diff(cdf, append=1.0) - np.diff(raw, append=1.0)).sum() / 2)
    assert figures["exported_mean"] == pytest.approx(100 - np.trapezoid(cdf, np.arange(101.0)))
    assert figures["exported_mean"] == pytest.approx(figures["mean_in_range"], abs=1.0)


def test_what_an_open_range_lacks_beyond_its_ends_is_told_by_end() -> None:
    """A tenth lies above, and nothing below: only that end was raised."""
    values = np.append(np.linspace(0.0025, 0.9975, 200), [2.0] * 22)
    asked = listing("numeric", scaling=scaling(0, 1, open_lower_bound=True, open_upper_bound=True))
    [found] = exported(number(values, np.ones(222)), asked).distortions
    assert found.reason == "0 below the open range was raised to 0.001 or more"


def test_histories_without_a_value_are_left_out_and_reported() -> None:
    values = np.concatenate([np.linspace(0.0025, 0.9975, 200), [np.nan] * 50])
    asked = listing("numeric", scaling=scaling(0, 1))
    export = exported(number(values, np.ones(250)), asked)
    np.testing.assert_allclose(cdf_of(export), np.linspace(0, 1, 201), atol=1e-9)
    [found] = export.distortions
    assert found.reason == "0.2 in which there is no value was left out"
    assert found.figures["without_value"] == pytest.approx(0.2)
    with pytest.raises(ExportError, match="the number has no value in any history: leave the listing out"):
        exported(number(np.array([np.nan]), np.ones(1)), asked)


@given(
    count=st.integers(2, 1000),
    seed=st.integers(0, 1 << 32),
    spread=st.sampled_from([0, 1, 30, 364]),
    never=st.sampled_from([0.0, 1e-9, 0.3, 1.0]),
    lower=st.booleans(),
    upper=st.booleans(),
    shift=st.sampled_from([-400.0, -30.0, 0.0, 0.3]),
)
@example(count=200, seed=1, spread=0, never=0.0, lower=False, upper=False, shift=0.0)
def test_whenever_it_is_the_platform_takes_it(
    count: int, seed: int, spread: int, never: float, lower: bool, upper: bool, shift: float
) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    days = np.append(random.integers(0, spread + 1, size=20).astype(float), np.nan)
    weights = np.append(random.choice([1e-9, 1.0, 20.0], size=20) * (never < 1.0), 50.0 * never)
    parts = {"open_lower_bound": lower, "open_upper_bound": upper, "inbound_outcome_count": count}
    low = NEW_YEAR_2026 + shift * DAY
    asked = listing("date", scaling=scaling(low, low + 364 * DAY, **parts))
    [item] = items(exported(day(days, weights), asked))
    assert platform_faults(item, asked) == []


def test_by_the_last_instant_of_a_day_it_has_happened_by_that_day() -> None:
    """73 cells of 5 days: at each edge, the platform's instant is the end of a day of ours."""
    random = np.random.Generator(np.random.PCG64(9))
    prediction = day(random.integers(0, 365, size=300).astype(float), random.random(300))
    scale = Scaling.model_validate(scaling(NEW_YEAR_2026, NEW_YEAR_2027, inbound_outcome_count=73))
    found = located_date(prediction, scale, "here")
    by = prediction.distribution.at_most(np.arange(-1.0, 365.0, 5.0))
    np.testing.assert_allclose(found.cumulated, by, atol=1e-12)
    assert found.edges.tolist() == np.arange(0.0, 370.0, 5.0).tolist()


def test_a_day_is_spread_over_its_hours() -> None:
    """Six cells of eight hours: of what happens on the second day, each of three cells holds a third."""
    scale = Scaling.model_validate(scaling(NEW_YEAR_2026, NEW_YEAR_2026 + 2 * DAY, inbound_outcome_count=6))
    found = located_date(day(np.array([0.0, 1.0]), np.array([0.4, 0.6])), scale, "here")
    np.testing.assert_allclose(np.diff(found.cumulated), [0.4 / 3] * 3 + [0.6 / 3] * 3, atol=1e-12)
    assert found.mean_in_range == pytest.approx(0.4 * 0.5 + 0.6 * 1.5)


def test_what_never_happens_lies_above_an_open_bound() -> None:
    asked = listing("date", scaling=scaling(NEW_YEAR_2026, NEW_YEAR_2027, open_upper_bound=True))
    prediction = day(np.append(np.arange(365.0), np.nan), np.append(np.full(365, 0.7 / 365), 0.3))
    export = exported(prediction, asked)
    assert cdf_of(export)[-1] == pytest.approx(0.7, abs=1e-9)
    assert export.distortions == ()


def test_what_never_happens_is_distortion_where_the_bound_is_closed() -> None:
    asked = listing("date", scaling=scaling(NEW_YEAR_2026, NEW_YEAR_2027))
    [found] = exported(day(np.array([10.0, np.nan]), np.array([0.7, 0.3])), asked).distortions
    assert found.figures["outside_closed_bounds"] == pytest.approx(0.3)
    assert "mean" not in found.figures
    assert found.figures["mean_in_range_days"] == pytest.approx(0.7 * 10.5 + 0.3 * 365)
    assert found.figures["exported_mean_days"] == pytest.approx(found.figures["mean_in_range_days"], abs=4.0)


def test_a_range_that_reaches_beyond_the_horizon_is_refused() -> None:
    later = listing("date", scaling=scaling(NEW_YEAR_2026, NEW_YEAR_2027 + 1, open_upper_bound=True))
    with pytest.raises(ExportError) as refused:
        exported(day(np.array([10.0, np.nan]), np.array([0.7, 0.3])), later)
    assert str(refused.value) == (
        "metaculus, 'q': the range ends at 2027-01-01T00:00:01+00:00, the scenario speaks of days up to 2026-12-31, "
        "and with probability 0.3 it has not happened by then: state a later horizon "
        "[a CDF reaches to the end of the range]"
    )
    # Nothing is unknown where everything has happened.
    [item] = items(exported(day(np.array([10.0, 20.0]), np.ones(2)), later))
    assert platform_faults(item, later) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [("date", "a question of type date is asked, and ours is a number"), ("numeric", "and ours is a date")],
)
def test_a_date_answers_no_number_and_a_number_no_date(kind: str, said: str) -> None:
    asked = listing(kind, scaling=scaling(NEW_YEAR_2026, NEW_YEAR_2027))
    one = number(np.array([3.0]), np.ones(1)) if kind == "date" else day(np.array([3.0]), np.ones(1))
    with pytest.raises(ExportError, match=said):
        exported(one, asked)
    with pytest.raises(ExportError, match="a distribution is asked for, and a binary question or a part has none"):
        exported(binary(0.5), asked)


def test_a_distribution_is_taken_as_it_is_and_not_by_its_worlds() -> None:
    """Two ways to the same distribution give the same bytes."""
    asked = listing("numeric", scaling=scaling(0, 10))
    once = Empirical(np.array([1.0, 2.0]), np.array([0.25, 1.0]), 0.0, 4)
    thrice = number(np.array([2.0, 1.0, 2.0, 2.0]), np.ones(4))
    same = NumberPrediction("q", "How many?", "persons", once)
    assert exported(same, asked).documents == exported(thrice, asked).documents


def test_a_date_prediction_of_another_start_is_placed_by_its_calendar() -> None:
    asked = listing("date", scaling=scaling(NEW_YEAR_2026, NEW_YEAR_2027, open_upper_bound=True))
    here = day(np.array([40.0, 100.0]), np.ones(2))
    there = DatePrediction(
        "q", "When?", date(2026, 1, 11), here.horizon, day(np.array([30.0, 90.0]), np.ones(2)).distribution
    )
    assert exported(here, asked).documents == exported(there, asked).documents

"""Means, quantiles, cumulative probabilities and pmfs: what is in the file, read back by the csv module."""

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.arrays import FloatArray
from forecast.predictions.empirical import Empirical
from forecast.predictions.kinds import NumberPrediction, Predicted
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse import HubverseListing
from tests.forecast.tournaments.hubverse.hubs import (
    binary,
    choice,
    exported,
    listing,
    predicted,
    settings,
    values_of,
)

LEVELS = [0.01, 0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975, 0.99]
THRESHOLDS = [0.5, 1.0, 1.5, 20_000.0, 28_500.0]
ALL = ["mean", "median", "quantile"]
STATE = {"a deal, signed": "deal"}

SHAPES: st.SearchStrategy[tuple[list[float], list[float]]] = st.one_of(
    # one point, at a bound of the hub, inside, or outside
    st.tuples(st.sampled_from([0.0, 1000.0, 1e-9, 28_500.0, 1e9]).map(lambda at: [at]), st.just([1.0])),
    # atoms, some of them with a weight that hardly counts
    st.lists(
        st.sampled_from([0.0, 0.5, 1.0, 1.5, 10.0, 20.0, 999.0, 1000.0, 20_000.0]), min_size=2, max_size=30
    ).flatmap(
        lambda values: st.tuples(
            st.just(values),
            st.lists(st.sampled_from([1e-9, 1.0, 3.0]), min_size=len(values), max_size=len(values)),
        )
    ),
    # anything
    st.lists(st.tuples(st.floats(0, 1e6, allow_subnormal=False), st.floats(1e-12, 1e3)), min_size=1, max_size=40).map(
        lambda pairs: ([value for value, _ in pairs], [weight for _, weight in pairs])
    ),
)


def of_shape(shape: tuple[list[float], list[float]]) -> tuple[Predicted, FloatArray, FloatArray]:
    values, weight = np.array(shape[0]), np.array(shape[1])
    return predicted({"number": values}, weight), values, weight


def cumulated(values: FloatArray, weight: FloatArray, threshold: float) -> float:
    """P(X ≤ threshold), exactly, by fractions."""
    total = sum(map(Fraction, weight.tolist()))
    inside = sum(Fraction(w) for x, w in zip(values.tolist(), weight.tolist(), strict=True) if x <= threshold)
    return float(inside / total)


@given(SHAPES)
def test_quantiles_ascend_within_the_bounds_whatever_the_shape(shape: tuple[list[float], list[float]]) -> None:
    of, *_ = of_shape(shape)
    _, rows = exported([listing("number", "launches", output_types=ALL)], of)
    found = list(values_of(rows, "quantile").values())
    assert found == sorted(found)
    assert 0.0 <= found[0] <= found[-1] <= 1000.0
    assert values_of(rows, "median")["NA"] == found[LEVELS.index(0.5)] or max(shape[0]) > 1000.0


@given(SHAPES)
def test_a_quantile_is_the_least_value_that_reaches_its_level(shape: tuple[list[float], list[float]]) -> None:
    """P(X < q) < level ≤ P(X ≤ q), but for the rounding of sums, for all quantiles that no bound has moved."""
    of, values, weight = of_shape(shape)
    _, rows = exported([listing("number", "launches")], of)
    for level, found in zip(LEVELS, values_of(rows, "quantile").values(), strict=True):
        if found < 1000.0:
            assert found in values
            assert cumulated(values, weight, found) >= level - 1e-9
            assert cumulated(values, weight, math.nextafter(found, -math.inf)) < level + 1e-9


def test_quantiles_are_those_of_numpy() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    values, weight = rng.gamma(2.0, 30.0, 500), rng.random(500) + 0.1
    _, rows = exported([listing("number", "launches")], predicted({"number": values}, weight))
    known = np.quantile(values, LEVELS, method="inverted_cdf", weights=weight)
    assert list(values_of(rows, "quantile").values()) == known.tolist()


@given(SHAPES)
def test_cumulative_probabilities_are_those_of_the_worlds(shape: tuple[list[float], list[float]]) -> None:
    of, values, weight = of_shape(shape)
    export, rows = exported([listing("number", "troops")], of)
    found = values_of(rows, "cdf")
    assert list(found) == ["0.5", "1", "1.5", "20000", "28500"]
    known = [cumulated(values, weight, threshold) for threshold in THRESHOLDS]
    assert list(found.values()) == pytest.approx(known, abs=1e-12)
    assert list(found.values()) == sorted(found.values())
    assert all(0.0 <= share <= 1.0 for share in found.values())
    assert export.distortions == ()


def test_a_sum_of_weights_that_ends_beside_one_is_written_as_one() -> None:
    """(0.3 + 0.5 + 0.4)/1.2 is 1.0000000000000002, which the hub would refuse."""
    shares = np.cumsum([0.3, 0.5, 0.4]) / 1.2
    assert shares[-1] > 1.0
    of = predicted({"number": np.arange(3.0)})
    summed = Empirical(np.arange(3.0), shares, 0.0, 3)
    of = replace(of, by_question={"number": NumberPrediction("number", "number?", "units", summed)})
    _, rows = exported([listing("number", "troops")], of)
    assert [row["value"] for row in rows][-2:] == ["1.0", "1.0"]


def test_what_is_no_probability_is_refused() -> None:
    of = predicted(others=[binary("meet", 1.1)])
    with pytest.raises(ExportError, match="1.1 is no probability: see the forecast"):
        exported(
            [listing("meet", "state of talks", options={"it is held": "yes", "it is not": "no"})], of, settings(TWO)
        )


def test_the_mean_is_the_weighted_one() -> None:
    of = predicted({"number": np.array([0.0, 10.0, 40.0])}, np.array([1.0, 1.0, 2.0]))
    export, rows = exported([listing("number", "launches", output_types=ALL)], of)
    assert values_of(rows, "mean") == {"NA": 22.5}
    assert values_of(rows, "median") == {"NA": 10.0}
    assert export.distortions == ()


def test_a_probability_is_the_mean_of_what_happens_or_does_not() -> None:
    only_mean = settings({f"~/{n}/output_type/cdf/is_required": False for n in (1, 3)})
    of = predicted(others=[binary("meet", 0.1), choice("state", none=0.7, deal=0.3)])
    asked = [
        listing("meet", "troops", output_types=["mean"]),
        listing("state", "troops", horizon=2, output_types=["mean"], part={"option": "deal"}),
    ]
    export, rows = exported(asked, of, only_mean)
    assert [row["value"] for row in rows] == ["0.1", "0.3"]
    assert export.distortions == ()


def test_a_number_that_may_be_infinite_is_refused() -> None:
    with pytest.raises(ExportError, match="the number may be infinite: see the quantity"):
        exported([listing("number", "launches")], predicted({"number": np.array([1.0, np.inf])}))


def test_what_lies_outside_the_bounds_is_put_on_them_and_reported() -> None:
    of = predicted({"number": np.array([-5.0, 10.0, 20.0, 4000.0])})
    export, rows = exported([listing("number", "launches", output_types=["mean", "quantile"])], of)
    found = values_of(rows, "quantile")
    assert (found["0.01"], found["0.5"], found["0.99"]) == (0.0, 10.0, 1000.0)
    assert values_of(rows, "mean") == {"NA": 1006.25}
    (moved,) = export.distortions
    # A quarter lies below, so do the four levels up to it; the three above 75 % are 4000.
    assert moved.reason == (
        "quantile: 4 of 9 raised to 0, the least that the hub takes, "
        "3 of 9 lowered to 1000, the most that the hub takes"
    )
    assert moved.figures == {"predicted": 4000.0, "exported": 1000.0, "moved": 3000.0, "below": 0.25, "above": 0.25}


def test_a_mean_outside_the_bounds_is_put_on_them_and_reported() -> None:
    export, rows = exported(
        [listing("number", "troops", output_types=["mean", "cdf"])], predicted({"number": -np.ones(1)})
    )
    assert values_of(rows, "mean") == {"NA": 0.0}
    (moved,) = export.distortions
    assert moved.figures == {"predicted": -1.0, "exported": 0.0, "moved": 1.0}


WHOLE = {f"~/2/output_type/{name}/value": {"type": "integer", "minimum": 0} for name in ("mean", "median", "quantile")}


@given(st.lists(st.floats(0, 50, allow_subnormal=False), min_size=1, max_size=20))
def test_whole_quantiles_keep_every_probability_of_at_most_a_whole_number(values: list[float]) -> None:
    """The least n with P(X ≤ n) ≥ level: the quantile of the whole number that has our distribution function."""
    of = predicted({"number": np.array(values)})
    _, rows = exported([listing("number", "launches")], of, settings(WHOLE))
    for level, found in zip(LEVELS, values_of(rows, "quantile").values(), strict=True):
        reached = [n for n in range(52) if sum(x <= n for x in values) / len(values) >= level - 1e-12]
        # A number within 1e-9 above a whole one is that whole one, but for the rounding of sums.
        assert found in (min(reached), min(reached) - 1)
        assert found == min(reached) or any(0 < x - found <= 1e-7 for x in values)


def test_whole_values_have_no_point_and_report_how_far_they_were_moved() -> None:
    of = predicted({"number": np.array([1.25, 2.0, 3.0000000000000004])})
    export, rows = exported([listing("number", "launches", output_types=ALL)], of, settings(WHOLE))
    written = {row["output_type_id"]: row["value"] for row in rows if row["output_type"] == "quantile"}
    assert (written["0.01"], written["0.5"], written["0.99"]) == ("2", "2", "3")
    assert [row["value"] for row in rows if row["output_type"] == "mean"] == ["2"]
    reported = {each.reason: each.figures for each in export.distortions}
    # The four levels up to a third have 1.25; that 3.0000000000000004 is 3 is no news.
    assert reported["quantile: 4 of 9 rounded to whole numbers"]["moved"] == 0.75
    assert reported["mean: rounded to whole numbers"]["predicted"] == pytest.approx(2.0833333333333335)


def test_what_only_sums_have_put_beside_a_whole_number_is_not_told_as_moved() -> None:
    export, rows = exported(
        [listing("number", "launches")], predicted({"number": np.array([3.0000000000000004])}), settings(WHOLE)
    )
    assert set(values_of(rows, "quantile").values()) == {3.0}
    assert export.distortions == ()


def test_whole_values_keep_within_bounds_that_are_not_whole() -> None:
    bounds = {"~/2/output_type/quantile/value": {"type": "integer", "minimum": -10.5, "maximum": -2.5}}
    of = predicted({"number": np.array([-50.0, 50.0])})
    _, rows = exported([listing("number", "launches")], of, settings(bounds))
    assert {row["value"] for row in rows} == {"-10", "-3"}


def test_a_negative_zero_is_written_as_zero() -> None:
    _, rows = exported([listing("number", "launches")], predicted({"number": np.array([-0.0])}))
    assert {row["value"] for row in rows} == {"0.0"}


def test_what_one_listing_submits_the_others_that_state_nothing_submit_too() -> None:
    """The hub requires an output type of every task as soon as one has it."""
    asked = [listing("number", "launches", output_types=["quantile", "mean"]), listing("number", "launches", 2)]
    _, rows = exported(asked, predicted({"number": np.array([3.0])}))
    assert values_of(rows, "mean", horizon="2") == {"NA": 3.0}
    assert values_of(rows, "median", horizon="2") == {}


def test_a_large_number_is_whole_only_if_it_is() -> None:
    of = predicted({"number": np.array([2e9 + 0.25])})
    _, rows = exported([listing("number", "launches")], of, settings(WHOLE))
    assert {row["value"] for row in rows} == {"2000000001"}


def test_numbers_that_do_not_fit_the_hubs_integers_are_refused() -> None:
    with pytest.raises(ExportError, match="3000000000 is no whole number, or more than 2,147,483,647 in size"):
        exported([listing("number", "launches")], predicted({"number": np.array([3e9])}), settings(WHOLE))


@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=3, max_size=3).filter(lambda p: sum(p) > 0.01))
def test_pmfs_sum_to_one_as_they_are_written(shares: list[float]) -> None:
    none, talks, deal = (share / math.fsum(shares) for share in shares)
    of = predicted(others=[choice("state", none=none, talks=talks, deal=deal)])
    _, rows = exported([listing("state", "state of talks", options=STATE)], of)
    written = {row["output_type_id"]: Fraction(row["value"]) for row in rows}
    assert list(written) == ["none", "talks", "a deal, signed"]
    assert abs(float(sum(written.values()) - 1)) < 1.5e-8
    assert list(map(float, written.values())) == [none, talks, deal]


def test_tails_of_a_billionth_are_written_whole() -> None:
    of = predicted(others=[choice("state", none=1 - 2e-9, talks=1e-9, deal=1e-9)])
    _, rows = exported([listing("state", "state of talks", options=STATE)], of)
    assert [row["value"] for row in rows] == ["0.999999998", "1e-09", "1e-09"]


def test_options_off_by_more_than_the_hub_takes_are_refused() -> None:
    """0.1 millionth too much is refused, 0.01 millionth is not."""
    asked = [listing("state", "state of talks", options=STATE)]
    exported(asked, predicted(others=[choice("state", none=0.5, talks=0.3, deal=0.2 + 1e-8)]))
    with pytest.raises(ExportError, match="value_col_sum1") as refused:
        exported(asked, predicted(others=[choice("state", none=0.5, talks=0.3, deal=0.2 + 1e-7)]))
    assert "the categories sum to 1.0000001 and must to 1" in str(refused.value)


RANGES = {"none": {"below": 10.0}, "talks": {"at_least": 10.0, "below": 20.0}, "a deal, signed": {"at_least": 20.0}}


@given(SHAPES)
def test_ranges_part_a_number_into_categories(shape: tuple[list[float], list[float]]) -> None:
    of, values, weight = of_shape(shape)
    _, rows = exported([listing("number", "state of talks", ranges=RANGES)], of)
    shares = [weight[values < 10], weight[(values >= 10) & (values < 20)], weight[values >= 20]]
    known = [float(share.sum() / weight.sum()) for share in shares]
    assert list(values_of(rows, "pmf").values()) == pytest.approx(known, abs=1e-9)


TWO = {"~/0/output_type/pmf/output_type_id/required": ["it is held", "it is not"]}


def test_a_probability_has_two_sides() -> None:
    of = predicted(others=[binary("meet", 0.3)])
    sides = {"it is held": "yes", "it is not": "no"}
    _, rows = exported([listing("meet", "state of talks", options=sides)], of, settings(TWO))
    assert values_of(rows, "pmf") == {"it is held": 0.3, "it is not": 0.7}


def refused(asked: HubverseListing, changes: Mapping[str, object] | None = None) -> str:
    of = predicted(
        {"number": np.array([1.0, 2.0]), "sometimes": np.array([1.0, np.nan])},
        others=[binary("meet", 0.3), choice("state", none=0.5, talks=0.3, deal=0.2)],
    )
    with pytest.raises(ExportError) as raised:
        exported([asked], of, settings(changes))
    return str(raised.value)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (listing("state", "state of talks"), "nothing of ours stands for 'a deal, signed'"),
        (listing("meet", "state of talks"), "must for 'yes' and 'no': state which is which in 'options'"),
        (listing("meet", "troops"), "a distribution is asked for"),
        (listing("state", "launches"), "a distribution is asked for"),
        (listing("sometimes", "launches"), "there is no value with probability 0.5: list a quantity that has one"),
        (listing("sometimes", "troops"), "there is no value with probability 0.5"),
        (listing("number", "state of talks"), "no range of numbers is stated for 'none', 'talks', 'a deal, signed'"),
        (
            listing("number", "state of talks", ranges=RANGES | {"more": {"at_least": 30.0}}),
            "'ranges' names 'more', and the hub has 'none', 'talks', 'a deal, signed'",
        ),
        (
            listing("number", "state of talks", ranges=RANGES | {"talks": {"at_least": 11.0, "below": 20.0}}),
            "'none' ends below 10.0 and 'talks' begins at 11.0",
        ),
        (
            listing("number", "state of talks", ranges=RANGES | {"none": {"at_least": 0.0, "below": 10.0}}),
            "a number below 'none' or above 'a deal, signed' lies in no range",
        ),
        (listing("state", "state of talks", ranges=RANGES), "'ranges' is stated, and they are for the whole of"),
        (listing("number", "state of talks", ranges=RANGES, options=STATE), "'options' is stated, and only a number's"),
        (listing("number", "troops", thresholds={"2": 2.0}), "'thresholds' names '2', and the hub has '0.5', '1'"),
        (listing("nothing", "troops"), "the scenario has no question 'nothing'"),
    ],
)
def test_what_does_not_fit_the_question_is_refused_with_the_way_out(asked: HubverseListing, said: str) -> None:
    found = refused(asked)
    assert found.startswith(f"hubverse, '{asked.question}' for origin_date 2026-01-03, target ")
    assert said in found


def test_thresholds_of_text_stand_for_numbers() -> None:
    texts = {"~/1/output_type/cdf/output_type_id/required": ["few", "10"]}
    of = predicted({"number": np.array([1.0, 5.0, 20.0, 30.0])})
    _, rows = exported([listing("number", "troops", thresholds={"few": 3.0})], of, settings(texts))
    assert values_of(rows, "cdf") == {"few": 0.25, "10": 0.5}
    assert "the threshold 'few' is no number: state its number in 'thresholds'" in refused(
        listing("number", "troops"), texts
    )


def test_thresholds_that_stand_for_falling_numbers_are_refused() -> None:
    texts = {"~/1/output_type/cdf/output_type_id/required": ["many", "few"]}
    said = refused(listing("number", "troops", thresholds={"many": 1.5, "few": 0.5}), texts)
    assert "'cdf' falls from 0.5 at many to 0.0 at few" in said

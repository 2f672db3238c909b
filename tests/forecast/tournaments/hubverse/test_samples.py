"""Samples: one id is one world, in every task that is drawn jointly, and all of them stand for the forecast."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.arrays import FloatArray
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse import HubverseListing
from forecast.tournaments.hubverse.samples import spread_sample
from tests.forecast.tournaments.hubverse.hubs import (
    choice,
    exported,
    listing,
    predicted,
    settings,
    tasks,
    values_of,
)

SAMPLE = "~/2/output_type/sample"
PARAMETERS = f"{SAMPLE}/output_type_id_params"
ANY_NUMBER = {f"{SAMPLE}/value": {"type": "double"}, f"{PARAMETERS}/max_samples_per_task": 10_000}
BOTH = ["quantile", "sample"]


def launches(question: str, horizon: int, location: str = "KR", **stated: object) -> HubverseListing:
    return listing(question, "launches", horizon, location, output_types=BOTH, **stated)


def two_horizons(worlds: int, correlation: float, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return two normal numbers of each world, and its weight, which goes with the first of them."""
    rng = np.random.Generator(np.random.PCG64(seed))
    first, other = rng.standard_normal((2, worlds))
    second = correlation * first + np.sqrt(1 - correlation**2) * other
    return 500 + 100 * first, 500 + 100 * second, np.exp(0.5 * first)


def correlation_of(first: FloatArray, second: FloatArray, weight: FloatArray) -> float:
    x, y = (values - np.average(values, weights=weight) for values in (first, second))
    xx, xy, yy = (float(np.average(product, weights=weight)) for product in (x * x, x * y, y * y))
    return xy / math.sqrt(xx * yy)


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e3)), min_size=1, max_size=30).filter(any),
    st.integers(1, 50),
    st.integers(0, 2**32),
)
def test_a_world_is_taken_as_often_as_its_weight_says(weights: list[float], size: int, seed: int) -> None:
    """Size times its share, rounded down or up; up to any place in the order, within half a draw."""
    weight = np.array(weights)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(weights)).astype(np.float64)
    chosen = spread_sample(weight, order, size)
    taken = np.bincount(chosen, minlength=len(weights))
    expected = size * weight / weight.sum()
    assert taken.sum() == size
    assert (np.abs(taken - expected) < 1 + 1e-9).all()
    assert not taken[weight == 0.0].any()
    places = np.argsort(order)
    assert (np.abs(np.cumsum(taken[places] - expected[places])) <= 0.5 + 1e-9).all()


def test_worlds_of_equal_weight_are_each_taken_once() -> None:
    assert spread_sample(np.ones(5), np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 5).tolist() == [0, 1, 2, 3, 4]


def test_one_id_is_one_world_in_all_horizons() -> None:
    """Every world has numbers of its own, so that the numbers under an id tell which world it was."""
    worlds = np.arange(500.0)
    numbers = {"w1": worlds, "w2": 999.0 - worlds, "w3": (7.0 * worlds) % 500.0}
    asked = [launches("w1", 1), launches("w2", 2), launches("w3", 3)]
    _, rows = exported(asked, predicted(numbers), settings(samples=40))
    first, second, third = (values_of(rows, "sample", horizon=str(horizon)) for horizon in (1, 2, 3))
    assert list(first) == list(second) == list(third) == [str(number) for number in range(1, 41)]
    for sample_id, world in first.items():
        assert second[sample_id] == 999.0 - world
        assert third[sample_id] == (7.0 * world) % 500.0
    assert len(set(first.values())) == 40


@pytest.mark.parametrize("correlation", [0.9, 0.0, -0.8])
def test_horizons_are_correlated_in_the_sample_as_in_the_worlds(correlation: float) -> None:
    first, second, weight = two_horizons(20_000, correlation, seed=11)
    of = predicted({"w1": first, "w2": second}, weight)
    _, rows = exported([launches("w1", 1), launches("w2", 2)], of, settings(ANY_NUMBER, samples=2_000))
    one, two = (np.array(list(values_of(rows, "sample", horizon=horizon).values())) for horizon in ("1", "2"))
    known = correlation_of(first, second, weight)
    # Five standard errors of the correlation of a random sample.
    error = (1 - known**2) / np.sqrt(2_000)
    assert abs(correlation_of(one, two, np.ones(2_000)) - known) < 5 * error


@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.5, 700.0, 1e-9]), min_size=1, max_size=30),
    st.integers(5, 60),
    st.integers(0, 2**32),
)
def test_a_number_alone_is_spread_within_half_a_draw(values: list[float], size: int, seed: int) -> None:
    """No cumulative probability moves by more than 1/(2n), and the report says by how much it does."""
    weight = np.random.Generator(np.random.PCG64(seed)).random(len(values)) + 1e-9
    export, rows = exported(
        [launches("w1", 1)], predicted({"w1": np.array(values)}, weight), settings(ANY_NUMBER, samples=size)
    )
    drawn = np.array(list(values_of(rows, "sample").values()))
    apart = [
        abs(float((drawn <= x).mean()) - float(weight[np.array(values) <= x].sum() / weight.sum())) for x in values
    ]
    assert max(apart) <= 0.5 / size + 1e-9
    (moved,) = export.distortions
    assert moved.figures["samples"] == size
    assert moved.figures["moved"] == pytest.approx(max(apart), abs=1e-9)


def test_tasks_that_are_drawn_apart_have_ids_of_their_own() -> None:
    """Locations are compound here and horizons are not."""
    worlds = np.arange(300.0)
    of = predicted({"kr1": worlds, "kr2": worlds + 1, "jp1": worlds + 2, "jp2": worlds + 3})
    asked = [launches("kr1", 1), launches("jp1", 1, "JP"), launches("kr2", 2), launches("jp2", 2, "JP")]
    _, rows = exported(asked, of, settings(samples=20))
    ids: dict[tuple[str, str], set[int]] = {(row["location"], row["horizon"]): set() for row in rows}
    for row in rows:
        if row["output_type"] == "sample":
            ids[row["location"], row["horizon"]].add(int(row["output_type_id"]))
    assert ids["KR", "1"] == ids["KR", "2"] == set(range(1, 21))
    assert ids["JP", "1"] == ids["JP", "2"] == set(range(21, 41))


def test_without_a_compound_set_every_task_has_ids_of_its_own() -> None:
    alone = {"type": "integer", "min_samples_per_task": 5, "max_samples_per_task": 5}
    of = predicted({"w1": np.arange(9.0), "w2": np.arange(9.0)})
    _, rows = exported([launches("w1", 1), launches("w2", 2)], of, settings({PARAMETERS: alone}))
    assert list(values_of(rows, "sample", horizon="1")) == ["1", "2", "3", "4", "5"]
    assert list(values_of(rows, "sample", horizon="2")) == ["6", "7", "8", "9", "10"]


def test_model_tasks_share_no_ids() -> None:
    sample = tasks({f"{PARAMETERS}/compound_taskid_set": ["origin_date", "location"]})
    sample = sample["rounds"][0]["model_tasks"][2]["output_type"]["sample"]
    of = predicted({"w1": np.arange(9.0), "w2": np.arange(9.0)})
    asked = [launches("w1", 1), listing("w2", "troops", output_types=["cdf", "sample"])]
    _, rows = exported(asked, of, settings({SAMPLE: sample, "~/1/output_type/sample": sample}, samples=5))
    assert list(values_of(rows, "sample", target="launches")) == ["1", "2", "3", "4", "5"]
    assert list(values_of(rows, "sample", target="troops")) == ["6", "7", "8", "9", "10"]


def test_as_many_samples_as_the_hub_takes_unless_a_number_is_stated() -> None:
    of = predicted({"w1": np.arange(30.0)})
    assert len(values_of(exported([launches("w1", 1)], of)[1], "sample")) == 100
    assert len(values_of(exported([launches("w1", 1)], of, settings(samples=7))[1], "sample")) == 7


def test_a_number_of_samples_that_the_hub_does_not_take_is_refused() -> None:
    of = predicted({"w1": np.arange(30.0)})
    for size in (4, 101):
        with pytest.raises(ExportError, match=f"{size} samples are asked for, and the hub takes 5 to 100"):
            exported([launches("w1", 1)], of, settings(samples=size))


def test_no_number_of_samples_that_suits_all_tasks_is_refused() -> None:
    few = tasks()["rounds"][0]["model_tasks"][2]["output_type"]["sample"]
    few["output_type_id_params"] |= {"min_samples_per_task": 2, "max_samples_per_task": 4}
    of = predicted({"w1": np.arange(9.0)})
    asked = [launches("w1", 1), listing("w1", "troops", output_types=["cdf", "sample"])]
    with pytest.raises(ExportError, match="one task asks for at least 5 samples and another for at most 4"):
        exported(asked, of, settings({"~/1/output_type/sample": few}))


def test_ids_of_text_keep_to_their_length() -> None:
    text = {f"{PARAMETERS}/type": "character", f"{PARAMETERS}/max_length": 2}
    of = predicted({"w1": np.arange(30.0)})
    _, rows = exported([launches("w1", 1)], of, settings(text, samples=99))
    assert list(values_of(rows, "sample"))[-1] == "99"
    with pytest.raises(ExportError, match="the id '100' has more than 2 characters: list fewer tasks"):
        exported([launches("w1", 1)], of, settings(text, samples=100))


def test_whole_samples_keep_every_probability_of_at_most_a_whole_number() -> None:
    values = np.linspace(0.0, 20.0, 41)
    export, rows = exported([launches("w1", 1)], predicted({"w1": values}), settings(samples=41))
    drawn = np.array(list(values_of(rows, "sample").values()))
    for n in range(21):
        assert (drawn <= n).mean() == pytest.approx((values <= n).mean(), abs=1e-12)
    (moved,) = export.distortions
    assert moved.figures["moved"] == pytest.approx(0.0, abs=1e-12)
    assert moved.figures["exported_mean"] > moved.figures["mean"] == 10.0


def test_a_sample_out_of_bounds_is_put_on_them_and_reported() -> None:
    values = np.array([5.0] * 9 + [5000.0])
    export, rows = exported([launches("w1", 1)], predicted({"w1": values}), settings(samples=10))
    assert max(values_of(rows, "sample").values()) == 1000.0
    figures = next(each.figures for each in export.distortions if each.reason.startswith("sample"))
    assert figures["above"] == pytest.approx(0.1)
    assert (figures["mean"], figures["exported_mean"]) == pytest.approx((504.5, 104.5))


def test_the_same_worlds_make_the_same_file() -> None:
    first, second, weight = two_horizons(2_000, 0.5, seed=2)
    of = predicted({"w1": first, "w2": second}, weight)
    asked = [launches("w1", 1), launches("w2", 2)]
    once, again = (exported(asked, of, settings(ANY_NUMBER, samples=50))[0] for _ in range(2))
    assert once == again


def test_samples_of_what_is_no_number_are_refused() -> None:
    of = predicted(others=[choice("state", none=0.5, deal=0.5)])
    with pytest.raises(ExportError, match="a distribution is asked for, and a multiple-choice question"):
        exported([listing("state", "launches", output_types=["sample"])], of)


def test_samples_of_a_question_whose_worlds_were_not_kept_are_refused() -> None:
    kept = predicted({"w1": np.arange(5.0)})
    kept.worlds.values.pop("w1")  # type: ignore[attr-defined]
    with pytest.raises(ExportError, match="no worlds of this question were kept: ask for no samples of it"):
        exported([launches("w1", 1)], kept)

"""What the hub refuses is refused: files that are right but for one thing, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.checks import assigned
from forecast.tournaments.hubverse.export import require_valid
from forecast.tournaments.hubverse.hub import Round, read_round
from forecast.tournaments.hubverse.sample_checks import require_samples
from forecast.tournaments.hubverse.table import Row
from tests.forecast.tournaments.hubverse.hubs import (
    ADMIN,
    END_OF_HORIZON,
    exported,
    listing,
    predicted,
    settings,
    tasks,
)

LEVELS = ["0.01", "0.025", "0.05", "0.25", "0.5", "0.75", "0.95", "0.975", "0.99"]
CATEGORIES = ["none", "talks", "a deal, signed"]


def round_of(changes: Mapping[str, object] | None = None) -> Round:
    return read_round(tasks(changes), ADMIN, "2026-01-03")


def task(target: str, horizon: int = 1, location: str = "KR") -> tuple[str, ...]:
    return ("2026-01-03", target, str(horizon), location, END_OF_HORIZON[horizon])


def rows_of(
    of: tuple[str, ...], output_type: str, values: Mapping[str, str] | Sequence[tuple[str | None, str]]
) -> list[Row]:
    pairs = list(values.items()) if isinstance(values, Mapping) else values
    return [Row("here", of, output_type, output_type_id, value) for output_type_id, value in pairs]


def quantiles(horizon: int = 1, location: str = "KR", values: Sequence[str] = ("5",) * 9) -> list[Row]:
    return rows_of(task("launches", horizon, location), "quantile", list(zip(LEVELS, values, strict=True)))


def pmf(values: Sequence[str] = ("0.5", "0.3", "0.2"), ids: Sequence[str] = CATEGORIES) -> list[Row]:
    return rows_of(task("state of talks"), "pmf", list(zip(ids, values, strict=True)))


def samples(horizon: int = 1, location: str = "KR", ids: Sequence[int] = range(1, 6)) -> list[Row]:
    of = task("launches", horizon, location)
    return rows_of(of, "sample", [(str(number), "5") for number in ids])


def check(rows: Sequence[Row], changes: Mapping[str, object] | None = None) -> None:
    round_ = round_of(changes)
    require_valid(round_.columns, rows, round_)


def refused(rows: Sequence[Row], changes: Mapping[str, object] | None = None) -> str:
    with pytest.raises(ExportError) as raised:
        check(rows, changes)
    return str(raised.value)


@pytest.mark.parametrize(
    "rows",
    [
        quantiles(),
        pmf(),
        quantiles() + samples(),
        quantiles() + quantiles(location="JP"),
        # duplicates are allowed, and one task may have what another has not
        quantiles(values=["0", "0", "0", "7", "7", "7", "7", "1000", "1000"]) + quantiles(2),
        # an optional location beside the required one, samples alike for both
        quantiles()
        + quantiles(2)
        + quantiles(1, "JP")
        + quantiles(2, "JP")
        + samples()
        + samples(2)
        + samples(1, "JP", range(6, 11))
        + samples(2, "JP", range(6, 11)),
        # draws may be more joint than the hub asks
        quantiles() + quantiles(1, "JP") + samples() + samples(1, "JP"),
    ],
)
def test_files_that_the_hub_takes_are_taken(rows: list[Row]) -> None:
    check(rows)


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        (("0.5", "0.3", "0.20000001"), True),
        (("0.5", "0.3", "0.2000001"), False),
        (("0.5", "0.3", "0.19999999"), True),
        (("0.5", "0.3", "0.1999999"), False),
        (("0.333", "0.333", "0.333"), False),
    ],
)
def test_a_pmf_may_be_off_by_a_hundred_millionth(values: tuple[str, str, str], taken: bool) -> None:
    """1e-7 off fails and 1e-8 passes in hubValidations, by the tolerance of R's all.equal."""
    if taken:
        check(pmf(values))
    else:
        assert "[value_col_sum1]" in refused(pmf(values))


@pytest.mark.parametrize("written", ["0.050", "5e-2", " 0.05", "nan", "1.000000e-02", "0.051"])
def test_ids_that_are_not_written_as_the_hub_writes_them_are_refused(written: str) -> None:
    """A hub whose ids are text compares them letter by letter."""
    rows = [replace(row, output_type_id=written) if row.output_type_id == "0.05" else row for row in quantiles()]
    assert f"'{written}' is no output_type_id of 'quantile'" in refused(rows)


@pytest.mark.parametrize(
    ("rows", "rule", "said"),
    [
        (pmf(ids=["none", "talks", "deal"]), "valid_vals", "'deal' is no output_type_id of 'pmf'"),
        (rows_of(task("missiles"), "pmf", [("none", "1")]), "valid_vals", "no model task has this task"),
        (rows_of(task("launches"), "cdf", [("0.5", "1")]), "valid_vals", "output type 'cdf'"),
        (rows_of(task("launches"), "mean", [("x", "1")]), "valid_vals", "'x' is no output_type_id of 'mean'"),
        (samples(ids=[1]) + rows_of(task("launches"), "sample", [("s1", "5")]), "valid_vals", "'s1' is no whole"),
        (rows_of(task("launches"), "sample", [("1.5", "5")]), "valid_vals", "the sample's id '1.5' is no whole number"),
        (rows_of(task("launches"), "sample", [(None, "5")]), "valid_vals", "the sample's id '' is no whole number"),
        (quantiles() + quantiles()[:1], "rows_unique", "'quantile' has two rows, the other from 'here'"),
        (quantiles()[:-1], "req_vals", "'quantile' at '0.99' is missing"),
        (samples(), "req_vals", "'quantile' at '0.01', '0.025'"),
        (quantiles() + samples() + quantiles(2), "req_vals", "'sample' is missing, which the hub requires"),
        (quantiles(location="JP"), "req_vals", "the same task with location 'KR' is required beside this one"),
        (quantiles(2, "JP") + quantiles(1), "req_vals", "the same task with location 'KR'"),
        (pmf(("0.5", "0.6", "-0.1")), "value_col_valid", "the value -0.1 is below the hub's minimum, 0"),
        (pmf(("1.1", "0", "-0.1")), "value_col_valid", "the value 1.1 is above the hub's maximum, 1"),
        (quantiles(values=["5"] * 8 + ["inf"]), "col_types", "'inf' in the column value is no double"),
        (quantiles(values=["1", "2", "3", "4", "3.9", "5", "6", "7", "8"]), "value_col_non_desc", "falls from 4 at"),
        (
            quantiles() + [replace(row, value="2.5") for row in samples()],
            "value_col_valid",
            "the value 2.5 is no whole number",
        ),
        ([replace(row, tasks=("2026-01-10", *row.tasks[1:])) for row in pmf()], "match_round_id", "in a file of round"),
        ([replace(row, tasks=(*row.tasks[:4], "2026-02-07")) for row in pmf()], "derived_task_id_vals", "'2026-02-07'"),
        ([replace(row, tasks=(*row.tasks[:4], "soon")) for row in pmf()], "col_types", "'soon' in the column target_"),
    ],
)
def test_files_that_the_hub_refuses_are_refused_by_name_value_and_rule(rows: list[Row], rule: str, said: str) -> None:
    found = refused(rows)
    assert said in found
    assert found.endswith("]")
    assert f"[{rule}" in found


def test_columns_are_the_rounds_own() -> None:
    round_ = round_of()
    with pytest.raises(ExportError, match="colnames"):
        require_valid(("model_id", *round_.columns[1:]), [], round_)


def test_values_of_derived_task_ids_need_not_fit_the_others() -> None:
    """The hub looks at whether they are values at all, not at whether they follow."""
    check([replace(row, tasks=(*row.tasks[:4], "2026-01-31")) for row in pmf()])


def test_a_model_task_that_is_required_in_every_way_must_be_there() -> None:
    required = {
        "/derived_task_ids": None,
        **{
            f"~/0/task_ids/{name}": {"required": [value], "optional": None}
            for name, value in zip(round_of().task_ids, task("state of talks"), strict=True)
        },
        "~/0/task_ids/horizon": {"required": [1], "optional": None},
    }
    check(pmf() + quantiles(), required)
    assert "model task 1 has only required task ids and is not there" in refused(quantiles(), required)


def test_quantiles_ascend_with_their_levels_in_whatever_order_the_hub_lists_them() -> None:
    turned = {"~/2/output_type/quantile/output_type_id/required": [0.5, 0.25, 0.75]}
    rows = rows_of(task("launches"), "quantile", {"0.5": "5", "0.25": "4", "0.75": "6"})
    check(rows, turned)
    assert "falls from 5 at 0.5 to 4 at 0.75" in refused([*rows[:2], replace(rows[2], value="4")], turned)


TWO_MODEL_TASKS = {"~/1/output_type/sample": tasks()["rounds"][0]["model_tasks"][2]["output_type"]["sample"]}


@pytest.mark.parametrize(
    ("rows", "rule", "said"),
    [
        (
            quantiles() + quantiles(2) + samples() + samples(2, ids=range(6, 11)),
            "spl_compound_taskid_set",
            "samples are drawn apart for each 'horizon', and the hub wants them joint",
        ),
        (
            quantiles() + quantiles(2) + samples() + samples(2, ids=[1, 2, 3, 4, 6]),
            "spl_compound_taskid_set",
            "is joint across other task ids than those before it",
        ),
        (
            quantiles()
            + quantiles(2)
            + quantiles(3)
            + quantiles(1, "JP")
            + quantiles(2, "JP")
            + quantiles(3, "JP")
            + samples(1)
            + samples(2)
            + samples(1, "JP", range(6, 11))
            + samples(3, "JP", range(6, 11))
            + samples(3, ids=[11])
            + samples(2, "JP", [11]),
            "spl_compound_taskid_set",
            "the sample '11' is joint across other task ids",
        ),
        (quantiles() + samples(ids=range(1, 5)), "spl_n", "a task has 4 samples, and the hub takes 5 to 100"),
        (
            quantiles() + quantiles(1, "JP") + samples() + samples(1, "JP", range(6, 12)),
            "spl_n",
            "some tasks have 5 samples and others 6",
        ),
    ],
)
def test_samples_that_the_hub_refuses_are_refused(rows: list[Row], rule: str, said: str) -> None:
    found = refused(rows)
    assert said in found
    assert f"[{rule}" in found


TEXT_IDS = {
    "~/2/output_type/sample/output_type_id_params/type": "character",
    "~/2/output_type/sample/output_type_id_params/max_length": 2,
}


def test_ids_of_text_are_no_longer_than_the_hub_takes() -> None:
    rows = [replace(row, output_type_id=f"w{row.output_type_id}") for row in samples()]
    check(quantiles() + rows, TEXT_IDS)
    longer = [replace(row, output_type_id=f"w{row.output_type_id}0") for row in samples()]
    assert "the sample's id 'w10' has more than 2 characters" in refused(quantiles() + longer, TEXT_IDS)


def test_draws_of_other_tasks_than_the_rest_are_refused() -> None:
    """Two horizons in each draw, and not the same two."""
    rows = samples(1) + samples(2) + samples(1, "JP", range(6, 11)) + samples(3, "JP", range(6, 11))
    with pytest.raises(ExportError, match="has other values of 'horizon'") as raised:
        require_samples(assigned(rows, round_of()), round_of())
    assert raised.value.rule == "spl_non_compound_tid"


def test_an_id_in_two_model_tasks_is_refused() -> None:
    thresholds = ["0.5", "1", "1.5", "20000", "28500"]
    troops = rows_of(task("troops"), "cdf", [(name, "1") for name in thresholds])
    troops += rows_of(task("troops"), "sample", [(str(number), "5") for number in range(5, 10)])
    assert "the sample '5' stands in model tasks 3 and 2" in refused(quantiles() + samples() + troops, TWO_MODEL_TASKS)


# The ids of samples in the four example submissions of hubDocs, sample-output-type.md: two horizons, four variants.
SUBMISSIONS: dict[str, Callable[[int, int], int]] = {
    "A": lambda horizon, variant: 4 * horizon + variant,
    "B": lambda horizon, variant: horizon,
    "C": lambda horizon, variant: variant,
    "D": lambda horizon, variant: 0,
}
# Which of them pass with which compound_taskid_set, by the table there; 'target' is its variant.
PASSING = {
    ("origin_date", "location", "horizon", "target"): "ABCD",
    ("origin_date", "location", "horizon"): "BD",
    ("origin_date", "location"): "D",
    ("origin_date", "location", "target"): "CD",
}


@pytest.mark.parametrize("name", SUBMISSIONS)
@pytest.mark.parametrize("compound", PASSING)
def test_the_examples_of_the_hubs_documentation_pass_where_it_says_so(compound: tuple[str, ...], name: str) -> None:
    launches: dict[str, Any] = tasks()["rounds"][0]["model_tasks"][2]
    launches["task_ids"]["target"] = {"required": None, "optional": ["AA", "BB", "CC", "DD"]}
    launches["target_metadata"][0]["target_keys"] = None
    parameters = {"type": "character", "max_length": 6, "min_samples_per_task": 2, "max_samples_per_task": 2}
    launches["output_type"]["sample"]["output_type_id_params"] = {**parameters, "compound_taskid_set": list(compound)}
    round_ = round_of({"~": [launches]})
    rows = [
        Row("here", task(variant, horizon), "sample", f"s{2 * SUBMISSIONS[name](horizon - 1, place) + draw}", "5")
        for horizon in (1, 2)
        for place, variant in enumerate(("AA", "BB", "CC", "DD"))
        for draw in (0, 1)
    ]
    if name in PASSING[compound]:
        require_samples(assigned(rows, round_), round_)
    else:
        with pytest.raises(ExportError, match="spl_compound_taskid_set"):
            require_samples(assigned(rows, round_), round_)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"task_ids": {"target": "launches"}}, "no value is stated for 'origin_date', 'horizon', 'location'"),
        ({"horizon": 10**400}, "must be one of '1', '2', '3'"),
        ({"horizon": 4}, "horizon is '4' and must be one of '1', '2', '3': state it as tasks.json has it"),
        ({"horizon": None}, "horizon is 'None' and must be one of '1', '2', '3'"),
        ({"age": "65+"}, "the hub has no task id 'age'"),
        ({"output_types": ["pmf"]}, "'pmf' is not offered for this task: ask for 'mean', 'median', 'quantile'"),
    ],
)
def test_listings_that_are_no_task_of_the_round_are_refused(stated: dict[str, Any], said: str) -> None:
    right = listing("number", "launches")
    changed = {"output_types": stated.pop("output_types", None), "task_ids": dict(right.task_ids) | stated}
    changed["task_ids"] = stated.get("task_ids", changed["task_ids"])
    wrong = right.model_copy(update=changed)
    with pytest.raises(ExportError) as raised:
        exported([wrong], predicted({"number": np.ones(3)}))
    assert said in str(raised.value)


def test_values_that_no_model_task_has_together_are_refused() -> None:
    other = {"~/2/task_ids/horizon": {"required": None, "optional": [4]}}
    with pytest.raises(ExportError, match="each value is one of the hub's, but no model task has all of them"):
        exported([listing("number", "launches")], predicted({"number": np.ones(3)}), settings(other))


def test_a_task_of_two_model_tasks_is_refused() -> None:
    model_tasks = tasks()["rounds"][0]["model_tasks"]
    with pytest.raises(ExportError, match="two model tasks ask for 'quantile' of the same task"):
        exported(
            [listing("number", "launches")],
            predicted({"number": np.ones(3)}),
            settings({"~": [*model_tasks, model_tasks[2]]}),
        )


def test_a_task_of_which_nothing_is_required_wants_output_types_stated() -> None:
    optional = {f"~/2/output_type/{name}/is_required": False for name in ("quantile",)}
    with pytest.raises(ExportError, match="the hub requires nothing for this task: state in 'output_types' which"):
        exported([listing("number", "launches")], predicted({"number": np.ones(3)}), settings(optional))


def test_a_task_id_without_values_is_written_as_missing() -> None:
    nothing = {"~/2/task_ids/horizon": {"required": None, "optional": None}}
    asked = listing("number", "launches")
    without = asked.model_copy(update={"task_ids": {**asked.task_ids, "horizon": None}})
    _, rows = exported([without], predicted({"number": np.ones(3)}), settings(nothing))
    assert {row["horizon"] for row in rows} == {"NA"}
    with pytest.raises(ExportError, match="each value is one of the hub's, but no model task has all of them"):
        exported([listing("number", "launches", 3)], predicted({"number": np.ones(3)}), settings(nothing))


def test_the_same_task_listed_twice_is_refused() -> None:
    with pytest.raises(ExportError, match="'quantile' has two rows, the other from 'hubverse, 'one'"):
        exported(
            [listing("one", "launches"), listing("two", "launches")],
            predicted({"one": np.ones(3), "two": np.ones(3)}),
        )


def test_nothing_listed_is_refused() -> None:
    with pytest.raises(ExportError, match="nothing is listed: list a task"):
        exported([], predicted({"number": np.ones(3)}))

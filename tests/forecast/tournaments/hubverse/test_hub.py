"""Reading a hub: what is understood of tasks.json, and what is refused in words."""

from typing import Any

import pytest

from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.hub import ModelTask, read_round
from tests.forecast.tournaments.hubverse.hubs import ADMIN, tasks

SAMPLE = "~/2/output_type/sample"
PARAMETERS = f"{SAMPLE}/output_type_id_params"


def model_task(number: int, changes: dict[str, object] | None = None) -> ModelTask:
    return read_round(tasks(changes), ADMIN, "2026-01-03").model_tasks[number - 1]


def test_a_round_has_its_columns_tasks_and_types() -> None:
    found = read_round(tasks(), ADMIN, "2026-01-10")
    assert found.columns == (
        *("origin_date", "target", "horizon", "location", "target_end_date"),
        *("output_type", "output_type_id", "value"),
    )
    assert found.id_column == "origin_date"
    assert found.derived == {"target_end_date"}
    assert found.file_formats == ("csv", "parquet")
    assert found.types == {
        "origin_date": "Date",
        "target": "character",
        "horizon": "integer",
        "location": "character",
        "target_end_date": "Date",
        "output_type": "character",
        "output_type_id": "character",
        "value": "double",
    }


def test_the_round_id_is_the_only_value_of_its_column() -> None:
    assert model_task(1).task_ids["origin_date"].allowed == ("2026-01-03",)
    assert model_task(1).task_ids["location"].required == ("KR",)


def test_rules_of_samples_are_read() -> None:
    rules = model_task(3).output_types["sample"].samples
    assert rules is not None
    assert (rules.least, rules.most, rules.text_ids) == (5, 100, False)
    assert rules.compound == ("origin_date", "target", "location")


def test_draws_are_apart_across_all_task_ids_where_nothing_else_is_said() -> None:
    without = {"type": "character", "max_length": 4, "min_samples_per_task": 1, "max_samples_per_task": 2}
    rules = model_task(3, {PARAMETERS: without}).output_types["sample"].samples
    assert rules is not None
    assert rules.compound == ("origin_date", "target", "horizon", "location", "target_end_date")
    assert rules.longest_id == 4


def test_what_one_model_task_requires_or_a_file_holds_is_needed_wherever_it_is_offered() -> None:
    """The hub's tools go by the name of an output type, not by its model task."""
    found = read_round(tasks(), ADMIN, "2026-01-03")
    launches, summit = found.model_tasks[2], found.model_tasks[3]
    assert found.needed((), summit) == ("quantile", "cdf")
    assert found.needed(("sample", "pmf"), launches) == ("quantile", "sample")


@pytest.mark.parametrize(
    ("datatype", "kept", "kind"),
    [
        ("auto", {"quantile"}, "double"),
        ("auto", {"mean"}, "character"),
        ("auto", {"mean", "median"}, "character"),
        ("auto", {"sample"}, "integer"),
        ("auto", {"mean", "sample"}, "integer"),
        ("auto", {"sample", "quantile"}, "double"),
        ("auto", {"mean", "median", "quantile", "sample"}, "double"),
        ("character", {"quantile"}, "character"),
        ("logical", {"mean"}, "logical"),
    ],
)
def test_the_type_of_ids_is_the_simplest_or_the_one_that_is_stated(datatype: str, kept: set[str], kind: str) -> None:
    """The answers are those of ``create_hub_schema`` of hubdata 0.2.0."""
    launches: dict[str, Any] = tasks()["rounds"][0]["model_tasks"][2]
    launches["output_type"] = {name: of for name, of in launches["output_type"].items() if name in kept}
    stated = tasks({"/output_type_id_datatype": datatype, "~": [launches]})
    assert read_round(stated, None, "2026-01-03").types["output_type_id"] == kind


def test_thresholds_that_are_days_stay_text_unless_the_hub_says_otherwise() -> None:
    summit: dict[str, Any] = tasks({"~/3/output_type/cdf/output_type_id/required": ["2026-02-01"]})
    only: dict[str, object] = {"~": [summit["rounds"][0]["model_tasks"][3]], "~/0/output_type/quantile": None}
    assert read_round(tasks(only), None, "2026-01-03").types["output_type_id"] == "character"
    only["/output_type_id_datatype"] = "Date"
    assert read_round(tasks(only), None, "2026-01-03").types["output_type_id"] == "Date"


def test_values_are_whole_only_if_all_of_the_hub_are() -> None:
    launches: dict[str, Any] = tasks()["rounds"][0]["model_tasks"][2]
    launches["output_type"] = {"sample": launches["output_type"]["sample"]}
    assert read_round(tasks({"~": [launches]}), None, "2026-01-03").types["value"] == "integer"


def test_a_round_may_state_its_own_derived_task_ids_and_formats() -> None:
    stated = tasks({"/rounds/0/derived_task_ids": ["horizon"], "/rounds/0/file_format": ["parquet"]})
    found = read_round(stated, ADMIN, "2026-01-03")
    assert found.derived == {"horizon"}
    assert found.file_formats == ("parquet",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"/schema_version": "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.0.0/tasks-schema.json"},
            "schema_version is v5.0.0, and only v6 is understood",
        ),
        ({"/output_type_ids": "auto"}, "output_type_ids"),
        ({"/rounds/0/extra": 1}, "extra"),
        ({"~/0/output_type/pmf/output_type_id/optional": None}, "/rounds/0/model_tasks/0/output_type/pmf"),
        ({"~/0/output_type/cmf": {}}, "cmf"),
        ({"~/0/output_type/pmf/value/maximum": 2}, "at most 1"),
        ({"~/0/output_type/pmf/value/type": "integer"}, "double"),
        ({"~/2/output_type/quantile/output_type_id/required": [0.5, 1.5]}, "at most 1"),
        ({"~/2/output_type/quantile/output_type_id/required": [0.5, 0.50]}, "0.5 is listed twice"),
        ({"~/2/output_type/mean/output_type_id/required": ["NA"]}, "mean"),
        ({"~/2/task_ids/horizon": {"required": [1]}}, "optional"),
        ({"~/2/task_ids/age_group": {"required": None, "optional": ["65+"]}}, "only rounds whose tasks all have"),
        ({f"{PARAMETERS}/compound_taskid_set": ["origin"]}, "compound_taskid_set names 'origin'"),
        ({f"{PARAMETERS}/type": "character"}, "without a max_length"),
        ({f"{PARAMETERS}/min_samples_per_task": 101}, "at least 101 samples and at most 100"),
        ({"~/2/target_metadata/0/target_keys": {"target": "missiles"}}, "which no task has"),
        ({"~/2/target_metadata/0/target_type": "count"}, "target_type"),
        ({"~/2/target_metadata/0/time_unit": None}, "without a time_unit"),
        ({"~/2/task_ids/horizon/optional": [1, 2**53 + 1]}, "a whole number is above 2^53"),
        ({"~/2/output_type": {}}, "no output type is defined"),
        ({"/rounds/0/round_id": "start"}, "of which there is no task id"),
        ({"/rounds/0/round_id_from_variable": False, "/rounds/0/round_id": "a-b"}, "neither YYYY-MM-DD nor"),
        ({"/derived_task_ids": ["location"]}, "'location' of model task 1 has required values"),
        ({"/output_type_id_datatype": "double"}, "is double, which cannot hold 'none'"),
        ({f"~/{n}/task_ids/horizon": {"required": None, "optional": None} for n in range(4)}, "has no value in any"),
    ],
)
def test_tasks_that_are_not_understood_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ExportError, match="hubverse, tasks.json: ") as refused:
        read_round(tasks(changes), ADMIN, "2026-01-03")
    assert said in str(refused.value)


@pytest.mark.parametrize(("wrong", "told", "more"), [(3, 3, ""), (10, 10, ""), (12, 10, "; and 2 more [")])
def test_up_to_ten_faults_of_a_file_are_told(wrong: int, told: int, more: str) -> None:
    with pytest.raises(ExportError) as refused:
        read_round(tasks({f"/rounds/0/extra_{n:02}": 1 for n in range(wrong)}), None, "2026-01-03")
    said = str(refused.value)
    assert [f"extra_{n:02}" for n in range(wrong) if f"unknown key 'extra_{n:02}'" in said] == [
        f"extra_{n:02}" for n in range(told)
    ]
    assert more in said
    assert (" more [" in said) == bool(more)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timezone": "UTC"}, "timezone is UTC, which schema v6 has not in its list"),
        ({"model_output_dir": "forecasts"}, "model_output_dir"),
        ({"file_format": ["xlsx"]}, "file_format"),
    ],
)
def test_an_admin_file_that_the_schema_refuses_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ExportError, match="hubverse, admin.json: ") as refused:
        read_round(tasks(), ADMIN | changes, "2026-01-03")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "round_id", "said"),
    [
        ({}, "2026-01-04", "is none of its rounds, which are '2026-01-03', '2026-01-10'"),
        ({"/rounds": tasks()["rounds"] * 2}, "2026-01-03", "belongs to two rounds"),
        ({"/rounds/0/round_id_from_variable": False}, "2026-01-03", "is none of its rounds, which are 'origin_date'"),
    ],
)
def test_a_round_that_is_not_one_is_refused(changes: dict[str, object], round_id: str, said: str) -> None:
    with pytest.raises(ExportError) as refused:
        read_round(tasks(changes), ADMIN, round_id)
    assert said in str(refused.value)

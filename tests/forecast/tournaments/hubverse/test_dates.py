"""Dates: ISO days as thresholds, numbers of days as values, and what is later than the model speaks of."""

from typing import Any

import numpy as np
import pytest

from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse import HubverseListing
from tests.forecast.tournaments.hubverse.hubs import exported, listing, predicted, settings, tasks, values_of

SUMMIT = "~/3/output_type"
# On 2026-02-01, 2026-03-01 and 2026-04-05, and not in 2026; days after 2026-01-01.
DAYS = np.array([31.0, 59.0, 94.0, np.nan])
OF = predicted(days={"when": DAYS})
WEEK = {"W14": "2026-04-05"}
SAMPLES = {
    f"{SUMMIT}/sample": {
        "output_type_id_params": {"type": "integer", "min_samples_per_task": 4, "max_samples_per_task": 4},
        "value": {"type": "integer"},
        "is_required": False,
    }
}


def summit(*output_types: str, **stated: object) -> HubverseListing:
    asked = {"thresholds": WEEK, "output_types": output_types or ("cdf", "quantile"), **stated}
    return HubverseListing.model_validate({**listing("when", "day of the summit").model_dump(), **asked})


def only_cdf(**stated: object) -> HubverseListing:
    return summit("cdf", **stated)


OPTIONAL = {f"~/{n}/output_type/quantile/is_required": False for n in (2, 3)}


def test_days_as_thresholds_count_to_their_end() -> None:
    _, rows = exported([only_cdf()], OF, settings(OPTIONAL))
    assert values_of(rows, "cdf") == {"2026-02-01": 0.25, "2026-03-01": 0.5, "W14": 0.75}


def test_numbers_as_thresholds_count_from_the_day_zero_of_the_hub() -> None:
    """By the middle of a day is by the end of the day before it is over: of day 31, not yet."""
    numbers = {**OPTIONAL, f"{SUMMIT}/cdf/output_type_id/required": [30.5, 31, 31.5, 120]}
    _, rows = exported([only_cdf(thresholds={}, day_zero="2026-01-01")], OF, settings(numbers))
    assert values_of(rows, "cdf") == {"30.5": 0.0, "31": 0.25, "31.5": 0.25, "120": 0.75}
    _, rows = exported([only_cdf(thresholds={}, day_zero="2025-12-31")], OF, settings(numbers))
    assert values_of(rows, "cdf")["31.5"] == 0.0


def test_quantiles_are_days_after_the_day_zero_of_the_hub() -> None:
    _, rows = exported([summit(day_zero="1970-01-01")], OF)
    # The number of days that R has for these dates.
    assert values_of(rows, "quantile") == {"0.25": 20_485.0, "0.5": 20_513.0}


def test_samples_are_days_of_the_worlds() -> None:
    of = predicted(days={"when": DAYS[:3]}, weight=np.array([1.0, 1.0, 2.0]))
    _, rows = exported([summit("cdf", "quantile", "sample", day_zero="2025-12-31")], of, settings(SAMPLES))
    assert sorted(values_of(rows, "sample").values()) == [32.0, 60.0, 95.0, 95.0]


def test_days_may_be_a_column_of_days() -> None:
    model_task: dict[str, Any] = tasks()["rounds"][0]["model_tasks"][3]
    del model_task["output_type"]["quantile"]
    model_task["output_type"]["cdf"]["output_type_id"] = {"required": ["2026-02-01", "2026-03-01"]}
    only = settings({"~": [model_task], "/output_type_id_datatype": "Date"})
    _, rows = exported([only_cdf(thresholds={})], OF, only)
    assert values_of(rows, "cdf") == {"2026-02-01": 0.25, "2026-03-01": 0.5}


LATE = {f"{SUMMIT}/quantile/output_type_id/required": [0.5, 0.9]}
VALUE = {"type": "integer", "maximum": 365}
WITH_MAXIMUM = {**LATE, f"{SUMMIT}/quantile/value/maximum": 365}


def test_later_than_the_model_speaks_of_is_no_number() -> None:
    """2026-12-31 is day 364."""
    with pytest.raises(ExportError) as refused:
        exported([summit(day_zero="2026-01-01")], OF, settings(LATE))
    said = str(refused.value)
    assert "0.5 of the values of 'quantile' are later than the scenario's horizon, 364 in the hub's days" in said
    assert "with probability 0.25 it has not happened by then: lengthen the horizon, or submit a cdf" in said


def test_later_than_the_model_speaks_of_is_the_hubs_maximum_where_that_says_no_more() -> None:
    export, rows = exported([summit(day_zero="2026-01-01")], OF, settings(WITH_MAXIMUM))
    assert values_of(rows, "quantile") == {"0.5": 59.0, "0.9": 365.0}
    (moved,) = export.distortions
    assert moved.figures == {"late": 0.25}
    assert moved.reason == (
        "quantile: 1 of 2 later than the scenario's horizon and put on 365, the most that the hub takes"
    )


def test_samples_later_than_the_model_speaks_of_are_the_hubs_maximum_and_have_no_mean() -> None:
    bounded = {**WITH_MAXIMUM, f"{SUMMIT}/sample": SAMPLES[f"{SUMMIT}/sample"] | {"value": VALUE}}
    export, rows = exported([summit("cdf", "quantile", "sample", day_zero="2026-01-01")], OF, settings(bounded))
    assert sorted(values_of(rows, "sample").values()) == [31.0, 59.0, 94.0, 365.0]
    figures = export.distortions[-1].figures
    assert figures == {"samples": 4.0, "moved": pytest.approx(0.25), "late": 0.25}


def test_a_maximum_beyond_the_horizon_says_more_than_the_model_does() -> None:
    with pytest.raises(ExportError, match="lengthen the horizon"):
        exported([summit(day_zero="2026-01-01")], OF, settings({**LATE, f"{SUMMIT}/quantile/value/maximum": 366}))


def test_a_date_that_may_be_later_has_no_mean_and_no_sample() -> None:
    mean = {"output_type_id": {"required": None}, "value": {"type": "double"}, "is_required": False}
    for name, changes in (("mean", {f"{SUMMIT}/mean": mean}), ("sample", SAMPLES)):
        asked = summit("cdf", "quantile", name, day_zero="2026-01-01")
        with pytest.raises(ExportError, match="lengthen the horizon, or submit a cdf"):
            exported([asked], OF, settings(changes))
    certain = predicted(days={"when": DAYS[:3]})
    asked = summit("cdf", "quantile", "mean", day_zero="2026-01-01")
    _, rows = exported([asked], certain, settings({f"{SUMMIT}/mean": mean}))
    assert values_of(rows, "mean")["NA"] == pytest.approx(184 / 3)


@pytest.mark.parametrize(
    ("asked", "changes", "said"),
    [
        (summit(), {}, "a date is asked for as a number: state in 'day_zero' the day that the hub counts as 0"),
        (only_cdf(thresholds={}), OPTIONAL, "the threshold 'W14' is no day: state its day in 'thresholds'"),
        (
            only_cdf(thresholds={}),
            {**OPTIONAL, f"{SUMMIT}/cdf/output_type_id/required": [30]},
            "the threshold '30' is no day: state 'day_zero'",
        ),
        (
            only_cdf(thresholds={}, day_zero="2026-01-01"),
            {**OPTIONAL, f"{SUMMIT}/cdf/output_type_id/required": [1e9]},
            "the threshold '1000000000' lies outside the calendar: see 'day_zero'",
        ),
        (
            only_cdf(thresholds={"W14": "2027-01-01"}),
            OPTIONAL,
            "2027-01-01 lies outside what the scenario speaks of, 2026-01-01 to 2026-12-31",
        ),
        (listing("when", "state of talks"), {}, "categories of dates are not understood: state one of our days"),
    ],
)
def test_dates_that_cannot_be_said_are_refused(asked: HubverseListing, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ExportError) as refused:
        exported([asked], OF, settings(changes))
    assert said in str(refused.value)


def test_a_day_has_two_sides() -> None:
    two = {"~/0/output_type/pmf/output_type_id/required": ["by March", "later"]}
    asked = listing("when", "state of talks", options={"by March": "yes", "later": "no"}, part={"by": "2026-03-01"})
    _, rows = exported([asked], OF, settings(two))
    assert values_of(rows, "pmf") == {"by March": 0.5, "later": 0.5}

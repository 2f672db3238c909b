"""A table for people: a row per number, with the digits that its MC error supports, and the number in full."""

import csv
import io
import json
import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast.predictions.empirical import empirical
from forecast.predictions.kinds import Prediction
from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.table import (
    FORMAT,
    effective_worlds,
    mean_error,
    quantile_error,
    share_error,
    shown,
)
from tests.forecast.tournaments.predictions_by_hand import (
    PROBABILITIES,
    binary,
    choice,
    number,
    options,
    pair,
    predicted,
    when,
)

COLUMNS = ["question", "type", "part", "of", "probability", "value", "day", "unit", "mc_error", "unrounded", "text"]
QUARTER = ("0.2", "0.22")
"""A share of 0.25 as four worlds support it, and its MC error."""


def exported(
    *predictions: Prediction, listings: list[dict[str, Any]] | None = None, worlds: int = 4, **settings: object
) -> Export:
    asked = [FORMAT.listing.model_validate(listing) for listing in listings or []]
    return FORMAT.export(asked, predicted(*predictions, worlds=worlds), FORMAT.settings.model_validate(settings))


def table(export: Export) -> list[dict[str, str]]:
    (text,) = [d.content.decode() for d in export.documents if d.name == "predictions.csv"]
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cells(export: Export, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in table(export)]


def in_json(export: Export) -> dict[str, Any]:
    (content,) = [d.content for d in export.documents if d.name == "predictions.json"]
    found: dict[str, Any] = json.loads(content)
    return found


def test_a_table_is_written_as_the_standards_have_it() -> None:
    """RFC 4180: a header, CRLF, quotes where needed; JSON with the same rows, and what they are of."""
    export = exported(binary(0.3), choice({'a, "b"': 0.25, "ü": 0.75}))
    as_csv, as_json = export.documents
    assert (
        as_csv.content
        == (
            "question,type,part,of,probability,value,day,unit,mc_error,unrounded,text\r\n"
            "meet,binary,,,0.3000,,,,1e-05,0.3,Will they meet?\r\n"
            'state,multiple_choice,option,"a, ""b""",0.2500,,,,1e-05,0.25,Which?\r\n'
            "state,multiple_choice,option,ü,0.7500,,,,1e-05,0.75,Which?\r\n"
        ).encode()
    )
    assert as_csv.media_type == "text/csv; charset=utf-8; header=present"
    assert "ü".encode() in as_json.content
    assert as_json.content.endswith(b"\n}\n")
    found = json.loads(as_json.content)
    assert {name: found[name] for name in found if name != "rows"} == {
        "scenario": "test",
        "title": "Test",
        "as_of": "2026-01-01",
        "digest": "0" * 64,
        "supposed": "",
    }
    assert found["rows"][0] == dict.fromkeys(COLUMNS) | {
        "question": "meet",
        "type": "binary",
        "probability": 0.3,
        "mc_error": 1e-5,
        "unrounded": "0.3",
        "text": "Will they meet?",
    }
    assert export.distortions == ()


def test_a_number_has_its_mean_its_quantiles_and_its_missing_worlds() -> None:
    """By hand: of four worlds one has no number; the mean is of the others, the quantiles are of all."""
    export = exported(number(10.0, 20.0, 60.0, math.nan), quantiles=[0.25, 0.5, 0.9])
    assert cells(export, "part", "of", "probability", "value", "unit", "unrounded") == [
        ("no value", "", "0.2", "", "", "0.25"),
        ("mean", "", "", "30", "persons", "30.0"),
        ("quantile", "0.25", "", "10", "persons", "10.0"),
        ("quantile", "0.5", "", "20", "persons", "20.0"),
        ("quantile", "0.9", "", "", "", "no value"),
    ]


def test_a_number_that_every_world_has_is_never_missing() -> None:
    assert cells(exported(number(10.0, 20.0), quantiles=[0.5]), "part") == [("mean",), ("quantile",)]


def test_a_number_that_no_world_has_has_no_mean() -> None:
    assert cells(exported(number(math.nan, math.nan), quantiles=[0.5]), "part", "probability", "unrounded") == [
        ("no value", "1", "1.0"),
        ("quantile", "", "no value"),
    ]


def test_a_date_has_its_chances_by_days_and_its_quantiles_as_days() -> None:
    export = exported(when(0.0, 31.0, 59.0, math.nan), quantiles=[0.5, 0.9], days=["2026-02-01"], worlds=10_000)
    assert cells(export, "part", "of", "probability", "day", "unit", "unrounded") == [
        ("by", "2026-02-01", "0.500", "", "", "0.5"),
        ("by", "2026-12-31", "0.750", "", "", "0.75"),
        ("quantile", "0.5", "", "2026-02-01", "days", "2026-02-01"),
        ("quantile", "0.9", "", "", "", "not by 2026-12-31"),
    ]


def test_a_pair_has_its_condition_and_both_halves() -> None:
    assert cells(exported(pair(1.0, 0.123456, None)), "part", "probability", "mc_error", "unrounded") == [
        ("condition", "1", "", "1.0"),
        ("if true", "0.1235", "", "0.123456"),
        ("if false", "", "", "the condition always holds"),
    ]
    assert cells(exported(pair(0.0, None, 0.5)), "part", "unrounded")[1] == ("if true", "the condition never holds")


@pytest.mark.parametrize(
    ("listing", "row"),
    [
        ({"question": "state", "part": {"option": "b"}}, ("option", "b", "0.7500", "1e-05")),
        ({"question": "when", "part": {"by": "2026-02-01"}}, ("by", "2026-02-01", "0.5", "0.25")),
        ({"question": "pair", "part": {"given": True}}, ("if true", "", "0.8000", "")),
        ({"question": "pair", "part": {"given": False}}, ("if false", "", "0.2000", "")),
        (
            {"question": "troops", "part": {"at_least": 15.0, "below": 60.0}},
            ("range", "at least 15, below 60", *QUARTER),
        ),
        ({"question": "troops", "part": {"below": 15.0}}, ("range", "below 15", *QUARTER)),
    ],
)
def test_a_listing_shows_one_part(listing: dict[str, Any], row: tuple[str, ...]) -> None:
    """Four worlds say a share of 0.25 within sqrt(0.25 · 0.75 / 4), about 0.22, and of 0.5 within 0.25."""
    predictions: list[Prediction] = [
        *(binary(0.3), choice({"a": 0.25, "b": 0.75}), pair(0.5, 0.8, 0.2)),
        *(when(0.0, 31.0, 59.0, math.nan), number(10.0, 20.0, 60.0, 60.0)),
    ]
    export = exported(*predictions, listings=[listing])
    assert cells(export, "part", "of", "probability", "mc_error") == [row]
    assert [row["question"] for row in table(exported(*predictions, listings=[{"question": "meet"}, listing]))] == [
        "meet",
        listing["question"],
    ]


def test_days_that_the_forecast_reports_are_shown_with_its_own_errors() -> None:
    """They were computed and not counted: the other days' errors are those of a share of four worlds."""
    prediction = when(0.0, 31.0, 59.0, math.nan)
    reported = {date(2026, 2, 1): 1e-6, date(2026, 12, 31): 2e-6}
    export = exported(replace(prediction, reported=reported), quantiles=[], days=["2026-03-01"])
    assert cells(export, "part", "of", "probability", "mc_error") == [
        ("by", "2026-02-01", "0.5000", "1e-06"),
        ("by", "2026-03-01", "0.8", "0.22"),
        ("by", "2026-12-31", "0.7500", "2e-06"),
    ]


@pytest.mark.parametrize(
    ("question", "said"), [("nothing", "no question 'nothing'"), ("when", "2027-01-01 lies outside")]
)
def test_what_there_is_not_is_refused(question: str, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        exported(when(3.0), listings=[{"question": question}], days=["2027-01-01"])


@pytest.mark.parametrize(
    ("value", "mc_error", "digits", "known"),
    [
        (27617.58, 2.31, 4, "27620"),
        (27.2967, 0.0099, 4, "27.30"),
        (0.0477716, 0.00018, 4, "0.0478"),
        (119.7, 19.6, 4, "120"),
        (152.83, 31.0, 4, "150"),
        (0.3, 0.0, 3, "0.300"),
        (0.3, None, 2, "0.30"),
        (0.3, 0.005, 4, "0.300"),
        (0.3, 0.01, 4, "0.30"),
        (12.34, 0.1, 4, "12.3"),
        (12.34, 0.09, 4, "12.34"),
        (-1234.5, 0.0, 2, "-1200"),
        (0.0, 0.1, 4, "0"),
        (1.5e-9, None, 3, "1.50e-09"),
        (1.7e-9, 1e-9, 3, "2e-09"),
        (123456.0e12, None, 3, "1.23e+17"),
    ],
)
def test_a_number_has_the_digits_that_its_error_supports(
    value: float, mc_error: float | None, digits: int, known: str
) -> None:
    assert shown(value, mc_error, digits) == known


@given(PROBABILITIES, st.floats(0.0, 0.5), st.integers(1, 15))
def test_a_chance_is_never_printed_as_certain_or_impossible_if_it_is_not(p: float, error: float, digits: int) -> None:
    """Nor is it moved by more than half a unit of the last digit that its error allows, or of the least it keeps."""
    (row,) = in_json(exported(binary(p, mc_error=error), digits=digits))["rows"]
    assert float(row["unrounded"]) == p
    assert (row["probability"] == 0.0) == (p == 0.0)
    assert (row["probability"] == 1.0) == (p > 1.0 - 1e-11)
    least = min(p, 1.0 - p)
    assert abs(row["probability"] - p) <= max(10 * error, least * 10.0 ** (1 - digits)) + 1e-11


def test_rounding_of_sums_is_not_printed() -> None:
    found = cells(exported(binary(1.0 + 2**-52), binary(1.0 - 2**-53, "a"), binary(-(2.0**-60), "b")), "probability")
    assert found == [("1",), ("1",), ("0",)]


@given(options())
def test_every_option_has_a_row(ours: dict[str, float]) -> None:
    export = exported(choice(ours))
    assert [row["of"] for row in in_json(export)["rows"]] == list(ours)
    assert [float(row["unrounded"]) for row in table(export)] == list(ours.values())


def test_without_worlds_no_error_is_known() -> None:
    export = exported(number(10.0, 20.0), when(3.0, math.nan), worlds=0)
    assert {row["mc_error"] for row in in_json(export)["rows"]} == {None}


def test_weighted_worlds_are_worth_fewer() -> None:
    """Kish's approximation: (1 + 1 + 2)² / (1 + 1 + 4), and as many as there are if all weigh the same."""
    assert effective_worlds(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)
    assert effective_worlds(np.full(7, 0.3)) == pytest.approx(7)
    assert effective_worlds(np.empty(0)) is None


def test_errors_of_shares_and_means_have_their_closed_forms() -> None:
    assert share_error(0.2, 100) == pytest.approx(0.04)
    assert share_error(1.0 + 2**-52, 100) == 0.0
    of_two = empirical(np.array([0.0, 0.0, 2.0, 2.0, math.nan, math.nan, math.nan, math.nan]), np.ones(8))
    assert mean_error(of_two, 8) == pytest.approx(1 / math.sqrt(4))
    assert share_error(0.2, None) is mean_error(of_two, None) is quantile_error(of_two, 0.2, None) is None


@pytest.mark.parametrize("level", [0.05, 0.5, 0.8])
def test_the_error_of_a_quantile_is_the_known_one(level: float) -> None:
    """For a normal number sqrt(q (1 - q) / n) / density in large samples (Stuart & Ord, § 10.10)."""
    worlds = 40_000
    values = stats.norm.ppf((np.arange(worlds) + 0.5) / worlds)
    found = quantile_error(empirical(values, np.ones(worlds)), level, worlds)
    density = stats.norm.pdf(stats.norm.ppf(level))
    assert found == pytest.approx(math.sqrt(level * (1 - level) / worlds) / density, rel=0.01)


def test_a_quantile_beside_worlds_without_a_value_has_no_known_error() -> None:
    assert quantile_error(empirical(np.array([1.0, 2.0, math.nan, math.nan]), np.ones(4)), 0.45, 4) is None


def test_a_day_has_its_error_in_days() -> None:
    (row,) = [row for row in table(exported(when(*map(float, range(100))), quantiles=[0.5], worlds=100)) if row["day"]]
    assert (row["day"], row["unit"], row["mc_error"]) == (date(2026, 2, 19).isoformat(), "days", "5")

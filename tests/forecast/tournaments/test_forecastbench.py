"""ForecastBench: a file of which no row is dropped, and what is left to be imputed, in numbers."""

import json
import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from forecast.predictions.kinds import Prediction
from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.forecastbench import (
    FORMAT,
    HORIZONS,
    ForecastBenchListing,
    ForecastBenchSettings,
    require_file_name,
    require_rows,
)
from tests.forecast.tournaments.predictions_by_hand import (
    PROBABILITIES,
    binary,
    choice,
    number,
    options,
    predicted,
    when,
)

DUE = date(2026, 2, 1)
SETTINGS = {
    "organization": "Peacebridge",
    "model": "branchcast",
    "model_organization": "Peacebridge",
    "question_set": "2026-02-01-llm.json",
}
WEEK, MONTH = "2026-02-08", "2026-03-03"  # 7 and 30 days after the due date
PUBLISHED: dict[str, Any] = {
    "forecast_due_date": "2026-02-01",
    "question_set": "2026-02-01-llm.json",
    "questions": [
        {"id": "m1", "source": "metaculus", "question": "?", "resolution_dates": "N/A", "url": "u"},
        {"id": "m2", "source": "manifold", "question": "?", "resolution_dates": "N/A"},
        {"id": "d1", "source": "acled", "question": "?", "resolution_dates": [WEEK, MONTH]},
        {"id": "d2", "source": "fred", "question": "?", "resolution_dates": [WEEK]},
    ],
}


def market(question: str = "meet", name: str = "m1", **parts: object) -> dict[str, Any]:
    return {"question": question, "id": name, "source": "metaculus", **parts}


def dataset(question: str = "meet", name: str = "d1", day: str = WEEK, **parts: object) -> dict[str, Any]:
    return {"question": question, "id": name, "source": "acled", "resolution_date": day, **parts}


def exported(listings: list[dict[str, Any]], *predictions: Prediction, **settings: object) -> Export:
    stated = FORMAT.settings.model_validate(SETTINGS | settings)
    return FORMAT.export(
        [FORMAT.listing.model_validate(listing) for listing in listings], predicted(*predictions), stated
    )


def rows(export: Export) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(export.documents[0].content)["forecasts"]
    return found


def test_a_forecast_set_is_written_as_the_reference_has_it() -> None:
    """Every key, by hand: market rows without a date, dataset rows one per day, and a reasoning or null."""
    export = exported(
        [
            market(reasoning="Talks – «stalled»."),
            dataset("when", part={"by": WEEK}, resolution_date=None),
            dataset("when", part={"by": MONTH}, resolution_date=None),
        ],
        binary(0.3),
        when(35.0, 40.0, 60.0, math.nan),
    )
    (document,) = export.documents
    assert document.name == "2026-02-01.Peacebridge.1.json"
    assert document.media_type == "application/json"
    assert document.content.endswith(b"\n}\n")
    assert "Talks – «stalled».".encode() in document.content
    assert json.loads(document.content) == {
        "organization": "Peacebridge",
        "model": "branchcast",
        "model_organization": "Peacebridge",
        "question_set": "2026-02-01-llm.json",
        "forecasts": [
            {
                "id": "m1",
                "source": "metaculus",
                "forecast": 0.3,
                "resolution_date": None,
                "reasoning": "Talks – «stalled».",
            },
            {"id": "d1", "source": "acled", "forecast": 0.25, "resolution_date": WEEK, "reasoning": None},
            {"id": "d1", "source": "acled", "forecast": 0.75, "resolution_date": MONTH, "reasoning": None},
        ],
    }
    assert export.distortions == ()


def test_a_market_may_ask_about_a_day_and_still_has_no_resolution_date() -> None:
    (row,) = rows(exported([market("when", part={"by": "2026-01-31"})], when(10.0, math.nan)))
    assert (row["forecast"], row["resolution_date"]) == (0.5, None)


def test_a_dataset_row_may_be_of_any_question_that_says_a_probability() -> None:
    asked = dataset("troops", part={"at_least": 26_500.0})
    (row,) = rows(exported([asked], number(26_000.0, 26_500.0, 28_500.0, 28_500.0)))
    assert (row["forecast"], row["resolution_date"]) == (0.75, WEEK)


def test_a_file_may_be_named_otherwise() -> None:
    export = exported([market()], binary(0.3), file_name="2026-02-01.Anonymous 3.2.json")
    assert export.documents[0].name == "2026-02-01.Anonymous 3.2.json"
    assert exported([market()], binary(0.3), number=3).documents[0].name == "2026-02-01.Peacebridge.3.json"


@given(PROBABILITIES, options())
def test_every_forecast_is_a_number_from_0_to_1(p: float, ours: dict[str, float]) -> None:
    """Never text, which would spoil the file, and never a hair outside, which would be dropped."""
    listings = [market(), *(market("state", f"s{n}", part={"option": label}) for n, label in enumerate(ours))]
    found = [row["forecast"] for row in rows(exported(listings, binary(p), choice(ours)))]
    assert found == [p, *ours.values()]
    assert all(type(forecast) is float for forecast in found)


@pytest.mark.parametrize(("summed", "exported_as"), [(1.0 + 2**-52, 1.0), (-(2.0**-53), 0.0)])
def test_rounding_of_sums_does_not_leave_the_range(summed: float, exported_as: float) -> None:
    assert rows(exported([market()], binary(summed)))[0]["forecast"] == exported_as


def test_what_is_not_answered_is_counted() -> None:
    """Of two market rows one, of three dataset rows two; as the platform counts coverage, d1 is answered and d2 not."""
    export = exported([market(), dataset(), dataset(day=MONTH)], binary(0.3), published=PUBLISHED)
    (distortion,) = export.distortions
    assert distortion.figures == {
        "imputed": 0.5,
        "market_rows": 2,
        "market_rows_unanswered": 1,
        "dataset_rows": 3,
        "dataset_rows_unanswered": 1,
        "market_coverage": 0.5,
        "dataset_coverage": 0.5,
    }
    assert "scored as 0.5: 'fred d2', 'manifold m2'" in distortion.reason


def test_a_day_that_is_not_answered_is_counted_though_its_question_is() -> None:
    asked = [market(), market(name="m2", source="manifold"), dataset(), dataset(name="d2", source="fred")]
    (distortion,) = exported(asked, binary(0.3), published=PUBLISHED).distortions
    assert distortion.figures["dataset_rows_unanswered"] == 1
    assert distortion.figures["dataset_coverage"] == 1.0


def test_a_set_that_is_answered_whole_distorts_nothing() -> None:
    asked = [
        market(),
        market(name="m2", source="manifold"),
        dataset(),
        dataset(day=MONTH),
        dataset(name="d2", source="fred"),
    ]
    assert exported(asked, binary(0.3), published=PUBLISHED).distortions == ()


def test_a_set_of_markets_alone_is_covered_by_them() -> None:
    only_markets = PUBLISHED | {"questions": [q for q in PUBLISHED["questions"] if q["resolution_dates"] == "N/A"]}
    (distortion,) = exported([market()], binary(0.3), published=only_markets).distortions
    assert (distortion.figures["market_coverage"], distortion.figures["dataset_coverage"]) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("listings", "settings", "said"),
    [
        ([], {}, "there are no listings"),
        ([market(), market()], {}, "'m1': None would be dropped or spoil the file: .* has one row"),
        ([dataset(), dataset()], {}, "has one row"),
        ([dataset(day="2026-02-09")], {}, "'2026-02-09' would be dropped .*7, 30, 90, 180, 365, 1095, 1825, 3650"),
        ([market(name="m3")], {"published": PUBLISHED}, "does not ask 'metaculus m3'"),
        ([market(source="polymarket")], {"published": PUBLISHED}, "does not ask 'polymarket m1'"),
        ([dataset(name="d2", source="fred", day=MONTH)], {"published": PUBLISHED}, "does not ask 'fred d2 2026-03-03'"),
        ([market("nothing")], {}, "no question 'nothing'"),
        ([market()], {"organization": "a/b"}, "'2026-02-01.a/b.1.json' is not named so"),
        ([market()], {"organization": "a.json"}, "is not named so"),
        ([market()], {"file_name": "2026-02-02.Peacebridge.1.json"}, "is not named so"),
    ],
)
def test_what_would_be_dropped_is_refused(
    listings: list[dict[str, Any]], settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ExportError, match=said):
        exported(listings, binary(0.3), **settings)


def test_a_day_that_would_be_dropped_is_told_with_the_days_that_are_not() -> None:
    """Counted by hand from 1 February 2026: a week later, and ten years of 365 days later."""
    with pytest.raises(ExportError) as refused:
        exported([dataset(day="2026-06-30")], binary(0.3))
    said = str(refused.value)
    assert "'2026-06-30' would be dropped or spoil the file: 2026-02-01-llm.json is due on 2026-02-01" in said
    assert "resolves on 2026-02-08, 2026-03-03, 2026-05-02, 2026-07-31, 2027-02-01, 2029-01-31, 2031-01-31" in said
    assert "2036-01-30: state one of those days [" in said


@pytest.mark.parametrize("p", [math.nan, 1.2, -0.1])
def test_what_is_no_probability_is_refused_and_not_imputed(p: float) -> None:
    """A forecast of 1.2 is dropped by ForecastBench, and no number is."""
    row = {"id": "m1", "source": "metaculus", "forecast": p, "resolution_date": None, "reasoning": None}
    with pytest.raises(ExportError, match="a forecast is a number from 0 to 1"):
        exported([market()], binary(p))
    with pytest.raises(ExportError, match="a forecast is a number from 0 to 1"):
        require_rows([row], ForecastBenchSettings.model_validate(SETTINGS))


@pytest.mark.parametrize(
    "change",
    [
        {"id": 7},
        {"source": "FRED"},
        {"source": "reuters"},
        {"forecast": "0.4"},
        {"forecast": None},
        {"resolution_date": WEEK},
        {"source": "fred"},
        {"source": "fred", "resolution_date": f"{WEEK}T00:00:00"},
    ],
)
def test_a_row_that_breaks_a_rule_does_not_leave(change: dict[str, object]) -> None:
    row = {"id": "m1", "source": "metaculus", "forecast": 0.4, "resolution_date": None, "reasoning": None}
    settings = ForecastBenchSettings.model_validate(SETTINGS)
    require_rows([row], settings)
    with pytest.raises(ExportError):
        require_rows([row | change], settings)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_dataset_questions_resolve_so_many_days_after_the_due_date(horizon: int) -> None:
    day = (DUE + timedelta(days=horizon)).isoformat()
    assert rows(exported([dataset(day=day)], binary(0.3)))[0]["resolution_date"] == day


@pytest.mark.parametrize(
    "name",
    ["2026-02-01.A.1.txt", "2026-02-01.1.json", "2026-2-1.A.1.json", "2026-02-01.A.one.json", "x/2026-02-01.A.1.json"],
)
def test_a_file_of_another_name_is_refused(name: str) -> None:
    require_file_name("2026-02-01.A.b.1.json", DUE)
    with pytest.raises(ExportError, match="is not named so"):
        require_file_name(name, DUE)


@pytest.mark.parametrize(
    "listing",
    [
        market(resolution_date=WEEK),
        market(source="Metaculus"),
        market(name=""),
        {**market(), "id": 7},
        dataset() | {"resolution_date": None},
        dataset(day="2026-2-8"),
    ],
)
def test_a_listing_says_what_a_row_can_be(listing: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ForecastBenchListing.model_validate(listing)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question_set": "2026-02-30-llm.json"}, "does not begin with a calendar day"),
        ({"question_set": "llm.json"}, "pattern"),
        ({"published": PUBLISHED | {"question_set": "2026-02-15-llm.json"}}, "state the same"),
        ({"published": {"question_set": "2026-02-01-llm.json"}}, "questions"),
        ({"number": 4}, "less than or equal to 3"),
    ],
)
def test_settings_are_of_one_question_set(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ForecastBenchSettings.model_validate(SETTINGS | change)

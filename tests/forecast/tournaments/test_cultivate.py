"""Cultivate Forecasts: one prediction set per question, whose probabilities sum to exactly 1 as printed."""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.predictions.kinds import Prediction
from forecast.tournaments.cultivate import FORMAT, CultivateListing, DaysPart, Entry, in_units, require_entries
from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.registry import ListingError, read_listing
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

BINARY = {"type": "Forecast::Binary::Question", "answer": 140}
YES_NO = {"type": "Forecast::YesNoQuestion", "yes": 11, "no": 12}


def asked(question: str, answers: dict[str, Any], **parts: object) -> dict[str, Any]:
    return {"question": question, "id": 123, "answers": answers, **parts}


def several(*parts: Mapping[str, object], **more: object) -> dict[str, Any]:
    """Return answers with the ids 1, 2, …, each a part of ours."""
    answers = [{"id": n, "part": part} for n, part in enumerate(parts, start=1)]
    return {"type": "Forecast::Question", "answers": answers, **more}


def exported(listings: list[dict[str, Any]], *predictions: Prediction, **settings: object) -> Export:
    stated = FORMAT.settings.model_validate(settings)
    return FORMAT.export(
        [FORMAT.listing.model_validate(listing) for listing in listings], predicted(*predictions), stated
    )


def printed(export: Export) -> list[str]:
    """Return the probabilities of the only document, as they stand in its text."""
    body = json.loads(export.documents[0].content, parse_float=str)
    return [entry["forecasted_probability"] for entry in body["prediction_set"]["predictions_attributes"]]


def test_a_prediction_set_is_the_body_that_the_documentation_shows() -> None:
    """The request body of gfc-api-docs, _prediction_sets.md, with its answer 140 at 0.42."""
    export = exported([asked("meet", BINARY)], binary(0.42), rationale="An api prediction")
    (document,) = export.documents
    assert json.loads(document.content) == {
        "prediction_set": {
            "rationale": "An api prediction",
            "predictions_attributes": [{"forecasted_probability": 0.42, "answer_id": 140}],
        }
    }
    assert (document.name, document.media_type) == ("api/v1/questions/123/prediction_sets", "application/json")
    assert export.distortions == ()


def test_a_rationale_of_a_question_stands_instead_of_that_of_all() -> None:
    export = exported([asked("meet", BINARY, rationale="Für – dies")], binary(0.42), rationale="for all")
    assert '"rationale": "Für – dies"'.encode() in export.documents[0].content
    assert b"rationale" not in exported([asked("meet", BINARY)], binary(0.42)).documents[0].content


def test_a_yes_no_question_has_two_answers() -> None:
    export = exported([asked("pair", YES_NO, part={"given": True})], pair(0.5, 0.12345, None))
    (document,) = export.documents
    assert json.loads(document.content)["prediction_set"]["predictions_attributes"] == [
        {"answer_id": 11, "forecasted_probability": 0.1235},
        {"answer_id": 12, "forecasted_probability": 0.8765},
    ]
    assert export.distortions == ()


def test_rounding_is_told_if_it_is_more_than_the_platforms_finest_step() -> None:
    """0.12345 becomes 0.12: by 0.00345, where 0.0001 would be no news."""
    export = exported([asked("meet", BINARY)], binary(0.12345), decimals=2)
    (distortion,) = export.distortions
    assert distortion.reason == "rounded to 2 decimals"
    assert distortion.figures == pytest.approx({"probability": 0.12345, "exported": 0.12, "moved": -0.00345})


def test_what_becomes_certain_by_rounding_is_told_however_little_it_is() -> None:
    export = exported([asked("meet", YES_NO)], binary(0.00003))
    (distortion,) = export.distortions
    assert distortion.reason == "rounded to 4 decimals, some to 0 or 1"
    assert distortion.figures == pytest.approx(
        {"probability": 0.00003, "exported": 0.0, "moved": -0.00003, "made_certain": 2}
    )


@pytest.mark.parametrize(
    ("probabilities", "units", "known"),
    [
        ([1 / 3, 1 / 3, 1 / 3], 10_000, [3334, 3333, 3333]),
        ([0.41, 0.305, 0.285], 10, [4, 3, 3]),  # remainders 0.1, 0.05 and 0.85
        ([0.25, 0.25, 0.5], 2, [1, 0, 1]),
        ([1.0, 0.0], 100, [100, 0]),
        ([1.0 - 1e-9, 1e-9], 10_000, [10_000, 0]),
    ],
)
def test_missing_units_go_to_the_largest_remainders(probabilities: list[float], units: int, known: list[int]) -> None:
    """By hand, as seats are apportioned by Hamilton's method; equal remainders are served in order."""
    assert in_units(probabilities, units) == known


def test_the_method_is_the_one_that_elections_use() -> None:
    """The textbook example of the Hare quota with largest remainders: 100,000 votes, ten seats."""
    votes = [47_000, 16_000, 15_900, 12_000, 6_000, 3_100]
    assert in_units([each / 100_000 for each in votes], 10) == [5, 2, 1, 1, 1, 0]


@given(options(), st.sampled_from((2, 3, 4)))
def test_options_sum_to_exactly_1_as_printed(ours: dict[str, float], decimals: int) -> None:
    listing = asked("state", several(*({"option": label} for label in ours)))
    export = exported([listing], choice(ours), decimals=decimals)
    found = [Decimal(p) for p in printed(export)]
    assert sum(found) == 1
    assert all(-p.as_tuple().exponent <= decimals for p in found)  # type: ignore[operator]
    moved = [float(p) - q for p, q in zip(found, ours.values(), strict=True)]
    assert max(map(abs, moved)) < 10**-decimals + 1e-9
    certain = any(p in (0, 1) and abs(m) > 1e-12 for p, m in zip(found, moved, strict=True))
    told = certain or max(map(abs, moved)) > 1e-4 + 1e-12
    stated = [distortion.figures["moved"] for distortion in export.distortions]
    assert [abs(each) for each in stated] == ([max(map(abs, moved))] if told else [])


@given(PROBABILITIES)
def test_one_answer_is_rounded_to_the_nearest(p: float) -> None:
    (found,) = printed(exported([asked("meet", BINARY)], binary(p)))
    assert 0 <= float(found) <= 1
    assert abs(Decimal(found) - Decimal(p)) <= Decimal("0.00005") + Decimal("1e-12")
    assert not found.startswith("-")


@given(PROBABILITIES)
def test_yes_and_no_sum_to_exactly_1_as_printed(p: float) -> None:
    yes, no = printed(exported([asked("meet", YES_NO)], binary(p)))
    assert Decimal(yes) + Decimal(no) == 1


def test_answers_that_need_not_sum_to_1_are_each_rounded_alone() -> None:
    listing = asked("state", several({"option": "a"}, {"option": "b"}, must_sum_to_100=False))
    assert printed(exported([listing], choice({"a": 0.70004, "b": 0.40006}))) == ["0.7", "0.4001"]


MEETING = when(0.0, 30.0, 31.0, 58.0, 59.0, 200.0, math.nan, math.nan)  # 31 is 1 February, 59 is 1 March


@pytest.mark.parametrize(
    ("parts", "known"),
    [
        ([{"before": "2026-02-01"}, {"on_or_after": "2026-02-01"}], ["0.25", "0.75"]),
        (
            [
                {"before": "2026-01-01"},
                {"on_or_after": "2026-01-01", "before": "2026-02-01"},
                {"on_or_after": "2026-02-01", "before": "2026-03-01"},
                {"on_or_after": "2026-03-01"},
            ],
            ["0.0", "0.25", "0.25", "0.5"],
        ),
        (
            [
                {"before": "2025-06-01"},
                {"on_or_after": "2025-06-01", "before": "2027-01-01"},
                {"on_or_after": "2027-01-01"},
            ],
            ["0.0", "0.75", "0.25"],
        ),
    ],
)
def test_bins_of_days_end_before_a_day_and_the_last_holds_never(
    parts: list[dict[str, object]], known: list[str]
) -> None:
    """Counted by hand, eight worlds: on days 0, 30 | 31, 58 | 59, 200 and twice never."""
    assert printed(exported([asked("when", several(*parts))], MEETING)) == known


def test_bins_of_a_number_hold_their_lower_end() -> None:
    bins = several({"below": 26_500.0}, {"at_least": 26_500.0, "below": 28_500.0}, {"at_least": 28_500.0})
    found = printed(exported([asked("troops", bins)], number(0.0, 26_500.0, 28_499.0, 28_500.0)))
    assert found == ["0.25", "0.5", "0.25"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.lists(st.floats(-1e6, 1e6), min_size=1, unique=True))
def test_bins_of_a_number_that_touch_sum_to_1(values: list[float], edges: list[float]) -> None:
    ends = [None, *sorted(edges), None]
    bins = [
        {name: end for name, end in (("at_least", low), ("below", high)) if end is not None}
        for low, high in pairwise(ends)
    ]
    found = printed(exported([asked("troops", several(*bins))], number(*values)))
    assert sum(map(Decimal, found)) == 1


@pytest.mark.parametrize(
    ("listings", "settings", "said"),
    [
        ([asked("meet", BINARY), asked("state", YES_NO, part={"option": "a"})], {}, "question 123 is listed twice"),
        ([asked("meet", BINARY)], {"rationale_required": True}, "there is none: state one, here or for all"),
        ([asked("state", several({"option": "a"}, {"option": "c"}))], {}, "add up to 0.7: state parts that cover"),
        ([asked("state", several({"option": "a"}, {"option": "peace"}))], {}, "no option 'peace'"),
        ([asked("when", several({"before": "2026-02-01"}, {"on_or_after": "2026-03-01"}))], {}, "add up to 0.75"),
        (
            [asked("when", several({"before": "2027-01-02"}, {"on_or_after": "2027-01-02"}))],
            {},
            "2027-01-01 lies outside",
        ),
        (
            [asked("meet", several({"before": "2026-02-01"}, {"on_or_after": "2026-03-01"}))],
            {},
            "answer 1 is about days",
        ),
        ([asked("troops", several({"below": 5.0}, {"at_least": 5.0}))], {}, "add up to 0.5"),
        ([asked("state", BINARY)], {}, "state part"),
    ],
)
def test_what_the_platform_would_refuse_is_refused(
    listings: list[dict[str, Any]], settings: dict[str, object], said: str
) -> None:
    predictions: Sequence[Prediction] = (
        *(binary(0.42), choice({"a": 0.5, "b": 0.3, "c": 0.2})),
        *(MEETING, number(1.0, math.nan)),
    )
    with pytest.raises(ExportError, match=said):
        exported(listings, *predictions, **settings)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [Entry(answer_id=1, forecasted_probability=0.5), Entry(answer_id=1, forecasted_probability=0.5)],
        [Entry(answer_id=1, forecasted_probability=1.5), Entry(answer_id=2, forecasted_probability=-0.5)],
        [Entry(answer_id=1, forecasted_probability=math.nan)],
        [Entry(answer_id=1, forecasted_probability=1)],
        [Entry(answer_id=1, forecasted_probability=0.3333), Entry(answer_id=2, forecasted_probability=0.6666)],
    ],
)
def test_entries_that_break_a_rule_do_not_leave(entries: list[Entry]) -> None:
    require_entries("here", [Entry(answer_id=1, forecasted_probability=1.0)], must_sum_to_1=True)
    with pytest.raises(ExportError, match="here"):
        require_entries("here", entries, must_sum_to_1=True)


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        (asked("meet", BINARY | {"answer": 0}), "greater than or equal to 1"),
        (asked("meet", YES_NO | {"no": 11}), "the answer 11 cannot say both yes and no"),
        (asked("meet", {"type": "Forecast::Market"}), "Forecast::Question"),
        (asked("state", several({"option": "a"})), "at least 2"),
        (
            asked("state", several({"option": "a"}, {"option": "b"}), part={"option": "a"}),
            "leave that of the listing out",
        ),
        (
            asked("state", {"type": "Forecast::Question", "answers": [{"id": 1, "part": {"option": "a"}}] * 2}),
            "the answer 1 is listed twice",
        ),
    ],
)
def test_a_listing_says_what_a_question_can_be(listing: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CultivateListing.model_validate(listing)


@pytest.mark.parametrize(
    ("part", "pointer", "said"),
    [
        ({"before": "soon"}, "/answers/answers/1/part/before", "'soon' is not a calendar day"),
        ({"below": 4, "at_least": 5}, "/answers/answers/1/part", "nothing lies from 5.0 up to 4.0"),
        ({"given": True}, "/answers/answers/1/part", "state option or by; of days, on_or_after, before, or both"),
    ],
)
def test_a_wrong_part_of_an_answer_is_told_its_own_fault_only(part: dict[str, Any], pointer: str, said: str) -> None:
    listing = asked("state", several({"option": "a"}, part))
    with pytest.raises(ListingError) as refused:
        read_listing({"platform": "cultivate", **listing})
    (fault,) = refused.value.faults
    assert (fault.path, said in fault.message) == (pointer, True)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({}, "state on_or_after, before, or both"),
        ({"on_or_after": "2026-02-01", "before": "2026-02-01"}, "no day lies from 2026-02-01 up to 2026-02-01"),
    ],
)
def test_a_bin_of_days_holds_a_day(days: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DaysPart.model_validate(days)

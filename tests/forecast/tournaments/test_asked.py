"""The part of a prediction that a platform asks for: found where there is one, refused in words where there is none."""

from datetime import date
from typing import Literal

import numpy as np
import pytest
from pydantic import ValidationError

from forecast.predictions.empirical import empirical
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    NumberPrediction,
    PairPrediction,
    Predictions,
)
from forecast.tournaments.asked import asked_distribution, asked_options, asked_probability
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import OptionListing
from forecast.tournaments.registry import ListingError, read_listing

TROOPS = empirical(np.array([0.0, 26_500.0, 28_500.0, 28_500.0]), np.ones(4))
MEETING = empirical(np.array([0.0, 10.0, 40.0, np.nan]), np.ones(4))
PREDICTIONS: Predictions = {
    "meet": BinaryPrediction("meet", "Will they meet?", 0.3, 1e-5),
    "state": ChoicePrediction("state", "Which?", {"none": 0.5, "deal": 0.3, "other": 0.2}, 1e-5),
    "overlapping": ChoicePrediction("overlapping", "Which?", {"a": 0.7, "b": 0.4}, 1e-5),
    "troops": NumberPrediction("troops", "How many?", "persons", TROOPS),
    "when": DatePrediction("when", "When?", date(2026, 1, 1), date(2026, 12, 31), MEETING),
    "pair": PairPrediction("pair", "If?", 0.25, 0.8, None),
}


class Asked(OptionListing):
    """A listing of no platform in particular."""

    platform: Literal["somewhere"] = "somewhere"


def asked(question: str, **part: object) -> Asked:
    return Asked.model_validate({"question": question, **({"part": part} if part else {})})


@pytest.mark.parametrize(
    ("listing", "probability"),
    [
        (asked("meet"), 0.3),
        (asked("state", option="deal"), 0.3),
        (asked("when", by=date(2026, 1, 1)), 0.25),
        (asked("when", by=date(2026, 1, 10)), 0.25),
        (asked("when", by=date(2026, 1, 11)), 0.5),
        (asked("when", by=date(2026, 12, 31)), 0.75),
        (asked("pair", given=True), 0.8),
        (asked("troops", below=28_500.0), 0.5),
        (asked("troops", at_least=28_500.0), 0.5),
        (asked("troops", at_least=0.0, below=26_500.0), 0.25),
        (asked("troops", at_least=26_500.0, below=26_501.0), 0.25),
    ],
)
def test_a_part_has_a_probability(listing: Asked, probability: float) -> None:
    assert asked_probability(PREDICTIONS, listing) == pytest.approx(probability, abs=1e-12)


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        (asked("nothing"), "somewhere, 'nothing': the scenario has no question 'nothing'"),
        (asked("state"), "all of a multiple-choice question is not: state part: {option: …}"),
        (asked("troops"), "all of a numeric question is not: state part: {at_least: …, below: …}"),
        (asked("when"), "all of a date question is not: state part: {by: …}"),
        (asked("pair"), "all of a conditional question is not: state part: {given: true} or {given: false}"),
        (asked("meet", given=True), "the part 'given' of a binary question is not: leave 'part' out"),
        (asked("state", option="dael"), "no option 'dael': did you mean 'deal'?"),
        (asked("meat"), "the scenario has no question 'meat': did you mean 'meet'?"),
        (asked("state", option="peace"), "no option 'peace': its options are 'none', 'deal', 'other'"),
        (asked("pair", given=False), "the condition always holds, so that there is no such probability: leave it out"),
        (asked("when", by=date(2027, 1, 1)), "2027-01-01 lies outside what the scenario speaks of"),
        (asked("when", by=date(2025, 12, 31)), "2026-01-01 to 2026-12-31"),
    ],
)
def test_what_is_no_probability_is_refused_with_the_way_out(listing: Asked, said: str) -> None:
    with pytest.raises(ExportError) as refused:
        asked_probability(PREDICTIONS, listing)
    assert said in str(refused.value)


def test_options_come_in_the_platforms_order_under_its_labels() -> None:
    listing = Asked(question="state", options={"A deal": "deal", "No deal": "none"})
    found = asked_options(PREDICTIONS, listing, dict.fromkeys(["A deal", "No deal", "other"]))
    assert list(found.items()) == [("A deal", 0.3), ("No deal", 0.5), ("other", 0.2)]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["none", "deal"], "the platform has no option 'other'"),
        (["none", "deal", "Other"], "nothing of ours stands for 'Other'; the platform has no option 'other'"),
        (["none", "deal", "other", "more"], "nothing of ours stands for 'more'"),
    ],
)
def test_options_that_are_not_the_platforms_own_are_refused(labels: list[str], said: str) -> None:
    with pytest.raises(ExportError, match=said):
        asked_options(PREDICTIONS, asked("state"), dict.fromkeys(labels))


def test_one_option_of_ours_stands_for_one_of_theirs() -> None:
    listing = Asked(question="state", options={"yes": "deal", "deal!": "deal", "none": "none", "other": "other"})
    with pytest.raises(ExportError, match="stands for two"):
        asked_options(PREDICTIONS, listing, dict.fromkeys(["yes", "deal!", "none", "other"]))


def test_a_name_for_an_option_that_nobody_has_is_refused() -> None:
    listing = Asked(question="state", options={"Deal": "deal"})
    with pytest.raises(ExportError, match="'options' names 'Deal', which the platform does not have"):
        asked_options(PREDICTIONS, listing, dict.fromkeys(["none", "deal", "other"]))


def test_an_option_of_ours_that_is_spelled_like_theirs_and_unused_is_missed() -> None:
    """Theirs 'none' is our 'deal'; our own 'none' then stands for nothing."""
    listing = Asked(question="state", options={"none": "deal"})
    with pytest.raises(ExportError, match="the platform has no option 'none'"):
        asked_options(PREDICTIONS, listing, dict.fromkeys(["none", "other"]))


def test_a_platforms_option_stands_for_one_that_we_have() -> None:
    listing = Asked(question="state", options={"Deal": "dael"})
    with pytest.raises(ExportError, match="'Deal' stands for 'dael', which is no option of ours: did you mean 'deal'"):
        asked_options(PREDICTIONS, listing, dict.fromkeys(["none", "Deal", "other"]))


def test_options_that_overlap_are_refused() -> None:
    with pytest.raises(ExportError, match="ours add up to 1.1: make them exclude each other"):
        asked_options(PREDICTIONS, asked("overlapping"), dict.fromkeys(["a", "b"]))


def test_a_distribution_is_that_of_a_number_or_a_date() -> None:
    assert asked_distribution(PREDICTIONS, asked("troops")) is PREDICTIONS["troops"]
    assert asked_distribution(PREDICTIONS, asked("when")) is PREDICTIONS["when"]
    for listing in (asked("meet"), asked("when", by=date(2026, 5, 1))):
        with pytest.raises(ExportError, match="a distribution is asked for"):
            asked_distribution(PREDICTIONS, listing)


@pytest.mark.parametrize("part", [{"option": "deal"}, {"by": "2026-05-01"}, {"below": 5.0}])
def test_a_part_is_told_apart_by_its_keys(part: dict[str, object]) -> None:
    found = read_listing({"platform": "table", "question": "q", "part": part}).part
    assert found is not None
    assert found.model_dump(mode="json", exclude_unset=True) == part


_FORMS = "but a part must say which: state option, by or given, or, of a number, state at_least, below, or both"


@pytest.mark.parametrize(
    ("part", "pointer", "said"),
    [
        ({"at_least": 5000, "below": 4000}, "/part", "'part': nothing lies from 5000.0 up to 4000.0"),
        ({"given": "maybe"}, "/part/given", "'given' is 'maybe', but must be true or false"),
        ({"by": "soon"}, "/part/by", "'by': 'soon' is not a calendar day: write it as YYYY-MM-DD"),
        ({"at_least": "many"}, "/part/at_least", "'at_least' is 'many', but must be a number"),
        ({"option": "Full", "by": "2026-01-01"}, "/part/by", "unknown key 'by'"),
        ({"bye": "2026-01-01"}, "/part", f"'part' has the keys bye, {_FORMS}"),
        ({}, "/part", f"'part' is empty, {_FORMS}"),
        ("Full", "/part", f"'part' is 'Full', {_FORMS}"),
    ],
)
def test_a_wrong_part_is_told_its_own_fault_only(part: object, pointer: str, said: str) -> None:
    with pytest.raises(ListingError) as refused:
        read_listing({"platform": "table", "question": "troops", "part": part})
    (fault,) = refused.value.faults
    assert (fault.path, fault.message[: len(said)]) == (pointer, said)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"at_least": 5.0, "below": 5.0}, "nothing lies from 5.0 up to 5.0"),
        ({}, "state at_least, below, or both"),
        ({"at_least": float("nan")}, "finite number"),
    ],
)
def test_a_part_that_is_none_is_refused(part: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Asked.model_validate({"question": "troops", "part": part})

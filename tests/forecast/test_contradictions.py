"""Where the tree says otherwise than a question resolved: told only where what has resolved decides it."""

from datetime import date
from typing import Any

import pytest

from forecast.contradictions import notes_on
from forecast.resolutions import Settled, read_resolution
from forecast.scenario import Scenario, parse_scenario

ON = date(2026, 9, 1)

_TEXT: dict[str, Any] = {"text": "What comes of it?", "resolution": "By the news."}
_FAST = {"branch": "met", "by": "2026-06-30"}

QUESTIONS: dict[str, Any] = {
    "meet": {"type": "binary", "event": "met"},
    "fast": {"type": "binary", "event": _FAST},
    "soon": {"type": "binary", "event": {"branch": "full", "within_years": 1.0, "of": "met"}},
    "both": {"type": "binary", "event": {"all": ["met", {"not": "pilot"}]}},
    "either": {"type": "binary", "event": {"any": ["full", "never_met"]}},
    "dear": {"type": "binary", "event": {"quantity": "price", "above": 0.5}},
    "dear-deal": {"type": "binary", "event": {"all": ["full", {"quantity": "price", "above": 0.5}]}},
    "how": {"type": "multiple_choice", "options": {"Full": "full", "Pilot only": "pilot", "None": "rest"}},
    "dear-how": {
        "type": "multiple_choice",
        "options": {"Dear": {"all": ["full", {"quantity": "price", "above": 0.5}]}, "Other": "rest"},
    },
    "when": {"type": "date", "branch": "met"},
    "pair": {"type": "conditional", "event": "full", "given": "met"},
    "cost": {"type": "numeric", "quantity": "price"},
}

SCENARIO: Scenario = parse_scenario(
    {
        "scenario": "plant",
        "title": "Will the plant run?",
        "as_of": "2026-01-01",
        "horizon": "2027-12-31",
        "nodes": {
            "meeting": {
                "branches": {"met": "ramp", "never_met": None},
                "prior": {"family": "hazard", "event": "met", "rate": {"family": "fixed", "per_year": 1.0}},
            },
            "ramp": {
                "branches": {
                    "full": {"lag": {"family": "uniform", "low": 0.0, "high": 4.0}, "eventually": True},
                    "pilot": {},
                    "nothing": {},
                },
                "prior": {"family": "dirichlet", "alpha": {"full": 1.0, "pilot": 1.0, "nothing": 1.0}},
            },
        },
        "quantities": {"price": {"unit": "crowns", "default": {"family": "uniform", "low": 0.0, "high": 1.0}}},
        "questions": {name: {**question, **_TEXT} for name, question in QUESTIONS.items()},
    }
)


def _settled(place: str, on: date = ON, **value: Any) -> Settled:  # noqa: ANN401 -- parts of a resolution
    return Settled(place, read_resolution(value), on)


def _node(name: str, branch: str | None, on: date = ON) -> Settled:
    return _settled(f"nodes.{name}", on, type="node", branch=branch)


def _yes(name: str, happened: bool) -> Settled:
    return _settled(f"questions.{name}", type="binary", happened=happened)


def _option(name: str, option: str) -> Settled:
    return _settled(f"questions.{name}", type="multiple_choice", option=option)


MET, NEVER = _node("meeting", "met"), _node("meeting", "never_met")
FULL, PILOT, UNREACHED = _node("ramp", "full"), _node("ramp", "pilot"), _node("ramp", None)
PENDING = _node("ramp", "full_pending")


def _outcome(name: str) -> Settled:
    return _settled("outcomes", type="outcome", outcome=name)


def _when(day: str | None) -> Settled:
    return _settled("questions.when", type="date", day=day)


def _pair(given: bool, happened: bool) -> Settled:
    return _settled("questions.pair", type="conditional", given=given, happened=happened)


def test_the_note_names_both_sides_and_what_to_do() -> None:
    (note,) = notes_on(SCENARIO, _option("how", "Full"), [PILOT])
    assert note == (
        "questions.how: resolved as 'Full', but by the tree 'Pilot only' came about, as nodes.ramp is 'pilot' (settled "
        "on 2026-09-01); both stand, as a question resolves by its clause: correct one if that is not meant"
    )


DIFFERENT: list[tuple[Settled, list[Settled], str]] = [
    (_yes("meet", False), [MET], "its event happened, as nodes.meeting is 'met'"),
    (_yes("meet", True), [NEVER], "its event did not happen, as nodes.meeting is 'never_met'"),
    (_yes("meet", False), [FULL], "its event happened, as nodes.ramp is 'full'"),
    (_yes("meet", False), [_outcome("pilot")], "its event happened, as outcomes is 'pilot'"),
    (_yes("meet", True), [_outcome("never_met")], "its event did not happen"),
    (_yes("fast", True), [NEVER], "its event did not happen"),
    (_yes("fast", False), [_node("meeting", "met", date(2026, 6, 30))], "its event happened"),
    (_yes("soon", True), [PILOT], "its event did not happen"),
    (_yes("both", True), [PILOT], "its event did not happen, as nodes.ramp is 'pilot'"),
    (_yes("both", False), [FULL], "its event happened, as nodes.ramp is 'full'"),
    (_yes("either", False), [NEVER], "its event happened"),
    (_yes("either", True), [PILOT], "its event did not happen"),
    (_yes("dear-deal", True), [UNREACHED], "its event did not happen, as nodes.ramp is 'never reached'"),
    (_option("how", "None"), [FULL], "'Full' came about"),
    (_option("how", "None"), [PILOT, MET], "'Pilot only' came about"),
    (_option("how", "Full"), [NEVER], "'None' came about, as nodes.meeting is 'never_met'"),
    (_option("how", "Pilot only"), [_node("ramp", "nothing")], "'None' came about"),
    (_option("how", "Pilot only"), [PENDING], "'Pilot only' did not come about"),
    (_option("dear-how", "Dear"), [PILOT], "'Other' came about"),
    (_when("2026-05-01"), [NEVER], "'meeting.met' was not taken"),
    (_when(None), [MET], "'meeting.met' was taken, as"),
    (_when("2026-09-02"), [MET], "'meeting.met' was taken by 2026-09-01"),
    (_pair(False, False), [MET], "its condition happened"),
    (_pair(True, True), [PILOT], "its event did not happen"),
]


@pytest.mark.parametrize(("asked", "known", "words"), DIFFERENT)
def test_a_difference_is_told_whichever_comes_last(asked: Settled, known: list[Settled], words: str) -> None:
    (note,) = notes_on(SCENARIO, asked, known)
    assert words in note
    last, *others = known
    assert notes_on(SCENARIO, last, [*others, asked]) == [note]


ALIKE: list[tuple[Settled, list[Settled]]] = [
    (_yes("meet", True), [MET]),
    (_yes("meet", False), []),
    (_yes("fast", True), [MET]),  # it was settled after June, and may have come before
    (_yes("fast", False), [MET]),
    (_yes("soon", False), [FULL]),
    (_yes("both", True), [MET]),
    (_yes("dear", True), [FULL]),
    (_yes("dear-deal", False), [FULL]),
    (_option("how", "Pilot only"), [PILOT]),
    (_option("how", "Full"), [MET]),
    (_option("how", "Full"), [PENDING]),  # under way: whether that counts, the clause says
    (_option("how", "None"), [PENDING]),
    (_option("dear-how", "Dear"), [FULL]),
    (_when("2026-09-01"), [MET]),
    (_when(None), [NEVER]),
    (_pair(True, False), [PILOT]),
    (_settled("questions.cost", type="numeric", value=0.1), [FULL]),
    (_settled("questions.how", type="annulled"), [PILOT]),
    (_yes("meet", True), [_settled("nodes.meeting", type="annulled")]),
    (_yes("gone", True), [NEVER]),
    (_yes("how", True), [PILOT]),  # it was of another type in an older version
    (_yes("meet", True), [_node("meeting", "gone")]),
]


@pytest.mark.parametrize(("asked", "known"), ALIKE)
def test_what_agrees_or_is_open_has_no_note(asked: Settled, known: list[Settled]) -> None:
    assert notes_on(SCENARIO, asked, known) == []


def test_what_is_corrected_no_longer_speaks() -> None:
    assert notes_on(SCENARIO, FULL, [PILOT, _option("how", "Full")]) == []
    assert len(notes_on(SCENARIO, PILOT, [FULL, _option("how", "Full"), _yes("both", True)])) == 2

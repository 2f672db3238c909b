"""What can have happened: each kind is read strictly, fits its place, and does not contradict what else happened."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.resolutions import (
    Settled,
    branches_of,
    in_words,
    kind_at,
    outcomes_of,
    places,
    read_resolution,
    resolution_faults,
)
from forecast.scenario import Scenario, parse_scenario
from tests.forecast.scorecards.asked import SCENARIO

SINCE, ON = date(2026, 1, 1), date(2026, 9, 1)


def _settled(place: str, on: date = ON, **value: Any) -> Settled:  # noqa: ANN401 -- parts of a resolution
    return Settled(place, read_resolution(value), on)


def _faults(new: Settled, *standing: Settled, since: date = SINCE) -> list[tuple[str, str]]:
    return [(fault.path, fault.message) for fault in resolution_faults(SCENARIO, new, standing, since)]


GOOD: list[tuple[str, dict[str, Any], str]] = [
    ("questions.deal", {"type": "binary", "happened": True}, "yes"),
    ("questions.deal", {"type": "binary", "happened": False}, "no"),
    ("questions.which", {"type": "multiple_choice", "option": "A deal"}, "A deal"),
    ("questions.cost", {"type": "numeric", "value": 27500.0}, "27,500"),
    ("questions.cost", {"type": "numeric", "value": 0.125}, "0.125"),
    ("questions.when", {"type": "date", "day": "2026-08-20"}, "2026-08-20"),
    ("questions.when", {"type": "date", "day": None}, "not by the horizon"),
    ("questions.pair", {"type": "conditional", "given": True, "happened": False}, "held, no"),
    ("questions.pair", {"type": "conditional", "given": False, "happened": True}, "failed, yes"),
    ("nodes.meeting", {"type": "node", "branch": "met"}, "met"),
    ("nodes.talks", {"type": "node", "branch": "deal_pending"}, "deal_pending"),
    ("nodes.talks", {"type": "node", "branch": None}, "never reached"),
    ("outcomes", {"type": "outcome", "outcome": "no_deal"}, "no_deal"),
    ("outcomes", {"type": "outcome", "outcome": "deal_pending"}, "deal_pending"),
    ("outcomes", {"type": "annulled"}, "annulled"),
    ("questions.when", {"type": "annulled"}, "annulled"),
]


@pytest.mark.parametrize(("place", "value", "words"), GOOD)
def test_what_fits_has_no_fault_and_reads_back(place: str, value: dict[str, Any], words: str) -> None:
    settled = _settled(place, **value)
    assert _faults(settled) == []
    assert in_words(settled.value) == words
    assert settled.value.model_dump(mode="json") == value


@pytest.mark.parametrize(
    "value",
    [
        {"type": "binary", "happened": "yes"},
        {"type": "binary", "happened": 1},
        {"type": "binary"},
        {"type": "numeric", "value": float("nan")},
        {"type": "numeric", "value": "27500"},
        {"type": "numeric", "value": 1e301},
        {"type": "date", "day": "20 August"},
        {"type": "date"},
        {"type": "conditional", "given": True},
        {"type": "node"},
        {"type": "annulled", "why": "x"},
        {"type": "maybe"},
        {"happened": True},
    ],
)
def test_nothing_is_guessed(value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_resolution(value)


@pytest.mark.parametrize(
    ("place", "value", "pointer", "words"),
    [
        ("questions.dael", {"type": "binary", "happened": True}, "/place", "did you mean 'questions.deal'?"),
        ("deal", {"type": "binary", "happened": True}, "/place", "the scenario has no place 'deal'"),
        ("outcomes.deal", {"type": "outcome", "outcome": "deal"}, "/place", "did you mean 'outcomes'?"),
        ("weather", {"type": "annulled"}, "/place", "state questions.NAME, nodes.NAME or outcomes"),
        ("questions.deal", {"type": "numeric", "value": 1.0}, "/value/type", "resolves as 'binary', not as 'numeric'"),
        ("outcomes", {"type": "node", "branch": "met"}, "/value/type", "state {type: outcome, outcome: …}"),
        ("questions.which", {"type": "multiple_choice", "option": "A dael"}, "/value/option", "mean 'A deal'?"),
        (
            "questions.which",
            {"type": "multiple_choice", "option": "???"},
            "/value/option",
            "choose 'A deal', 'No deal'",
        ),
        ("nodes.talks", {"type": "node", "branch": "met"}, "/value/branch", "node 'talks' has no branch 'met'"),
        ("nodes.talks", {"type": "node", "branch": "no_deal_pending"}, "/value/branch", "has no branch"),
        ("nodes.meeting", {"type": "node", "branch": None}, "/value/branch", "the root, which every history reaches"),
        ("outcomes", {"type": "outcome", "outcome": "met"}, "/value/outcome", "the scenario has no outcome 'met'"),
        ("questions.when", {"type": "date", "day": "2025-12-31"}, "/value/day", "2026-01-01 to 2027-12-31"),
        ("questions.when", {"type": "date", "day": "2028-01-01"}, "/value/day", "state null if it had not happened"),
        ("questions.when", {"type": "date", "day": "2026-09-02"}, "/value/day", "settled on 2026-09-01, before"),
    ],
)
def test_what_does_not_fit_is_located(place: str, value: dict[str, Any], pointer: str, words: str) -> None:
    ((path, message),) = _faults(_settled(place, **value))
    assert path == pointer
    assert words in message


@pytest.mark.parametrize(
    ("on", "fits"), [("2025-12-31", False), ("2026-01-01", True), ("2027-12-31", True), ("2028-01-01", False)]
)
def test_it_is_settled_within_what_the_scenario_speaks_of(on: str, fits: bool) -> None:
    found = _faults(_settled("questions.deal", date.fromisoformat(on), type="binary", happened=True))
    assert [path for path, _ in found] == ([] if fits else ["/happened_on"])


def test_a_scenario_that_speaks_anew_keeps_its_past() -> None:
    """What happened before the newest version's day is settled since the first version's."""
    settled = _settled("questions.when", date(2025, 7, 1), type="date", day="2025-06-30")
    assert _faults(settled, since=date(2025, 1, 1)) == []


MET: dict[str, Any] = {"type": "node", "branch": "met"}
NEVER_MET: dict[str, Any] = {"type": "node", "branch": "never_met"}


@pytest.mark.parametrize(
    ("one", "other", "node"),
    [
        (("nodes.meeting", NEVER_MET), ("nodes.talks", {"type": "node", "branch": "deal"}), "meeting"),
        (("nodes.meeting", NEVER_MET), ("outcomes", {"type": "outcome", "outcome": "no_deal"}), "meeting"),
        (("nodes.meeting", MET), ("outcomes", {"type": "outcome", "outcome": "never_met"}), "meeting"),
        (
            ("nodes.talks", {"type": "node", "branch": "deal"}),
            ("outcomes", {"type": "outcome", "outcome": "no_deal"}),
            "talks",
        ),
        (
            ("nodes.talks", {"type": "node", "branch": "deal"}),
            ("outcomes", {"type": "outcome", "outcome": "deal_pending"}),
            "talks",
        ),
        (
            ("nodes.talks", {"type": "node", "branch": None}),
            ("outcomes", {"type": "outcome", "outcome": "deal"}),
            "talks",
        ),
        (("nodes.talks", {"type": "node", "branch": None}), ("nodes.meeting", MET), "talks"),
    ],
)
def test_contradictions_are_found_whichever_came_first(
    one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]], node: str
) -> None:
    for (place, value), (standing_place, standing) in ((one, other), (other, one)):
        ((path, message),) = _faults(_settled(place, **value), _settled(standing_place, **standing))
        assert path == ("/value/outcome" if place == "outcomes" else "/value/branch")
        assert f"they part at node '{node}'" in message
        assert f"annul {standing_place} first" in message
        annulled = _settled(standing_place, type="annulled")
        assert _faults(_settled(place, **value), annulled) == []


def test_a_correction_does_not_contradict_what_it_corrects() -> None:
    assert _faults(_settled("nodes.meeting", **NEVER_MET), _settled("nodes.meeting", **MET)) == []


def test_what_goes_together_does() -> None:
    """The path to an outcome; a node that was not reached; questions, whose clauses decide for themselves."""
    outcome = _settled("outcomes", type="outcome", outcome="deal_pending")
    for place, value in (("nodes.meeting", MET), ("nodes.talks", {"type": "node", "branch": "deal_pending"})):
        assert _faults(_settled(place, **value), outcome) == []
    assert _faults(_settled("nodes.talks", type="node", branch=None), _settled("nodes.meeting", **NEVER_MET)) == []
    assert _faults(_settled("questions.deal", type="binary", happened=True), outcome) == []


def test_what_an_older_version_had_contradicts_nothing() -> None:
    gone = [
        _settled("nodes.gone", type="node", branch="war"),
        _settled("nodes.gone", type="node", branch=None),
        _settled("outcomes", type="outcome", outcome="war"),
    ]
    assert _faults(_settled("nodes.meeting", **MET), *gone) == []


def _tree(depth: int) -> Scenario:
    """Return a full binary tree: node "n" followed by the letters of the branches that lead there."""
    nodes: dict[str, Any] = {}
    paths = [""]
    for level in range(depth):
        nodes |= {
            f"n{path}": {
                "branches": {
                    f"{turn}{path}": {"to": f"n{path}{turn}"} if level + 1 < depth else {"outcome": f"o{path}{turn}"}
                    for turn in "lr"
                },
                "prior": {"family": "fixed", "p": {f"l{path}": 0.5, f"r{path}": 0.5}},
            }
            for path in paths
        }
        paths = [path + turn for path in paths for turn in "lr"]
    days = {"as_of": "2026-01-01", "horizon": "2026-12-31"}
    return parse_scenario({"scenario": "tree", "title": "t", **days, "nodes": nodes})


TREE = _tree(4)


@given(st.text("lr", min_size=4, max_size=4), st.text("lr", min_size=0, max_size=3), st.sampled_from([*"lr", None]))
def test_a_node_fits_an_outcome_if_it_lies_on_the_way(way: str, at: str, turn: str | None) -> None:
    """In a full tree of four levels: reached if the way begins like it, and then it took the way's own turn."""
    reached = way.startswith(at)
    fits = (turn is not None and reached and way[len(at)] == turn) or (turn is None and not reached)
    node = _settled(f"nodes.n{at}", type="node", branch=None if turn is None else f"{turn}{at}")
    outcome = _settled("outcomes", type="outcome", outcome=f"o{way}")
    if at == "" and turn is None:  # the root is always reached
        return
    for new, standing in ((node, outcome), (outcome, node)):
        assert (list(resolution_faults(TREE, new, [standing], SINCE)) == []) is fits


def test_places_are_those_of_the_scenario() -> None:
    assert places(SCENARIO) == (
        *(f"questions.{name}" for name in ("deal", "open", "cost", "when", "which", "pair")),
        "nodes.meeting",
        "nodes.talks",
        "outcomes",
    )
    assert [kind_at(SCENARIO, place) for place in ("questions.pair", "nodes.talks", "outcomes")] == [
        "conditional",
        "node",
        "outcome",
    ]
    assert branches_of(SCENARIO, "talks") == ("deal", "no_deal", "deal_pending")
    assert set(outcomes_of(SCENARIO)) == {"deal", "no_deal", "never_met", "deal_pending"}

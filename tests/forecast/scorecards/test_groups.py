"""Averages of scorecards, the nodes on the way, and calibration: by hand and from the oracles."""

import math
from datetime import date

import pytest

from forecast.scorecards.calibrations import Said, calibration
from forecast.scorecards.cards import Recorded, scorecard
from forecast.scorecards.groups import UNSHARED, averages
from forecast.scorecards.records import Scorecard
from forecast.scorecards.stated import Number, Options, UnscoredError
from forecast.scorecards.ways import way_so_far
from tests.forecast.scorecards.asked import OPENS, SCENARIO, at, chances, evenly, happened, in_order, said

DEAL, OPEN, WHICH, COST = "questions.deal", "questions.open", "questions.which", "questions.cost"
MEETING, TALKS = "nodes.meeting", "nodes.talks"
MET = Options({"met": 0.5, "never_met": 0.5}, "met")
NO_DEAL = Options({"deal": 0.1, "deal_pending": 0.15, "no_deal": 0.75}, "no_deal")


def _binary(place: str, yes: bool, *recorded: Recorded) -> Scorecard:
    return scorecard(SCENARIO, happened(place, date(2026, 12, 31), type="binary", happened=yes), in_order(recorded))


def _cards() -> list[Scorecard]:
    """Two yes-or-no questions, three options, two nodes, and a number."""
    which = happened(WHICH, type="multiple_choice", option="A deal")
    options = Options({"A deal": 0.5, "No deal": 0.3, "Nothing": 0.2}, "A deal")
    return [
        _binary(DEAL, False, *chances(DEAL, False, (0, 0.4)), *chances(DEAL, False, (1, 0.2), author="bob")),
        _binary(OPEN, True, *chances(OPEN, True, (0, 0.7))),
        scorecard(SCENARIO, which, said(WHICH, (0, options), author="bob")),
        scorecard(SCENARIO, happened(MEETING, type="node", branch="met"), said(MEETING, (0, MET))),
        scorecard(SCENARIO, happened(TALKS, type="node", branch="no_deal"), said(TALKS, (0, NO_DEAL))),
        scorecard(SCENARIO, happened(COST, type="numeric", value=1.0), said(COST, (0, Number(evenly(0.0, 1.0), 1.0)))),
    ]


def test_averages_by_analyst_are_of_their_own_predictions() -> None:
    ann, bob = averages(_cards(), "analyst")
    assert (ann.key, ann.places, bob.key, bob.places) == ("ann", 5, "bob", 2)
    assert [ann.scores["brier"].mean, ann.scores["brier"].count] == pytest.approx([(0.16 + 0.09) / 2, 2])
    assert ann.scores["brier_two_sided"].count == 4
    assert [bob.scores["brier"].mean, bob.scores["brier"].count] == pytest.approx([0.04, 1])
    assert bob.scores["brier_two_sided"].mean == pytest.approx((0.08 + 0.25 + 0.09 + 0.04) / 2)


def test_averages_by_depth_are_of_nodes() -> None:
    first, second = averages(_cards(), "depth")
    assert (first.key, second.key) == ("1", "2")
    assert first.scores["log"].mean == pytest.approx(math.log(0.5))
    assert second.scores["log"].mean == pytest.approx(math.log(0.75))


def test_averages_by_type_leave_out_what_has_no_score() -> None:
    """What nobody forecast, and scores in a unit: crowns and persons do not add up."""
    silent = scorecard(SCENARIO, happened("questions.when", type="date", day=None), [])
    found = {group.key: group for group in averages([*_cards(), silent], "type")}
    counts = {"binary": 2, "multiple_choice": 1, "node": 2, "numeric": 1}
    assert {key: group.places for key, group in found.items()} == counts
    assert found["numeric"].scores == {}
    assert found["node"].scores["log"].mean == pytest.approx((math.log(0.5) + math.log(0.75)) / 2)


def test_skill_is_that_of_mean_scores() -> None:
    """Not the mean of skills, which one lucky base rate would make wild."""
    cards = _cards()
    group = next(group for group in averages(cards, "type") if group.key == "binary")
    pairs = [(card.skill.brier, card.skill.base_rate_brier) for card in cards if card.skill is not None]
    assert group.skill == pytest.approx(1 - sum(own for own, _ in pairs) / sum(base for _, base in pairs))


def test_a_place_counts_on_each_platform_that_asks_for_it() -> None:
    found = {group.key: group for group in averages(_cards(), "platform", {DEAL: ["metaculus", "manifold"]})}
    places = {"manifold": 1, "metaculus": 1, UNSHARED["platform"]: 5}
    assert {key: group.places for key, group in found.items()} == places
    assert found["metaculus"].scores == found["manifold"].scores


def test_a_place_counts_in_each_of_its_topics() -> None:
    found = {group.key: group for group in averages(_cards(), "topic", {DEAL: ["trade", "Korea"], OPEN: ("trade",)})}
    assert {key: group.places for key, group in found.items()} == {"Korea": 1, "trade": 2, UNSHARED["topic"]: 4}
    deal, opened = (averages([card], "type")[0].scores["brier"].mean for card in _cards()[:2])
    assert deal is not None
    assert opened is not None
    assert found["Korea"].scores["brier"].mean == pytest.approx(deal)
    assert found["trade"].scores["brier"].mean == pytest.approx((deal + opened) / 2)


def test_a_score_of_minus_infinity_makes_its_mean_so() -> None:
    cards = [_binary(DEAL, True, *chances(DEAL, True, (0, 0.0))), _binary(OPEN, True, *chances(OPEN, True, (0, 0.5)))]
    (group,) = averages(cards, "type")
    assert (group.scores["log"].mean, group.scores["log"].count) == (None, 2)
    assert group.scores["brier"].mean == pytest.approx(0.625)


def test_the_last_total_of_the_way_is_what_was_given_to_it() -> None:
    """1/2 for the meeting and 3/4 for no deal, given that they meet: 3/8 in all; by the first forecast alone."""
    settled = {
        each.place: each
        for each in (
            happened(MEETING, date(2026, 3, 1), type="node", branch="met"),
            happened(TALKS, date(2026, 9, 1), type="node", branch="no_deal"),
        )
    }
    later = Recorded("late", "ann", at(30), {MEETING: Options({"met": 0.9, "never_met": 0.1}, "met"), TALKS: NO_DEAL})
    way = way_so_far(SCENARIO, settled, [Recorded("first", "ann", OPENS, {MEETING: MET, TALKS: NO_DEAL}), later])
    assert way is not None
    assert way.forecast == "first"
    assert [(step.node, step.taken, step.depth, step.chance) for step in way.steps] == [
        ("meeting", "met", 1, 0.5),
        ("talks", "no_deal", 2, 0.75),
    ]
    assert way.steps[-1].total == pytest.approx(math.log(3 / 8))
    without = Recorded("old", "ann", OPENS, {MEETING: UnscoredError("other nodes"), TALKS: NO_DEAL})
    unreached = Recorded("sure", "ann", OPENS, {MEETING: MET, TALKS: Options({"no_deal": 0.0, "deal": 0.0}, "no_deal")})
    for other in (without, unreached):
        second = way_so_far(SCENARIO, settled, [other, later])
        assert second is not None
        assert second.forecast == "late"


def test_the_way_ends_where_nothing_is_known() -> None:
    """At a node that has not resolved, that was annulled, or that the root has not led to yet."""
    talks = happened(TALKS, type="node", branch="no_deal")
    made = [Recorded("f", "ann", OPENS, {MEETING: MET, TALKS: NO_DEAL})]
    assert way_so_far(SCENARIO, {TALKS: talks}, made) is None
    met = happened(MEETING, date(2026, 3, 1), type="node", branch="met")
    for other in ({}, {TALKS: happened(TALKS, type="annulled")}):
        way = way_so_far(SCENARIO, {MEETING: met, **other}, made)
        assert way is not None
        assert [step.node for step in way.steps] == ["meeting"]
    assert way_so_far(SCENARIO, {MEETING: met}, [Recorded("f", "ann", at(60), {MEETING: MET})]) is None


MURPHY = [
    *(Said(f"a{i}", [0.1], i < 1) for i in range(10)),
    *(Said(f"b{i}", [0.3], i < 4) for i in range(10)),
    *(Said(f"c{i}", [0.7], i < 3) for i in range(5)),
]


def test_calibration_is_decomposed_as_murphy_has_it() -> None:
    """The known answer of the oracles: 25 questions at 0.1, 0.3 and 0.7."""
    found = calibration(MURPHY)
    assert found is not None
    assert [found.brier, found.reliability, found.resolution] == pytest.approx([0.186, 0.006, 0.0376])
    assert [found.uncertainty, found.base_rate] == pytest.approx([0.2176, 0.32])
    assert found.skill == pytest.approx(0.14522058823529413)
    assert [(point.count, point.observed_share) for point in found.curve] == [(10, 0.1), (10, 0.4), (5, 0.6)]
    assert (found.questions, found.predictions) == (25, 25)


def test_every_prediction_counts_or_the_first_alone() -> None:
    """Options of one question are one question."""
    told = [
        Said("q", [0.2, 0.6, 0.9], True),
        Said("r", [0.5, 0.1], True),
        Said("r", [0.5, 0.9], False),
        Said("s", [], True),
    ]
    every, first = calibration(told), calibration(told, "first")
    assert every is not None
    assert first is not None
    assert (every.questions, every.predictions) == (2, 7)
    assert (first.questions, first.predictions) == (2, 3)
    assert first.brier == pytest.approx((0.64 + 0.25 + 0.25) / 3)


def test_nothing_said_is_no_calibration_and_one_sort_of_end_no_skill() -> None:
    assert calibration([]) is None
    found = calibration([Said("q", [0.2], False)])
    assert found is not None
    assert found.skill is None
    assert found.brier == pytest.approx(0.04)

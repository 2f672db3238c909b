"""The scorecard of a place: lives, averages over time, skill, what is void; numbers by hand and from the oracles."""

import math
import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scorecards.cards import Manner, Recorded, scorecard
from forecast.scorecards.records import MEANINGS, Scorecard
from forecast.scorecards.stated import Chance, Dated, Number, Options, UnscoredError
from tests.forecast.scorecards.asked import CLOSES, OPENS, SCENARIO, at, chances, evenly, happened, in_order, said

DEAL, WHEN, WHICH, COST = "questions.deal", "questions.when", "questions.which", "questions.cost"


def _binary(yes: bool, *predictions: tuple[float, float], on: date = CLOSES, **manner: object) -> Scorecard:
    settled = happened(DEAL, on, type="binary", happened=yes)
    return scorecard(SCENARIO, settled, chances(DEAL, yes, *predictions), Manner(**manner))  # type: ignore[arg-type]


def test_each_prediction_counts_as_long_as_it_stood() -> None:
    """0.4 for 100 days, 0.2 for 200, 0.05 for 337, and it did not happen: a known answer of the scoring rules."""
    card = _binary(False, (0, 0.4), (100, 0.2), (300, 0.05))
    assert card.scores["brier"] == pytest.approx(0.03899921507064364, abs=1e-12)
    assert card.scores["brier_two_sided"] == pytest.approx(2 * 0.03899921507064364, abs=1e-12)
    logs = 100 * math.log(0.6) + 200 * math.log(0.8) + 337 * math.log(0.95)
    assert card.scores["log"] == pytest.approx(logs / 637)
    assert (card.predictions, card.opens, card.closes) == (3, OPENS, at(637))
    assert card.covered == pytest.approx(1)


def test_a_single_prediction_scores_as_the_rules_say() -> None:
    """0.7 and yes, on the last day: known answers of the scoring rules."""
    card = _binary(True, (0, 0.7))
    known = {"brier": 0.09, "brier_two_sided": 0.18, "log": -0.3566749439387324, "spherical": 0.9191450300180579}
    assert {name: card.scores[name] for name in known} == pytest.approx(known, abs=1e-12)
    assert card.scores["metaculus_baseline"] == pytest.approx(48.54268271702418)


def test_the_life_ends_with_the_day_on_which_it_happened() -> None:
    """After 100 of 637 days; what came on that day counts, what came later is late, and the plan stays what it was."""
    on = (OPENS + timedelta(days=99)).date()
    card = _binary(True, (0, 0.5), (50, 0.8), (99.9, 0.9), (100, 0.99), (200, 1.0), on=on)
    assert (card.closes, card.planned_close) == (at(100), at(637))
    assert (card.predictions, card.late) == (3, 2)
    assert card.scores["brier"] == pytest.approx((50 * 0.25 + 49.9 * 0.04 + 0.1 * 0.01) / 100)
    assert card.covered == pytest.approx(100 / 637)


def test_the_life_ends_at_the_close_of_the_question_if_that_comes_first() -> None:
    card = _binary(False, (0, 0.4), (636.9, 0.0), (637, 1.0), on=date(2027, 12, 31))
    assert (card.closes, card.late) == (at(637), 1)
    assert card.scores["brier"] == pytest.approx(636.9 * 0.16 / 637)


@pytest.mark.parametrize("manner", [{}, {"base_rate": 0.9}])
def test_a_life_in_which_nothing_was_said_has_no_score(manner: dict[str, Any]) -> None:
    card = _binary(True, opens=OPENS, **manner)
    assert (card.predictions, card.scores) == (0, {})


def test_a_question_that_never_closes_lives_to_the_horizon() -> None:
    settled = happened("questions.open", date(2027, 12, 31), type="binary", happened=False)
    card = scorecard(SCENARIO, settled, chances("questions.open", False, (0, 0.5)))
    assert card.closes == card.planned_close == at(730)


def test_a_baseline_score_counts_time_without_a_prediction_as_zero() -> None:
    """As Metaculus has it: half of the time until the planned close is half of the score."""
    card = _binary(True, (637 / 2, 0.7), opens=OPENS)
    assert card.scores["metaculus_baseline"] == pytest.approx(48.54268271702418 / 2)
    assert card.scores["brier"] == pytest.approx(0.09)
    assert card.covered == pytest.approx(0.5)


def test_a_stated_opening_cuts_what_stood_before_it() -> None:
    """0.4 stood when it opened; what was replaced before is gone."""
    card = _binary(False, (0, 0.9), (50, 0.4), (368.5, 0.2), opens=at(100))
    assert card.opens == at(100)
    assert card.scores["brier"] == pytest.approx((0.16 + 0.04) / 2)


def test_skill_is_against_the_base_rate_that_decays() -> None:
    """The mean of (1 - q^s)^2 over s in [0, 1] is 1 - 2 (q - 1)/ln q + (q^2 - 1)/(2 ln q), with q = 1 - p0."""
    q = 0.6
    baseline = 1 - 2 * (q - 1) / math.log(q) + (q**2 - 1) / (2 * math.log(q))
    found = _binary(False, (0, 0.4), (318.5, 0.1)).skill
    assert found is not None
    assert found.base_probability == 0.4
    assert found.base_rate_brier == pytest.approx(baseline)
    assert found.brier == pytest.approx((0.16 + 0.01) / 2)
    assert found.skill == pytest.approx(1 - 0.085 / baseline)


def test_the_base_rate_may_be_stated() -> None:
    """One that is certain of what came has no skill to be measured against; one of certainty cannot decay."""
    found = _binary(False, (0, 0.4), base_rate=0.0).skill
    assert found is not None
    assert (found.base_probability, found.base_rate_brier, found.skill) == (0.0, 0.0, None)
    assert _binary(True, (0, 1.0)).skill is None


def test_options_are_scored_as_a_whole_and_in_order_only_if_asked() -> None:
    """(0.5, 0.3, 0.2) and the second: known answers of the scoring rules."""
    settled = happened(WHICH, type="multiple_choice", option="No deal")
    recorded = said(WHICH, (0, Options({"A deal": 0.5, "No deal": 0.3, "Nothing": 0.2}, "No deal")))
    card = scorecard(SCENARIO, settled, recorded)
    assert card.scores["brier_two_sided"] == pytest.approx(0.78)
    assert card.scores["metaculus_baseline"] == pytest.approx(100 * (1 + math.log(0.3, 3)))
    assert not {"brier", "ranked", "ordered_brier"} & card.scores.keys()
    assert card.skill is None
    asked = scorecard(SCENARIO, settled, recorded, Manner(in_order=True))
    assert [asked.scores["ranked"], asked.scores["ordered_brier"]] == pytest.approx([0.29, 0.29])


def test_a_date_is_scored_by_the_days_that_every_forecast_reports() -> None:
    """By June and by the horizon, whatever else one of them reported: 0.2² + 0.5² = 0.29, then 0.1² + 0.6² = 0.37."""
    first = Dated({"2026-06-30": 0.2, "2026-09-30": 0.3, "2027-12-31": 0.5}, date(2027, 1, 15))
    second = Dated({"2026-06-30": 0.1, "2027-12-31": 0.4}, date(2027, 1, 15))
    settled = happened(WHEN, date(2027, 1, 20), type="date", day="2027-01-15")
    card = scorecard(SCENARIO, settled, said(WHEN, (0, first), (190, second)), Manner(with_history=True))
    assert card.closes == at(380)
    assert card.scores == {"ranked": pytest.approx(0.33), "ordered_brier": pytest.approx(0.33)}
    assert card.history is not None
    assert [each.scores["ranked"] for each in card.history] == pytest.approx([0.29, 0.37])


@pytest.mark.parametrize(
    ("day", "ranked"),
    [("2026-06-30", 0.8**2 + 0.4**2), ("2026-07-01", 0.2**2 + 0.4**2), (None, 0.2**2 + 0.6**2)],
)
def test_a_reported_day_is_the_last_of_its_span(day: str | None, ranked: float) -> None:
    stated = Dated({"2026-06-30": 0.2, "2027-12-31": 0.6}, None if day is None else date.fromisoformat(day))
    card = scorecard(SCENARIO, happened(WHEN, type="date", day=day), said(WHEN, (0, stated)))
    assert card.scores["ranked"] == pytest.approx(ranked)


def test_days_that_were_past_before_the_first_forecast_are_no_splits() -> None:
    """Of four days the first was past, and so given no chance: 0.1² + 0.4² + 0.6² = 0.53, over three splits."""
    by = {"2026-06-30": 0.0, "2026-12-31": 0.1, "2027-06-30": 0.4, "2027-12-31": 0.6}
    settled = happened(WHEN, date(2027, 12, 31), type="date", day=None)
    card = scorecard(SCENARIO, settled, said(WHEN, (331, Dated(by, None))))
    assert card.scores == {"ranked": pytest.approx(0.53), "ordered_brier": pytest.approx(2 * 0.53 / 3)}


@pytest.mark.parametrize(
    ("first", "opens", "splits"),
    [
        (0, None, 2),
        (179.9, None, 2),  # on 29 June
        (180, None, 1),  # on the very day, by whose end there is little left to tell
        (200, 0, 1),  # the life opens before anything is said
        (0, 200, 1),  # what was said before it counts from there on
    ],
)
def test_splits_lie_after_the_day_on_which_scoring_begins(first: float, opens: float | None, splits: int) -> None:
    """By June 0.5, by the horizon 0.5, and it never came: 0.25 for each split."""
    stated = Dated({"2026-06-30": 0.5, "2027-12-31": 0.5}, None)
    manner = Manner(opens=None if opens is None else at(opens))
    settled = happened(WHEN, date(2027, 12, 31), type="date", day=None)
    card = scorecard(SCENARIO, settled, said(WHEN, (first, stated)), manner)
    assert card.scores["ranked"] == pytest.approx(0.25 * splits)


def test_dates_whose_days_were_all_past_are_not_scored() -> None:
    card = scorecard(
        SCENARIO, happened(WHEN, type="date", day=None), said(WHEN, (300, Dated({"2026-06-30": 0.0}, None)))
    )
    assert card.unscored is not None
    assert "no day in common that was still to come when its life began" in card.unscored


def test_dates_that_share_no_day_are_not_scored() -> None:
    recorded = said(WHEN, (0, Dated({"2026-06-30": 0.2}, None)), (1, Dated({"2026-12-31": 0.2}, None)))
    card = scorecard(SCENARIO, happened(WHEN, type="date", day=None), recorded)
    assert card.unscored is not None
    assert "report no day in common" in card.unscored


def test_a_number_is_scored_in_its_unit() -> None:
    """Even from 0 to 1, and it was 1: CRPS 1/3; the interval from 0.05 to 0.95 missed by 0.05, at 20 per unit."""
    card = scorecard(
        SCENARIO, happened(COST, type="numeric", value=1.0), said(COST, (0, Number(evenly(0.0, 1.0), 1.0)))
    )
    assert card.unit == "crowns"
    assert card.scores["crps"] == pytest.approx(1 / 3)
    assert card.scores["interval_0.9"] == pytest.approx(0.9 + 20 * 0.05)
    assert card.scores["interval_0.5"] == pytest.approx(0.5 + 4 * 0.25)
    assert card.scores["quantile_0.95"] == pytest.approx(0.95 * 0.05)
    pinball = [level * (1 - level) for level in (0.05, 0.25, 0.5, 0.75, 0.95)]
    assert card.scores["weighted_interval"] == pytest.approx(2 * sum(pinball) / 5)


def test_every_score_is_explained() -> None:
    """By its name, or by that of its kind where there is one for each level."""
    binary = _binary(True, (0, 0.5)).scores
    settled = happened(WHICH, type="multiple_choice", option="No deal")
    options = said(WHICH, (0, Options({"A deal": 0.5, "No deal": 0.3, "Nothing": 0.2}, "No deal")))
    ordered = scorecard(SCENARIO, settled, options, Manner(in_order=True)).scores
    number = said(COST, (0, Number(evenly(0.0, 1.0), 1.0)))
    numeric = scorecard(SCENARIO, happened(COST, type="numeric", value=1.0), number).scores
    names = {re.sub(r"_0\.\d+$", "_L", name) for name in (*binary, *ordered, *numeric)}
    assert names == MEANINGS.keys()


def test_what_was_given_no_chance_scores_minus_infinity() -> None:
    card = _binary(True, (0, 0.0), (1, 0.5), with_history=True)
    assert (card.scores["log"], card.scores["metaculus_baseline"]) == (None, None)
    assert card.scores["brier"] == pytest.approx((1 + 636 * 0.25) / 637)
    assert card.history is not None
    assert [each.scores["log"] for each in card.history] == [None, pytest.approx(math.log(0.5))]


def test_each_analyst_is_scored_by_their_own_predictions() -> None:
    """Each stands until the same analyst's next, over the one life of the question."""
    mine, theirs = chances(DEAL, False, (0, 0.4), (318.5, 0.2)), chances(DEAL, False, (318.5 / 2, 0.6), author="bob")
    card = scorecard(SCENARIO, happened(DEAL, type="binary", happened=False), in_order([*mine, *theirs]))
    assert card.by_analyst["ann"]["brier"] == pytest.approx((0.16 + 0.04) / 2)
    assert card.by_analyst["bob"]["brier"] == pytest.approx(0.36)
    assert card.scores["brier"] == pytest.approx(0.16 / 4 + 0.36 / 4 + 0.04 / 2)
    baseline = card.by_analyst["bob"]["metaculus_baseline"]
    assert baseline == pytest.approx(0.75 * 100 * (1 + math.log2(0.4)))


def test_a_forecast_that_does_not_speak_of_a_place_ends_what_stood() -> None:
    recorded = said(DEAL, (0, Chance(0.5, False)), (100, UnscoredError("asked otherwise")), (200, Chance(0.1, False)))
    card = scorecard(SCENARIO, happened(DEAL, type="binary", happened=False), recorded, Manner(with_history=True))
    assert card.scores["brier"] == pytest.approx((100 * 0.25 + 437 * 0.01) / 537)
    assert card.covered == pytest.approx(537 / 637)
    assert card.history is not None
    assert [each.unscored for each in card.history] == [None, "asked otherwise", None]


def test_options_that_overlap_are_not_scored_and_say_why() -> None:
    overlapping = Options({"A deal": 0.7, "No deal": 0.5, "Nothing": 0.0}, "A deal")
    card = scorecard(SCENARIO, happened(WHICH, type="multiple_choice", option="A deal"), said(WHICH, (0, overlapping)))
    assert (card.scores, card.predictions) == ({}, 0)
    assert card.unscored is not None
    assert card.unscored.startswith("none of 1 forecasts could be scored; the last: probabilities over the options sum")


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (DEAL, {"type": "annulled"}, "annulled"),
        ("nodes.talks", {"type": "node", "branch": None}, "never reached, which is void and not 0"),
    ],
)
def test_what_is_void_has_no_score(place: str, value: dict[str, Any], words: str) -> None:
    card = scorecard(SCENARIO, happened(place, **value), [Recorded("f", "ann", OPENS, {})])
    assert (card.scores, card.by_analyst, card.skill, card.unscored) == ({}, {}, None, words)
    assert card.type == ("node" if place.startswith("nodes") else "binary")


def test_an_annulled_place_that_no_version_has_any_more_is_still_told() -> None:
    assert scorecard(SCENARIO, happened("questions.gone", type="annulled"), []).type == "annulled"


def test_without_a_forecast_in_time_there_is_no_score() -> None:
    for predictions in ((), ((637, 0.5),)):
        card = _binary(True, *predictions)
        assert card.unscored == "no forecast was recorded before 2027-09-30T00:00:00+00:00, when its life ended"
    late = _binary(True, (0, 0.5), on=date(2026, 1, 2), opens=at(30))
    assert late.unscored is not None
    assert "before it opens: state an earlier opening" in late.unscored
    gone = said(DEAL, (0, Chance(0.5, True)), (10, UnscoredError("x")))
    nothing = scorecard(SCENARIO, happened(DEAL, type="binary", happened=True), gone, Manner(opens=at(20)))
    assert nothing.unscored == "no prediction stood while it was open"


def test_of_two_forecasts_of_one_moment_the_later_counts() -> None:
    card = _binary(False, (0, 0.9), (0, 0.4))
    assert card.predictions == 1
    assert card.scores["brier"] == pytest.approx(0.16)


def test_a_node_has_its_depth_and_is_no_question_of_a_platform() -> None:
    stated = Options({"deal": 0.25, "no_deal": 0.75}, "no_deal")
    settled = happened("nodes.talks", type="node", branch="no_deal")
    card = scorecard(SCENARIO, settled, said("nodes.talks", (0, stated)))
    assert (card.type, card.depth) == ("node", 2)
    assert card.scores["brier_two_sided"] == pytest.approx(2 * 0.25**2)
    assert "metaculus_baseline" not in card.scores


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0.01, 0.99)), min_size=1, max_size=6), st.booleans())
def test_an_average_lies_between_the_scores_it_is_of(predictions: list[tuple[float, float]], yes: bool) -> None:
    """And repeating what stands anyway changes nothing."""
    ordered = sorted({round(days, 3): p for days, p in predictions}.items())
    card = _binary(yes, *ordered, with_history=True)
    assert card.history is not None
    for name in ("brier", "log", "spherical"):
        each = [one.scores[name] or 0.0 for one in card.history]
        assert min(each) - 1e-12 <= (card.scores[name] or 0.0) <= max(each) + 1e-12
    repeated = _binary(yes, *ordered, (620, ordered[-1][1]))
    assert repeated.scores == pytest.approx(card.scores)

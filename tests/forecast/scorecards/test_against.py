"""Ours against others: the same rules over the same time, each quote until the next; numbers by hand."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from forecast.scorecards.against import OutsideQuote, Quantiles
from forecast.scorecards.cards import Manner, scorecard
from forecast.scorecards.parts import part_in_words
from forecast.scorecards.records import Against, Scorecard
from forecast.scorecards.stated import Chance, Dated, Number, Options, Stated, UnscoredError
from forecast.tournaments.listings import DayPart, HalfPart, OptionPart, Part, RangePart
from tests.forecast.scorecards.asked import CLOSES, SCENARIO, at, chances, evenly, happened, said

DEAL, WHEN, WHICH, COST, PAIR = (f"questions.{name}" for name in ("deal", "when", "which", "cost", "pair"))
NO = happened(DEAL, type="binary", happened=False)
MARKET = "manifold m1"


def _quote(
    days: float,
    what: float | Mapping[str, float] | Quantiles,
    part: Part | None = None,
    source: str = MARKET,
    recorded: float | None = None,
) -> OutsideQuote:
    return OutsideQuote(source, part, what, at(days), at(days if recorded is None else recorded))


def _deal(predictions: list[tuple[float, float]], *quotes: OutsideQuote, **manner: Any) -> dict[str, Against]:  # noqa: ANN401
    return scorecard(SCENARIO, NO, chances(DEAL, False, *predictions), Manner(**manner), quotes).against


def _peers(found: Against) -> tuple[float, float]:
    """Return the peer scores of ours and theirs, which there are."""
    peers = found.peers
    assert peers is not None
    assert peers.ours is not None
    assert peers.theirs is not None
    return peers.ours, peers.theirs


def _only(card: Scorecard) -> Against:
    (found,) = card.against.values()
    return found


def test_both_are_scored_over_the_time_in_which_both_stood() -> None:
    """Of 637 days ours is 0.4 for 100 and then 0.2; theirs 0.5 from day 50 and 0.1 from day 150; it did not happen."""
    found = _deal([(0, 0.4), (100, 0.2)], _quote(50, 0.5), _quote(150, 0.1))[MARKET]
    ours = (50 * 0.16 + 537 * 0.04) / 587
    theirs = (100 * 0.25 + 487 * 0.01) / 587
    assert (found.ours["brier"], found.theirs["brier"]) == pytest.approx((ours, theirs))
    assert found.difference["brier"] == pytest.approx(ours - theirs)
    logs = (50 * math.log(0.6) + 537 * math.log(0.8)) / 587
    assert found.ours["log"] == pytest.approx(logs)
    assert found.covered == pytest.approx(587 / 637)
    assert (found.quotes, found.after_the_fact, found.part, found.unscored) == (2, 0, None, None)
    ahead = 100 * (50 * math.log(0.6 / 0.5) + 50 * math.log(0.8 / 0.5) + 487 * math.log(0.8 / 0.9)) / 637
    assert _peers(found) == pytest.approx((ahead, -ahead))


def test_peers_are_all_sources_that_speak_of_the_same() -> None:
    """The platform's vector, stretched: 0.1 and 0.5 all the time, 0.9 from half-time on, of what came about."""
    half = 637 / 2
    found = _deal([(0, 0.9)], _quote(0, 0.5, source="manifold b"), _quote(half, 0.1, source="kalshi c"))
    known = {
        "ours": 50 * math.log(0.1 / 0.5) + 50 * math.log(0.1 / math.sqrt(0.45)),
        "manifold b": 50 * math.log(0.5 / 0.1) + 50 * math.log(0.5 / math.sqrt(0.09)),
        "kalshi c": 50 * math.log(0.9 / math.sqrt(0.05)),
    }
    for source, each in found.items():
        assert _peers(each) == pytest.approx((known["ours"], known[source]), abs=1e-8)
    assert [found[name].covered for name in ("kalshi c", "manifold b")] == pytest.approx([0.5, 1.0])


def test_what_has_stood_before_the_life_counts_from_its_opening() -> None:
    """0.3 since ten days before is what stands when ours begins; what was replaced before then is gone."""
    found = _deal([(100, 0.5)], _quote(-20, 0.9), _quote(-10, 0.3))[MARKET]
    assert found.quotes == 1
    assert found.covered == pytest.approx(1.0)
    assert found.theirs["brier"] == pytest.approx(0.09)


def test_of_what_is_said_since_one_moment_the_last_recorded_counts() -> None:
    found = _deal([(0, 0.5)], _quote(10, 0.3, recorded=12), _quote(10, 0.2, recorded=11))[MARKET]
    assert found.quotes == 1
    assert found.theirs["brier"] == pytest.approx(0.09)


def test_quotes_recorded_afterwards_are_counted_as_such() -> None:
    """They have the moment that whoever recorded them says they have."""
    found = _deal([(0, 0.5)], _quote(10, 0.3), _quote(20, 0.2, recorded=638))[MARKET]
    assert (found.quotes, found.after_the_fact) == (2, 1)


def test_a_gap_of_ours_is_no_time_of_theirs() -> None:
    recorded = said(DEAL, (0, Chance(0.5, False)), (100, UnscoredError("asked otherwise")), (200, Chance(0.1, False)))
    found = _only(scorecard(SCENARIO, NO, recorded, quotes=[_quote(50, 0.2), _quote(150, 0.9), _quote(190, 0.3)]))
    assert found.covered == pytest.approx((50 + 437) / 637)
    assert found.theirs["brier"] == pytest.approx((50 * 0.04 + 437 * 0.09) / 487)
    assert found.quotes == 2


def test_what_does_not_overlap_is_not_scored() -> None:
    found = _deal([(0, 0.5)], _quote(640, 0.2))[MARKET]
    assert (found.covered, found.ours, found.unscored) == (0.0, {}, "nothing that it said stood while ours did")


def test_a_score_that_is_infinite_has_no_difference() -> None:
    """They were certain that it would come, and it did not: no peer can be compared with that."""
    found = _deal([(0, 0.5)], _quote(0, 1.0), _quote(0, 0.4, source="kalshi c"))
    assert found[MARKET].theirs["log"] is None
    assert "log" not in found[MARKET].difference
    assert found[MARKET].difference["brier"] == pytest.approx(0.25 - 1.0)
    for each in found.values():
        assert each.peers is not None
        assert each.peers.ours is None
        assert each.peers.unscored is not None
        assert each.peers.unscored.startswith(f"'{MARKET}' gave no chance to what came about")


def test_a_baseline_score_is_of_the_time_of_both_alone() -> None:
    found = _deal([(0, 0.5)], _quote(637 / 2, 0.3))[MARKET]
    assert found.theirs["metaculus_baseline"] == pytest.approx(100 * (1 + math.log2(0.7)))


def test_options_are_held_against_options() -> None:
    """(0.5, 0.3, 0.2) of ours and (0.2, 0.6, 0.2) of theirs, and the second: 0.78 and 0.24; 100 ln(0.3 / 0.6)."""
    settled = happened(WHICH, type="multiple_choice", option="No deal")
    own = Options({"A deal": 0.5, "No deal": 0.3, "Nothing": 0.2}, "No deal")
    quote = _quote(0, {"A deal": 0.2, "No deal": 0.6, "Nothing": 0.2})
    card = scorecard(SCENARIO, settled, said(WHICH, (0, own)), Manner(in_order=True), [quote])
    found = _only(card)
    assert found.ours["brier_two_sided"] == pytest.approx(0.78)
    assert found.theirs["brier_two_sided"] == pytest.approx(0.24)
    assert found.theirs["ranked"] == pytest.approx(0.04 + 0.04)
    assert _peers(found) == pytest.approx((100 * math.log(0.5), 100 * math.log(2)))


def test_quantiles_are_held_against_the_same_levels() -> None:
    """Ours even from 0 to 1, theirs quartiles 0.5, 0.75, 1.5, and it was 1: losses of 0.25 · 0.5 and so on."""
    settled = happened(COST, type="numeric", value=1.0)
    quote = _quote(0, Quantiles({0.25: 0.5, 0.5: 0.75, 0.75: 1.5, 0.9: 2.0}))
    found = _only(scorecard(SCENARIO, settled, said(COST, (0, Number(evenly(0.0, 1.0), 1.0))), quotes=[quote]))
    theirs = {"quantile_0.25": 0.25 * 0.5, "quantile_0.5": 0.5 * 0.25, "quantile_0.75": 0.25 * 0.5, "interval_0.5": 1.0}
    ours = {"quantile_0.25": 0.25 * 0.75, "quantile_0.5": 0.25, "quantile_0.75": 0.75 * 0.25, "interval_0.5": 1.5}
    assert found.theirs == pytest.approx(theirs)
    assert found.ours == pytest.approx(ours)
    assert found.peers is None


_JUNE, _LATE = date(2026, 6, 30), date(2027, 1, 15)
_BY_JUNE, _MIDDLE = DayPart(by=_JUNE), RangePart(at_least=0.5, below=0.8)
_BY = {"2026-06-30": 0.2}
_AGREED = {"type": "conditional", "given": True, "happened": True}
_A_DEAL = {"type": "multiple_choice", "option": "A deal"}
_OWN = Options({"A deal": 0.5, "No deal": 0.3, "Nothing": 0.2}, "A deal")


@pytest.mark.parametrize(
    ("place", "value", "stated", "part", "chance", "came"),
    [
        (WHEN, {"type": "date", "day": "2026-06-30"}, Dated(_BY, _JUNE), _BY_JUNE, 0.2, True),
        (WHEN, {"type": "date", "day": "2027-01-15"}, Dated(_BY, _LATE), _BY_JUNE, 0.2, False),
        (WHEN, {"type": "date", "day": None}, Dated(_BY, None), _BY_JUNE, 0.2, False),
        (WHICH, _A_DEAL, _OWN, OptionPart(option="A deal"), 0.5, True),
        (WHICH, _A_DEAL, _OWN, OptionPart(option="No deal"), 0.3, False),
        (PAIR, _AGREED, Chance(0.7, True), HalfPart(given=True), 0.7, True),
        (COST, {"type": "numeric", "value": 0.5}, Number(evenly(0, 1), 0.5), _MIDDLE, 0.3, True),
        (COST, {"type": "numeric", "value": 0.8}, Number(evenly(0, 1), 0.8), _MIDDLE, 0.3, False),
        (COST, {"type": "numeric", "value": 0.8}, Number(evenly(0, 1), 0.8), RangePart(at_least=0.6), 0.4, True),
        (COST, {"type": "numeric", "value": 0.8}, Number(evenly(0, 1), 0.8), RangePart(below=0.6), 0.6, False),
    ],
)  # fmt: skip
def test_a_part_is_held_against_ours_of_the_same(
    place: str, value: dict[str, Any], stated: Stated, part: Part, chance: float, came: bool
) -> None:
    settled = happened(place, date(2027, 12, 31) if place == WHEN else CLOSES, **value)
    card = scorecard(SCENARIO, settled, said(place, (0, stated)), quotes=[_quote(0, 0.25, part)])
    found = card.against[f"{MARKET}, {part_in_words(part)}"]
    assert (found.part, found.unscored) == (part, None)
    assert found.ours["brier"] == pytest.approx((chance - came) ** 2)
    assert found.theirs["brier"] == pytest.approx((0.25 - came) ** 2)
    given = (chance, 0.25) if came else (1 - chance, 0.75)
    assert _peers(found)[0] == pytest.approx(100 * math.log(given[0] / given[1]))


def test_a_day_that_only_some_forecasts_report_leaves_a_gap() -> None:
    recorded = said(
        WHEN, (0, Dated({"2026-06-30": 0.5, "2027-12-31": 0.5}, None)), (90, Dated({"2027-12-31": 0.5}, None))
    )
    settled = happened(WHEN, date(2027, 12, 31), type="date", day=None)
    found = _only(scorecard(SCENARIO, settled, recorded, quotes=[_quote(0, 0.2, _BY_JUNE)]))
    assert found.covered == pytest.approx(90 / 181)
    other = _only(scorecard(SCENARIO, settled, recorded, quotes=[_quote(0, 0.2, DayPart(by=date(2026, 7, 1)))]))
    assert other.unscored == "our forecasts report no probability by 2026-07-01: ask them for it, by 'dates'"


def test_the_part_of_a_source_may_change_and_each_is_told_apart() -> None:
    """By June for 100 days, and then by the end of 2027; ours says 0.5 of either."""
    recorded = said(WHEN, (0, Dated({"2026-06-30": 0.5, "2027-12-31": 0.5}, None)))
    settled = happened(WHEN, date(2027, 12, 31), type="date", day=None)
    later = DayPart(by=date(2027, 12, 31))
    found = scorecard(SCENARIO, settled, recorded, quotes=[_quote(0, 0.2, _BY_JUNE), _quote(100, 0.3, later)]).against
    covered = {name: each.covered for name, each in found.items()}
    assert covered == {
        f"{MARKET}, by 2026-06-30": pytest.approx(100 / 181),
        f"{MARKET}, by 2027-12-31": pytest.approx(537 / 637),
    }


def test_what_is_asked_by_a_day_lives_until_that_day() -> None:
    """Ours says 0.5 until May and then 0.1, both of June; 120 of 181 days, whatever is said of June afterwards."""
    first, second, third = (Dated({"2026-06-30": p, "2027-12-31": 0.6}, None) for p in (0.5, 0.1, 0.0))
    settled = happened(WHEN, date(2027, 12, 31), type="date", day=None)
    recorded = said(WHEN, (0, first), (120, second), (300, third))
    found = _only(scorecard(SCENARIO, settled, recorded, quotes=[_quote(0, 0.3, _BY_JUNE), _quote(400, 0.0, _BY_JUNE)]))
    assert found.ours["brier"] == pytest.approx((120 * 0.25 + 61 * 0.01) / 181)
    assert (found.quotes, found.covered) == (1, 1.0)
    late = _only(scorecard(SCENARIO, settled, said(WHEN, (200, third)), quotes=[_quote(0, 0.3, _BY_JUNE)]))
    assert late.unscored == "the day was past before ours could be scored"


@pytest.mark.parametrize(
    ("place", "value", "stated", "quote", "why"),
    [
        (PAIR, _AGREED, Chance(0.7, True),
         _quote(0, 0.2, HalfPart(given=False)), "the condition held, and this half is void"),
        (WHICH, _A_DEAL, _OWN,
         _quote(0, {"Treaty": 0.5, "None": 0.5}), "among the options that were quoted there is no 'A deal'"),
        (WHICH, _A_DEAL, _OWN,
         _quote(0, 0.5), "what resolved as 'multiple_choice' has no such part"),
        (COST, {"type": "numeric", "value": 1.0}, Number(evenly(0.0, 1.0), 1.0),
         _quote(0, 0.5), "what was quoted does not answer a question that resolved as 'numeric'"),
        (DEAL, {"type": "binary", "happened": True}, Chance(0.7, True),
         _quote(0, Quantiles({0.5: 3.0})), "what was quoted does not answer a question that resolved as 'binary'"),
        (WHEN, {"type": "date", "day": None}, Dated({"2027-12-31": 0.2}, None),
         _quote(0, Quantiles({0.5: 1.8e9})), "quantiles of a day cannot be held against probabilities by days"),
        (WHICH, _A_DEAL, _OWN,
         _quote(0, 0.5, OptionPart(option="Treaty")), "our forecasts have no such part"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_why(
    place: str, value: dict[str, Any], stated: Stated, quote: OutsideQuote, why: str
) -> None:
    found = _only(scorecard(SCENARIO, happened(place, **value), said(place, (0, stated)), quotes=[quote]))
    assert (found.unscored, found.covered, found.theirs, found.peers) == (why, 0.0, {}, None)


def test_an_older_quote_of_another_type_leaves_a_gap() -> None:
    """The question once asked for a number; what was quoted then is no reason to leave out what is quoted now."""
    found = _deal([(0, 0.5)], _quote(0, Quantiles({0.5: 3.0})), _quote(100, 0.3))[MARKET]
    assert found.quotes == 1
    assert found.covered == pytest.approx(537 / 637)


def test_what_is_void_or_was_never_forecast_is_against_nobody() -> None:
    annulled = happened(DEAL, type="annulled")
    assert scorecard(SCENARIO, annulled, chances(DEAL, True, (0, 0.5)), quotes=[_quote(0, 0.5)]).against == {}
    assert scorecard(SCENARIO, NO, [], quotes=[_quote(0, 0.5)]).against == {}

"""Scorecards as tables: what was given no chance, what came late, and lists that are cut to a screen."""

import io
import math
from typing import Any

import pytest
from rich.console import Console

from api.cli.render_scores import card_in_full, whole_page
from api.routes.scores import ScorePage
from forecast.scorecards.against import OutsideQuote, Quantiles
from forecast.scorecards.calibrations import Said, calibration
from forecast.scorecards.cards import Manner, scorecard
from forecast.scorecards.groups import averages
from forecast.scorecards.records import Scorecard
from forecast.scorecards.stated import Dated, Number
from forecast.tournaments.listings import OptionPart
from tests.forecast.scorecards.asked import SCENARIO, at, chances, evenly, happened, said

DEAL, WHEN = "questions.deal", "questions.when"


def _card(*predictions: tuple[float, float], **more: Any) -> Scorecard:  # noqa: ANN401 -- parts of a manner
    settled = happened(DEAL, at(30).date(), type="binary", happened=True)
    return scorecard(SCENARIO, settled, chances(DEAL, True, *predictions), Manner(**more))


def _page(*cards: Scorecard, **more: Any) -> str:  # noqa: ANN401 -- parts of a page
    empty: dict[str, Any] = {"averages": None, "way": None, "calibration": None, "left_out": [], "unresolved": []}
    page = ScorePage.model_validate({"scenario": "talks", "places": cards, **empty, **more})
    console = _console()
    whole_page(console, page, everything=False)
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, shown.splitlines())) <= 80
    return shown


def _console() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False, markup=False, emoji=False)


def _shown(card: Scorecard, *, everything: bool = False) -> str:
    console = _console()
    card_in_full(console, card, everything)
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, shown.splitlines())) <= 80
    return shown


def test_what_was_given_no_chance_is_minus_infinity() -> None:
    shown = _shown(_card((0, 0.0), with_history=True))
    rows = {line.split("  ")[0]: line.split() for line in shown.splitlines()}
    assert (rows["log"][-1], rows["Metaculus baseline"][-1], rows["Brier"][-1]) == ("-inf", "-inf", "1.000")
    assert "Skill 0.000: Brier 1.000 against 1.000 of the base rate" in " ".join(shown.split())


def test_what_came_late_is_told() -> None:
    assert "2 forecasts were recorded later, and do not count." in _shown(_card((0, 0.5), (40, 0.9), (50, 0.9)))


def test_a_base_rate_that_was_perfect_leaves_no_skill() -> None:
    settled = happened(DEAL, at(30).date(), type="binary", happened=False)
    card = scorecard(SCENARIO, settled, chances(DEAL, False, (0, 0.5)), Manner(base_rate=0.0))
    assert "Skill none, as passing time alone was perfect" in " ".join(_shown(card).split())


def test_long_lists_are_cut_unless_asked_for_whole() -> None:
    card = _card(*((day, 0.5) for day in range(25)), with_history=True)
    assert "and 5 more: --all shows them" in _shown(card)
    assert len(_shown(card, everything=True).splitlines()) == len(_shown(card).splitlines()) + 4


def test_ours_stands_beside_others() -> None:
    """0.8 of yes against 0.5 and 0.6: 0.04 - 0.25 and 0.04 - 0.16; a peer is 100 ln(0.8 / the others' mean) ahead."""
    quotes = [
        OutsideQuote("manifold m1", None, 0.5, at(0), at(0)),
        OutsideQuote("csv desk", None, 0.6, at(0), at(40)),
        OutsideQuote("kalshi k", OptionPart(option="A deal"), 0.6, at(0), at(0)),
    ]
    settled = happened(DEAL, at(30).date(), type="binary", happened=True)
    card = scorecard(SCENARIO, settled, chances(DEAL, True, (0, 0.8)), quotes=quotes)
    shown = _shown(card).partition("Against others: Brier")[2]
    rows = {line.split("  ")[0]: line.split() for line in shown.splitlines() if line[:1].isalpha()}
    peer = 100 * math.log(0.8 / math.sqrt(0.5 * 0.6)) * 31 / 637
    assert rows["manifold m1"][2:] == ["4.87", "%", "0.040", "0.250", "-0.210", f"+{peer:.1f}"]
    assert rows["csv desk"][4:] == ["0.040", "0.160", "-0.120", f"+{peer:.1f}"]
    assert "1 quote was recorded after it was settled, with an earlier moment." in shown
    assert "Not scored: what resolved as 'binary' has no such part." in " ".join(shown.split())


def test_medians_of_numbers_stand_beside_others() -> None:
    """Even from 0 to 1, and it was 1: the median's loss is 0.25, and that of 0.75 is 0.125."""
    cost = "questions.cost"
    quote = OutsideQuote("metaculus 1/2", None, Quantiles({0.25: 0.5, 0.5: 0.75, 0.75: 0.9}), at(0), at(0))
    settled = happened(cost, type="numeric", value=1.0)
    recorded = said(cost, (0, Number(evenly(0.0, 1.0), 1.0)))
    shown = _shown(scorecard(SCENARIO, settled, recorded, quotes=[quote]))
    row = next(line.split() for line in shown.splitlines() if line.startswith("metaculus 1/2"))
    assert "Against others: pinball loss 0.5" in shown
    assert row[2:] == ["100", "%", "0.25", "0.125", "+0.125"]


def _date_card() -> Scorecard:
    """Of a date that never came: by June 0.1, by the horizon 0.2."""
    stated = Dated({"2026-06-30": 0.1, "2027-12-31": 0.2}, None)
    return scorecard(SCENARIO, happened(WHEN, type="date", day=None), said(WHEN, (0, stated)))


def test_the_score_of_a_date_stands_under_its_own_head() -> None:
    """2 (0.1² + 0.2²) / 2 = 0.05 for the date; 0.5 and yes is 0.5 on two sides."""
    lines = _page(_card((0, 0.5)), _date_card()).splitlines()
    head = next(line for line in lines if "two-sided" in line)
    date_row, yes_row = (next(line for line in lines if line.startswith(place)) for place in (WHEN, DEAL))
    assert date_row.index("0.050") + len("0.050") == head.index("in order") + len("in order")
    assert yes_row.index("0.500") + len("0.500") == head.index("two-sided") + len("two-sided")
    alone = _page(_card((0, 0.5)))
    assert "two-sided" in alone
    assert "in order" not in alone


def test_averages_have_the_score_of_dates() -> None:
    cards = [_card((0, 0.5)), _date_card()]
    shown = _page(*cards, averages=averages(cards, "type")).partition("Averages")[2]
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith(("binary", "date"))}
    assert rows["date"] == ["date", "1", "0.050"]
    assert rows["binary"][2] == "0.500"


@pytest.mark.parametrize(("first_happened", "sign"), [(False, "-"), (True, "+")])
def test_the_parts_of_a_brier_score_add_up(first_happened: bool, sign: str) -> None:
    """0.21 and 0.28 in one bin, half of which came about: 0.065 + 0.25 + 0.001 and, as it was the other, ± 0.035."""
    said_so = [Said("q", [0.21], first_happened), Said("r", [0.28], not first_happened)]
    shown = " ".join(_page(calibration=calibration(said_so)).split())
    brier = {"-": "0.281", "+": "0.351"}[sign]
    assert (
        f"Brier {brier} = 0.065 reliability - 0.000 resolution + 0.250 uncertainty + 0.001 variance within bins "
        f"{sign} 0.035 covariance within bins."
    ) in shown
    assert "nodes, the outcome, numbers and dates do not" in shown


def test_where_nothing_was_scored_there_is_no_average() -> None:
    assert "There is none: nothing that has resolved was scored." in _page(averages=())


def test_forecasts_that_do_not_count_are_told_by_their_reasons() -> None:
    """Each reason once, with how many; and of too many reasons the first."""
    left_out = [{"forecast": f"f{i}", "reason": f"it speaks from day {max(i, 3)}"} for i in range(30)]
    page = ScorePage.model_validate(
        {
            "scenario": "talks",
            "places": [_card((0, 0.5))],
            "averages": None,
            "way": None,
            "calibration": None,
            "left_out": left_out,
            "unresolved": [],
        }
    )
    console = _console()
    whole_page(console, page, everything=False)
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "4 forecasts do not count: it speaks from day 3." in shown
    assert "7 more do not count: --json has them." in shown
    assert "Not resolved" not in shown

"""Scorecards as tables: what was given no chance, what came late, and lists that are cut to a screen."""

import io
from typing import Any

from rich.console import Console

from api.cli.render_scores import card_in_full, whole_page
from api.routes.scores import ScorePage
from forecast.scorecards.cards import Manner, scorecard
from forecast.scorecards.records import Scorecard
from tests.forecast.scorecards.asked import SCENARIO, at, chances, happened

DEAL = "questions.deal"


def _card(*predictions: tuple[float, float], **more: Any) -> Scorecard:  # noqa: ANN401 -- parts of a manner
    settled = happened(DEAL, at(30).date(), type="binary", happened=True)
    return scorecard(SCENARIO, settled, chances(DEAL, True, *predictions), Manner(**more))


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

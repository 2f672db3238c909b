"""What moved between two forecasts: exact where it can be, bounded where it is sampled, nothing left out."""

import math

import pytest

from forecast.comparison import compare, figures
from forecast.result import Forecast
from tests.strategies import beta, changed, document, forecast_of, node

BEFORE = document(
    {
        "talks": node({"agree": "signing", "fail": None}, beta("agree", 2, 6)),
        "signing": node(["deal", "collapse"], beta("deal", 3, 3)),
    },
    groups={"no_deal": ["fail", "collapse"]},
    quantities={
        "troops": {"unit": "soldiers", "default": {"family": "normal", "mean": 100.0, "sd": 10.0}, "by_branch": {}}
    },
    questions={
        "signed": {
            "type": "binary",
            "text": "Signed?",
            "event": "deal",
            "resolution": "As reported.",
            "source": "the press",
        }
    },
)
AFTER = changed(
    BEFORE,
    nodes={**BEFORE["nodes"], "talks": node({"agree": "signing", "fail": None}, beta("agree", 4, 4))},
)


@pytest.fixture(scope="module")
def sides() -> tuple[Forecast, Forecast]:
    return forecast_of(BEFORE), forecast_of(AFTER)


def test_moves_are_those_computed_by_hand(sides: tuple[Forecast, Forecast]) -> None:
    """Talks agree with 1/4, then 1/2; a deal follows in half of them."""
    moves = {move.place: move for move in compare(*sides).moves}
    by_hand = {"outcomes.fail": -0.25, "outcomes.deal": 0.125, "groups.no_deal": -0.125, "questions.signed": 0.125}
    for place, difference in by_hand.items():
        assert moves[place].difference == pytest.approx(difference, abs=1e-12)
        assert (moves[place].mc_error, moves[place].method) == (0.0, "exact")
    assert moves["outcomes.deal"].odds_ratio == pytest.approx((0.25 / 0.75) / (0.125 / 0.875))
    assert moves["quantities.troops"].odds_ratio is None


def test_the_largest_move_comes_first_and_none_is_lost(sides: tuple[Forecast, Forecast]) -> None:
    found = compare(*sides)
    sizes = [abs(move.difference) / move.before.spread for move in found.moves]
    assert sizes == sorted(sizes, reverse=True)
    assert {move.place for move in found.moves} == set(figures(sides[0]))
    assert found.only_before == found.only_after == ()


def test_a_sampled_move_is_off_by_no_more_than_it_says(sides: tuple[Forecast, Forecast]) -> None:
    """Without exact values: other seeds, so that the errors are those of two runs."""
    before, after = forecast_of(BEFORE, seed=11), forecast_of(AFTER, seed=12)
    blind = [each.model_copy(update={"outcomes": _without_exact(each)}) for each in (before, after)]
    move = next(move for move in compare(blind[0], blind[1]).moves if move.place == "outcomes.deal")
    errors = (before.outcomes["deal"].mc_error, after.outcomes["deal"].mc_error)
    assert move.mc_error == pytest.approx(math.fsum(errors))
    assert move.method == "sum of both errors"
    assert abs(move.difference - 0.125) < 5 * move.mc_error


def _without_exact(forecast: Forecast) -> object:
    return {name: p.model_copy(update={"exact": None}) for name, p in forecast.outcomes.items()}


def test_what_one_side_alone_says_is_named(sides: tuple[Forecast, Forecast]) -> None:
    fewer = forecast_of(changed(BEFORE, groups={}))
    assert compare(sides[0], fewer).only_before == ("groups.no_deal",)
    assert compare(fewer, sides[0]).only_after == ("groups.no_deal",)


def test_a_forecast_against_itself_has_not_moved(sides: tuple[Forecast, Forecast]) -> None:
    assert all(move.difference == 0.0 for move in compare(sides[0], sides[0]).moves)

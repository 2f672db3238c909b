"""What a forecast says at each kind of place, read off a forecast that the engine made."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from forecast.result import Forecast
from forecast.run import run
from forecast.scorecards.stated import Chance, Dated, Number, Options, UnscoredError, said_in, stated_at
from forecast.scorecards.windows import end_of, why_hypothetical
from forecast.settings import RunSettings, as_json
from tests.forecast.scorecards.asked import SCENARIO, happened


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    return run(SCENARIO, RunSettings(draws=4_096))


def _at(forecast: Forecast, place: str, **value: Any) -> Any:  # noqa: ANN401 -- whatever is said there
    return stated_at(forecast, happened(place, **value))


def test_a_question_is_read_by_its_type(forecast: Forecast) -> None:
    """The means, as they are submitted; of a pair, the half that came about, which the prior states as 1/4."""
    questions: Mapping[str, Any] = forecast.questions
    assert _at(forecast, "questions.deal", type="binary", happened=True) == Chance(questions["deal"].mean, True)
    which = _at(forecast, "questions.which", type="multiple_choice", option="No deal")
    assert which == Options({label: p.mean for label, p in questions["which"].options.items()}, "No deal")
    cost = _at(forecast, "questions.cost", type="numeric", value=0.3)
    assert cost == Number(questions["cost"], 0.3)
    when = _at(forecast, "questions.when", type="date", day="2026-05-01")
    assert when == Dated({day: p.mean for day, p in questions["when"].by.items()}, date(2026, 5, 1))
    held = _at(forecast, "questions.pair", type="conditional", given=True, happened=False)
    assert isinstance(held, Chance)
    assert (held.probability, held.happened) == (questions["pair"].if_true.mean, False)
    failed = _at(forecast, "questions.pair", type="conditional", given=False, happened=False)
    assert failed == Chance(0.0, False)


def test_a_node_is_read_given_that_it_is_reached(forecast: Forecast) -> None:
    """A deal is taken with 1/4, of which a part is pending at the horizon."""
    found = _at(forecast, "nodes.talks", type="node", branch="deal_pending")
    assert isinstance(found, Options)
    assert found.probabilities["no_deal"] == pytest.approx(0.75, abs=1e-3)
    assert found.probabilities["deal"] + found.probabilities["deal_pending"] == pytest.approx(0.25, abs=1e-3)


def test_the_outcome_is_one_of_all(forecast: Forecast) -> None:
    found = _at(forecast, "outcomes", type="outcome", outcome="never_met")
    assert isinstance(found, Options)
    assert found.came_about == "never_met"
    assert set(found.probabilities) == {"deal", "deal_pending", "no_deal", "never_met"}
    assert sum(found.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("questions.gone", {"type": "binary", "happened": True}, "does not speak of 'questions.gone'"),
        ("nodes.gone", {"type": "node", "branch": "deal"}, "does not speak of 'deal' at nodes.gone"),
        ("questions.which", {"type": "multiple_choice", "option": "War"}, "does not speak of 'War'"),
        ("questions.cost", {"type": "binary", "happened": True}, "as a numeric question, which resolved as 'binary'"),
    ],
)
def test_what_a_forecast_does_not_speak_of_is_said(
    forecast: Forecast, place: str, value: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnscoredError, match=words):
        _at(forecast, place, **value)
    found = said_in(forecast, [happened(place, **value)])[place]
    assert isinstance(found, UnscoredError)


def test_a_condition_without_a_chance_says_nothing() -> None:
    """They are made to meet, so that the other half of the pair has no weight."""
    met = run(SCENARIO, RunSettings(draws=4_096, assume=("met",)))
    with pytest.raises(UnscoredError, match="the condition failed, which the forecast gave no chance"):
        _at(met, "questions.pair", type="conditional", given=False, happened=True)


NIGHT = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "counts"),
    [("2026-03-08", False), ("2026-03-09", True), ("2026-03-10", True), ("2026-03-11", True), ("2026-03-12", False)],
)
def test_a_forecast_counts_if_it_speaks_from_its_own_day(as_of: str, counts: bool) -> None:
    """Or the day before or after: somewhere it is that day, and runs wait overnight."""
    reason = why_hypothetical(as_json(RunSettings()), date.fromisoformat(as_of), NIGHT, date(2026, 1, 1))
    assert (reason is None) is counts
    if not counts:
        assert reason == f"it speaks from {as_of} and not from 2026-03-10, the day on which it was recorded"


def test_a_scenario_may_speak_from_a_later_day() -> None:
    assert why_hypothetical({}, date(2026, 6, 1), NIGHT, date(2026, 6, 1)) is None
    reason = why_hypothetical({}, date(2026, 3, 10), NIGHT, date(2026, 6, 1))
    assert reason == "it speaks from 2026-03-10 and not from 2026-06-01, the first day of its version of the scenario"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (RunSettings(assume=("met",)), "assumes or forces"),
        (RunSettings(do=("met",)), "assumes or forces"),
        (RunSettings(evidence="all"), "other evidence"),
        (RunSettings(evidence=("rumour",)), "other evidence"),
    ],
)
def test_what_ifs_do_not_count(settings: RunSettings, words: str) -> None:
    reason = why_hypothetical(as_json(settings), NIGHT.date(), NIGHT, date(2026, 1, 1))
    assert reason is not None
    assert words in reason


def test_days_end_in_utc() -> None:
    assert end_of(date(2026, 2, 28)) == datetime(2026, 3, 1, tzinfo=UTC)
    assert end_of(date.max) == datetime.max.replace(tzinfo=UTC)


def test_everything_that_resolved_is_read_at_once(forecast: Forecast) -> None:
    asked = [
        happened("questions.deal", type="binary", happened=True),
        happened("outcomes", type="outcome", outcome="x"),
    ]
    found = said_in(forecast, asked)
    assert isinstance(found["questions.deal"], Chance)
    assert isinstance(found["outcomes"], UnscoredError)

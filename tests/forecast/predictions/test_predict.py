"""The predictions of a forecast: its own means, its own worlds, and answers that agree with each other."""

from datetime import date
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from forecast import samples
from forecast.documents import read_scenario
from forecast.errors import ForecastFileError
from forecast.predictions import predict as module
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    NumberPrediction,
    PairPrediction,
    Predicted,
)
from forecast.predictions.predict import predict
from forecast.result import BinaryAnswer, ConditionalAnswer, DateAnswer, Forecast, NumericAnswer
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings

TALKS: dict[str, Any] = {
    "scenario": "talks",
    "title": "Will talks end in a deal?",
    "as_of": "2026-01-01",
    "horizon": "2027-12-31",
    "checkpoints": ["2026-12-31"],
    "nodes": {
        "start": {
            "branches": {"meeting": {"to": "talks"}, "none": {}},
            "prior": {"family": "hazard", "event": "meeting", "rate": {"family": "fixed", "per_year": 0.5}},
        },
        "talks": {
            "branches": ["deal", "no_deal"],
            "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5},
        },
    },
}


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    text = files("priors").joinpath("trump-kim-2025.yaml").read_text(encoding="utf-8")
    return run(read_scenario(text), RunSettings(draws=65_536, seed=5))


@pytest.fixture(scope="module")
def predicted(forecast: Forecast) -> Predicted:
    return predict(forecast)


def test_every_question_is_predicted_in_its_kind(forecast: Forecast, predicted: Predicted) -> None:
    kinds = {
        "binary": BinaryPrediction,
        "multiple_choice": ChoicePrediction,
        "numeric": NumberPrediction,
        "date": DatePrediction,
        "conditional": PairPrediction,
    }
    assert list(predicted.by_question) == list(forecast.questions)
    for name, answer in forecast.questions.items():
        assert type(predicted.by_question[name]) is kinds[answer.type]
    assert len(predicted.by_question) == 14


def test_numbers_have_the_mean_and_atoms_that_the_forecast_has(forecast: Forecast, predicted: Predicted) -> None:
    for name, answer in forecast.questions.items():
        if isinstance(answer, NumericAnswer):
            prediction = predicted.by_question[name]
            assert isinstance(prediction, NumberPrediction)
            assert prediction.distribution.mean() == pytest.approx(answer.mean, rel=1e-9)
            for atom in answer.atoms:
                here = np.array([atom.value])
                held = prediction.distribution.at_most(here) - prediction.distribution.below(here)
                assert held[0] == pytest.approx(atom.probability, abs=1e-9)


def test_when_agrees_with_by_then(forecast: Forecast, predicted: Predicted) -> None:
    """On every day that the forecast reports, to the last digits, although one is computed and the other drawn."""
    when, by_2027 = predicted.by_question["next-meeting-date"], predicted.by_question["meet-before-2027"]
    assert isinstance(when, DatePrediction)
    assert isinstance(by_2027, BinaryPrediction)
    answer = forecast.questions["next-meeting-date"]
    assert isinstance(answer, DateAnswer)
    for day, found in answer.by.items():
        at = np.array([float((date.fromisoformat(day) - when.start).days)])
        assert when.distribution.at_most(at)[0] == pytest.approx(found.mean, abs=1e-12)
    end = np.array([float((date(2026, 12, 31) - when.start).days)])
    assert when.distribution.at_most(end)[0] == pytest.approx(by_2027.probability, abs=1e-12)
    assert when.distribution.never == pytest.approx(1 - answer.by["2029-01-20"].mean, abs=1e-12)


def test_both_halves_of_a_pair_make_up_the_whole(forecast: Forecast, predicted: Predicted) -> None:
    """The law of total probability, with the joint probability asked for as a question of its own."""
    name = "deal-within-a-year-if-they-meet"
    pair, answer = predicted.by_question[name], forecast.questions[name]
    assert isinstance(pair, PairPrediction)
    assert isinstance(answer, ConditionalAnswer)
    document = dict(forecast.document)
    asked = document["questions"][name]
    both = {
        "type": "binary",
        "text": "Both?",
        "resolution": "Both.",
        "event": {"all": [asked["event"], asked["given"]]},
    }
    joint = run(
        parse_scenario({**document, "questions": {name: asked, "both": both}}), RunSettings(draws=65_536, seed=5)
    )
    again = predict(joint)
    pair, whole = again.by_question[name], again.by_question["both"]
    assert isinstance(pair, PairPrediction)
    assert isinstance(whole, BinaryPrediction)
    assert pair.if_true is not None
    assert pair.if_true * pair.given == pytest.approx(whole.probability, abs=1e-12)


def test_options_sum_to_one(predicted: Predicted) -> None:
    options = predicted.by_question["diplomacy-end-2027"]
    assert isinstance(options, ChoicePrediction)
    assert sum(options.options.values()) == pytest.approx(1.0, abs=1e-12)


def test_worlds_stay_joint(predicted: Predicted) -> None:
    """Each array has one entry per world, in one order: deaths come about only in a crisis, whoever draws it."""
    lengths = {values.size for values in predicted.worlds.values.values()}
    assert lengths == {65_536}
    assert predicted.worlds.weight.size == 65_536


def test_of_many_worlds_the_first_are_read(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WORLDS", 1)
    monkeypatch.setattr(samples, "MOST_ROWS", 1 << 14)
    few = predict(forecast)
    assert few.worlds.weight.size == 1 << 14
    when = few.by_question["next-meeting-date"]
    assert isinstance(when, DatePrediction)
    answer = forecast.questions["next-meeting-date"]
    assert isinstance(answer, DateAnswer)
    assert when.distribution.never == pytest.approx(1 - answer.by["2029-01-20"].mean, abs=1e-12)


def test_a_scenario_without_numbers_needs_no_worlds() -> None:
    question = {"type": "binary", "text": "A deal?", "resolution": "A text.", "event": "deal"}
    forecast = run(parse_scenario({**TALKS, "questions": {"deal": question}}), RunSettings(draws=4_096))
    found = predict(forecast)
    assert found.worlds.weight.size == 0
    answer, prediction = forecast.questions["deal"], found.by_question["deal"]
    assert isinstance(answer, BinaryAnswer)
    assert isinstance(prediction, BinaryPrediction)
    assert prediction.probability == answer.mean


def test_days_that_the_run_asks_for_are_met_too() -> None:
    question = {"type": "date", "text": "When?", "resolution": "The day.", "branch": "meeting"}
    scenario = parse_scenario({**TALKS, "questions": {"when": question}})
    settings = RunSettings(draws=4_096, dates=(date(2026, 3, 31), date(2026, 4, 1), date(2027, 6, 30)))
    forecast = run(scenario, settings)
    when = predict(forecast).by_question["when"]
    assert isinstance(when, DatePrediction)
    answer = forecast.questions["when"]
    assert isinstance(answer, DateAnswer)
    known = answer.by
    days = np.array([float((date.fromisoformat(day) - when.start).days) for day in known])
    assert when.distribution.at_most(days) == pytest.approx([each.mean for each in known.values()], abs=1e-12)


def test_a_forecast_that_was_altered_is_refused(forecast: Forecast) -> None:
    with pytest.raises(ForecastFileError, match="altered"):
        predict(forecast.model_copy(update={"title": "Another"}))


def test_a_branch_name_used_twice_finds_its_own_date() -> None:
    document = {
        **TALKS,
        "nodes": {
            "start": {
                "branches": {"deal": {"to": "talks"}, "none": {}},
                "prior": {"family": "hazard", "event": "deal", "rate": {"family": "fixed", "per_year": 0.5}},
            },
            "talks": {
                "branches": {
                    "deal": {"lag": {"family": "exponential", "rate": 1}, "outcome": "signed"},
                    "none": {"outcome": "no_deal"},
                },
                "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5},
            },
        },
        "questions": {"when": {"type": "date", "text": "When?", "resolution": "The day.", "branch": "start.deal"}},
    }
    forecast = run(parse_scenario(document), RunSettings(draws=4_096))
    when = predict(forecast).by_question["when"]
    assert isinstance(when, DatePrediction)
    assert when.distribution.never == pytest.approx(np.exp(-0.5 * 729 / 365.25), abs=1e-3)

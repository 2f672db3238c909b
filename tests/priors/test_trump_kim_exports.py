"""The fourteen questions at every platform whose types fit, from one run, and all answers agree with each other."""

import csv
import io
import json
from datetime import date
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from forecast.documents import read_scenario
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    NumberPrediction,
    PairPrediction,
    Predicted,
)
from forecast.predictions.predict import predict
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from forecast.tournaments.exports import Export
from forecast.tournaments.registry import FORMATS, read_listing, read_settings

SCENARIO = read_scenario(files("priors").joinpath("trump-kim-2025.yaml").read_text(encoding="utf-8"))
BINARY = [name for name, question in SCENARIO.questions.items() if question.type == "binary"]
NUMERIC = {"troops-end-2026": (0.0, 40_000.0), "missiles-2026": (-0.5, 100.5), "deaths-deadliest-incident": (0.0, 1e5)}
DIPLOMACY, MEETING, PAIR = "diplomacy-end-2027", "next-meeting-date", "deal-within-a-year-if-they-meet"
CHECKPOINTS = ("2025-12-31", "2026-12-31", "2027-12-31", "2029-01-20")


def _seconds(day: str) -> float:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 86_400.0


@pytest.fixture(scope="module")
def predicted() -> Predicted:
    return predict(run(SCENARIO, RunSettings(draws=65_536, seed=11)))


def _exported(platform: str, listings: list[dict[str, Any]], predicted: Predicted, **settings: object) -> Export:
    form = FORMATS[platform]
    asked = [read_listing({"platform": platform, **each}) for each in listings]
    return form.export(asked, predicted, read_settings(form, settings))


def _metaculus() -> list[dict[str, Any]]:
    options = list(SCENARIO.model_dump(mode="json")["questions"][DIPLOMACY]["options"])
    ranges = {
        name: {"range_min": low, "range_max": high, "open_upper_bound": True, "open_lower_bound": False}
        for name, (low, high) in NUMERIC.items()
    }
    ranges["missiles-2026"] |= {"inbound_outcome_count": 101}
    day = {"range_min": _seconds("2025-04-03"), "range_max": _seconds("2029-01-21")}
    days = {**day, "open_upper_bound": True, "open_lower_bound": False}
    kinds = {"missiles-2026": "discrete"}
    return [
        *({"question": name, "id": 100 + i, "type": "binary"} for i, name in enumerate(BINARY)),
        {"question": DIPLOMACY, "id": 201, "type": "multiple_choice", "labels": options},
        {"question": MEETING, "id": 202, "type": "date", "scaling": days},
        {"question": PAIR, "id": 203, "type": "binary", "part": {"given": True}},
        {"question": PAIR, "id": 204, "type": "binary", "part": {"given": False}},
        *(
            {"question": name, "id": 300 + i, "type": kinds.get(name, "numeric"), "scaling": ranges[name]}
            for i, name in enumerate(NUMERIC)
        ),
    ]


@pytest.fixture(scope="module")
def at_metaculus(predicted: Predicted) -> dict[int, dict[str, Any]]:
    export = _exported("metaculus", _metaculus(), predicted)
    return {each["question"]: each for each in json.loads(export.documents[0].content)}


def test_all_fourteen_are_asked_at_metaculus(at_metaculus: dict[int, dict[str, Any]]) -> None:
    """Two for the conditional pair."""
    assert {each["question"] for each in _metaculus()} == set(SCENARIO.questions)
    assert len(at_metaculus) == 15


def test_both_halves_make_up_the_whole(predicted: Predicted, at_metaculus: dict[int, dict[str, Any]]) -> None:
    """P(event) = P(event | condition) P(condition) + P(event | not) P(not), which the pair itself knows nothing of."""
    pair = predicted.by_question[PAIR]
    assert isinstance(pair, PairPrediction)
    document = SCENARIO.model_dump(mode="json", exclude_none=True)
    event = document["questions"][PAIR]["event"]
    document["questions"] = {"event": {"type": "binary", "text": "?", "resolution": "?", "event": event}}
    alone = predict(run(parse_scenario(document), RunSettings(draws=65_536, seed=11))).by_question["event"]
    assert isinstance(alone, BinaryPrediction)
    made_up = at_metaculus[203]["probability_yes"] * pair.given + at_metaculus[204]["probability_yes"] * (
        1 - pair.given
    )
    assert made_up == pytest.approx(alone.probability, abs=5 * alone.mc_error + 1e-4)


def test_when_they_meet_agrees_with_whether_they_meet(at_metaculus: dict[int, dict[str, Any]]) -> None:
    """The date's distribution at the end of 2026 is the answer to "before 2027?", but for half a cell and the floor."""
    cdf = np.array(at_metaculus[202]["continuous_cdf"])
    assert np.all(np.diff(cdf) > 0)
    ends = np.linspace(_seconds("2025-04-03"), _seconds("2029-01-21"), cdf.size)
    by_2027 = float(np.interp(_seconds("2027-01-01"), ends, cdf))
    asked = at_metaculus[100 + BINARY.index("meet-before-2027")]["probability_yes"]
    assert by_2027 == pytest.approx(asked, abs=0.01)


def test_options_sum_to_one_and_no_meeting_is_the_dates_own(
    predicted: Predicted, at_metaculus: dict[int, dict[str, Any]]
) -> None:
    options = at_metaculus[201]["probability_yes_per_category"]
    assert sum(options.values()) == pytest.approx(1.0, abs=1e-9)
    when = predicted.by_question[MEETING]
    assert isinstance(when, DatePrediction)
    end_2027 = float((date(2027, 12, 31) - when.start).days)
    met = float(when.distribution.at_most(np.array([end_2027]))[0])
    assert options["No meeting"] == pytest.approx(1 - met, abs=1e-9)


def test_every_platform_says_the_same_of_a_binary_question(
    predicted: Predicted, at_metaculus: dict[int, dict[str, Any]]
) -> None:
    """Metaculus, ForecastBench and the table in full, Cultivate to its four decimals, a hub to the last digit."""
    bench = {"organization": "us", "model": "branchcast", "model_organization": "us"}
    rows = [{"question": name, "id": name, "source": "manifold"} for name in BINARY]
    forecasts = _exported("forecastbench", rows, predicted, question_set="2026-08-16-llm.json", **bench)
    at_bench = {each["id"]: each["forecast"] for each in json.loads(forecasts.documents[0].content)["forecasts"]}
    sets = [
        {"question": name, "id": i + 1, "answers": {"type": "Forecast::Binary::Question", "answer": 7 + i}}
        for i, name in enumerate(BINARY)
    ]
    at_cultivate = {
        name: json.loads(document.content)["prediction_set"]["predictions_attributes"][0]["forecasted_probability"]
        for name, document in zip(BINARY, _exported("cultivate", sets, predicted).documents, strict=True)
    }
    table = csv.DictReader(io.StringIO(_exported("table", [], predicted).documents[0].content.decode()))
    at_table = {row["question"]: float(row["unrounded"]) for row in table if row["type"] == "binary"}
    for i, name in enumerate(BINARY):
        ours = predicted.by_question[name]
        assert isinstance(ours, BinaryPrediction)
        asked = at_metaculus[100 + i]["probability_yes"]
        assert {asked, at_bench[name], at_table[name]} == {ours.probability}
        assert at_cultivate[name] == pytest.approx(ours.probability, abs=0.5e-4)
    assert len(at_bench) == len(at_cultivate) == len(at_table) == 8


def test_dates_are_monotone_wherever_they_are_asked(predicted: Predicted) -> None:
    """Day by day they grow, and the spans that a site of Cultivate asks for make up the whole."""
    spans: list[dict[str, Any]] = [
        {"id": 1, "part": {"before": "2026-01-01"}},
        {"id": 2, "part": {"on_or_after": "2026-01-01", "before": "2027-01-01"}},
        {"id": 3, "part": {"on_or_after": "2027-01-01"}},
    ]
    several = {"type": "Forecast::Question", "answers": spans}
    listed = [{"question": MEETING, "id": 9, "answers": several}]
    (document,) = _exported("cultivate", listed, predicted).documents
    shares = [
        each["forecasted_probability"]
        for each in json.loads(document.content)["prediction_set"]["predictions_attributes"]
    ]
    when = predicted.by_question[MEETING]
    assert isinstance(when, DatePrediction)
    by_day = [
        float(when.distribution.at_most(np.array([float((date.fromisoformat(day) - when.start).days)]))[0])
        for day in CHECKPOINTS
    ]
    assert by_day == sorted(set(by_day))
    assert shares == pytest.approx([by_day[0], by_day[1] - by_day[0], 1 - by_day[1]], abs=1e-4)


def test_a_hub_gets_joint_worlds_and_the_same_means(predicted: Predicted) -> None:
    """Samples of three questions with one id are one history; their means are those of the distributions."""
    tasks = {
        "task_ids": {"target": {"required": None, "optional": list(NUMERIC)}},
        "output_type": {
            "sample": {
                "output_type_id_params": {
                    "type": "integer",
                    "min_samples_per_task": 100,
                    "max_samples_per_task": 1000,
                    "compound_taskid_set": [],
                },
                "value": {"type": "double"},
                "is_required": True,
            },
            "mean": {"output_type_id": {"required": None}, "value": {"type": "double"}, "is_required": False},
        },
        "target_metadata": [
            {
                "target_id": name[:30],
                "target_name": name,
                "target_units": "count",
                "target_keys": {"target": name},
                "target_type": "continuous",
                "is_step_ahead": False,
            }
            for name in NUMERIC
        ],
    }
    round_ = {
        "round_id_from_variable": False,
        "round_id": "2025-04-03",
        "model_tasks": [tasks],
        "submissions_due": {"start": "2025-04-01", "end": "2025-04-30"},
    }
    schema = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0/tasks-schema.json"
    listed = [{"question": n, "task_ids": {"target": n}, "output_types": ["sample", "mean"]} for n in NUMERIC]
    hub: dict[str, Any] = {"tasks": {"schema_version": schema, "rounds": [round_]}, "round_id": "2025-04-03"}
    export = _exported("hubverse", listed, predicted, team="us", model="worlds", samples=500, **hub)
    rows = list(csv.DictReader(io.StringIO(export.documents[0].content.decode())))
    by_id: dict[str, set[str]] = {}
    for row in rows:
        if row["output_type"] == "sample":
            by_id.setdefault(row["output_type_id"], set()).add(row["target"])
    assert {frozenset(each) for each in by_id.values()} == {frozenset(NUMERIC)}
    for name in NUMERIC:
        prediction = predicted.by_question[name]
        assert isinstance(prediction, NumberPrediction)
        (mean,) = (float(r["value"]) for r in rows if r["output_type"] == "mean" and r["target"] == name)
        assert mean == pytest.approx(prediction.distribution.mean(), rel=1e-9)


def test_an_order_never_pays_more_than_we_believe(predicted: Predicted) -> None:
    """Manifold: yes up to our probability, no down to it, at whatever price the market stands."""
    prices = (0.02, 0.2, 0.5, 0.8)
    listed = [
        {
            "question": name,
            "contract": f"c{i}",
            "market": {"type": "BINARY", "probability": prices[i % len(prices)]},
        }
        for i, name in enumerate(BINARY)
    ]
    export = _exported("manifold", listed, predicted, budget=1_000, least_edge=0.02)
    orders = {json.loads(each.content)["contractId"]: json.loads(each.content) for each in export.documents}
    assert orders
    for contract, order in orders.items():
        ours = predicted.by_question[BINARY[int(contract[1:])]]
        assert isinstance(ours, BinaryPrediction)
        assert order["dryRun"] is True
        assert (
            (order["limitProb"] <= ours.probability)
            if order["outcome"] == "YES"
            else (order["limitProb"] >= ours.probability)
        )
    assert sum(order["amount"] for order in orders.values()) <= 1_000


def test_the_headline_is_a_partition(predicted: Predicted) -> None:
    options = predicted.by_question[DIPLOMACY]
    assert isinstance(options, ChoicePrediction)
    assert sum(options.options.values()) == pytest.approx(1.0, abs=1e-12)

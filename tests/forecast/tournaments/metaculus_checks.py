"""For tests of the Metaculus format: predictions made by hand, and the platform's checks written from its rules."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from forecast.arrays import FloatArray
from forecast.predictions.empirical import empirical
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    JointWorlds,
    NumberPrediction,
    PairPrediction,
    Predicted,
    Prediction,
)
from forecast.tournaments.exports import Export
from forecast.tournaments.formats import NoSettings
from forecast.tournaments.metaculus import FORMAT, MetaculusListing

START, HORIZON = date(2026, 1, 1), date(2026, 12, 31)
NEW_YEAR_2026, NEW_YEAR_2027 = 1_767_225_600.0, 1_798_761_600.0


def predicted(*predictions: Prediction) -> Predicted:
    return Predicted(
        scenario="korea",
        title="Korea",
        as_of=START,
        digest="0123abcd",
        by_question={prediction.question: prediction for prediction in predictions},
        worlds=JointWorlds(np.empty(0), {}),
    )


def binary(probability: float) -> BinaryPrediction:
    return BinaryPrediction("q", "Will they meet?", probability, 1e-5)


def choice(options: Mapping[str, float]) -> ChoicePrediction:
    return ChoicePrediction("q", "Which?", options, 1e-5)


def pair(if_true: float | None, if_false: float | None) -> PairPrediction:
    return PairPrediction("q", "Will they, if?", 0.5, if_true, if_false)


def number(values: FloatArray, weights: FloatArray) -> NumberPrediction:
    return NumberPrediction("q", "How many?", "persons", empirical(values, weights))


def day(days: FloatArray, weights: FloatArray) -> DatePrediction:
    return DatePrediction("q", "When?", START, HORIZON, empirical(days, weights))


def listing(kind: str, **parts: Any) -> MetaculusListing:  # noqa: ANN401 -- as a document has them
    return MetaculusListing.model_validate({"question": "q", "id": 101, "type": kind, **parts})


def scaling(low: float, high: float, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 -- as a document has them
    return {"range_min": low, "range_max": high, "open_lower_bound": False, "open_upper_bound": False, **parts}


def exported(of: Prediction, *listings: MetaculusListing) -> Export:
    return FORMAT.export(listings, predicted(of), NoSettings())


def items(export: Export) -> list[dict[str, Any]]:
    """Return the list of forecasts as the platform would read it."""
    return list(json.loads(export.documents[0].content))


def cdf_of(export: Export) -> list[float]:
    [item] = items(export)
    return list(item["continuous_cdf"])


def platform_faults(item: Mapping[str, Any], asked: MetaculusListing) -> list[str]:
    """List why ``ForecastWriteSerializer`` would refuse a forecast: its steps, in its order and its arithmetic."""
    keys = item.keys() & {"probability_yes", "probability_yes_per_category", "continuous_cdf"}
    wanted = {"binary": "probability_yes", "multiple_choice": "probability_yes_per_category"}
    key = wanted.get(asked.type, "continuous_cdf")
    if keys != {key}:
        return [f"the value keys are {sorted(keys)}"]
    if key == "probability_yes":
        return [] if 0.001 <= item[key] <= 0.999 else [f"probability {item[key]}"]
    return _option_faults(item[key], asked) if key == "probability_yes_per_category" else _cdf_faults(item[key], asked)


def _option_faults(options: Mapping[str, float], asked: MetaculusListing) -> list[str]:
    faults = [f"{label} has {p}" for label, p in options.items() if not 0.001 <= p <= 0.999]
    if set(options) != set(asked.labels or ()):
        faults.append(f"the options are {sorted(options)}")
    if not np.isclose(sum(options.values()), 1.0):
        faults.append(f"they sum to {sum(options.values())}")
    return faults


def _cdf_faults(stated: list[float], asked: MetaculusListing) -> list[str]:
    assert asked.scaling is not None
    count = asked.scaling.inbound_outcome_count or 200
    cdf = np.round(stated, 10).tolist()
    steps = np.round([cdf[i + 1] - cdf[i] for i in range(len(cdf) - 1)], 9)
    first, last = cdf[0], cdf[-1]
    checks = {
        "length": len(cdf) == count + 1,
        "least step": all(steps >= np.round(0.01 / count, 9)),
        "greatest step": all(steps <= 0.2 * 200 / count),
        "lower end": first >= 0.001 if asked.scaling.open_lower_bound else first == 0.0,
        "upper end": last <= 0.999 if asked.scaling.open_upper_bound else last == 1.0,
    }
    return [name for name, holds in checks.items() if not holds]

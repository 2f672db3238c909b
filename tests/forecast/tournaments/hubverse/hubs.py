"""A small hub, listings for it, and predictions made by hand: what tests of the format share."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
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
    Predicted,
    Prediction,
)
from forecast.tournaments.exports import Export
from forecast.tournaments.hubverse import FORMAT, HubverseListing, HubverseSettings

HERE = Path(__file__).parent
TASKS: dict[str, Any] = json.loads((HERE / "tasks.json").read_text(encoding="utf-8"))
ADMIN: dict[str, Any] = json.loads((HERE / "admin.json").read_text(encoding="utf-8"))

START, HORIZON = date(2026, 1, 1), date(2026, 12, 31)
END_OF_HORIZON = {1: "2026-01-10", 2: "2026-01-17", 3: "2026-01-24"}


def tasks(changes: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the hub's tasks with values at pointers put in; '~' stands for the first round's model tasks."""
    changed = deepcopy(TASKS)
    for pointer, value in (changes or {}).items():
        *steps, last = [int(step) if step.isdigit() else step for step in _steps(pointer)]
        part: Any = changed
        for step in steps:
            part = part[step]
        part[last] = value
    return changed


def _steps(pointer: str) -> list[str]:
    return pointer.replace("~", "/rounds/0/model_tasks").strip("/").split("/")


def settings(changes: Mapping[str, object] | None = None, **stated: object) -> HubverseSettings:
    common = {"team": "brc", "model": "worlds", "round_id": "2026-01-03", "tasks": tasks(changes), "admin": ADMIN}
    return HubverseSettings.model_validate({**common, **stated})


def listing(question: str, target: str, horizon: int = 1, location: str = "KR", **stated: object) -> HubverseListing:
    """List a question for a task of the round of 2026-01-03."""
    task_ids = {
        "origin_date": "2026-01-03",
        "target": target,
        "horizon": horizon,
        "location": location,
        "target_end_date": END_OF_HORIZON[horizon],
    }
    return HubverseListing.model_validate({"question": question, "task_ids": task_ids, **stated})


def binary(name: str, probability: float) -> BinaryPrediction:
    return BinaryPrediction(name, f"{name}?", probability, 1e-5)


def choice(name: str, **options: float) -> ChoicePrediction:
    return ChoicePrediction(name, f"{name}?", {label.replace("_", " "): p for label, p in options.items()}, 1e-5)


def predicted(
    numbers: Mapping[str, FloatArray] | None = None,
    weight: FloatArray | None = None,
    days: Mapping[str, FloatArray] | None = None,
    others: Sequence[Prediction] = (),
) -> Predicted:
    """Return predictions of numbers and days, given in every world, and of whatever else."""
    worlds = {**(numbers or {}), **(days or {})}
    size = max((len(values) for values in worlds.values()), default=0)
    weight = np.ones(size) if weight is None else weight
    found: dict[str, Prediction] = {each.question: each for each in others}
    for name, values in (numbers or {}).items():
        found[name] = NumberPrediction(name, f"{name}?", "units", empirical(values, weight))
    for name, values in (days or {}).items():
        found[name] = DatePrediction(name, f"{name}?", START, HORIZON, empirical(values, weight))
    return Predicted("test", "Test", START, "0" * 64, found, JointWorlds(weight, worlds))


def exported(
    listings: Sequence[HubverseListing], of: Predicted, stated: HubverseSettings | None = None
) -> tuple[Export, list[dict[str, str]]]:
    """Return an export, and the rows of its CSV file as the csv module reads them."""
    export = FORMAT.export(listings, of, settings() if stated is None else stated)
    return export, rows_of(export)


def rows_of(export: Export) -> list[dict[str, str]]:
    text = export.documents[0].content.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def values_of(rows: Sequence[Mapping[str, str]], output_type: str, **tasks: str) -> dict[str, float]:
    """Return output_type_id → value of the rows of an output type, of the task with these ids."""
    return {
        row["output_type_id"]: float(row["value"])
        for row in rows
        if row["output_type"] == output_type and all(row[name] == value for name, value in tasks.items())
    }

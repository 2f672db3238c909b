"""The JSON Schema for editors: current, valid itself, true to what documents may say, and of use to who reads it."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from forecast.documents import read_scenario, scenario_schema
from forecast.documents.reader import read_yaml
from forecast.errors import ScenarioError

PRIORS = Path(__file__).parents[2] / "priors"
HARBOUR = (Path(__file__).parents[1] / "malformed" / "harbour.yaml").read_text(encoding="utf-8")
BOOM = "{family: beta, branch: large, a: 3.0, b: 1.0}"
SCHEMA = scenario_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def _as_json(data: object) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    """Return plain data as a JSON reader would see them: days and keys as text."""
    if isinstance(data, dict):
        return {str(key): _as_json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_json(value) for value in data]
    return data.isoformat() if isinstance(data, datetime.date) else data


def _complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(_as_json(read_yaml(text).data))]


def test_schema_file_is_current() -> None:
    """The file that editors read is the one the code writes; otherwise run ``make docs``."""
    assert json.loads((PRIORS / "scenario.schema.json").read_text(encoding="utf-8")) == SCHEMA


def test_schema_is_a_schema() -> None:
    """It obeys the dialect it names, and names no place."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert "$id" not in SCHEMA


def test_every_part_is_described() -> None:
    """An editor can show for each part what it is for."""
    assert SCHEMA["title"] == "branchcast scenario"
    assert [name for name, part in SCHEMA["$defs"].items() if not part.get("description")] == []


@pytest.mark.parametrize("path", sorted(PRIORS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_scenarios_fit_the_schema(path: Path) -> None:
    """No editor marks an error in a document that the reader accepts."""
    assert _complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("branches: [small, large]", "branches: {small: null, large: {}}"),
        ("branches: [small, large]", "branches: {small: {note: few ships}, large: }"),
        ("default: never", "default: {family: fixed, p: {yes: 0.1, no: 0.9}}"),
        ("event: large", "event: {not: {all: [large, {quantity: ships, above: 3}]}}"),
        ("unfinished: [halted, other]", "unfinished: {any: [halted, other]}"),
        (BOOM, "{family: quantiles, branches: {large: {0.25: 0.2, 0.75: 0.4}}}"),
        (BOOM, "{family: verbal, branches: {large: likely}}"),
        (
            "{family: lognormal, median: 10.0, p90: 20.0}",
            "{attribute: strike, yes: {family: fixed, value: 1}, no: {family: fixed, value: 2}}",
        ),
        ("product: [ships, price]", "power: [ships, 2]"),
        ("  income: {unit: EUR per year, product", "  income: {unit: EUR per year, title: , product"),
    ],
)
def test_every_form_that_is_read_fits_the_schema(old: str, new: str) -> None:
    """Short forms, names for events, numbers as keys: what the reader takes, the schema allows."""
    assert old in HARBOUR
    text = HARBOUR.replace(old, new, 1)
    read_scenario(text)
    assert _complaints(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Will the harbour open?\n", ""),
        ("title: Will the harbour open?", "title: 5"),
        ("rationale: two permits", "rationle: two permits"),
        ("branches: [small, large]", "branches: [small]"),
        ("branches: [small, large]", "branches: [small, small]"),
        ("  size:\n", "  the size:\n"),
        ("family: dirichlet", "family: dirchlet"),
        ("halted: 3.0", "halted: -3.0"),
        ("halted: 3.0", "halted: three"),
        ("default: never", "default: nevr"),
        ("event: large", "event: {node: size}"),
        ("type: binary", "type: yes_or_no"),
        ("family: lognormal, ", ""),
        ("{wind: 0.5}", "{wind: 1.5}"),
    ],
)
def test_schema_sees_what_an_editor_can_see(old: str, new: str) -> None:
    """Missing and unknown keys, wrong kinds and numbers out of range are marked while one writes."""
    assert old in HARBOUR
    text = HARBOUR.replace(old, new, 1)
    with pytest.raises(ScenarioError):
        read_scenario(text)
    assert _complaints(text)

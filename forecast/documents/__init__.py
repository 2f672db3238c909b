"""Scenario documents as text: YAML in, YAML out, edits that keep comments, and the JSON Schema for editors."""

from forecast.documents.editor import edit_yaml
from forecast.documents.reader import MAX_DOCUMENT_BYTES
from forecast.documents.scenario_text import LocatedScenario, read_located, read_scenario, scenario_to_yaml
from forecast.documents.schema import scenario_schema

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "LocatedScenario",
    "edit_yaml",
    "read_located",
    "read_scenario",
    "scenario_schema",
    "scenario_to_yaml",
]

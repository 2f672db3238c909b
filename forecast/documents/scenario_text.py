"""A scenario from its YAML text, with every fault located, and back to text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from forecast.documents.reader import Reading, read_yaml
from forecast.documents.writer import yaml_text
from forecast.errors import MAX_FAULTS, Fault, Pointer, ScenarioError
from forecast.scenario import Scenario, parse_scenario
from forecast.statements.document_parts import Node

"""More faults than this have one cause; the rest is counted, not listed."""


@dataclass(frozen=True, slots=True)
class LocatedScenario:
    """A scenario and the places of its values in the text it was read from."""

    scenario: Scenario
    reading: Reading

    def locate(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column, from 1, of a value, or of the nearest value around it that the text states."""
        return self.reading.locate(pointer)


def read_scenario(text: str, *, name: str = "scenario") -> Scenario:
    """Read a scenario from YAML 1.2 text (JSON is YAML too).

    Parameters
    ----------
    text : str
        The document; whoever has bytes decodes them first, as UTF-8.
    name : str
        What tracebacks call the document, usually its file name.

    Raises
    ------
    ScenarioError
        With every fault that can be told before others are corrected, in the order of lines, each with
        line and column.
    """
    return read_located(text, name=name).scenario


def read_located(text: str, *, name: str = "scenario") -> LocatedScenario:
    """Read a scenario as ``read_scenario`` does, and keep where its values stand."""
    try:
        return _read(text)
    except ScenarioError as error:
        for fault in error.faults:
            error.add_note(f"{name}:{fault.line}:{fault.column}: {fault.message}")
        raise


def _read(text: str) -> LocatedScenario:
    reading = read_yaml(text)
    try:
        scenario = parse_scenario(reading.data)
    except ScenarioError as error:
        raise ScenarioError(_all_faults(reading, error.faults, error.more)) from error
    if reading.faults:
        raise ScenarioError(_all_faults(reading, (), 0))
    return LocatedScenario(scenario, reading)


def _all_faults(reading: Reading, found: Iterable[Fault], further: int) -> list[Fault]:
    """Return the faults of reading and those found later, without echoes of the former, in line order."""
    located = [
        Fault(fault.pointer, fault.message, *reading.locate(fault.pointer))
        for fault in found
        if fault.pointer not in reading.unread
    ]
    faults = sorted([*reading.faults, *located], key=lambda fault: (fault.line or 0, fault.column or 0))
    unsaid = len(faults[MAX_FAULTS:]) + further
    if unsaid:
        last = faults[:MAX_FAULTS][-1]
        more = f"at least {unsaid:,} more {'fault' if unsaid == 1 else 'faults'}: correct these first"
        faults = [*faults[:MAX_FAULTS], Fault(last.pointer, more, last.line, last.column)]
    return faults


def scenario_to_yaml(scenario: Scenario) -> str:
    """Write a scenario in canonical form: what is stated, in the order of the parts, without defaults."""
    return yaml_text(stated_data(scenario))


def stated_data(part: BaseModel) -> dict[str, Any]:
    """Return what a part of a scenario states as dicts, lists, str, numbers and dates, defaults left out."""
    fields = type(part).model_fields
    values = {name: getattr(part, name) for name in fields}
    data: dict[str, Any] = {
        fields[name].alias or name: _plain(value)
        for name, value in values.items()
        if name == "family" or value != fields[name].get_default(call_default_factory=True)
    }
    return data | {"branches": _short_branches(data["branches"])} if isinstance(part, Node) else data


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return stated_data(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _short_branches(branches: Mapping[str, Any]) -> list[str] | dict[str, Any]:
    """Write branches by the shortest form that says them: a list of outcomes, or the name of the next node."""
    if not any(branches.values()):
        return list(branches)
    return {name: said["to"] if said.keys() == {"to"} else said or None for name, said in branches.items()}

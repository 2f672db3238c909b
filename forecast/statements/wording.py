"""What the validator finds in a document, said in sentences for analysts: thing, value, way out."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from forecast.errors import MAX_FAULTS, Fault, Pointer
from forecast.spelling import nearest
from forecast.statements.document_parts import Document

KEY = "[key]"
"""The step that the validator adds to a location when it speaks of a key rather than of its value."""

_BUT = ", but must be "
_A_MAP = "a map, 'key: value'"
_A_LIST = "a list, '[a, b]'"
_MUST_BE: dict[str, str] = {
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_unicode": "text of whole characters",
    "string_too_short": "text that is not empty",
    "text_blank": "text of which at least one character can be seen",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "a name: a letter, then letters, digits, '_' or '-', 64 characters at most{form}",
    "dict_type": _A_MAP,
    "model_type": _A_MAP,
    "model_attributes_type": _A_MAP,
    "tuple_type": _A_LIST,
    "list_type": _A_LIST,
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One error of the validator, and what a sentence about it calls the thing that is wrong."""

    error: ErrorDetails
    subject: str

    @property
    def value(self) -> object:
        """What the document states."""
        return self.error["input"]

    @property
    def limits(self) -> Mapping[str, object]:
        """What the validator expected, by its names for it."""
        limits = dict(self.error.get("ctx", {}))
        limits["form"] = "; or two of them, node.branch" if r"\." in str(limits.get("pattern")) else ""
        return {key: f"{value:.12g}" if isinstance(value, float) else value for key, value in limits.items()}

    @property
    def message(self) -> str:
        """The validator's own words, which are ours where a check of this project failed."""
        return self.error["msg"].removeprefix("Value error, ")


def faults_of(error: ValidationError, data: object) -> list[Fault]:
    """Return one fault for each thing that the validator found wrong with plain data; for the first ``MAX_FAULTS``."""
    faults: list[Fault] = []
    for item in error.errors(include_url=False)[:MAX_FAULTS]:
        if _is_echo(item):
            continue
        fault = _fault(item, data)
        stem, _, need = fault.message.partition(_BUT)
        if need and faults and faults[-1].pointer == fault.pointer and faults[-1].message.startswith(stem + _BUT):
            # Each form that the value may take was tried in turn: one fault, with all of them as ways out.
            fault = Fault(fault.pointer, f"{faults.pop().message}, or {need}")
        faults.append(fault)
    return faults


def _is_echo(error: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because entries of it were refused."""
    stated = error["input"]
    return error["type"] == "too_short" and isinstance(stated, Collection) and len(stated) >= error["ctx"]["min_length"]


def _fault(error: ErrorDetails, data: object) -> Fault:
    kind, location, stated = error["type"], error["loc"], error["input"]
    if location[-1:] == (KEY,):
        pointer = _pointer(location[:-1], data, stated)
        say = _SENTENCES.get(kind, _about_key if kind in _MUST_BE else _in_other_words)
        return Fault(pointer, say(_Finding(error, f"the key {_shown(stated)}")))
    pointer = _pointer(location[:-1] if kind == "missing" else location, data, stated)
    message = sentence(error, _subject(pointer))
    if kind == "union_tag_invalid":
        pointer = (*pointer, error["ctx"]["discriminator"].strip("'"))
    return Fault(pointer, message)


def sentence(error: ErrorDetails, subject: str) -> str:
    """Say what the validator found wrong with the value that the sentence calls ``subject``."""
    kind = error["type"]
    say = _SENTENCES.get(kind, _about_value if kind in _MUST_BE else _in_other_words)
    return say(_Finding(error, subject))


def _about_value(finding: _Finding) -> str:
    kind, value = finding.error["type"], finding.value
    said = f"{finding.subject} is {_shown(value)}{_BUT}{_MUST_BE[kind].format(**finding.limits)}"
    if kind == "string_type" and isinstance(value, bool | int | float | date):
        said += ": put it in quotes"
    if kind == "float_type" and isinstance(value, str) and _looks_like_number(value):
        said += ": write it without quotes, '_', ',' or '%'"
    return said


def _about_key(finding: _Finding) -> str:
    kind = finding.error["type"]
    said = f"{finding.subject} must be {_MUST_BE[kind].format(**finding.limits)}"
    return f"{said}: put it in quotes" if kind == "string_type" else said


def _in_other_words(finding: _Finding) -> str:
    """Say what the validator says, where this module has no sentence of its own."""
    return f"{finding.subject}: {finding.message[0].lower()}{finding.message[1:]} (it is {_shown(finding.value)})"


def _looks_like_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9][0-9_, ]*(\.[0-9]*)?([eE][-+]?[0-9]+)?%?", text.strip()) is not None


def _missing(finding: _Finding) -> str:
    step = finding.error["loc"][-1]
    return f"{finding.subject} lacks {_quoted(step) if isinstance(step, str) else f'its entry {step + 1}'}: state it"


def _unknown_key(finding: _Finding) -> str:
    key = str(finding.error["loc"][-1])
    return f"unknown key '{key}'{_did_you_mean(key, _vocabulary() - {key}) or ': remove it or correct its spelling'}"


def _unknown_kind(finding: _Finding) -> str:
    kinds = _listed(finding.limits["expected_tags"])
    if finding.error["loc"][-1] == "chance":
        kinds.append("hazard")
    what, stated = str(finding.limits["discriminator"]).strip("'"), str(finding.limits["tag"])
    return f"{what} '{stated}' is not one of {', '.join(kinds)}{_did_you_mean(stated, kinds)}"


def _no_kind(finding: _Finding) -> str:
    return f"{finding.subject} lacks {finding.limits['discriminator']}: state of what kind it is"


def _not_among(finding: _Finding) -> str:
    choices = _listed(finding.limits["expected"])
    hint = _did_you_mean(finding.value, choices) if isinstance(finding.value, str) else ""
    return f"{finding.subject} is {_shown(finding.value)}{_BUT}{' or '.join(map(_quoted, choices))}{hint}"


def _too_short(finding: _Finding) -> str:
    needed, stated = finding.limits["min_length"], finding.limits["actual_length"]
    return f"{finding.subject} has {_entries(stated)}, but needs {needed}: add what is missing"


def _too_long(finding: _Finding) -> str:
    return f"{finding.subject} has more than {_entries(finding.limits['max_length'])}: remove some"


def _own_words(finding: _Finding) -> str:
    return f"{finding.subject}: {finding.message}"


def _no_form(finding: _Finding) -> str:
    value = finding.value
    keys = ", ".join(map(str, value)) if isinstance(value, Mapping) else ""
    said = f"has the keys {keys}" if keys else "is empty" if value == {} else f"is {_shown(value)}"
    return f"{finding.subject} {said}, but {finding.message}"


_SENTENCES: dict[str, Callable[[_Finding], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _no_kind,
    "literal_error": _not_among,
    "too_short": _too_short,
    "too_long": _too_long,
    "value_error": _own_words,
    "event_form": _no_form,
    "part_form": _no_form,
}


def _listed(choices: object) -> list[str]:
    return re.findall("'([^']+)'", str(choices))


def _entries(count: object) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _quoted(text: str) -> str:
    return f"'{text}'"


def _did_you_mean(stated: str, known: Collection[str]) -> str:
    close = nearest(stated, known, cutoff=0.75)
    return "" if close is None else f": did you mean '{close}'?"


@cache
def _vocabulary() -> frozenset[str]:
    """Return every key that some part of a document knows."""
    schema = Document.model_json_schema()
    parts = (schema, *schema["$defs"].values())
    return frozenset(key for part in parts for key in part.get("properties", {}))


def _subject(pointer: Pointer) -> str:
    """Return what a sentence about the value at ``pointer`` calls it: ``'summit.prior.alpha'``."""
    entries = [i for i, step in enumerate(pointer) if isinstance(step, int)]
    if entries:
        last = entries[-1]
        entry = f"entry {int(pointer[last]) + 1} of {_subject(pointer[:last])}"
        return entry if last == len(pointer) - 1 else f"{_quoted(_dotted(pointer[last + 1 :]))} in {entry}"
    within_section = pointer[1:] if len(pointer) > 1 else pointer
    return _quoted(_dotted(within_section)) if pointer else "the document"


def _dotted(pointer: Pointer) -> str:
    return ".".join(map(str, pointer))


def _shown(value: object) -> str:
    """Return a value as the document writes it, shortened."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _pointer(location: tuple[str | int, ...], data: object, stated: object) -> Pointer:
    """Keep the steps that exist in the document: the validator also names the union member it tried.

    A member may be called like a key (an event ``{branch: …}`` is read by the member ``branch``), so a
    step is taken for a member's name if the same step, or one that only fits here, comes next.
    """
    kept: list[str | int] = []
    for i, step in enumerate(location):
        key = _key_of(data, step)
        if key is None or (isinstance(data, Mapping) and _names_member(data, key, location[i:], stated)):
            continue
        data = _part(data, key)
        kept.append(key)
    return tuple(kept)


def _names_member(
    data: Mapping[str | int, object], key: str | int, location: tuple[str | int, ...], stated: object
) -> bool:
    if len(location) == 1:
        return stated is data
    step, following = location[:2]
    return following == step or (_key_of(data[key], following) is None and _key_of(data, following) is not None)


def _part(data: object, key: str | int) -> object:
    return data[key] if isinstance(data, Mapping) else list(data)[int(key)] if isinstance(data, list | tuple) else None


def _key_of(data: object, step: str | int) -> str | int | None:
    """Return the key or index that a step of a location means in ``data``, None if it has no such part."""
    if isinstance(data, Mapping):
        return step if step in data else _key_written_otherwise(data, step)
    if isinstance(data, list | tuple) and isinstance(step, int) and step < len(data):
        return step
    return None


def _key_written_otherwise(data: Mapping[str | int, object], step: str | int) -> str | int | None:
    """Return the key that a step means though it is written otherwise, as numbers may be: 0.5, '0.50', 5e-1."""
    meant = _number(step)
    if meant is not None:
        return next((key for key in data if _number(key) == meant), None)
    return next((key for key in data if not isinstance(key, str) and str(key) == step), None)


def _number(key: object) -> float | None:
    try:
        return float(key) if isinstance(key, str | int | float) else None
    except ValueError:
        return None

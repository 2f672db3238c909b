"""Faults of plain data, as a REST body brings them: pointers into the body, sentences without a validator's jargon."""

import copy
import datetime
from typing import Any

import pytest

from forecast.errors import Fault, ScenarioError
from forecast.scenario import parse_scenario

BODY: dict[str, Any] = {
    "scenario": "tiny",
    "title": "Does it open?",
    "as_of": "2025-01-01",
    "horizon": "2026-01-01",
    "nodes": {
        "opening": {
            "branches": ["opens", "stays_closed"],
            "prior": {"family": "beta", "branch": "opens", "a": 7, "b": 3},
        }
    },
    "quantities": {"visits": {"unit": "visits", "default": {"family": "fixed", "value": 3.0}}},
    "questions": {"opens": {"type": "binary", "text": "Does it?", "resolution": "press", "event": "opens"}},
}


def _faults(pointer: tuple[str, ...], value: object) -> list[Fault]:
    """Return the faults of the body with one value changed."""
    body = copy.deepcopy(BODY)
    part = body
    for step in pointer[:-1]:
        part = part[step]
    part[pointer[-1]] = value
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(body)
    return list(caught.value.faults)


def test_the_body_itself_is_sound() -> None:
    """What the cases below change one value of is a scenario."""
    assert parse_scenario(BODY).tree.root == "opening"


PRIOR = ("nodes", "opening", "prior")
VISITS = ("quantities", "visits", "default")
QUANTILES = {"family": "quantiles", "fit": "normal"}


@pytest.mark.parametrize(
    ("pointer", "value", "path", "message"),
    [
        (
            ("horizon",),
            datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.UTC),
            "/horizon",
            "'horizon': 2026-01-01T09:00:00+00:00 has a time of day: state the calendar day only, such as 2026-01-01",
        ),
        (
            ("horizon",),
            "2026-W01-1",
            "/horizon",
            "'horizon': '2026-W01-1' is not a calendar day: write it as YYYY-MM-DD",
        ),
        (
            (*PRIOR, "a"),
            float("nan"),
            "/nodes/opening/prior/a",
            "'opening.prior.a' is nan, but must be a finite number",
        ),
        ((*PRIOR, "a"), True, "/nodes/opening/prior/a", "'opening.prior.a' is true, but must be a number"),
        (
            ("quantities", "visits"),
            {"unit": "visits", "power": ["visits", 2, 3]},
            "/quantities/visits/power",
            "'visits.power' has more than 2 entries: remove some",
        ),
        (
            PRIOR,
            {"family": "quantiles", "branches": {"opens": {"0.5": 0.2, "0.50": 0.3}}},
            "/nodes/opening/prior/branches/opens",
            "'opening.prior.branches.opens': the level 0.5 is stated twice",
        ),
        (
            PRIOR,
            {"family": "quantiles", "branches": {"opens": {".5": 0.2, "0.750": "half"}}},
            "/nodes/opening/prior/branches/opens/0.750",
            "'opening.prior.branches.opens.0.750' is 'half', but must be a number",
        ),
        (
            VISITS,
            {**QUANTILES, "values": {"low": 1, "0.5": 2}},
            "/quantities/visits/default/values/low",
            "the key 'low' must be a number",
        ),
        (
            VISITS,
            {**QUANTILES, "values": {"1.5": 1, "0.5": 2}},
            "/quantities/visits/default/values/1.5",
            "the key '1.5' must be below 1",
        ),
        (
            PRIOR,
            {
                "family": "panel",
                "pool": "extremised",
                "exponent": "twice",
                "experts": {name: {"family": "beta", "branch": "opens", "a": 1, "b": 1} for name in ("ann", "bob")},
            },
            "/nodes/opening/prior/exponent",
            "'opening.prior.exponent' is 'twice', but must be a number, or 'neyman_roughgarden'",
        ),
        (
            ("questions", "opens"),
            {"type": "multiple_choice", "text": "t", "resolution": "r", "options": {"a\x07": "opens", "b": "rest"}},
            "/questions/opens/options/a\x07",
            "the key 'a\\x07': the character U+0007 cannot be printed: remove it",
        ),
        (
            ("questions", "opens", "event"),
            {"branch": "opens", "by": 2025},
            "/questions/opens/event/by",
            "'opens.event.by': 2025 is not a calendar day: write it as YYYY-MM-DD",
        ),
        (
            ("questions", "opens", "event"),
            {"all": [{"any": [{"not": {"branch": 5}}]}]},
            "/questions/opens/event/all/0/any/0/not/branch",
            "'not.branch' in entry 1 of 'any' in entry 1 of 'opens.event.all' is 5, but must be text: put it in quotes",
        ),
        (
            ("title",),
            " \u200b",
            "/title",
            "'title' is ' \\u200b', but must be text of which at least one character can be seen",
        ),
        (("title",), "x" * 10_001, "/title", "'title' is 'xxx"),
        (("title",), b"bytes", "/title", "'title' is b'bytes', but must be text"),
    ],
)
def test_fault_of_a_body(pointer: tuple[str, ...], value: object, path: str, message: str) -> None:
    """One fault, at the value, in a sentence that needs no knowledge of the program."""
    (fault,) = _faults(pointer, value)
    assert fault.path == path
    assert fault.message.startswith(message)
    assert (fault.line, fault.column) == (None, None)


def test_a_body_that_contains_itself_is_refused() -> None:
    """A value without end is a fault as well, not an exhausted stack."""
    event: dict[str, Any] = {}
    event["not"] = event
    faults = _faults(("questions", "opens", "event"), event)
    assert faults[0].path.startswith("/questions/opens/event")


def test_path_escapes_what_json_pointers_reserve() -> None:
    """RFC 6901: ~ and / in a key are written ~0 and ~1."""
    assert Fault(("options", "yes/no", "a~b", 0), "").path == "/options/yes~1no/a~0b/0"

"""Scenario documents as text: what YAML means here, and where values stand."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.documents import read_located, read_scenario
from forecast.documents.reader import read_yaml
from forecast.errors import ScenarioError

HARBOUR = (Path(__file__).parents[1] / "malformed" / "harbour.yaml").read_text(encoding="utf-8")

MINIMAL = """\
scenario: tiny
title: Does it open?
as_of: 2025-01-01
horizon: 2026-01-01
nodes:
  opening:
    branches: [opens, stays_closed]
    prior: {family: beta, branch: opens, a: 7, b: 3}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("+12", 12),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("6.02E+23", 6.02e23),
        ("1e-300", 1e-300),
        ("9007199254740992", 2**53),
        ("'1'", "1"),
        ('"2025-04-03"', "2025-04-03"),
        ("2025-04-03", datetime.date(2025, 4, 3)),
        ("2025-02-30", "2025-02-30"),
        ("2025-04-03T10:00:00Z", "2025-04-03T10:00:00Z"),
        ("0.1.0", "0.1.0"),
        ("1e", "1e"),
        ("=", "="),
        ("nan", "nan"),
        ("a#b", "a#b"),
        ("a # b", "a"),
    ],
)
def test_scalars_mean_what_the_core_schema_says(text: str, value: object) -> None:
    """YAML 1.2, not 1.1: words stay words, leading zeros mean nothing, days are the one addition."""
    data = read_yaml(f"key: {text}\n").data
    assert data == {"key": value}
    assert isinstance(data, dict)
    assert type(data["key"]) is type(value)


def test_keys_keep_their_order_and_days_stay_text_in_them() -> None:
    """Keys are names or numbers; a year or a day as a key is what is written."""
    assert read_yaml("b: 1\na: 2\n0.25: 3\n2026: 4\n2026-01-01: 5\nno: 6\n").data == {
        "b": 1,
        "a": 2,
        0.25: 3,
        2026: 4,
        "2026-01-01": 5,
        "no": 6,
    }
    data = read_yaml("b: 1\na: 2\n").data
    assert isinstance(data, dict)
    assert list(data) == ["b", "a"]


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL,
        "\ufeff" + MINIMAL,
        MINIMAL.replace("\n", "\r\n"),
        MINIMAL.replace("\n", "\r"),
        "%YAML 1.2\n---\n" + MINIMAL + "...\n",
        "# comment\n---\n" + MINIMAL + "# end",
        (
            '{"scenario": "tiny", "title": "Does it open?", "as_of": "2025-01-01", "horizon": "2026-01-01",\n'
            '\t"nodes": {"opening": {"branches": ["opens", "stays_closed"],\n'
            '\t"prior": {"family": "beta", "branch": "opens", "a": 7, "b": 3}}}}'
        ),
    ],
    ids=["plain", "byte order mark", "CRLF", "CR", "directive and marks", "comments", "JSON"],
)
def test_same_document_in_other_clothes(text: str) -> None:
    """How the text is encoded or decorated does not reach the scenario."""
    assert read_scenario(text).digest == read_scenario(MINIMAL).digest


def test_order_of_keys_and_layout_do_not_reach_the_digest() -> None:
    """The same statements in another order, and one short form for another, are the same scenario."""
    turned = """\
nodes:
  opening:
    prior: {b: 3.0, a: 7.0, family: beta, branch: opens}
    branches: {stays_closed: {}, opens: null}
horizon: "2026-01-01"
as_of: 2025-01-01
title: "Does it open?"
scenario: tiny
"""
    assert read_scenario(turned).digest == read_scenario(MINIMAL).digest
    assert read_scenario(turned.replace("7.0", "7.5")).digest != read_scenario(MINIMAL).digest


def test_every_value_has_its_place() -> None:
    """A value is found where it stands; one that the text does not state, at what surrounds it."""
    located = read_located(HARBOUR, name="harbour.yaml")
    assert located.scenario.scenario == "harbour"
    assert located.locate(("title",)) == (2, 8)
    assert located.locate(("nodes", "permit", "prior")) == (11, 5)
    assert located.locate(("nodes", "permit", "prior", "windows", 1, "multiplier")) == (17, 58)
    assert located.locate(("nodes", "permit", "source")) == (8, 3)
    assert located.locate(("nodes", "size", "branches", 1)) == (33, 23)
    assert located.locate(("nothing", "of", "this")) == (1, 1)


def test_errors_say_which_document_they_speak_of() -> None:
    """A traceback shows file, line and column."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(MINIMAL.replace("a: 7", "a: seven"), name="tiny.yaml")
    assert caught.value.__notes__ == ["tiny.yaml:8:45: 'opening.prior.a' is 'seven', but must be a number"]


FRAGMENTS = [
    "a",
    "b: ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "#",
    "'",
    '"',
    "|",
    ">",
    "!",
    "&x",
    "*x",
    "---",
]
FRAGMENTS += [
    "...",
    "\t",
    "?",
    "\\",
    "\\U99999999",
    "\\x",
    "\r",
    "0",
    "1e9",
    ".nan",
    "null",
    "\u2028",
    "\x85",
    "é",
    "<<: ",
]
FRAGMENTS += [
    "%YAML 1.1",
    "%TAG ! x\n",
    "|2",
    "|+",
    "@",
    "`",
    "\\u12",
    "2025-01-01",
    "\x00",
    "\ufeff",
    "\ud800",
    "nodes: ",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join) | st.text(max_size=50))
def test_no_text_escapes_as_another_error(text: str) -> None:
    """Nonsense is always refused with located faults, never with an error of the parser or of Python."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text)
    assert caught.value.faults
    assert all((fault.line or 0) >= 1 and (fault.column or 0) >= 1 for fault in caught.value.faults)

"""Scenarios written as text, and edits that touch nothing but the value they are about."""

import difflib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.documents import edit_yaml, read_scenario, scenario_to_yaml
from forecast.documents.reader import read_yaml
from forecast.documents.writer import yaml_text
from forecast.errors import ScenarioError

HARBOUR = (Path(__file__).parents[1] / "malformed" / "harbour.yaml").read_text(encoding="utf-8")
PRIORS = sorted((Path(__file__).parents[2] / "priors").glob("*.yaml"))

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

COMMENTED = """\
# Starting prior.
scenario: s   # its name
nodes:
  # about a
  a:
    branches: [x, "y"]
    prior:      # how sure
      family: dirichlet
      alpha:
        x: 3.0   # three cases
        y: 'n'

    # after the prior
    rationale: >
      folded
      text

  b: {branches: [p, q], prior: {family: beta, branch: p, a: 1, b: 2}}  # one line
  c:
  - one   # first
  - k: v
    l: w
  empty:
last: word"""


def _changes(old: str, new: str) -> list[str]:
    """Return the lines that differ, as a diff shows them."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize("path", PRIORS, ids=lambda path: path.name)
def test_shipped_scenarios_survive_writing(path: Path) -> None:
    """Canonical text says the same scenario, and is its own canonical text."""
    scenario = read_scenario(path.read_text(encoding="utf-8"), name=path.name)
    text = scenario_to_yaml(scenario)
    assert read_scenario(text).digest == scenario.digest
    assert scenario_to_yaml(read_scenario(text)) == text


def test_canonical_text_reads_well() -> None:
    """Short parts stand on one line, long text is folded, defaults are left out, whole numbers are bare."""
    rationale = "seven of ten comparable cases, " * 6 + "as far as is known"
    text = scenario_to_yaml(read_scenario(MINIMAL + f"    rationale: {rationale}\n    source: 'yes: no'\n"))
    assert (
        text
        == """\
scenario: tiny
title: "Does it open?"
as_of: 2025-01-01
horizon: 2026-01-01

nodes:
  opening:
    branches: [opens, stays_closed]
    prior: {family: beta, branch: opens, a: 7, b: 3}
    rationale: >-
      seven of ten comparable cases, seven of ten comparable cases, seven of ten comparable cases, seven of
      ten comparable cases, seven of ten comparable cases, seven of ten comparable cases, as far as is known
    source: "yes: no"
"""
    )


def test_all_parts_of_a_document_survive_writing() -> None:
    """Windows, lags, panels, events, evidence: nothing stated is lost, aliases included."""
    scenario = read_scenario(HARBOUR)
    text = scenario_to_yaml(scenario)
    assert read_scenario(text) == scenario
    assert "windows:\n        - {from: 2025-05-01, to: 2025-06-01, multiplier: 3}" in text
    assert "branches: {granted: works, refused: null}" in text


TRICKY = st.sampled_from(
    [
        "no",
        "1e5",
        "0o17",
        "2025-01-01",
        "~",
        "",
        "a: b",
        "- x",
        "x #y",
        "#",
        "a\nb\n",
        "a\n\nb",
        " lead",
        "trail ",
        "'q'",
        '"',
        "\\",
        "{",
        "a\tb",
        "\n",
        "a\n\n",
        "x\u2028y",
        "x\x85y",
        "\ufeff",
        "word " * 40 + "end",
        "word " * 40 + "end\n",
        "x\r\ny",
        "- \n a",
        "# a\nb",
        "null",
        ".5",
        "1:30",
        "=",
        "<<",
        "? a",
        ": a",
        "!x",
        "&x",
        "*x",
        "@",
        "%",
        "é",
        "|",
    ]
)
TEXT = TRICKY | st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
KEY = TEXT.filter(lambda text: len(text) < 100) | st.floats(0.01, 0.99)
NUMBER = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
SCALAR = TEXT | NUMBER | st.booleans() | st.none() | st.dates()
DATA = st.recursive(
    SCALAR, lambda one: st.lists(one, max_size=4) | st.dictionaries(KEY, one, max_size=4), max_leaves=15
)
DOCUMENT = st.dictionaries(KEY, DATA, min_size=1, max_size=4)


@given(DOCUMENT)
def test_what_is_written_reads_back(data: dict[str, object]) -> None:
    """Whatever a document can hold, its text says exactly that."""
    reading = read_yaml(yaml_text(data))
    assert reading.data == data
    assert reading.faults == ()


@given(DOCUMENT, DATA, st.integers(0, 2**32))
def test_any_value_can_be_changed_in_place(data: dict[str, object], value: object, seed: int) -> None:
    """Written text takes any new value anywhere; what it says then is checked by the editor itself."""
    text = yaml_text(data)
    places = sorted((pointer for pointer in read_yaml(text).places if pointer), key=repr)
    pointer = random.Random(seed).choice(places)
    changed = edit_yaml(text, pointer, value)
    found: object = read_yaml(changed).data
    for step in pointer:
        assert isinstance(found, dict | list)
        found = found[step]  # type: ignore[index]
    assert found == value


EDITS = [
    (
        ("nodes", "a", "prior"),
        {"family": "dirichlet", "alpha": {"x": 4.5, "y": 7}},
        ["-        x: 3.0   # three cases", "-        y: 'n'", "+        x: 4.5   # three cases", "+        y: 7"],
    ),
    (
        ("nodes", "a", "prior"),
        {"family": "beta", "branch": "x", "a": 1, "b": 2},
        [
            "-      family: dirichlet",
            "-      alpha:",
            "-        x: 3.0   # three cases",
            "-        y: 'n'",
            "+      family: beta",
            "+      branch: x",
            "+      a: 1",
            "+      b: 2",
        ],
    ),
    (("nodes", "a", "prior", "alpha", "x"), 3, []),
    (("nodes", "a", "prior", "alpha", "z"), 1, ["+        z: 1"]),
    (("nodes", "a", "branches", 1), "z: 1", ['-    branches: [x, "y"]', '+    branches: [x, "z: 1"]']),
    (
        ("nodes", "a", "rationale"),
        "short",
        ["-    rationale: >", "-      folded", "-      text", "+    rationale: short"],
    ),
    (("nodes", "a", "source"), "survey: 2024", ['+    source: "survey: 2024"']),
    (
        ("nodes", "b", "prior"),
        {"family": "fixed", "p": {"p": 0.5, "q": 0.5}},
        [
            "-  b: {branches: [p, q], prior: {family: beta, branch: p, a: 1, b: 2}}  # one line",
            "+  b: {branches: [p, q], prior: {family: fixed, p: {p: 0.5, q: 0.5}}}  # one line",
        ],
    ),
    (
        ("nodes", "b", "author"),
        "ann",
        [
            "-  b: {branches: [p, q], prior: {family: beta, branch: p, a: 1, b: 2}}  # one line",
            "+  b: {branches: [p, q], prior: {family: beta, branch: p, a: 1, b: 2}, author: ann}  # one line",
        ],
    ),
    (("nodes", "c", 0), {"a": [1]}, ["-  - one   # first", "+  - {a: [1]}   # first"]),
    (("nodes", "c", 1, "m"), {"a": [1, {"b": 2}]}, ["+    m:", "+      a: [1, {b: 2}]"]),
    (("nodes", "empty"), "full", ["-  empty:", "+  empty: full"]),
    (("last",), None, ["-last: word", "+last: null"]),
    (("author",), "ann", ["+author: ann"]),
]


@pytest.mark.parametrize(("pointer", "value", "changes"), EDITS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_edit_touches_its_value_alone(
    pointer: tuple[str | int, ...], value: object, changes: list[str], newline: str
) -> None:
    """Comments, order, quoting and layout of all the rest stay as they are, to the character."""
    text = COMMENTED.replace("\n", newline)
    edited = edit_yaml(text, pointer, value)
    assert _changes(text, edited) == changes
    assert edited.count("\n") == edited.count(newline)


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        (("nodes", "nowhere", "prior"), "there is no 'nowhere' to change"),
        (("nodes", "c", 7), "there is no '7' to change"),
        (("last", "part"), "there is no 'part' to change"),
    ],
)
def test_an_edit_needs_something_to_change(pointer: tuple[str | int, ...], said: str) -> None:
    """A pointer to nothing is refused, with the place where it leaves the document."""
    with pytest.raises(ScenarioError, match=said) as caught:
        edit_yaml(COMMENTED, pointer, 1)
    assert caught.value.faults[0].line is not None


@pytest.mark.parametrize("value", [5, [1], {"b": 1}])
def test_an_edit_of_a_layout_it_cannot_keep_is_refused(value: object) -> None:
    """Where a change in place would say something else, or nothing, it is not made and the way out is named."""
    with pytest.raises(ScenarioError, match="cannot be changed in place"):
        edit_yaml("? a\n: {b, c: 1}\n", ("a", "b"), value)


def test_an_edit_reads_only_sound_text() -> None:
    """A document with a fault is not edited on top of it."""
    with pytest.raises(ScenarioError, match="stated twice"):
        edit_yaml("a: 1\na: 2\n", ("a",), 3)


def test_only_plain_data_can_be_written() -> None:
    """What YAML has no word for is refused where it is written, not where it is read."""
    with pytest.raises(TypeError, match="a document cannot hold"):
        edit_yaml("a: 1\n", ("a",), {1, 2})

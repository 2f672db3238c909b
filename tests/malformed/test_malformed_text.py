"""Text that is not one YAML 1.2 document in the sense of this project: refused before it is built, with its line."""

import tracemalloc
from collections.abc import Callable

import pytest

from forecast.documents import read_scenario, reader
from forecast.documents.reader import read_yaml
from forecast.errors import Fault, ScenarioError

Refused = Callable[[str], tuple[list[Fault], list[int]]]

# (name, text with § in the line of the fault, part of the message)
BROKEN = [
    ("empty", "§", "the document is empty"),
    ("only a comment", "§# nothing here\n", "the document is empty"),
    ("a list at the top", "§- a\n- b\n", "the document is a list, but must be a map"),
    ("a scalar at the top", "§just words\n", "the document is 'just words', but must be a map"),
    ("null at the top", "---\n§...\n", "the document is empty, but must be a map"),
    ("binary garbage", "§\x89PNG\r\n\x1a\n\x00", "cannot be printed: remove it"),
    ("NUL", "scenario: a\ntitle: §b\x00\n", "U+0000 cannot be printed"),
    ("a byte order mark inside", "scenario: a\n§\ufefftitle: b\n", "U+FEFF cannot be printed"),
    ("half a character", "scenario: §\ud800\n", "U+D800 cannot be printed"),
    ("tab as indentation", "nodes:\n§\ta: 1\n", "a tab stands where only spaces may"),
    ("tab after a colon", "scenario:§\tx\n", "a tab stands where only spaces may"),
    ("quote never closed", 'scenario: a\ntitle: §"open\nhorizon: x\n', "the quote that opens here is never closed"),
    ("single quote never closed", "title: §'open\n", "the quote that opens here is never closed"),
    ("text after a quote", "title: 'a'§ b\n", "put the whole value in quotes"),
    ("unknown escape", 'title: §"C:\\quay"\n', "'\\q' means nothing in double quotes"),
    ("escape beyond Unicode", 'title: §"\\U99999999"\n', "cannot be read as YAML"),
    ("indentation too small", "nodes:\n    a: 1\n§  b: 2\n", "align what belongs together"),
    ("indentation too large", "scenario: a\n§  title: b\n", "align keys that belong together"),
    ("colon in text", "title: §what: now\n", "put text that holds one in quotes"),
    ("key without colon", "scenario: a\n§title\nhorizon: b\n", "this key has no value"),
    ("list never closed", "a: 1\nchain: §[x, y\nb: 2\n", "the list that opens here is not closed"),
    ("map never closed", "a: §{b: 1\n", "the map that opens here is not closed"),
    ("list closed as a map", "chain: §[a, b}\n", "the list that opens here is not closed"),
    ("bracket closed only", "chain: §]\n", "']' stands where a value is expected"),
    ("list entry among keys", "scenario: a\n§- b\n", "a list entry stands among keys"),
    ("key among list entries", "- a\n§b: 1\n", "align what belongs together"),
    ("reserved character", "title: §@home\n", "a value cannot start with '@'"),
    ("percent sign first", "title: §%x\n", "a value cannot start with '%'"),
    ("star without name", "title: §* important\n", "a value cannot start with '*' or '&'"),
    ("block text on its header", "title: §| text\n", "start the text on the next line"),
    ("anchor", "a: §&base {b: 1}\n", "the anchor '&base' is refused"),
    ("alias", "a: §*base\n", "the alias '*base' is refused"),
    (
        "python tag",
        "a: §!!python/object/apply:os.system ['true']\n",
        "the tag '!!python/object/apply:os.system' is refused",
    ),
    ("local tag", "a: §!include other.yaml\n", "the tag '!include' is refused"),
    ("standard tag", "a: §!!float 1\n", "the tag '!!float' is refused"),
    ("undeclared tag", "a: §!x!y 1\n", "tags, which start with '!', are refused"),
    ("YAML 1.1", "§%YAML 1.1\n---\na: 1\n", "'%YAML 1.1' is refused"),
    ("YAML 1.3", "# comment\n§%YAML 1.3\n---\na: 1\n", "'%YAML 1.3' is refused"),
    ("tag directive", "§%TAG ! tag:example.org,2000:\n---\na: 1\n", "is refused"),
    ("two documents", "a: 1\n§---\nb: 2\n", "a second document starts here"),
    ("text after the end", "a: 1\n...\n§b: 2\n", "a second document starts here"),
    ("a list as key", "§? [a, b]\n: c\n", "a key must be a name or a number"),
    ("a map as key", "a:\n  §{b: 1}: c\n", "a key must be a name or a number"),
]


@pytest.mark.parametrize(("text", "said"), [pytest.param(*case[1:], id=case[0]) for case in BROKEN])
def test_broken_text_has_one_located_fault(refused: Refused, text: str, said: str) -> None:
    """Text that cannot be read to its end gives one fault, in the line where its author must look."""
    faults, lines = refused(text)
    assert [fault.line for fault in faults] == lines
    assert said in faults[0].message


def _hostile() -> dict[str, tuple[str, str]]:
    levels = [
        f"{'abcdefghi'[i]}: &{'abcdefghi'[i]} [" + ", ".join([f"*{'abcdefghi'[i - 1]}"] * 9) + "]" for i in range(1, 9)
    ]
    return {
        "10 MB of brackets": ("[" * 10_000_000, "10,000,000 bytes: the limit is 5,000,000"),
        "brackets within the size limit": ("[" * 4_900_000, "nested deeper than 64 levels"),
        "maps within the size limit": ("{a: " * 1_200_000, "nested deeper than 64 levels"),
        "list entries on one line": ("- " * 2_000_000, "nested deeper than 64 levels"),
        "deep block maps": ("\n".join(" " * i + "a:" for i in range(2_000)), "nested deeper than 64 levels"),
        "billion laughs": ("\n".join(["a: &a [lol]", *levels]), "the anchor '&a' is refused"),
        "one huge number": ("a: " + "9" * 400_000, "400,000 characters: write numbers with at most 100"),
        "one huge text": ("scenario: a" + "b" * 400_000, "but must be a name"),
    }


@pytest.mark.parametrize("name", _hostile())
def test_hostile_text_is_refused_in_little_memory(name: str) -> None:
    """What text could grow into never comes to be: the peak is a few copies of the text itself."""
    text, said = _hostile()[name]
    tracemalloc.start()
    try:
        with pytest.raises(ScenarioError) as caught:
            read_scenario(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert any(said in fault.message for fault in caught.value.faults)
    assert all(fault.line == 65 if name == "deep block maps" else fault.line == 1 for fault in caught.value.faults)
    assert peak < 6 * len(text) + 2_000_000


def test_values_are_counted_before_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of many small values stops at the limit, not at its end."""
    monkeypatch.setattr(reader, "MAX_VALUES", 1_000)
    with pytest.raises(ScenarioError) as caught:
        read_yaml("a: [" + "0,\n" * 100_000 + "]")
    (fault,) = caught.value.faults
    assert fault.message == "the document has more than 1,000 values: split the scenario"
    assert fault.line == 998


def test_first_anchor_ends_reading() -> None:
    """Nothing after a refused construct is read, so what follows cannot cost anything."""
    with pytest.raises(ScenarioError, match="the anchor '&a' is refused"):
        read_yaml("a: &a 1\nb: [" + "*a, " * 10 + "\n\tthis is not even YAML: [")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".inf", ".inf is not a number to forecast with"),
        ("-.INF", "-.INF is not a number to forecast with"),
        (".NaN", ".NaN is not a number to forecast with"),
        ("1e400", "1e400 is too large for a number"),
        ("-1e400", "-1e400 is too large for a number"),
        ("1e-400", "1e-400 is too small to be told from 0"),
        ("9007199254740993", "9007199254740993 is too large to be held exactly: write it as 9.007199e+15"),
    ],
)
def test_number_that_cannot_be_held_is_refused(refused: Refused, text: str, said: str) -> None:
    """A number is never rounded, capped or made infinite in silence."""
    faults, lines = refused(
        f"scenario: a\ntitle: t\nas_of: 2025-01-01\nhorizon: 2026-01-01\nnodes: {{}}\nx:\n  y: §{text}\n"
    )
    assert [fault.line for fault in faults if said in fault.message] == lines


def test_faults_of_reading_and_of_meaning_come_together() -> None:
    """An analyst sees all that can be told at once, in the order of the lines, without echoes."""
    text = (
        "scenario: two words\n"  # 1
        "title: T\n"
        "title: U\n"  # 3
        "as_of: 2025-01-01\n"
        "horizon: .nan\n"  # 5
        "nodes:\n"
        "  a:\n"  # 7
        "    branches: [x, y]\n"
        "    prior: {family: beta, branch: x, a: 1e999, b: true}\n"  # 9
        "    prior: {family: fixed, p: {x: .nan}}\n"  # 10: its own number goes unmentioned
    )

    with pytest.raises(ScenarioError) as caught:
        read_scenario(text, name="two.yaml")
    found = [(fault.line, fault.column, fault.message.split(":")[0]) for fault in caught.value.faults]
    assert found == [
        (1, 11, "'scenario' is 'two words', but must be a name"),
        (3, 1, "key 'title' is stated twice, first in line 2"),
        (5, 10, ".nan is not a number to forecast with"),
        (9, 41, "1e999 is too large for a number"),
        (9, 51, "'a.prior.b' is true, but must be a number"),
        (10, 5, "key 'prior' is stated twice, first in line 9"),
    ]
    assert caught.value.__notes__[1] == "two.yaml:3:1: key 'title' is stated twice, first in line 2: keep one"
    assert caught.value.faults[4].path == "/nodes/a/prior/b"


def test_many_faults_are_counted_not_listed() -> None:
    """A document that is wrong everywhere gives a page of faults, not a book."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario("\n".join(f"key{i}: 0" for i in range(1_000)))
    assert len(caught.value.faults) == 201
    assert caught.value.faults[-1].message == "at least 805 more faults: correct these first"

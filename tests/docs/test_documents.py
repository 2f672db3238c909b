"""The documentation is true: what its pages show of the command line happens, what they link to is there.

Python examples are run by pytest's doctest. Of the other fenced blocks, five kinds are followed here, in
the order of the page and in a folder of its own:

    ```yaml NAME      the reader saves the block as the file NAME
    ```python NAME    the same
    ```json NAME      the same
    ```diff NAME      the reader edits the file NAME: lines with '-' go, lines with '+' come, others show where
    ```console        the reader types each line after '$ ' and sees what follows it
    ```console DAY    the same, on that day

Outputs are compared as doctest compares them: runs of white space are alike, and '...' stands for anything.
"""

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from api.cli.exits import Exit
from forecast import errors, result
from forecast.settings import RunSettings
from tests.docs.shell import Shell

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "priors" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

FENCED = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FILES = frozenset({"yaml", "python", "json", "diff"})
SAME = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: what its fence says (``console``, or ``yaml`` and a file's name), and its text."""

    kind: str
    name: str
    body: str


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _blocks(text: str) -> list[Block]:
    found = []
    for match in FENCED.finditer(text):
        kind, _, name = match["info"].strip().partition(" ")
        found.append(Block(kind, name, match["body"]))
    return found


def _steps(text: str) -> list[Block]:
    """Return the blocks that a reader follows."""
    return [block for block in _blocks(text) if block.kind == "console" or (block.kind in FILES and block.name)]


def _commands(console: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block, however many lines it takes, with the output shown below it."""
    assert console.startswith("$ "), f"a console block starts with a command, after '$ ': {console[:60]!r}"
    for typed in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, shown = typed.replace("\\\n", " ").partition("\n")
        yield command, shown


def _edited(text: str, diff: str) -> str:
    """Apply the edit that a diff block shows; the lines it replaces must be there once."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    found = list(re.finditer(f"^{re.escape(before)}", text, re.MULTILINE))
    assert len(found) == 1, f"found {len(found)} times, not once:\n{before}"
    return text[: found[0].start()] + after + text[found[0].end() :]


@pytest.mark.parametrize("name", [name for name in NAMES if any(b.kind == "console" for b in _blocks(_text(name)))])
def test_consoles_show_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who follows a page step by step sees what the page shows."""
    shell = Shell(tmp_path, monkeypatch)
    try:
        for step in _steps(_text(name)):
            _follow(shell, step, tmp_path / step.name)
    finally:
        shell.close()


def _follow(shell: Shell, step: Block, file: Path) -> None:
    if step.kind == "diff":
        file.write_text(_edited(file.read_text(encoding="utf-8"), step.body), encoding="utf-8")
    elif step.kind != "console":
        file.write_text(step.body, encoding="utf-8")
    else:
        if step.name:
            shell.set_day(date.fromisoformat(step.name))
        for command, shown in _commands(step.body):
            printed = shell.type(command)
            same = doctest.OutputChecker().check_output(shown, printed, SAME)
            assert same, f"$ {command}\n--- shown\n{shown}--- printed\n{printed}"


@pytest.mark.parametrize("name", NAMES)
def test_no_curl_is_shown_that_is_not_run(name: str) -> None:
    """Whoever copies a line gets what the page promises."""
    elsewhere = FENCED.sub(lambda block: "" if block["info"].startswith("console") else block[0], _text(name))
    assert re.findall(r"^ *(?:\$ )?curl .*", elsewhere, re.MULTILINE) == []


def _anchors(page: Path) -> set[str]:
    """Return the fragments that a page's headings can be linked by, as GitHub makes them."""
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Every link to another page, or to a heading, finds it."""
    page = ROOT / name
    lost = []
    for target in LINK.findall(FENCED.sub("", _text(name))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (fragment and fragment not in _anchors(file)):
            lost.append(target)
    assert not lost, f"{name} links to nothing: {', '.join(lost)}"


def test_every_page_is_in_the_index() -> None:
    """Nobody has to know a page's name to find it."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(_text("docs/README.md"))}
    hidden = [
        str(page.relative_to(ROOT))
        for page in PAGES
        if page.is_relative_to(index.parent) and page != index and not {page, page.parent} & linked
    ]
    assert not hidden, f"docs/README.md does not link to {', '.join(hidden)}"


def _missing(page: str, names: set[str]) -> list[str]:
    """Return the names that a page never sets in code."""
    said = set(re.findall(r"[A-Za-z_]\w*", " ".join(re.findall(r"`([^`\n]+)`", FENCED.sub("", _text(page))))))
    return sorted(names - said)


def test_python_reference_names_every_field() -> None:
    """Whoever holds a forecast, a probability or settings finds each of their fields explained."""
    fields = {*result.Forecast.model_fields, *result.Probability.model_fields, *RunSettings.__dataclass_fields__}
    assert _missing("docs/reference/python.md", fields) == []


def test_forecast_reference_names_every_key() -> None:
    """Every key that can stand in a forecast's JSON is explained."""
    classes = [value for value in vars(result).values() if isinstance(value, type)]
    keys = {field for record in classes if issubclass(record, result.Record) for field in record.model_fields}
    assert _missing("docs/reference/forecast-json.md", keys) == []


def test_error_reference_names_every_error() -> None:
    """Every deliberate error and every exit code is explained."""
    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    page = "docs/reference/errors.md"
    assert _missing(page, {*classes, "Fault", *errors.Fault.__dataclass_fields__}) == []
    rows = set(re.findall(r"^\| (\d+) \|", _text(page), re.MULTILINE))
    assert rows == {str(code.value) for code in Exit}

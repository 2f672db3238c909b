"""``branchcast check`` finds everything, says where, and counts."""

import json
from pathlib import Path

import pytest

from forecast.result import Forecast
from tests.api.cli.support import Cli

FAULTY = """\
scenario: faulty
title: T
as_of: 2026-01-01
horizon: 2026-12-31
nodes:
  a:
    branches: [x, y]
    prior: {family: fixed, p: {x: 0.4, y: 0.7}}
    colour: red
"""


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """Return the path of a document with two faults."""
    file = tmp_path / "faulty.yaml"
    file.write_text(FAULTY, encoding="utf-8")
    return str(file)


def test_all_faults_are_located_and_counted(cli: Cli, faulty: str) -> None:
    done = cli("check", faulty)
    first, second, counts = done.output.splitlines()
    assert first.startswith(f"{faulty}:8:12: ")
    assert "sum to 1.1" in first
    assert second.startswith(f"{faulty}:9:")
    assert counts == "1 file: 2 faults, 0 warnings"
    assert done.exit_code == 1


def test_a_clean_file_is_said_to_be_clean(cli: Cli) -> None:
    done = cli("check", "minimal")
    assert done.output == "minimal: no fault (1 node, 2 outcomes)\n1 file: 0 faults, 0 warnings\n"
    assert done.exit_code == 0


def test_warnings_fail_only_when_strict(cli: Cli, talks_text: str) -> None:
    careless = talks_text.replace("    exhaustive: A deal or none.\n    source: made up\n", "")
    plain, strict = cli("check", "-", stdin=careless), cli("check", "-", "--strict", stdin=careless)
    assert "<stdin>:13:3: warning: node 'talks' states neither rationale nor source" in plain.output
    assert plain.output == strict.output
    assert (plain.exit_code, strict.exit_code) == (0, 1)


def test_standard_input_is_read(cli: Cli, talks_text: str) -> None:
    done = cli("check", "-", stdin=talks_text)
    assert done.output.startswith("<stdin>: no fault (2 nodes, 3 outcomes)\n")
    assert done.exit_code == 0


def test_json_holds_every_finding(cli: Cli, faulty: str) -> None:
    done = cli("check", "minimal", faulty, "--json")
    found = json.loads(done.stdout)
    assert (found["faults"], found["warnings"]) == (2, 0)
    clean, bad = found["files"]
    assert (clean["scenario"], clean["faults"]) == ("minimal", [])
    assert bad["file"] == faulty
    assert bad["scenario"] is None
    assert [(fault["line"], fault["pointer"]) for fault in bad["faults"]] == [
        (8, "/nodes/a/prior"),
        (9, "/nodes/a/colour"),
    ]
    assert done.exit_code == 1


def test_one_bad_file_does_not_hide_the_others(cli: Cli, faulty: str, tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"title: caf\xe9\n")
    done = cli("check", str(tmp_path), "no-such-file.yaml", "minimal")
    assert f"{tmp_path}/latin.yaml:1:11: byte 11 (0xe9) is not UTF-8" in done.output
    assert f"{faulty}:8:12: " in done.output
    assert "no-such-file.yaml: there is no such file" in done.output
    assert "minimal: no fault" in done.output
    assert done.output.endswith("4 files: 4 faults, 0 warnings\n")
    assert done.exit_code == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"\x00\x01\x02",
        b"\xff\xfe\x00s",
        b"\x1b[2J",
        b"- - - -",
        b"a: &a [*a]",
        b"%YAML 1.1",
        b"\xef\xbb\xbf",
    ],
)
def test_what_is_no_document_is_one_located_fault(cli: Cli, data: bytes) -> None:
    """Nothing ends in a traceback, and nothing steers the terminal."""
    done = cli("check", "-", stdin=data)
    assert done.exit_code == 1
    assert done.output.startswith("<stdin>:1:")
    assert done.output.endswith("1 file: 1 fault, 0 warnings\n")
    assert "\x1b" not in done.output


def test_a_folder_without_scenarios_is_a_fault(cli: Cli, tmp_path: Path) -> None:
    """A check that checks nothing must not pass."""
    done = cli("check", str(tmp_path))
    assert done.output.startswith(f"{tmp_path}: this folder holds no .yaml or .yml file")
    assert done.exit_code == 1


def test_long_findings_stay_on_one_line(cli: Cli, faulty: str) -> None:
    """Whatever the width, a line is a finding, for editors and for grep."""
    done = cli("check", faulty, COLUMNS="40")
    assert len(done.output.splitlines()) == 3


def test_the_fixture_scenario_is_sound(cli: Cli, talks: Forecast, talks_text: str) -> None:
    """What the other tests of the command line run is without fault or warning."""
    done = cli("check", "-", "--strict", stdin=talks_text)
    assert done.exit_code == 0, done.output
    assert talks.scenario == "talks"

"""``branchcast scenarios``: stored, shown, revised, compared."""

import json
from pathlib import Path

import pytest

from tests.api.cli.support import TALKS, Cli


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the small scenario."""
    path = tmp_path / "talks.yaml"
    path.write_text(TALKS, encoding="utf-8")
    return path


def test_a_new_scenario_is_stored(asking: Cli, file: Path) -> None:
    done = asking("scenarios", "push", str(file), "--reason", "first", "--author", "ana")
    assert done.exit_code == 0, done.output
    assert done.stdout == "Stored as version 1 of talks, by ana: first\n"
    assert asking("scenarios", "show", "talks", "--yaml").stdout == TALKS


def test_the_next_version_says_what_it_was_made_from(asking: Cli, file: Path) -> None:
    push = ("scenarios", "push", str(file), "--reason", "likelier")
    asking(*push)
    file.write_text(TALKS.replace("a: 2, b: 5}", "a: 3, b: 4}"), encoding="utf-8")
    unsaid = asking(*push)
    assert unsaid.exit_code == 2
    assert "Add --based-on 1 if the file was made from that version" in unsaid.stderr
    done = asking(*push, "--based-on", "1")
    assert done.exit_code == 0, done.output
    assert "prior of node talks: deal 28.6 % → 42.9 %" in done.stdout
    assert "Stored as version 2 of talks" in done.stdout
    assert "What that moves" in done.stdout
    assert "outcomes.deal" in done.stdout


def test_a_file_made_from_an_older_version_undoes_nothing(asking: Cli, file: Path, colder: None) -> None:
    file.write_text(asking("scenarios", "show", "minimal", "--version", "1", "--yaml").stdout, encoding="utf-8")
    done = asking("scenarios", "push", str(file), "--reason", "mine", "--based-on", "1")
    assert done.exit_code == 5
    assert "ana stored version 2" in done.stderr
    assert "prior of node opening: opens 70 % → 40 %" in done.stderr
    assert "`branchcast scenarios diff minimal` shows the newest change" in done.stderr
    assert json.loads(asking("scenarios", "show", "minimal", "--json").stdout)["version"] == 2


def test_a_faulty_file_is_told_by_line_before_anybody_is_asked(cli: Cli, file: Path) -> None:
    file.write_text(TALKS.replace("a: 2, b: 5}", "a: -2, b: 5}"), encoding="utf-8")
    done = cli("scenarios", "push", str(file), "--reason", "r", "--server", "http://192.0.2.1")
    assert done.exit_code == 1
    assert f"{file}:17:44: " in done.stderr


def test_a_version_is_shown_with_its_priors_and_where_they_are_from(asking: Cli, colder: None) -> None:
    shown = asking("scenarios", "show", "minimal").stdout
    assert "Will the bridge open this year?" in shown
    assert "Version 2 of minimal, stored 20" in shown
    assert "by ana: frost" in shown
    assert "{family: beta, branch: opens, a: 4, b: 6}" in shown
    assert "a: 7, b: 3}" in asking("scenarios", "show", "minimal", "--version", "1").stdout
    none = asking("scenarios", "show", "minimal", "--as-of", "2000-01-01")
    assert none.exit_code == 3


def test_versions_are_listed_with_who_and_why(asking: Cli, colder: None) -> None:
    rows = asking("scenarios", "versions", "minimal").stdout.splitlines()
    assert [row.split()[0] for row in rows[1::2]] == ["2", "1"]
    assert rows[2].strip() == "frost"
    found = [json.loads(line) for line in asking("scenarios", "versions", "minimal", "--json").stdout.splitlines()]
    assert [each["author"] for each in found] == ["ana", "branchcast"]


def test_a_diff_says_what_changed_and_what_that_moves(asking: Cli, colder: None) -> None:
    entry = "{date: 2026-01-15, what: The crane has come, author: ana, likelihood_ratio: {opens: 2}}"
    asking("evidence", "add", "minimal", "crane", "--entry", entry, "--reason", "seen")
    asking("evidence", "retract", "minimal", "crane", "--reason", "another crane")
    warmer = "{family: beta, branch: opens, a: 5, b: 5}"
    asking("prior", "set", "minimal", "opening", "--prior", warmer, "--reason", "sun")
    shown = " ".join(asking("scenarios", "diff", "minimal", "--from", "1").stdout.split())
    assert "minimal, version 1 to version 3" in shown
    assert "In between, keyless recorded evidence crane: The crane has come" in shown
    assert "In between, keyless retracted evidence crane: another crane" in shown
    assert "prior of node opening: opens 70 % → 50 %" in shown
    assert "-20.00 points" in shown
    in_words = asking("scenarios", "diff", "minimal", "--from", "1", "--no-numbers").stdout
    assert "What that moves" not in in_words
    assert json.loads(asking("scenarios", "diff", "minimal", "--json").stdout)["from"]["version"] == 2


def test_machines_get_what_the_server_says(asking: Cli, file: Path) -> None:
    first = json.loads(asking("scenarios", "push", str(file), "--reason", "first", "--json").stdout)
    assert (first["id"], first["version"]) == ("talks", 1)
    file.write_text(TALKS.replace("end in a deal?", "end in a treaty?"), encoding="utf-8")
    push = asking("scenarios", "push", str(file), "--reason", "word", "--based-on", "1", "--json")
    assert [change["pointer"] for change in json.loads(push.stdout)["changes"]] == ["/title"]

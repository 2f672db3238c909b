"""``branchcast prior``: shown, set, and set by two at once."""

import json
from pathlib import Path

import pytest

from tests.api.cli.support import COLDER, Cli

SET = ("prior", "set", "minimal", "opening", "--reason", "frost")


def test_a_prior_is_shown_as_yaml_with_who_and_why(asking: Cli, colder: None) -> None:
    shown = asking("prior", "show", "minimal", "opening").stdout
    assert shown.splitlines() == [
        "minimal, node opening",
        f"prior: {COLDER}",
        "Since version 2, by ana: frost",
    ]
    assert "a: 7, b: 3" in asking("prior", "show", "minimal", "opening", "--version", "1").stdout
    assert json.loads(asking("prior", "show", "minimal", "opening", "--json").stdout)["prior"]["a"] == 4


def test_setting_says_what_changed_and_what_moved(asking: Cli) -> None:
    done = asking(*SET, "--prior", COLDER)
    assert done.exit_code == 0, done.output
    assert "prior of node opening: opens 70 % → 40 %, stays_closed 30 % → 60 %" in done.stdout
    assert "Stored as version 2 of minimal, by keyless: frost" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("outcomes.opens"))
    assert row.split()[1:7] == ["70.00", "%", "40.00", "%", "-30.00", "points"]


@pytest.mark.parametrize("way", ["file", "stdin", "json"])
def test_a_prior_comes_from_wherever_it_is_written(asking: Cli, tmp_path: Path, way: str) -> None:
    (tmp_path / "prior.yaml").write_text("family: beta  # from the harbour\nbranch: opens\na: 4\nb: 6\n", "utf-8")
    as_json = '{"family": "beta", "branch": "opens", "a": 4, "b": 6}'
    stated = {"file": str(tmp_path / "prior.yaml"), "stdin": "-", "json": as_json}[way]
    done = asking(*SET, "--prior", stated, "--json", stdin=as_json)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["document"]["nodes"]["opening"]["prior"]["a"] == 4


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("{family: beta", "is not closed"),
        ("nowhere.yaml", "nowhere.yaml: there is no such file"),
        ("{a: 1, a: 2}", "a"),
        ("-", "is no map"),
    ],
)
def test_what_is_no_prior_is_the_command_lines_fault(asking: Cli, stated: str, said: str) -> None:
    done = asking(*SET, "--prior", stated, stdin="[1, 2]")
    assert done.exit_code == 2
    assert said in done.stderr


def test_whoever_comes_second_learns_what_changed_and_how_to_go_on(asking: Cli, colder: None) -> None:
    late = asking(*SET, "--prior", "{family: beta, branch: opens, a: 9, b: 1}", "--based-on", "1")
    assert (late.exit_code, late.stdout) == (5, "")
    assert "the prior of node 'opening' has changed since you read it: ana stored version 2" in late.stderr
    assert "  prior of node opening: opens 70 % → 40 %" in late.stderr
    assert "`branchcast prior show minimal opening` shows what it is now" in late.stderr
    assert "version 2" in asking("prior", "show", "minimal", "opening").stdout


def test_a_misspelt_node_is_recognised(asking: Cli) -> None:
    done = asking("prior", "show", "minimal", "openin")
    assert done.exit_code == 3
    assert "did you mean 'opening'?" in done.stderr

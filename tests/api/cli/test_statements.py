"""``branchcast statements``: what experts stated, and pooling it."""

import json

import pytest

from tests.api.cli.support import Cli


def _add(asking: Cli, expert: str, a: int) -> str:
    prior = f"{{family: beta, branch: opens, a: {a}, b: {10 - a}}}"
    done = asking("statements", "add", "minimal", "opening", expert, "--prior", prior, "--reason", "asked")
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_a_statement_changes_nothing_until_it_is_pooled(asking: Cli) -> None:
    said = _add(asking, "ana", 2)
    assert said.startswith("Recorded: ana states {family: beta, branch: opens, a: 2, b: 8} for node opening.")
    assert "version 1" in asking("prior", "show", "minimal", "opening").stdout
    _add(asking, "ben", 8)
    listed = asking("statements", "list", "minimal", "opening").stdout
    assert [line.split()[0] for line in listed.splitlines()[1::2]] == ["ana", "ben"]
    _add(asking, "ana", 4)
    assert len(asking("statements", "list", "minimal", "opening", "--json").stdout.splitlines()) == 2
    assert len(asking("statements", "list", "minimal", "opening", "--history", "--json").stdout.splitlines()) == 3


def test_pooling_stores_a_version_and_says_what_moves(asking: Cli) -> None:
    """A mixture of means 0.2 and 0.8 with weights 0.75 and 0.25 has mean 0.35."""
    _add(asking, "ana", 2)
    _add(asking, "ben", 8)
    pool = ("statements", "pool", "minimal", "opening", "--reason", "both asked")
    done = asking(*pool, "--weights", "{ana: 0.75, ben: 0.25}")
    assert done.exit_code == 0, done.output
    assert "Stored as version 2 of minimal, by keyless: both asked" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("outcomes.opens"))
    assert row.split()[1:4] == ["70.00", "%", "35.00"]
    again = asking(*pool, "--pool", "extremised", "--exponent", "1.5", "--json")
    prior = json.loads(again.stdout)["document"]["nodes"]["opening"]["prior"]
    assert (prior["pool"], prior["exponent"]) == ("extremised", 1.5)


def test_a_panel_of_one_is_refused(asking: Cli) -> None:
    _add(asking, "ana", 2)
    assert asking("statements", "pool", "minimal", "opening", "--reason", "alone").exit_code == 3


@pytest.mark.parametrize(
    ("options", "said"), [(("--exponent", "much"), "neither a number"), (("--weights", "{ana"), "not closed")]
)
def test_values_that_are_none_are_the_command_lines_fault(asking: Cli, options: tuple[str, str], said: str) -> None:
    done = asking("statements", "pool", "minimal", "opening", "--reason", "r", *options)
    assert done.exit_code == 2
    assert said in done.stderr

"""``branchcast whatif``: what would move, and nothing kept."""

import json

import pytest

from tests.api.cli.support import COLDER, Cli


@pytest.mark.parametrize(
    ("options", "move"),
    [
        (("--prior", f"opening={COLDER}"), "-30.00 points"),
        (("--assume", "opening=opens"), "+30.00 points"),
        (("--do", "stays_closed"), "-70.00 points"),
    ],
)
def test_another_supposition_moves_the_forecast(asking: Cli, options: tuple[str, ...], move: str) -> None:
    done = asking("whatif", "minimal", *options)
    assert done.exit_code == 0, done.output
    assert next(line for line in done.stdout.splitlines() if line.startswith("outcomes.opens")).count(move) == 1
    assert asking("forecasts", "list").stdout == "No forecast is recorded.\n"
    assert json.loads(asking("scenarios", "show", "minimal", "--json").stdout)["version"] == 1


def test_machines_get_both_sides(asking: Cli) -> None:
    found = json.loads(asking("whatif", "minimal", "--assume", "opens", "--json").stdout)
    assert [found[side]["outcomes"]["opens"]["exact"] for side in ("base", "alternative")] == [pytest.approx(0.7), 1.0]


@pytest.mark.parametrize("stated", ["{family: beta}", "=x", "opening"])
def test_a_prior_without_a_node_is_the_command_lines_fault(asking: Cli, stated: str) -> None:
    done = asking("whatif", "minimal", "--prior", stated)
    assert done.exit_code == 2
    assert "names no node: write node={family: beta, ...}" in done.stderr

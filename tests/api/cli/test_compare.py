"""``branchcast compare``: what moved, in words and as JSON."""

import json
from pathlib import Path

import pytest

from tests.api.cli.support import Cli


@pytest.fixture
def files(cli: Cli, tmp_path: Path) -> tuple[str, str]:
    """Two forecasts of the minimal scenario: as it is, and if the bridge opens."""
    before, after = str(tmp_path / "before.json"), str(tmp_path / "after.json")
    for path, options in ((before, ()), (after, ("--assume", "opens"))):
        assert cli("run", "minimal", "--draws", "1k", "-q", "--json", path, *options).exit_code == 0
    return before, after


def test_the_page_names_what_differs_and_what_moved(cli: Cli, files: tuple[str, str]) -> None:
    done = cli("compare", *files)
    assert done.exit_code == 0, done.output
    assert "Assumed: nothing, then opens." in done.stdout
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("outcomes.")}
    assert lines["outcomes.stays_closed"].split()[-2:] == ["-30.00", "points"]
    assert "100 %" in lines["outcomes.opens"]


def test_a_forecast_against_itself_says_so(cli: Cli, files: tuple[str, str]) -> None:
    assert "Nothing moved." in cli("compare", files[0], files[0]).stdout


def test_json_holds_every_move(cli: Cli, files: tuple[str, str]) -> None:
    done = cli("compare", *files, "--json", "-")
    found = json.loads(done.stdout)
    move = next(move for move in found["moves"] if move["place"] == "outcomes.opens")
    assert move["difference"] == pytest.approx(move["after"]["exact"] - move["before"]["exact"])
    assert (move["mc_error"], move["method"]) == (0.0, "exact")
    assert (found["only_before"], found["only_after"]) == ([], [])


def test_what_cannot_be_compared_is_refused(cli: Cli, files: tuple[str, str], tmp_path: Path) -> None:
    assert "cannot be both" in cli("compare", "-", "-").stderr
    assert cli("compare", files[0], files[1], "--json", files[0]).exit_code == 2
    (tmp_path / "text.json").write_text("{}", encoding="utf-8")
    assert "is not a stored forecast" in cli("compare", files[0], str(tmp_path / "text.json")).stderr
    other = str(tmp_path / "other.json")
    assert cli("run", "drug-approval-2026", "--draws", "1k", "-q", "--json", other).exit_code == 0
    assert "have no number in common" in cli("compare", files[0], other).stderr

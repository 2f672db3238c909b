"""``branchcast explain``: why a forecast moved, in sentences, part by part, and as JSON."""

import json
from pathlib import Path

import pytest

from tests.api.cli.support import Cli

DOCUMENT = """
scenario: talks
title: Will they agree?
as_of: 2026-01-01
horizon: 2026-12-31
nodes:
  summit:
    branches: {{met: terms, never_met: }}
    prior: {{family: hazard, event: met, rate: {{family: fixed, per_year: 0.5}}}}
  terms:
    branches: [deal, no_deal]
    prior: {{family: fixed, p: {{deal: {deal}, no_deal: {rest}}}}}
"""


@pytest.fixture
def files(cli: Cli, tmp_path: Path) -> tuple[str, str]:
    """Two forecasts: half a year apart, and with another prior."""
    paths = str(tmp_path / "before.json"), str(tmp_path / "after.json")
    for path, deal, options in ((paths[0], 0.4, ()), (paths[1], 0.6, ("--as-of", "2026-07-01"))):
        text = tmp_path / "talks.yaml"
        text.write_text(DOCUMENT.format(deal=deal, rest=round(1 - deal, 1)), encoding="utf-8")
        assert cli("run", str(text), "--draws", "1k", "-q", "--json", path, *options).exit_code == 0
    return paths


def test_each_number_has_a_sentence(cli: Cli, files: tuple[str, str]) -> None:
    done = cli("explain", *files)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "From 2026-01-01 to 2026-07-01. Averaged over every order of the causes, from 4 forecasts" in said
    # By hand, 1 - exp(-t/2) over 364 and 183 days: 39.24 % and 22.16 % meet. Time: -17.08 · 0.5; prior: 0.2 · 30.70.
    assert "outcomes.deal: 15.7 % to 13.3 % (-2.4 points): time passing -8.54, the prior of 'terms' +6.14." in said


def test_of_one_number_every_part_is_told(cli: Cli, files: tuple[str, str]) -> None:
    done = cli("explain", *files, "outcomes.deal")
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines() if line.endswith("points")]
    assert rows == [["time", "passing", "-8.54", "points"], ["the", "prior", "of", "'terms'", "+6.14", "points"]]
    assert done.stdout.count("outcomes.") == 1


def test_json_holds_all_of_it(cli: Cli, files: tuple[str, str]) -> None:
    found = json.loads(cli("explain", *files, "--json", "-").stdout)
    assert found["causes"] == [{"kind": "time", "name": ""}, {"kind": "prior", "name": "terms"}]
    deal = next(each for each in found["places"] if each["place"] == "outcomes.deal")
    assert sum(part["change"] for part in deal["parts"]) == pytest.approx(deal["change"], abs=1e-12)
    assert (found["orders"], found["note"]) == (0, None)


def test_what_did_not_move_says_so(cli: Cli, files: tuple[str, str]) -> None:
    assert "Nothing moved." in cli("explain", files[0], files[0]).stdout
    assert "outcomes.deal: 15.7 % to 15.7 % (+0 points): for no reason." in cli(
        "explain", files[0], files[0], "outcomes.deal"
    ).stdout.replace("\n", " ")


def test_what_cannot_be_explained_is_refused(cli: Cli, files: tuple[str, str], tmp_path: Path) -> None:
    assert "cannot be both" in cli("explain", "-", "-").stderr
    assert cli("explain", files[0], files[1], "--json", files[0]).exit_code == 2
    assert "did you mean 'outcomes.deal'" in cli("explain", *files, "outcomes.deel").stderr
    (tmp_path / "text.json").write_text("{}", encoding="utf-8")
    assert "is not a stored forecast" in cli("explain", files[0], str(tmp_path / "text.json")).stderr


def test_an_altered_forecast_is_not_explained(cli: Cli, files: tuple[str, str], tmp_path: Path) -> None:
    altered = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    altered["outcomes"]["deal"]["mean"] = 0.9
    (tmp_path / "altered.json").write_text(json.dumps(altered), encoding="utf-8")
    done = cli("explain", files[0], str(tmp_path / "altered.json"))
    assert done.exit_code == 1
    assert "altered after it was written" in done.stderr

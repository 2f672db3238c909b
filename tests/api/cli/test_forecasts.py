"""``branchcast forecasts``: made, shown as `run` shows one, listed, compared, written to files."""

import json
from pathlib import Path

import pytest

from tests.api.cli.support import Cli

MAKE = ("forecasts", "make", "minimal", "--as-of", "2026-02-01", "--draws", "4k", "--reason", "monthly")


def _made(asking: Cli, *options: str) -> str:
    done = asking(*MAKE, "--json", *options)
    assert done.exit_code == 0, done.output
    return str(json.loads(done.stdout)["id"])


def test_a_forecast_is_made_recorded_and_shown(asking: Cli) -> None:
    done = asking(*MAKE, "--author", "ana")
    assert done.exit_code == 0, done.output
    assert "opens         70.00 %" in done.stdout
    assert "As of 2026-02-01 (priors of 2026-01-01)" in done.stdout
    assert "UTC from version 1, by ana: monthly" in " ".join(done.stdout.split())


def test_a_recorded_forecast_is_shown_as_run_shows_it(asking: Cli, cli: Cli) -> None:
    """The same settings give the same page, down to the digest."""
    shown = asking("forecasts", "show", _made(asking)).stdout
    same = cli("run", "minimal", "--as-of", "2026-02-01", "--draws", "4k").stdout
    assert shown.startswith(same)
    assert shown == asking("forecasts", "latest", "minimal").stdout


def test_the_list_says_who_made_which_when_and_why(asking: Cli) -> None:
    assert asking("forecasts", "list").stdout == "No forecast is recorded.\n"
    first, second = _made(asking), _made(asking)
    rows = asking("forecasts", "list", "minimal").stdout.splitlines()
    assert [row.split()[0] for row in rows[1::2]] == [second, first]
    assert rows[2].strip() == "keyless: monthly"
    assert asking("forecasts", "list", "--as-of", "2000-01-01").stdout == "No forecast is recorded.\n"
    assert len(asking("forecasts", "list", "--json").stdout.splitlines()) == 2


def test_a_dear_forecast_is_waited_for(asking: Cli) -> None:
    """The server answers at once only what is cheap; the rest becomes a run."""
    done = asking("forecasts", "make", "trump-kim-2025", "--as-of", "2026-08-20", "--draws", "100k")
    assert done.exit_code == 0, done.output
    assert "Where new talks" in done.stdout


def test_an_order_names_its_run(asking: Cli) -> None:
    done = asking(*MAKE, "--order")
    assert done.exit_code == 0
    run = json.loads(asking("runs", "list", "--json").stdout)["id"]
    assert f"`branchcast runs follow {run}`" in " ".join(done.stdout.split())
    assert json.loads(asking(*MAKE, "--order", "--json").stdout)["scenario"] == "minimal"


def test_the_file_is_what_run_writes_and_replays(asking: Cli, cli: Cli, tmp_path: Path) -> None:
    made = _made(asking)
    file = str(tmp_path / "forecast.json")
    assert asking("forecasts", "get", made, file).exit_code == 0
    assert "The same, to the last bit." in cli("replay", file).stdout
    assert asking("forecasts", "get", made, "-").stdout_bytes == Path(file).read_bytes()


def test_report_draws_and_worlds_are_written(asking: Cli, tmp_path: Path) -> None:
    """The kind of file is told by the end of its name, unless it is stated."""
    made = _made(asking)
    starts = {
        ("report", "report.html"): b"<!doctype html>",
        ("draws", "draws.csv"): b"draw,weight,",
        ("draws", "draws.parquet"): b"PAR1",
        ("worlds", "worlds.npy"): b"\x93NUMPY",
        ("worlds", "worlds.txt"): b"draw,weight,",
    }
    for (what, name), start in starts.items():
        done = asking("forecasts", what, made, str(tmp_path / name))
        assert (done.exit_code, done.output) == (0, "")
        assert (tmp_path / name).read_bytes()[: len(start)].lower() == start.lower(), name
    stated = asking("forecasts", "draws", made, "-", "--format", "npy")
    assert stated.stdout_bytes.startswith(b"\x93NUMPY")


def test_a_file_that_cannot_be_written_is_said_before_anybody_is_asked(cli: Cli, tmp_path: Path) -> None:
    done = cli("forecasts", "draws", "f", str(tmp_path / "no" / "draws.csv"), "--server", "http://192.0.2.1")
    assert done.exit_code == 1
    assert "create it first" in done.stderr


def test_two_forecasts_are_compared(asking: Cli) -> None:
    before = _made(asking)
    after = _made(asking, "--assume", "opens")
    shown = asking("forecasts", "compare", before, after).stdout
    assert "Assumed: nothing, then opens." in shown
    assert "+30.00 points" in shown
    found = json.loads(asking("forecasts", "compare", before, after, "--json").stdout)
    assert found["comparison"]["moves"][0]["difference"] == pytest.approx(0.3)


def test_a_change_is_explained(asking: Cli) -> None:
    before = _made(asking)
    after = _made(asking, "--assume", "opens")
    shown = " ".join(asking("forecasts", "explain", before, after).stdout.split())
    assert "outcomes.opens: 70 % to 100 % (+30 points): what is assumed or forced +30." in shown
    found = json.loads(asking("forecasts", "explain", before, after, "outcomes.opens", "--json").stdout)
    assert found["explanation"]["causes"] == [{"kind": "suppositions", "name": ""}]
    assert "they have" in asking("forecasts", "explain", before, after, "nothing").stderr


def test_settings_that_do_not_fit_are_refused(asking: Cli) -> None:
    done = asking("forecasts", "make", "minimal", "--as-of", "2031-01-01")
    assert done.exit_code == 3
    assert "as_of is 2031-01-01" in done.stderr
    assert asking("forecasts", "show", "nothing").exit_code == 3
    other = json.loads(asking("forecasts", "make", "drug-approval-2026", "--draws", "4k", "--json").stdout)["id"]
    assert "no number in common" in asking("forecasts", "compare", _made(asking), other).stderr

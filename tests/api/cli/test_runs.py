"""``branchcast runs``: followed to the end, shown, cancelled."""

import json

import pytest

from tests.api.cli.support import COLDER, Cli

LONG = ("forecasts", "make", "trump-kim-2025", "--as-of", "2026-08-20", "--draws", "7M", "--order", "--json")


def _order(asking: Cli, *arguments: str) -> str:
    done = asking(*arguments)
    assert done.exit_code == 0, done.output
    return str(json.loads(done.stdout)["id"])


@pytest.fixture
def run(asking: Cli) -> str:
    """Return the id of a run that was ordered."""
    return _order(asking, "forecasts", "make", "minimal", "--as-of", "2026-02-01", "--draws", "4k", "--order", "--json")


def test_a_run_is_followed_to_its_forecast(asking: Cli, run: str) -> None:
    done = asking("runs", "follow", run)
    assert done.exit_code == 0, done.output
    shown = " ".join(done.stdout.split())
    assert f"Run {run} of minimal, version 1: done" in shown
    forecast = json.loads(asking("forecasts", "list", "--json").stdout)["id"]
    assert f"`branchcast forecasts show {forecast}` shows the forecast." in shown
    assert asking("runs", "show", run).stdout == done.stdout
    assert json.loads(asking("runs", "follow", run, "--json").stdout.splitlines()[-1])["status"] == "done"


def test_runs_are_listed(asking: Cli, run: str) -> None:
    asking("runs", "follow", run)
    row = asking("runs", "list", "minimal").stdout.splitlines()[1]
    assert row.split()[0] == run
    assert "done" in row
    assert asking("runs", "list", "trump-kim-2025").stdout == "No run has been ordered.\n"
    assert json.loads(asking("runs", "list", "--json").stdout)["id"] == run


def test_a_cancelled_run_comes_to_nothing(asking: Cli) -> None:
    long = _order(asking, *LONG)
    assert asking("runs", "cancel", long).exit_code == 0
    done = asking("runs", "follow", long)
    assert done.exit_code == 3
    assert f"run {long} was cancelled" in done.stderr
    assert json.loads(asking("runs", "cancel", long, "--json").stdout)["status"] == "cancelled"


def test_a_run_that_fails_says_why(asking: Cli) -> None:
    sure = COLDER.replace("beta, branch: opens, a: 4, b: 6", "fixed, p: {opens: 1, stays_closed: 0}")
    asking("prior", "set", "minimal", "opening", "--prior", sure, "--reason", "they said so")
    failing = ("forecasts", "make", "minimal", "--as-of", "2026-02-01", "--assume", "stays_closed", "--order", "--json")
    failed = _order(asking, *failing)
    done = asking("runs", "follow", failed)
    assert done.exit_code == 3
    reason = " ".join(done.stderr.removeprefix("Error: ").split())
    assert reason in " ".join(asking("runs", "show", failed).stdout.split())
    assert json.loads(asking("runs", "show", failed, "--json").stdout)["status"] == "failed"

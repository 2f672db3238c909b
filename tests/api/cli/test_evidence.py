"""``branchcast evidence``: recorded, listed, retracted."""

import json

import pytest

from tests.api.cli.support import Cli

CRANE = "{date: 2026-01-15, what: The crane has come, author: ana, likelihood_ratio: {opens: 2}}"
ADD = ("evidence", "add", "minimal", "crane", "--entry", CRANE, "--reason", "seen from the quay")


def test_an_entry_is_recorded_and_moves_the_forecast(asking: Cli) -> None:
    """Odds of 7 : 3 become 14 : 3, which is 82.35 %."""
    done = asking(*ADD, "--author", "ben")
    assert done.exit_code == 0, done.output
    assert "2026-01-15  crane  The crane has come" in done.stdout
    assert "Recorded by ben: seen from the quay" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("outcomes.opens"))
    assert row.split()[1:4] == ["70.00", "%", "82.35"]
    assert "yes" in asking("evidence", "list", "minimal").stdout


def test_a_retracted_entry_stays_on_file(asking: Cli) -> None:
    asking(*ADD)
    done = asking("evidence", "retract", "minimal", "crane", "--reason", "another crane")
    assert done.exit_code == 0, done.output
    assert "Retracted by keyless: another crane" in done.stdout
    listed = " ".join(asking("evidence", "list", "minimal").stdout.split())
    assert "crane 2026-01-15 no ledger The crane has come (retracted by keyless" in listed
    again = asking("evidence", "retract", "minimal", "crane", "--reason", "again")
    assert again.exit_code == 3


def test_an_entry_that_is_not_in_force_says_why(asking: Cli) -> None:
    done = asking(*ADD[:5], CRANE.replace("author: ana", "status: proposed"), *ADD[6:])
    assert "It is not in force: " in done.stdout, done.output


def test_the_same_news_is_recorded_once(asking: Cli) -> None:
    first, second = (json.loads(asking(*ADD, "--dedupe-key", "quay-1", "--json").stdout) for _ in range(2))
    assert first["recorded_at"] == second["recorded_at"]
    assert len(asking("evidence", "list", "minimal", "--json").stdout.splitlines()) == 1


@pytest.mark.parametrize("scenario", ["minimal", "trump-kim-2025"])
def test_what_a_document_states_is_on_file_too(asking: Cli, scenario: str) -> None:
    done = asking("evidence", "list", scenario)
    assert done.exit_code == 0
    assert ("No evidence is on file." in done.stdout) == (scenario == "minimal")

"""Servers that are killed lose nothing that they acknowledged; ``make crash-test`` tries the same for longer."""

from pathlib import Path

import pytest

from tests.e2e.crash.trial import Trial, crash


@pytest.mark.parametrize(("servers", "kills"), [(1, 1), (2, 3)])
def test_what_was_acknowledged_survives_kill_9(database_address: str, servers: int, kills: int, tmp_path: Path) -> None:
    report = crash(Trial(database_address, servers, kills, seed=1), tmp_path)
    assert report.passed, "\n".join(report.lines())
    # Without these the trial would have proved nothing.
    assert report.acknowledged.keys() == {
        "prior",
        "evidence",
        "forecast",
        "run",
        "scenario",
        "listing",
        "submission",
    }
    assert report.counts["lost connections"] > 0

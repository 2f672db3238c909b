"""What nobody waits for is not begun: a computation is asked before and after its scenario is prepared."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from api.metrics import Metrics
from api.service import Service
from api.settings import Settings
from api.store.database import Database
from api.work import forecasting, previews
from api.work.computations import StoppedError
from api.work.forecasting import Asker, Desk, plan
from api.work.kept import Kept
from api.work.previews import PreviewOrder, preview
from api.work.stored_scenarios import KEPT_BYTES, StoredScenarios
from forecast.settings import RunSettings
from tests.api.stored_runs import get_run

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Run on one kind of database: nothing here depends on it."""
    return sqlite_address


def _computed(*_: object, **__: object) -> Any:  # noqa: ANN401 -- stands for any computation
    raise AssertionError("it was computed")


def test_a_run_that_is_lost_before_it_begins_is_not_prepared(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Preparing comes with the run, which calls back only after its first draws."""
    monkeypatch.setattr(forecasting, "run_scenario", _computed)
    desk = Desk(database, Settings(), Metrics())
    settings = {each.name: getattr(RunSettings(draws=4_096), each.name) for each in fields(RunSettings)}
    with database.reading() as connection:
        now = database.now(connection)
        stored = StoredScenarios(Kept(KEPT_BYTES)).find(connection, "minimal")
    planned = plan(stored, {**settings, "as_of": stored.scenario.as_of}, now, 10**9, Asker("team", "ann", "a test"))
    run = desk.start(planned, None, "here", timedelta(seconds=30))
    assert run is not None
    told: list[tuple[int, int]] = []

    def stop(done: int, draws: int) -> None:
        told.append((done, draws))
        raise StoppedError

    desk.carry_out(run, stop)
    assert told == [(0, 4_096)]
    assert get_run(database, run.id).status == "queued"


@pytest.mark.parametrize("calls", [1, 2])
async def test_a_preview_that_nobody_waits_for_ends_before_the_draws(
    service: Service, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """Whether its reader leaves before or while the scenario is prepared."""
    monkeypatch.setattr(previews, "run_prepared", _computed)
    asked = 0

    def leave() -> None:
        nonlocal asked
        asked += 1
        if asked == calls:
            raise StoppedError

    with pytest.raises(StoppedError):
        preview(service, PreviewOrder("minimal", None, {}, {"draws": 64}, frozenset()), leave)
    assert asked == calls

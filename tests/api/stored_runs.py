"""Runs of the packaged scenario ``minimal``, stored without asking the service, and read back."""

from datetime import datetime, timedelta
from typing import Any

from api.store import runs, scenarios
from api.store.database import Database
from api.store.runs import Run, RunOrder
from forecast.settings import RunSettings, as_json

LEASE = timedelta(seconds=30)
SETTINGS: dict[str, Any] = dict(as_json(RunSettings(draws=4096, seed=5)))


def create_run(database: Database, now: datetime, run_id: str, holder: str | None = None) -> None:
    """Store a run that waits, or that ``holder`` has from the start."""
    with database.writing() as connection:
        document = scenarios.head(connection, "minimal").document
        order = RunOrder(run_id, "minimal", 1, document, SETTINGS, 8192, 4096, "ann", "a test", "team", None)
        runs.create(connection, now, order, holder, LEASE)


def get_run(database: Database, run_id: str) -> Run:
    """Return a run as it is now."""
    with database.reading() as connection:
        return runs.get(connection, run_id)

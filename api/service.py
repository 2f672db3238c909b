"""What the routes share: settings, database, who may ask, scenarios in use, what computes and what runs."""

import threading
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.http.access import Access
from api.metrics import Metrics
from api.processes.peers import Peers
from api.settings import Settings
from api.store.database import Database
from api.work.asked_scenario import AskedScenarios
from api.work.computations import Computations
from api.work.courier import Courier
from api.work.forecasting import Desk
from api.work.kept import Kept
from api.work.prepared_scenarios import PreparedScenarios
from api.work.runner import Runner
from api.work.sources import Sources
from api.work.stored_scenarios import StoredScenarios
from api.work.streams import Streams
from forecast.predictions.kinds import Predicted


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that lives as long as the server; put together by ``app``."""

    settings: Settings
    database: Database
    access: Access
    stored: StoredScenarios
    scenarios: AskedScenarios
    prepared: PreparedScenarios
    predicted: Kept[str, Predicted]
    computations: Computations
    streams: Streams
    desk: Desk
    runner: Runner
    courier: Courier
    sources: Sources
    metrics: Metrics
    peers: Peers | None
    closing: threading.Event

    def retire(self) -> None:
        """Begin to stop: what was asked is still answered, streams end, and runs go back into the queue."""
        self.closing.set()
        self.runner.retire()


# A coroutine, as are all dependencies: the framework would send any other through a thread, in every request.
async def _service_of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceOf = Annotated[Service, Depends(_service_of)]
"""Type of a route's parameter that receives the service."""

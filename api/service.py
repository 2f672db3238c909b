"""What the routes share: settings, catalogue, scenarios in use, and the pool that computes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.asked_scenario import AskedScenarios
from api.catalogue import ScenarioCatalogue
from api.computations import Computations
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that lives as long as the server; put together by ``app``."""

    settings: Settings
    catalogue: ScenarioCatalogue
    scenarios: AskedScenarios
    computations: Computations


def _service_of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceOf = Annotated[Service, Depends(_service_of)]
"""Type of a route's parameter that receives the service."""

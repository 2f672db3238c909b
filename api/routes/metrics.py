"""How busy the server is, for Prometheus: one process, or all that share its port."""

import math

from fastapi import Response
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute

from api.errors import StoreUnavailableError
from api.http.openapi_parts import guarded_answers
from api.http.routers import routes_under
from api.metrics import MEDIA_TYPE, joined, not_heard
from api.service import Service, ServiceOf
from api.store import runs

router = routes_under("", "service", route_class=APIRoute)


@router.get(
    "/metrics",
    summary="What the server has counted",
    response_class=PlainTextResponse,
    responses=guarded_answers(503),
)
def metrics(service: ServiceOf) -> Response:
    """Return the metrics of all processes that share this port, in the text format of Prometheus.

    Servers that share no more than the database are asked each for its own.
    """
    return Response(_text(service), headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)


def _text(service: Service) -> bytes:
    if service.peers is None:
        return own_text(service)
    asked = service.peers.ask()
    own = own_text(service)
    told = service.peers.hear(asked)
    return joined([own, *(not_heard(number) if text is None else text for number, text in told.items())])


def own_text(service: Service) -> bytes:
    """Return the metrics of this process alone; reads from the database, so call it in a thread."""
    _look(service)
    return service.metrics.text()


def _look(service: Service) -> None:
    """Note what is not counted as it happens but is as it is now."""
    metrics, running = service.metrics, service.computations.running
    metrics.connections.set(service.database.connections)
    metrics.computations.labels("running").set(running)
    metrics.computations.labels("waiting").set(max(0, service.computations.unfinished - running))
    metrics.runs_held.set(service.runner.held)
    metrics.runs_queued.set(_queued(service))


def _queued(service: Service) -> float:
    """Return how many runs wait; a database that is away must not take the other metrics with it."""
    try:
        with service.database.reading() as connection:
            return runs.queued(connection)
    except StoreUnavailableError:
        return math.nan

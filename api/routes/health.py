"""Whether the process lives, whether it can work, and where to start."""

from fastapi import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from api.errors import BusyError, StoreUnavailableError
from api.http.openapi_parts import problem_answers
from api.http.routers import routes_under
from api.service import ServiceOf
from api.store import schema
from api.work.computations import CLOSING, RETRY_AFTER_SECONDS
from forecast.version import VERSION

router = routes_under("", "service", needs=(), route_class=APIRoute)


class Start(BaseModel):
    """Where to start."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    links: dict[str, str]


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(frozen=True)

    status: str


class Readiness(BaseModel):
    """The server can work."""

    model_config = ConfigDict(frozen=True)

    status: str
    database: str
    unfinished_computations: int


_START = Start(
    name="branchcast",
    version=VERSION,
    links={
        "scenarios": "/v1/scenarios",
        "preview": "/v1/preview",
        "problems": "/problems",
        "openapi": "/openapi.json",
        "docs": "/docs",
        "health": "/healthz",
        "readiness": "/readyz",
    },
)


@router.get("/", summary="Where to start")
def start() -> Start:
    """List the addresses to start from."""
    return _START


@router.get("/healthz", summary="Is the process alive?")
async def healthz(response: Response) -> Health:
    """Answer as long as the process lives. Nothing else is looked at: restart the process if this fails."""
    response.headers["Cache-Control"] = "no-store"
    return Health(status="ok")


@router.get("/readyz", summary="Can the server work?", responses=problem_answers(503))
def readyz(service: ServiceOf, response: Response) -> Readiness:
    """Answer while requests should be sent here: the database can be read and written, and there is room to compute.

    A server that is stopping is not ready.
    """
    response.headers["Cache-Control"] = "no-store"
    if service.closing.is_set():
        raise BusyError(CLOSING, RETRY_AFTER_SECONDS)
    service.database.require_writable()
    try:
        schema.require_current(service.database)
    except schema.SchemaError as error:
        raise StoreUnavailableError(str(error), 5) from error
    service.computations.require_room()
    return Readiness(
        status="ready",
        database="sqlite" if service.database.is_sqlite else "postgresql",
        unfinished_computations=service.computations.unfinished,
    )

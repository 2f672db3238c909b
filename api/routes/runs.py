"""Runs: forecasts that take their time; how far each is, as a page and as events, and the way to stop one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.http.conditional import conditional
from api.http.openapi_parts import conditional_answers, event_answers, guarded_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, WriteOf, reply
from api.messages.forecasts import RUNS, RunPage, run_page
from api.messages.versions import Page
from api.service import Service, ServiceOf
from api.store import runs
from api.store.runs import Run

router = routes_under(RUNS, "runs")

LOOK_EVERY_SECONDS = 0.5
"""How often an event stream looks whether a run has moved on."""

KEEP_ALIVE_LOOKS = 30
"""After so many looks without news, a comment tells the client and what is between that the stream lives."""

RunId = Annotated[str, Path(description="Id of a run, as the list states it.", max_length=100)]


class RunList(Page):
    """Runs, newest first."""

    runs: list[RunPage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


@router.get("", summary="Runs", responses=conditional_answers(RunList, 401, 403, 422))
def list_runs(
    request: Request,
    service: ServiceOf,
    scenario: Annotated[str | None, Query(max_length=100, description="Of this scenario only.")] = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List runs, newest first, whatever became of them."""
    before = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        found = runs.page(connection, limit + 1, before, scenario)
    shown, following = on_page(request, found, limit, lambda each: (each.created_at, each.id))
    listed = RunList(runs=[run_page(run) for run in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get("/{run_id}", summary="How far a run is", responses=conditional_answers(RunPage, 401, 403, 404, 422))
def get_run(run_id: RunId, request: Request, service: ServiceOf) -> Response:
    """Return a run; once it is done, `forecast` leads to what it came to."""
    return conditional(request, run_page(_read(service, run_id)).model_dump_json().encode(), JSON)


def _read(service: Service, run_id: str) -> Run:
    with service.database.reading() as connection:
        return runs.get(connection, run_id)


@router.get(
    "/{run_id}/events",
    summary="Follow a run",
    response_class=StreamingResponse,
    responses={**event_answers(), **guarded_answers(404, 422)},
)
async def follow_run(run_id: RunId, service: ServiceOf) -> Response:
    """Send the run as a server-sent event each time it has moved on; the stream ends when the run does.

    Events are named `progress` while it lasts, and `done`, `failed` or `cancelled` at the end.
    """
    first = await run_in_threadpool(_read, service, run_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(service, first), headers=headers, media_type="text/event-stream")


async def _events(service: Service, run: Run) -> AsyncIterator[bytes]:
    yield _event(run)
    quiet = 0
    while not run.finished and not service.closing.is_set():
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        before, run = run, await run_in_threadpool(_read, service, run.id)
        if (run.status, run.done, run.draws) != (before.status, before.done, before.draws):
            yield _event(run)
            quiet = 0
        elif (quiet := quiet + 1) % KEEP_ALIVE_LOOKS == 0:
            yield b": still there\n\n"


def _event(run: Run) -> bytes:
    name = run.status if run.finished else "progress"
    return f"event: {name}\ndata: {run_page(run).model_dump_json()}\n\n".encode()


@router.post(
    "/{run_id}/cancellation",
    summary="Cancel a run",
    status_code=202,
    responses={
        202: {"description": "The run as it is now", "model": RunPage},
        **guarded_answers(400, 404, 408, 409, 413, 422, 503),
    },
)
def cancel_run(run_id: RunId, service: ServiceOf, write: WriteOf) -> Response:
    """Cancel a run that waits, or ask the process that works on it to stop; one that is finished stays as it is."""

    def commit(connection: Connection, now: datetime, _: None) -> Reply:
        return reply(202, run_page(service.desk.cancel(connection, now, run_id, write.caller.name)))

    return write.once(lambda: None, commit)

"""Recorded forecasts: asked for, listed, and read."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Header, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.errors import RequestRefusedError, UnknownRecordError, UnknownScenarioError
from api.http.conditional import conditional, conditional_by
from api.http.moments import AsOf
from api.http.openapi_parts import conditional_answers, forecast_answers, guarded_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, Write, WriteOf, kept_response, reply
from api.messages.forecasts import (
    FORECASTS,
    ForecastGlance,
    ForecastPage,
    RunPage,
    forecast_body,
    forecast_glance,
    run_page,
)
from api.messages.run_settings import RunBody
from api.messages.versions import Page
from api.service import Service, ServiceOf
from api.store import documents, forecasts, runs
from api.store.forecasts import ForecastCard
from api.store.idempotency import Kept
from api.work.computations import Stopper
from api.work.forecasting import Asker, Plan, plan
from forecast.errors import Fault
from forecast.fields import Label, Name, Remark
from forecast.settings import MAX_DRAWS

router = routes_under(FORECASTS, "forecasts")

DRAWS = 65_536

_ASYNC = "respond-async"

ForecastId = Annotated[str, Path(description="Id of a forecast, as the list states it.", max_length=100)]
Include = Annotated[
    Literal["document"] | None,
    Query(description="`document` adds the scenario, so that the forecast can be replayed."),
]
_Prefer = Annotated[
    str | None,
    Header(alias="Prefer", description="`respond-async` queues even a small forecast (RFC 7240).", max_length=200),
]


class ForecastRequest(RunBody):
    """Which stored scenario to forecast, how, and why; `as_of` is today if left out."""

    scenario: Annotated[Name, Field(description="Id of a stored scenario; the evidence in its ledger is used.")]
    version: Annotated[int | None, Field(ge=1, le=1_000_000_000, description="The newest if left out.")] = None
    draws: Annotated[int, Field(ge=1, le=MAX_DRAWS, description="Draws, rounded up to whole blocks.")] = DRAWS
    reason: Annotated[Remark, Field(description="Why it is made, for whoever asks in a year.")] = "asked for"
    author: Annotated[Label | None, Field(description="Who asks; the name of the key if left out.")] = None


class ForecastList(Page):
    """Recorded forecasts, newest first."""

    forecasts: list[ForecastGlance]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


@router.post(
    "",
    summary="Make a forecast and record it",
    status_code=201,
    responses={**forecast_answers(ForecastPage, RunPage), **guarded_answers(400, 408, 409, 413, 415, 422, 503)},
)
async def create_forecast(
    body: ForecastRequest, request: Request, service: ServiceOf, write: WriteOf, prefer: _Prefer = None
) -> Response:
    """Forecast a stored scenario with the evidence in force, and record the result with its provenance.

    What is affordable at once is answered with 201 and the forecast. A dearer one is answered with 202 and
    the address of its run, in `Location`, which reports progress and can be cancelled.
    """
    kept = await run_in_threadpool(write.kept)
    if kept is not None:
        return await run_in_threadpool(_kept_answer, service, kept)
    planned = await run_in_threadpool(_planned, service, body, write)
    prefers_async = _prefers_async(prefer)
    if planned.price > service.settings.max_work or prefers_async:
        return await run_in_threadpool(_queued, service, planned, write, prefers_async)
    return await service.computations.run(request, lambda stop: _made_now(service, planned, write, stop))


def _prefers_async(prefer: str | None) -> bool:
    return any(part.partition(";")[0].strip().lower() == _ASYNC for part in (prefer or "").split(","))


def _planned(service: Service, body: ForecastRequest, write: Write) -> Plan:
    with service.database.reading() as connection:
        now = service.database.now(connection)
        try:
            stored = service.stored.find(connection, body.scenario, body.version)
        except UnknownScenarioError as error:
            raise RequestRefusedError([Fault(("scenario",), str(error))]) from error
        except UnknownRecordError as error:
            raise RequestRefusedError([Fault(("version",), str(error))]) from error
    asker = Asker(write.caller.name, body.author or write.caller.name, body.reason)
    return plan(stored, body.run_settings(), now, service.settings.max_run_work, asker)


def _queued(service: Service, planned: Plan, write: Write, prefers_async: bool) -> Response:
    def commit(connection: Connection, now: datetime, planned: Plan) -> Reply:
        page = run_page(service.desk.enqueue(connection, now, planned))
        applied = {"Preference_Applied": _ASYNC} if prefers_async else {}
        return reply(202, page, Location=page.href, **applied)

    answer = write.once(lambda: planned, commit)
    service.runner.wake()
    return answer


def _made_now(service: Service, planned: Plan, write: Write, stop_if_asked: Stopper) -> Response:
    runner = service.runner
    while (run := service.desk.start(planned, write.ticket, runner.holder, runner.lease)) is None:
        kept = write.kept()
        if kept is not None:
            return _kept_answer(service, kept)
        # What had the key was forgotten between the two looks, so that the key is free again.
    with runner.holding(run) as progress:
        done = service.desk.carry_out_now(run, progress, stop_if_asked)
    if done is None:
        return _run_answer(service, run.id)
    card, made = done
    body = forecast_body(card, made.model_dump_json(exclude={"document"}))
    return Reply(201, body, {"Location": f"{FORECASTS}/{card.id}"}).response()


def _run_answer(service: Service, run_id: str) -> Response:
    with service.database.reading() as connection:
        page = run_page(runs.get(connection, run_id))
    return reply(202, page, Location=page.href).response()


def _kept_answer(service: Service, kept: Kept) -> Response:
    """Return the answer to a request that was made before: kept as it was, or the forecast that its run came to."""
    if kept.status is not None or kept.run_id is None:
        return kept_response(kept)
    with service.database.reading() as connection:
        run = runs.get(connection, kept.run_id)
        if run.forecast_id is None:
            return kept_response(kept)
        card = forecasts.get(connection, run.forecast_id)
        body = forecast_body(card, forecasts.result_text(connection, card))
    return Reply(201, body, {"Location": f"{FORECASTS}/{card.id}"}).response(replayed=True)


@router.get("", summary="Recorded forecasts", responses=conditional_answers(ForecastList, 401, 403, 422))
def list_forecasts(
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    scenario: Annotated[str | None, Query(max_length=100, description="Of this scenario only.")] = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List forecasts, newest first: those recorded up to now, or up to a moment."""
    before = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        found = forecasts.page(connection, limit + 1, before, scenario, moment)
    shown, following = on_page(request, found, limit, lambda each: (each.recorded_at, each.id))
    listed = ForecastList(forecasts=[forecast_glance(card) for card in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get(
    "/{forecast_id}",
    summary="A recorded forecast",
    responses=conditional_answers(ForecastPage, 401, 403, 404, 422),
)
def get_forecast(forecast_id: ForecastId, request: Request, service: ServiceOf, include: Include = None) -> Response:
    """Return a forecast as it was recorded; it never changes."""
    with service.database.reading() as connection:
        return forecast_answer(request, connection, forecasts.get(connection, forecast_id), include)


def forecast_answer(request: Request, connection: Connection, card: ForecastCard, include: str | None) -> Response:
    """Return a recorded forecast as an answer with its entity tag."""
    tag = f'"{card.id}{"" if include is None else "-document"}"'

    def body() -> bytes:
        document = None if include is None else documents.get(connection, card.document)
        return forecast_body(card, forecasts.result_text(connection, card), document)

    return conditional_by(request, tag, body, JSON)

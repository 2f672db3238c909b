"""How recorded forecasts and runs are shown."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from api.http.openapi_parts import NAMED
from api.http.problems import Problem
from api.messages.versions import Page
from api.store.documents import Document, document_text
from api.store.forecasts import ForecastCard
from api.store.runs import Run
from forecast.result import Request

FORECASTS, RUNS = "/v1/forecasts", "/v1/runs"


class ForecastGlance(Page):
    """A recorded forecast at a glance."""

    id: str
    scenario: str
    version: int
    as_of: Annotated[date, Field(description="The day that it speaks from.")]
    recorded_at: Annotated[datetime, Field(description="When it was recorded.")]
    author: str
    reason: str
    draws: int
    seed: int
    digest: Annotated[str, Field(description="SHA-256 of the result.")]
    run: Annotated[str, Field(description="Id of the run that it comes from.")]
    href: str


class ForecastPage(ForecastGlance):
    """A recorded forecast; its `document` is left out unless asked for."""

    forecast: Annotated[dict[str, Any], WithJsonSchema({NAMED: "Forecast"})]


class RunPage(Page):
    """A run: what was ordered, and how far it is."""

    id: str
    scenario: str
    version: int
    settings: Request
    price: Annotated[int, Field(description="Draws × parts of the scenario.")]
    author: str
    reason: str
    status: Annotated[str, Field(description="queued, running, done, failed or cancelled.")]
    done: Annotated[int, Field(description="Draws that are done.")]
    draws: Annotated[int, Field(description="Draws in all; evidence that leaves little weight adds to them.")]
    attempt: Annotated[int, Field(description="How often it was begun.")]
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    forecast: Annotated[str | None, Field(description="Address of the forecast, once it is recorded.")]
    problem: Annotated[Problem | None, Field(description="Why it failed.")]
    href: str


def forecast_glance(card: ForecastCard) -> ForecastGlance:
    """Return a forecast at a glance."""
    return ForecastGlance(
        id=card.id,
        scenario=card.scenario_id,
        version=card.version,
        as_of=date.fromisoformat(card.as_of),
        recorded_at=card.recorded_at,
        author=card.author,
        reason=card.reason,
        draws=card.draws,
        seed=card.seed,
        digest=card.digest,
        run=card.run_id,
        href=f"{FORECASTS}/{card.id}",
    )


def forecast_body(card: ForecastCard, result: str, document: Document | None = None) -> bytes:
    """Return a forecast's page as JSON; the result, which is JSON already, is set in as it was recorded."""
    head = forecast_glance(card).model_dump_json()
    if document is not None:
        result = with_document(result, document)
    return f'{head[:-1]},"forecast":{result}}}'.encode()


def with_document(result: str, document: Document) -> str:
    """Return a forecast's JSON with its document, as ``branchcast replay`` reads it."""
    return f'{result[:-1]},"document":{document_text(document)}}}'


def saved_as(card: ForecastCard, ending: str) -> dict[str, str]:
    """Return the header that gives what belongs to a forecast a file name of its own."""
    return {"Content-Disposition": f'attachment; filename="{card.scenario_id}-{card.id}-{ending}"'}


def run_page(run: Run) -> RunPage:
    """Return a run."""
    return RunPage(
        id=run.id,
        scenario=run.scenario_id,
        version=run.version,
        settings=Request.model_validate(run.settings),
        price=run.price,
        author=run.author,
        reason=run.reason,
        status=run.status,
        done=run.done,
        draws=run.draws,
        attempt=run.attempt,
        cancel_requested=bool(run.cancel_requested),
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        forecast=None if run.forecast_id is None else f"{FORECASTS}/{run.forecast_id}",
        problem=None if run.problem is None else Problem.model_validate(run.problem),
        href=f"{RUNS}/{run.id}",
    )

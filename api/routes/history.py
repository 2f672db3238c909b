"""What was believed when: the course of one figure over a scenario's forecasts, and the forecast that stood."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.errors import ParameterError, UnknownRecordError
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import conditional_answers
from api.http.pages import Cursor, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.forecasts import FORECASTS, ForecastPage
from api.messages.versions import Page
from api.routes.forecasts import Include, forecast_answer
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import forecasts, scenarios
from api.store.forecasts import Point
from api.suggestions import did_you_mean

router = routes_under("/v1/scenarios/{scenario_id}", "history")

MOST_POINTS, USUAL_POINTS = 1_000, 200

_Of = Annotated[
    str | None,
    Query(
        description="Place of the figure in a forecast, such as `outcomes.deal` or `dates.summit.2026-12-31`; if left "
        "out, the places are listed.",
        min_length=1,
        max_length=500,
    ),
]
_Limit = Annotated[int, Query(ge=1, le=MOST_POINTS, description=f"How many at the most, up to {MOST_POINTS:,}.")]


class HistoryPoint(Page):
    """The figure in one forecast."""

    forecast: Annotated[str, Field(description="Id of the forecast.")]
    version: Annotated[int, Field(description="Version of the scenario that it was made from.")]
    recorded_at: datetime
    as_of: Annotated[date, Field(description="The day that it speaks from.")]
    mean: float
    exact: Annotated[float | None, Field(description="The exact mean, where there is a closed form.")]
    mc_error: float
    quantiles: Annotated[Mapping[str, float] | None, Field(description="Level → quantile, where it has some.")]
    href: str


class HistoryPage(Page):
    """The course of one figure, newest first."""

    scenario: str
    of: str
    points: list[HistoryPoint]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class PlaceList(Page):
    """The figures whose course can be asked for."""

    scenario: str
    places: Annotated[list[str], Field(description="Those of the newest forecast; sorted.")]


@router.get(
    "/history",
    summary="The course of one figure",
    responses=conditional_answers(HistoryPage | PlaceList, 401, 403, 404, 422),
)
def get_history(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    of: _Of = None,
    limit: _Limit = USUAL_POINTS,
    cursor: Cursor = None,
) -> Response:
    """Return one figure of every forecast of a scenario, newest first, as recorded up to now or to a moment.

    What is recorded meanwhile neither repeats nor skips a point of the following pages.
    """
    before = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        if of is None:
            places = list(forecasts.places(connection, scenario_id, moment))
            listed = PlaceList(scenario=scenario_id, places=places)
            return conditional(request, listed.model_dump_json().encode(), JSON)
        found = forecasts.series(connection, scenario_id, of, limit + 1, before, moment)
        if not found and not forecasts.has_place(connection, scenario_id, of):
            raise _unknown_place(connection, scenario_id, of)
    shown, following = on_page(request, found, limit, lambda each: (each.recorded_at, each.forecast_id))
    page = HistoryPage(scenario=scenario_id, of=of, points=[_point(each) for each in shown], next=following)
    return conditional(request, page.model_dump_json().encode(), JSON)


def _point(found: Point) -> HistoryPoint:
    return HistoryPoint(
        forecast=found.forecast_id,
        version=found.version,
        recorded_at=found.recorded_at,
        as_of=date.fromisoformat(found.as_of),
        mean=found.mean,
        exact=found.exact,
        mc_error=found.mc_error,
        quantiles=found.quantiles,
        href=f"{FORECASTS}/{found.forecast_id}",
    )


def _unknown_place(connection: Connection, scenario_id: str, of: str) -> ParameterError:
    places = forecasts.places(connection, scenario_id)
    if not places:
        return ParameterError("of", f"scenario '{scenario_id}' has no forecast yet: POST {FORECASTS} makes one")
    hint = did_you_mean(of, places, "its newest forecast has")
    return ParameterError("of", f"no forecast of scenario '{scenario_id}' has a figure '{of[:100]}'{hint}")


@router.get(
    "/forecasts/latest",
    summary="The forecast that stands",
    responses=conditional_answers(ForecastPage, 401, 403, 404, 422),
)
def get_latest_forecast(
    scenario_id: ScenarioId, request: Request, service: ServiceOf, moment: AsOf, include: Include = None
) -> Response:
    """Return the newest forecast of a scenario, or the one that stood at a moment."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id)
        card = forecasts.newest(connection, scenario_id, moment)
        if card is None:
            when = "yet" if moment is None else f"that was recorded by {moment.isoformat()}"
            raise UnknownRecordError(
                f"scenario '{scenario_id}' has no forecast {when}: POST {FORECASTS} makes one, and "
                f"GET {FORECASTS}?scenario={scenario_id} lists what there is"
            )
        return forecast_answer(request, connection, card, include)

"""Two recorded forecasts side by side: what moved from one to the other, and why."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.errors import ParameterError, UnknownRecordError
from api.http.conditional import conditional, conditional_by
from api.http.openapi_parts import conditional_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.forecasts import FORECASTS, ForecastGlance, forecast_glance
from api.messages.versions import Page
from api.routes.forecasts import ForecastId
from api.service import ServiceOf
from api.store import forecasts
from api.store.forecasts import ForecastCard
from api.work.computations import Stopper
from api.work.explanations import explanation
from forecast.attribution.records import Attribution
from forecast.attribution.sentences import sentence
from forecast.comparison import Comparison, compare

router = routes_under(f"{FORECASTS}/{{forecast_id}}", "forecasts")

_With = Annotated[str, Query(alias="with", description="Id of the forecast that comes after.", max_length=100)]
_Draws = Annotated[int, Query(ge=16, le=1 << 16, description="Of each forecast that is computed for it.")]

USUAL_DRAWS = 1 << 14


class ComparisonPage(Page):
    """What moved from one recorded forecast to another."""

    before: ForecastGlance
    after: ForecastGlance
    comparison: Comparison


class ExplanationPage(Page):
    """Why one recorded forecast moved to another."""

    before: ForecastGlance
    after: ForecastGlance
    explanation: Attribution
    sentences: Annotated[dict[str, str], Field(description="Place → the same in words.")]


@router.get(
    "/comparison",
    summary="What moved between two forecasts",
    responses=conditional_answers(ComparisonPage, 401, 403, 404, 422),
)
def get_comparison(forecast_id: ForecastId, request: Request, service: ServiceOf, other: _With) -> Response:
    """Compare this forecast with another: every figure that both have, the largest move first.

    The runs were made apart, so that the MC error of a sampled difference is the sum of both errors, the
    most that it can be. Forecasts of different scenarios may be compared in what both have.
    """
    with service.database.reading() as connection:
        before, after = _both(connection, forecast_id, other)

        def body() -> bytes:
            found = compare(forecasts.whole(connection, before), forecasts.whole(connection, after))
            if not found.moves:
                raise _nothing_shared(before, after)
            page = ComparisonPage(before=forecast_glance(before), after=forecast_glance(after), comparison=found)
            return page.model_dump_json().encode()

        return conditional_by(request, f'"{before.id}-{after.id}"', body, JSON)


@router.get(
    "/explanation",
    summary="Why a forecast moved",
    responses=conditional_answers(ExplanationPage, 401, 403, 404, 409, 422, 503),
)
async def get_explanation(
    forecast_id: ForecastId, request: Request, service: ServiceOf, other: _With, draws: _Draws = USUAL_DRAWS
) -> Response:
    """Split the change from this forecast to another among its causes: the parts add up to it.

    Time passing, each entry of evidence, each node's prior, the experts' weights and another structure get what they do
    on average over the orders in which they may come. Forecasts in which only some of them have come are computed for
    it, which is what it costs; they share their draws.
    """

    def explained(stop_if_asked: Stopper) -> bytes:
        with service.database.reading() as connection:
            before, after = _both(connection, forecast_id, other)
        found = explanation(service, before, after, draws, stop_if_asked)
        if not found.places:
            raise _nothing_shared(before, after)
        page = ExplanationPage(
            before=forecast_glance(before),
            after=forecast_glance(after),
            explanation=found,
            sentences={each.place: sentence(each) for each in found.places},
        )
        return page.model_dump_json().encode()

    return conditional(request, await service.computations.run(request, explained), JSON)


def _both(connection: Connection, forecast_id: str, other: str) -> tuple[ForecastCard, ForecastCard]:
    before = forecasts.get(connection, forecast_id)
    try:
        return before, forecasts.get(connection, other)
    except UnknownRecordError as error:
        raise ParameterError("with", str(error)) from error


def _nothing_shared(before: ForecastCard, after: ForecastCard) -> ParameterError:
    return ParameterError(
        "with",
        f"forecast '{before.id}' of scenario '{before.scenario_id}' and forecast '{after.id}' of scenario "
        f"'{after.scenario_id}' have no figure in common: compare forecasts of one scenario",
    )

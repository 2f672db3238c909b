"""Two recorded forecasts side by side: what moved from one to the other."""

from typing import Annotated

from fastapi import Query, Request, Response

from api.errors import ParameterError, UnknownRecordError
from api.http.conditional import conditional_by
from api.http.openapi_parts import conditional_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.forecasts import FORECASTS, ForecastGlance, forecast_glance
from api.messages.versions import Page
from api.routes.forecasts import ForecastId
from api.service import ServiceOf
from api.store import forecasts
from forecast.comparison import Comparison, compare

router = routes_under(f"{FORECASTS}/{{forecast_id}}", "forecasts")

_With = Annotated[str, Query(alias="with", description="Id of the forecast that comes after.", max_length=100)]


class ComparisonPage(Page):
    """What moved from one recorded forecast to another."""

    before: ForecastGlance
    after: ForecastGlance
    comparison: Comparison


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
        before = forecasts.get(connection, forecast_id)
        try:
            after = forecasts.get(connection, other)
        except UnknownRecordError as error:
            raise ParameterError("with", str(error)) from error

        def body() -> bytes:
            found = compare(forecasts.whole(connection, before), forecasts.whole(connection, after))
            if not found.moves:
                raise ParameterError(
                    "with",
                    f"forecast '{before.id}' of scenario '{before.scenario_id}' and forecast '{after.id}' of scenario "
                    f"'{after.scenario_id}' have no figure in common: compare forecasts of one scenario",
                )
            page = ComparisonPage(before=forecast_glance(before), after=forecast_glance(after), comparison=found)
            return page.model_dump_json().encode()

        return conditional_by(request, f'"{before.id}-{after.id}"', body, JSON)

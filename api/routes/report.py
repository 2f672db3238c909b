"""A recorded forecast to keep and to show: its report, and the file that it is made again from."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.http.conditional import conditional_by
from api.http.openapi_parts import conditional_text_answers, file_answers, guarded_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.forecasts import FORECASTS, saved_as, with_document
from api.report import Recorded, report_html
from api.routes.forecasts import ForecastId
from api.service import ServiceOf
from api.store import documents, forecasts
from forecast.version import VERSION

router = routes_under(f"{FORECASTS}/{{forecast_id}}", "forecasts")

HTML = "text/html"
POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}
"""What a scenario says is set in the page: whatever it may be, it runs nothing and loads nothing."""


@router.get(
    "/report",
    summary="The report of a forecast",
    response_class=HTMLResponse,
    responses={**conditional_text_answers("text/html"), **guarded_answers(404, 422)},
)
def get_report(forecast_id: ForecastId, request: Request, service: ServiceOf) -> Response:
    """Return a forecast as one HTML page that stands alone: nothing to load, nothing to run."""
    with service.database.reading() as connection:
        card = forecasts.get(connection, forecast_id)
        recorded = Recorded(card.id, card.version, card.author, card.reason, card.recorded_at)

        def page() -> bytes:
            return report_html(forecasts.whole(connection, card), recorded=recorded).encode()

        return conditional_by(request, f'"{card.id}-report-{VERSION}"', page, HTML, POLICY)


@router.get(
    "/file",
    summary="A forecast as a file",
    responses={**file_answers(JSON), **guarded_answers(404, 422)},
)
def get_file(forecast_id: ForecastId, request: Request, service: ServiceOf) -> Response:
    """Return the whole forecast, document included, as `branchcast replay` and `branchcast compare` read it."""
    with service.database.reading() as connection:
        card = forecasts.get(connection, forecast_id)

        def text() -> bytes:
            document = documents.get(connection, card.document)
            return with_document(forecasts.result_text(connection, card), document).encode()

        return conditional_by(request, f'"{card.id}-file"', text, JSON, saved_as(card, "forecast.json"))

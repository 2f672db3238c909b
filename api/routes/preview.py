"""Previews: what a scenario, stored or sent along, says under other priors, assumptions or dates. Nothing is kept."""

from fastapi import Request, Response

from api.http.openapi_parts import guarded_answers, timed_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.asked import AskedBody
from api.service import ServiceOf
from api.work.previews import PreviewOrder, preview
from forecast.result import Forecast

router = routes_under("/v1", "previews")


class PreviewRequest(AskedBody):
    """What to forecast; everything but the scenario has a default."""


@router.post(
    "/preview",
    summary="Forecast without keeping anything",
    responses={**timed_answers("The forecast", Forecast), **guarded_answers(400, 408, 413, 415, 422, 503)},
)
async def post_preview(body: PreviewRequest, request: Request, service: ServiceOf) -> Response:
    """Compute the outcome distributions of a scenario.

    The same request gives the same bytes. The answer is a forecast; `document` is left out unless
    `include` asks for it. `Server-Timing` tells the milliseconds spent.
    """
    order = PreviewOrder(body.scenario, body.version, body.priors, body.run_settings(), body.leave_out)
    made = await service.computations.run(request, lambda stop: preview(service, order, stop))
    return Response(made.text, headers={"Server-Timing": made.server_timing}, media_type=JSON)

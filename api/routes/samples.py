"""The draws and worlds behind a recorded forecast, as tables for other programs."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.errors import ParameterError
from api.http.conditional import not_modified, tagged
from api.http.openapi_parts import file_answers, guarded_answers
from api.http.routers import routes_under
from api.http.streamed import StreamedResponse
from api.messages.forecasts import FORECASTS, saved_as
from api.routes.forecasts import ForecastId
from api.service import Service, ServiceOf
from api.store import forecasts
from api.store.forecasts import ForecastCard
from api.tabular import FORMATS
from api.work.samples import SAMPLES, table_chunks

router = routes_under(f"{FORECASTS}/{{forecast_id}}", "forecasts")

_Stated = Annotated[
    str,
    Query(
        alias="format",
        description="`csv`; `npy`, one structured array for numpy.load; `parquet`, where the server has pyarrow.",
        json_schema_extra={"enum": list(FORMATS)},
        max_length=100,
    ),
]


async def _format(stated: _Stated = "csv") -> str:
    if stated not in FORMATS:
        raise ParameterError("format", f"format is '{stated}': choose {', '.join(FORMATS)}")
    return stated


Format = Annotated[str, Depends(_format)]
_ANSWERS = {
    **file_answers(*(form.media_type for form in FORMATS.values())),
    **guarded_answers(404, 422, 501, 503),
}


@router.get("/draws", summary="The draws of a forecast", response_class=StreamingResponse, responses=_ANSWERS)
async def get_draws(forecast_id: ForecastId, request: Request, service: ServiceOf, name: Format) -> Response:
    """Draw again, from the seed, what the forecast was read off: one row for each draw, one column for each belief.

    A column is named like the place of its mean in the forecast. The rows are computed while they are sent,
    at the pace of the reader. The price, rows × columns, has a limit.
    """
    return await _sent(request, service, forecast_id, "draws", name)


@router.get("/worlds", summary="The worlds of a forecast", response_class=StreamingResponse, responses=_ANSWERS)
async def get_worlds(forecast_id: ForecastId, request: Request, service: ServiceOf, name: Format) -> Response:
    """Draw again, from the seed, one complete history for each draw: outcome, attributes, dates, quantities.

    The rows are computed while they are sent, at the pace of the reader. The price, rows × columns, has a limit.
    """
    return await _sent(request, service, forecast_id, "worlds", name)


async def _sent(request: Request, service: Service, forecast_id: str, what: str, name: str) -> Response:
    card, form = await run_in_threadpool(_card, service, forecast_id), FORMATS[name]
    tag = f'"{card.id}-{what}-{name}"'
    held = not_modified(request, tag)
    if held is not None:
        return held
    stream = await service.streams.begin(request, lambda _: table_chunks(service, card, SAMPLES[what], form))
    headers = {**tagged(tag), **saved_as(card, f"{what}{form.suffix}")}
    return StreamedResponse(stream, form.media_type, headers)


def _card(service: Service, forecast_id: str) -> ForecastCard:
    with service.database.reading() as connection:
        return forecasts.get(connection, forecast_id)

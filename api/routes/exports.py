"""Exports: a recorded forecast in the form of a tournament, with what that form cannot say in numbers."""

import base64
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from api.http.bodies import Body
from api.http.openapi_parts import guarded_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.forecasts import FORECASTS
from api.messages.versions import Page
from api.routes.forecasts import ForecastId
from api.service import ServiceOf
from api.work.exports import Exported, ExportOrder, exported
from forecast.fields import Name
from forecast.tournaments.exports import Distortion
from forecast.tournaments.registry import FORMATS

router = routes_under(f"{FORECASTS}/{{forecast_id}}/exports", "tournaments")


class DistortionPage(Page):
    """How far what is exported is from what is predicted, where the platform's form allows nothing nearer."""

    listing: Annotated[str, Field(description="The platform and our question.")]
    reason: str
    figures: dict[str, float]


class DocumentPage(Page):
    """A file, or the body of a request, exactly as it would be sent."""

    name: str
    media_type: str
    text: Annotated[str | None, Field(description="Its text; null for what is no text.")]
    base64: Annotated[str | None, Field(description="Its bytes, where it is no text.")]


class ExportPage(Page):
    """What a forecast is in one format."""

    format: str
    forecast: Annotated[str, Field(description="Address of the forecast.")]
    listings: Annotated[list[str], Field(description="Names of the listings it is for.")]
    documents: list[DocumentPage]
    distortions: list[DistortionPage]


class ExportBody(Body):
    """What to export."""

    format: Annotated[str, Field(description=f"One of {', '.join(FORMATS)}.", max_length=100)]
    listings: Annotated[
        list[Name] | None,
        Field(description="Names of listings; all of the platform's if left out.", max_length=1_000),
    ] = None
    settings: Annotated[
        dict[str, Any], Field(description="What the format wants to know once, such as the name of your team.")
    ] = {}


@router.post(
    "",
    summary="Put a forecast in a tournament's form",
    responses={
        200: {"description": "What would be sent; nothing is", "model": ExportPage},
        **guarded_answers(400, 404, 408, 413, 415, 422, 503),
    },
)
async def post_export(forecast_id: ForecastId, body: ExportBody, request: Request, service: ServiceOf) -> Response:
    """Put the answers of a recorded forecast in a format, checked by the platform's own rules. Nothing is sent.

    All answers come from the same draws and worlds, which are made again from the seed, so that they agree with
    each other. What the platform's form cannot say is told in numbers under `distortions`.
    """
    order = ExportOrder(body.format, body.listings, body.settings)
    found = await service.computations.run(request, lambda stop: exported(service, forecast_id, order, stop))
    return Response(export_page(found).model_dump_json(), media_type=JSON)


def export_page(found: Exported) -> ExportPage:
    """Return an export as it is shown."""
    return ExportPage(
        format=found.export.format,
        forecast=f"{FORECASTS}/{found.card.id}",
        listings=list(found.listings),
        documents=[
            DocumentPage(name=each.name, media_type=each.media_type, **_content(each.content))
            for each in found.export.documents
        ],
        distortions=distortion_pages(found.export.distortions),
    )


def distortion_pages(distortions: Iterable[Distortion]) -> list[DistortionPage]:
    """Return distortions as they are shown."""
    return [DistortionPage(listing=each.place, reason=each.reason, figures=dict(each.figures)) for each in distortions]


def _content(content: bytes) -> Mapping[str, str | None]:
    try:
        return {"text": content.decode(), "base64": None}
    except UnicodeDecodeError:
        return {"text": None, "base64": base64.b64encode(content).decode()}

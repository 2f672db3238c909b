"""What happened: recorded place by place, a correction beside what it corrects, and told with what it scores."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import Field

from api.errors import UnknownRecordError
from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import added_answers, conditional_answers, guarded_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, WriteOf
from api.messages.resolutions import ResolutionPage, ScoredResolutionPage, resolution_page
from api.messages.versions import PREFIX, Page
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import resolutions, scenarios
from api.suggestions import did_you_mean
from api.work.resolving import Order, resolve
from forecast.fields import Day, Label, Remark
from forecast.resolutions import Resolution

router = routes_under(f"{PREFIX}/{{scenario_id}}/resolutions", "scores")

PlaceName = Annotated[str, Path(description="A place, such as `questions.meet-before-2027`.", max_length=200)]
_History = Annotated[
    bool, Query(description="Everything that was recorded, newest first, instead of the newest of each place.")
]


class ResolutionList(Page):
    """What happened, by place."""

    resolutions: list[ResolutionPage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class ResolutionBody(Body):
    """What happened at one place, and how that is known."""

    place: Annotated[
        Label,
        Field(
            description="`questions.NAME`: the answer to a question. `nodes.NAME`: the branch that was taken. "
            "`outcomes`: where the history ended."
        ),
    ]
    value: Annotated[
        Resolution,
        Field(
            description="What happened: of the same type as the question, or `node`, `outcome` or, where there is no "
            "answer, `annulled`."
        ),
    ]
    happened_on: Annotated[
        Day,
        Field(description="The day on which it was settled, in UTC: what is forecast after it does not count."),
    ]
    source: Annotated[Remark | None, Field(description="Where that can be looked up.")] = None
    reason: Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
    author: Annotated[Label | None, Field(description="Who says so; the name of the key if left out.")] = None


@router.get("", summary="What happened", responses=conditional_answers(ResolutionList, 401, 403, 404, 422))
def list_resolutions(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    history: _History = False,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List the newest resolution of each place, by place, now or at a moment; or everything that was recorded."""
    before = read_cursor(request, cursor, (datetime, str) if history else (str,))
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        if history:
            found = resolutions.page(connection, scenario_id, limit + 1, before, moment)
        else:
            known = resolutions.in_force(connection, scenario_id, moment).values()
            found = [each for each in known if before is None or each.place > before[0]]
    shown, following = on_page(
        request, found, limit, lambda each: (each.recorded_at, each.id) if history else (each.place,)
    )
    listed = ResolutionList(resolutions=[resolution_page(each) for each in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get(
    "/{place}", summary="What happened at a place", responses=conditional_answers(ResolutionPage, 401, 403, 404, 422)
)
def get_resolution(
    scenario_id: ScenarioId, place: PlaceName, request: Request, service: ServiceOf, moment: AsOf
) -> Response:
    """Return the newest resolution of a place, now or at a moment."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        known = resolutions.in_force(connection, scenario_id, moment)
    if place not in known:
        hint = did_you_mean(place, known, "resolved are") if known else ": nothing has been resolved"
        raise UnknownRecordError(f"there is no resolution of '{place[:100]}'{hint}")
    return conditional(request, resolution_page(known[place]).model_dump_json().encode(), JSON)


@router.post(
    "",
    summary="Say what happened",
    status_code=201,
    responses={**added_answers(ScoredResolutionPage), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
async def add_resolution(
    scenario_id: ScenarioId, body: ResolutionBody, request: Request, service: ServiceOf, write: WriteOf
) -> Response:
    """Record what happened at a place; answers with the record and how good the forecasts of the place were.

    It must fit the newest version of the scenario and what else has resolved: the branch of a node lies on the way to
    the outcome. A question resolves by its clause, which the tree only approximates: where the tree decides it
    otherwise, `notes` say so. What was recorded for the place before stays on record, and no longer counts. What only
    repeats the newest, its reason included, is answered with 200.
    """
    author = body.author or write.caller.name
    order = Order(scenario_id, body.place, body.value, body.happened_on, body.source, author, body.reason)
    return await service.computations.run(request, lambda stop: resolve(service, write, order, stop))

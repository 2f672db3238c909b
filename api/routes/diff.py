"""What changed between two versions of a scenario, in words and in numbers."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field

from api.http.conditional import conditional
from api.http.openapi_parts import conditional_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.evidence import EvidencePage, evidence_page
from api.messages.versions import MovedPage, Page, VersionGlance, glance
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.work.diffs import Diff, DiffOrder, diff
from forecast.revisions import Change

router = routes_under("/v1/scenarios/{scenario_id}", "scenarios")

_MOST = 1_000_000_000

_From = Annotated[
    int | None, Query(alias="from", ge=1, le=_MOST, description="The earlier version; the one before `to` if left out.")
]
_To = Annotated[int | None, Query(ge=1, le=_MOST, description="The later version; the newest if left out.")]
_Numbers = Annotated[bool, Query(description="Whether to compute what the change moves.")]


class DiffPage(Page):
    """What changed from one version to a later one."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    scenario: str
    before: Annotated[VersionGlance, Field(alias="from")]
    after: Annotated[VersionGlance, Field(alias="to")]
    changes: Annotated[list[Change], Field(description="What the documents state differently, in words.")]
    recorded: Annotated[list[EvidencePage], Field(description="Entries that the ledger got in between.")]
    retracted: Annotated[list[EvidencePage], Field(description="Entries that were retracted in between.")]
    moved: Annotated[
        MovedPage | None,
        Field(description="What the change moves today: both versions with the evidence in force now."),
    ]


@router.get(
    "/diff",
    summary="What changed between two versions",
    responses=conditional_answers(DiffPage, 401, 403, 404, 422, 503),
)
async def get_diff(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    before: _From = None,
    to: _To = None,
    numbers: _Numbers = True,
) -> Response:
    """Tell what two versions of a scenario state differently, what was recorded in between, and what moves.

    `moved` is what the change of the document alone does, as if either version stood today; if it was not
    computed, it says why.
    """
    order = DiffOrder(scenario_id, before, to, numbers)
    found = await service.computations.run(request, lambda stop: diff(service, order, stop))
    return conditional(request, _page(found).model_dump_json().encode(), JSON)


def _page(found: Diff) -> DiffPage:
    moved = found.moved
    return DiffPage(
        scenario=found.before.scenario_id,
        before=glance(found.before),
        after=glance(found.after.card),
        changes=list(found.changes),
        recorded=[evidence_page(each, found.after) for each in found.recorded],
        retracted=[evidence_page(each, found.after) for each in found.retracted],
        moved=None if moved is None else MovedPage(comparison=moved.comparison, reason=moved.reason),
    )

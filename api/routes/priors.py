"""One node's prior: what it is, and how an analyst sets it."""

from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import Field, WithJsonSchema
from sqlalchemy import Connection

from api.http.bodies import Body
from api.http.conditional import conditional_by
from api.http.moments import AsOf
from api.http.openapi_parts import PRIOR_SCHEMA, conditional_answers, guarded_answers, revised_answers
from api.http.routers import routes_under
from api.http.tags import IfMatchHeader, if_match
from api.http.writes import JSON, WriteOf
from api.messages.versions import Page, RevisionPage
from api.routes.scenarios import ScenarioId, VersionNumber
from api.service import ServiceOf
from api.store import scenarios
from api.work.asked_scenario import unknown_node
from api.work.basis import Basis
from api.work.revising import Proposal, edited_text, require_seen, revise, tag_of_prior, with_prior
from forecast.errors import Pointer
from forecast.fields import Label, Remark

router = routes_under("/v1/scenarios/{scenario_id}/nodes/{node}", "priors")

NodeName = Annotated[str, Path(description="Name of a node of the scenario.", max_length=100)]


class PriorPage(Page):
    """A node's prior and where it is from."""

    scenario: str
    node: str
    prior: Annotated[dict[str, Any], WithJsonSchema(PRIOR_SCHEMA)]
    since: Annotated[int, Field(description="The version that this prior is from.")]
    author: Annotated[str, Field(description="Who stored that version.")]
    reason: Annotated[str, Field(description="Why.")]


class PriorBody(Body):
    """A node's new prior, and why."""

    prior: Annotated[dict[str, Any], WithJsonSchema(PRIOR_SCHEMA)]
    reason: Annotated[Remark, Field(description="Why it is set: one or two sentences for whoever asks in a year.")]
    author: Annotated[Label | None, Field(description="Whose prior it is; the name of the key if left out.")] = None


@router.get("/prior", summary="A node's prior", responses=conditional_answers(PriorPage, 401, 403, 404, 422))
def get_prior(
    scenario_id: ScenarioId,
    node: NodeName,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    version: VersionNumber = None,
) -> Response:
    """Return what the scenario states for one node, since when, and why; its `ETag` is for setting it."""
    with service.database.reading() as connection:
        card = scenarios.asked(connection, scenario_id, version, moment)
        nodes = scenarios.whole(connection, card).document["nodes"]
        if node not in nodes:
            raise unknown_node(node, nodes)
        origin = scenarios.get(connection, scenario_id, card.priors[node])
        tag = tag_of_prior(connection, card, node)
    page = PriorPage(
        scenario=scenario_id,
        node=node,
        prior=nodes[node]["prior"],
        since=origin.version,
        author=origin.author,
        reason=origin.reason,
    )
    return conditional_by(request, tag, lambda: page.model_dump_json().encode(), JSON)


@router.put(
    "/prior",
    summary="Set a node's prior",
    responses={**revised_answers(RevisionPage), **guarded_answers(400, 404, 408, 409, 412, 413, 415, 422, 428, 503)},
)
async def put_prior(
    scenario_id: ScenarioId,
    node: NodeName,
    body: PriorBody,
    request: Request,
    service: ServiceOf,
    write: WriteOf,
    stated: IfMatchHeader = None,
) -> Response:
    """Store a new version in which this node has another prior; answers with what changed and what moved.

    `If-Match` states the tag of the prior, which other people's changes elsewhere leave alone, or that of
    the whole scenario.
    """
    based_on = if_match(stated, f"GET /v1/scenarios/{scenario_id}/nodes/{node}/prior has it")

    def in_request(pointer: Pointer) -> Pointer:
        return ("prior", *pointer[3:]) if pointer[:3] == ("nodes", node, "prior") else ("prior",)

    def propose(connection: Connection, at: Basis) -> Proposal:
        document, pointer = with_prior(at, node, body.prior)
        require_seen(connection, based_on, at, node)
        text = edited_text(at, document, [pointer])
        return Proposal(document, text, body.author or write.caller.name, body.reason, in_request)

    return await service.computations.run(request, lambda stop: revise(service, write, scenario_id, propose, stop))

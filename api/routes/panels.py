"""A panel: the newest statements of several experts pooled into a node's prior."""

from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from api.errors import StaleError
from api.http.bodies import Body
from api.http.openapi_parts import guarded_answers, revised_answers
from api.http.routers import routes_under
from api.http.tags import IfMatch, IfMatchHeader, if_match, version_tag
from api.http.writes import WriteOf
from api.messages.versions import PREFIX, RevisionPage
from api.routes.priors import NodeName
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import statements
from api.work.asked_scenario import unknown_node
from api.work.basis import Basis
from api.work.panels import Panel
from api.work.revising import Proposal, edited_text, require_seen, revise, tag_of_prior
from forecast.fields import Label, Name, Probability, Remark

router = routes_under(f"{PREFIX}/{{scenario_id}}/nodes/{{node}}", "panels")


def _each_once(names: list[str] | None) -> list[str] | None:
    if names is not None and len(set(names)) < len(names):
        msg = "it names an expert twice: name each once"
        raise ValueError(msg)
    return names


class PanelBody(Body):
    """How the newest statements about a node become its prior, and why."""

    pool: Annotated[
        Literal["mixture", "log_pool", "extremised"],
        Field(description="Whole trees are mixed by default; the others take the geometric mean of the odds."),
    ] = "mixture"
    exponent: Annotated[
        float | Literal["neyman_roughgarden"] | None,
        Field(description="What the pool's log-odds are multiplied by; goes with `extremised`."),
    ] = None
    experts: Annotated[
        list[Name] | None,
        Field(min_length=2, max_length=statements.MOST_EXPERTS, description="Whom to pool; all if left out."),
        AfterValidator(_each_once),
    ] = None
    weights: Annotated[
        dict[Name, Probability] | None,
        Field(description="Expert → weight, for every panel of the scenario; those it has if left out."),
    ] = None
    reason: Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
    author: Annotated[Label | None, Field(description="Who pools; the name of the key if left out.")] = None


@router.post(
    "/panel",
    summary="Pool a panel into a node's prior",
    responses={**revised_answers(RevisionPage), **guarded_answers(400, 404, 408, 409, 412, 413, 415, 422, 428, 503)},
)
async def pool_panel(
    scenario_id: ScenarioId,
    node: NodeName,
    body: PanelBody,
    request: Request,
    service: ServiceOf,
    write: WriteOf,
    stated: IfMatchHeader = None,
) -> Response:
    """Store a new version whose prior for this node is the panel of the newest statements, as they are now.

    Answers with what changed and what moved. `If-Match` states the tag of the prior or that of the whole
    scenario; only the latter if `weights` are stated, as they count at every panel of the scenario.
    """
    based_on = if_match(stated, f"GET {PREFIX}/{scenario_id}/nodes/{node}/prior has it")
    panel = Panel(body.pool, body.exponent, body.experts, body.weights)

    def propose(connection: Connection, at: Basis) -> Proposal:
        _require_seen(connection, based_on, at, node, weighted=body.weights is not None)
        document, edits = panel.pooled(at, node, statements.newest(connection, scenario_id, node))
        text = edited_text(at, document, edits)
        author = body.author or write.caller.name
        return Proposal(document, text, author, body.reason, lambda pointer: panel.in_request(pointer, node))

    return await service.computations.run(request, lambda stop: revise(service, write, scenario_id, propose, stop))


def _require_seen(connection: Connection, stated: IfMatch, at: Basis, node: str, *, weighted: bool) -> None:
    """Refuse a panel that is based on what has changed since; with weights, that is the whole scenario."""
    if node not in at.card.priors:
        raise unknown_node(node, at.card.priors)
    whole = version_tag(at.card.version, at.card.document)
    if weighted and not stated.holds(whole) and stated.holds(tag_of_prior(connection, at.card, node)):
        raise StaleError(
            f"weights count at every panel of scenario '{at.card.scenario_id}', but If-Match speaks of one prior: "
            f"send the ETag of GET {PREFIX}/{at.card.scenario_id}",
            tag=whole,
        )
    require_seen(connection, stated, at, None if weighted else node)

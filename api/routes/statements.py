"""What the members of a panel state about a node, each for themselves; pooling it is another step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import Field, WithJsonSchema
from sqlalchemy import Connection

from api.errors import UnknownRecordError
from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import (
    PLAIN_PRIOR_SCHEMA,
    added_answers,
    conditional_answers,
    guarded_answers,
)
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, WriteOf, reply
from api.messages.versions import PREFIX, Page
from api.routes.priors import NodeName
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import audit, scenarios, statements
from api.store.ids import new_id
from api.store.statements import Statement
from api.suggestions import did_you_mean
from api.work.asked_scenario import unknown_node
from api.work.basis import basis
from api.work.panels import check_statement
from forecast.fields import Label, Name, Remark
from forecast.statements.priors import PlainPrior

router = routes_under(f"{PREFIX}/{{scenario_id}}/nodes/{{node}}", "panels")

ExpertName = Annotated[Name, Path(description="Name of an expert, as the scenario's `experts` has it.")]
_History = Annotated[
    bool, Query(description="Every statement, newest first, instead of the newest of each expert, by expert.")
]


class StatementPage(Page):
    """What one expert stated for a node."""

    id: str
    scenario: str
    node: str
    expert: str
    prior: Annotated[dict[str, Any], WithJsonSchema(PLAIN_PRIOR_SCHEMA)]
    author: Annotated[str, Field(description="Who recorded it.")]
    reason: Annotated[str, Field(description="Why the expert states it.")]
    recorded_at: datetime
    href: Annotated[str, Field(description="Where the expert's newest statement is.")]


class StatementList(Page):
    """Statements about a node."""

    statements: list[StatementPage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class StatementBody(Body):
    """What an expert states for a node, and why."""

    prior: Annotated[
        PlainPrior,
        WithJsonSchema(PLAIN_PRIOR_SCHEMA),
        Field(description="The expert's own prior: any family but by_state, panel and hazard."),
    ]
    reason: Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
    author: Annotated[Label | None, Field(description="Who records it; the name of the key if left out.")] = None


@router.get(
    "/statements", summary="What experts stated", responses=conditional_answers(StatementList, 401, 403, 404, 422)
)
def list_statements(
    scenario_id: ScenarioId,
    node: NodeName,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    history: _History = False,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List the newest statement of each expert, now or at a moment; or everything that was stated."""
    begin = read_cursor(request, cursor, (datetime, str) if history else (str,))
    with service.database.reading() as connection:
        nodes = scenarios.head(connection, scenario_id, moment).priors
        if history:
            found = statements.page(connection, scenario_id, node, limit + 1, begin, moment)
        else:
            found = _after(statements.newest(connection, scenario_id, node, moment), begin)
    if node not in nodes and not found:
        raise unknown_node(node, nodes)
    shown, following = on_page(
        request, found, limit, lambda each: (each.recorded_at, each.id) if history else (each.expert,)
    )
    listed = StatementList(statements=[_page(each) for each in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get(
    "/statements/{expert}",
    summary="What one expert stated",
    responses=conditional_answers(StatementPage, 401, 403, 404, 422),
)
def get_statement(
    scenario_id: ScenarioId, node: NodeName, expert: ExpertName, request: Request, service: ServiceOf, moment: AsOf
) -> Response:
    """Return the newest statement of an expert about a node, now or at a moment."""
    with service.database.reading() as connection:
        nodes = scenarios.head(connection, scenario_id, moment).priors
        stated = statements.newest(connection, scenario_id, node, moment)
    if node not in nodes and not stated:
        raise unknown_node(node, nodes)
    if expert not in stated:
        hint = did_you_mean(expert, stated, "statements are from") if stated else ": nobody has"
        raise UnknownRecordError(f"'{expert}' has stated nothing for node '{node}'{hint}")
    return conditional(request, _page(stated[expert]).model_dump_json().encode(), JSON)


@router.put(
    "/statements/{expert}",
    summary="Record what an expert states",
    status_code=201,
    responses={**added_answers(StatementPage), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def put_statement(
    scenario_id: ScenarioId,
    node: NodeName,
    expert: ExpertName,
    body: StatementBody,
    service: ServiceOf,
    write: WriteOf,
) -> Response:
    """Record an expert's prior for a node; the scenario stays as it is until somebody pools the panel.

    `If-Match` is not asked for, as nothing is overwritten: what was stated before stays readable. A statement
    that only repeats the expert's newest, its reason included, is answered with 200.
    """
    author, prior = body.author or write.caller.name, body.prior.model_dump(mode="json", exclude_unset=True)

    def prepare() -> Statement | None:
        with service.database.reading() as connection:
            at = basis(connection, scenario_id)
            newest = statements.newest(connection, scenario_id, node).get(expert)
        check_statement(at, node, prior)
        same = newest is not None and (newest.prior, newest.author, newest.reason) == (prior, author, body.reason)
        return newest if same else None

    def commit(connection: Connection, now: datetime, there: Statement | None) -> Reply:
        if there is not None:
            return _reply(200, there)
        scenarios.lock(connection, scenario_id)
        stated = Statement(new_id(now), scenario_id, node, expert, prior, author, body.reason, now)
        recorded = statements.add(connection, stated)
        audit.append(connection, now, write.caller.name, *statements.audited(recorded))
        return _reply(201, recorded)

    return write.once(prepare, commit)


def _after(newest: Mapping[str, Statement], begin: Sequence[str] | None) -> Sequence[Statement]:
    return [newest[expert] for expert in sorted(newest) if begin is None or expert > begin[0]]


def _page(stated: Statement) -> StatementPage:
    return StatementPage(
        id=stated.id,
        scenario=stated.scenario_id,
        node=stated.node,
        expert=stated.expert,
        prior=dict(stated.prior),
        author=stated.author,
        reason=stated.reason,
        recorded_at=stated.recorded_at,
        href=f"{PREFIX}/{stated.scenario_id}/nodes/{stated.node}/statements/{stated.expert}",
    )


def _reply(status: int, stated: Statement) -> Reply:
    page = _page(stated)
    return reply(status, page, Location=page.href)

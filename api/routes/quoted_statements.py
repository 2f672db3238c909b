"""A quote as what one expert of a panel states, where an analyst says so."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field
from sqlalchemy import Connection

from api.errors import UnknownRecordError
from api.http.bodies import Body
from api.http.openapi_parts import added_answers, guarded_answers
from api.http.routers import routes_under
from api.http.writes import Reply, WriteOf, reply
from api.messages.versions import PREFIX
from api.routes.priors import NodeName
from api.routes.scenarios import ScenarioId
from api.routes.statements import ExpertName, StatementPage
from api.service import ServiceOf
from api.store import audit, quotes, scenarios, statements
from api.store.ids import new_id
from api.store.statements import Statement
from api.work.basis import basis
from api.work.quoted_statements import prior_of, reason_of
from api.work.quoted_values import refusal
from forecast.fields import Label, Name, Positive

router = routes_under(f"{PREFIX}/{{scenario_id}}/nodes/{{node}}/statements/{{expert}}", "quotes")


class QuotedStatementBody(Body):
    """Which quote an expert states, and of what it is the probability."""

    quote: Annotated[Label, Field(description="Id of a quote of this scenario.")]
    branch: Annotated[
        Name | None,
        Field(description="Branch, of two, that it is the probability of; left out where options are quoted."),
    ] = None
    equivalent_sample_size: Annotated[
        Positive | None,
        Field(description="How many observations it is worth; it counts as known exactly if left out."),
    ] = None
    author: Annotated[Label | None, Field(description="Who records it; the name of the key if left out.")] = None


@router.post(
    "/quote",
    summary="Let an expert state a quote",
    status_code=201,
    responses={**added_answers(StatementPage), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def state_quote(
    scenario_id: ScenarioId,
    node: NodeName,
    expert: ExpertName,
    body: QuotedStatementBody,
    service: ServiceOf,
    write: WriteOf,
) -> Response:
    """Record a quote as what an expert states for a node, its source, moment and terms in the reason.

    A probability goes with a node of two branches, options with a node whose branches are called as they are. The
    probability of a branch is that given that its node is reached: whether the quote is one is yours to judge. The
    scenario stays as it is until somebody pools the panel, with the weight that the expert has.
    """
    author = body.author or write.caller.name

    def prepare() -> Statement:
        with service.database.reading() as connection:
            at = basis(connection, scenario_id)
            try:
                quoted = quotes.get(connection, scenario_id, body.quote)
            except UnknownRecordError as error:
                raise refusal(("quote",), str(error)) from error
        prior = prior_of(at, node, quoted, body.branch, body.equivalent_sample_size)
        return Statement("", scenario_id, node, expert, prior, author, reason_of(quoted), quoted.recorded_at)

    def commit(connection: Connection, now: datetime, wanted: Statement) -> Reply:
        scenarios.lock(connection, scenario_id)
        newest = statements.newest(connection, scenario_id, node).get(expert)
        if newest is not None and _says(newest) == _says(wanted):
            return _reply(200, newest)
        made = Statement(new_id(now), scenario_id, node, expert, wanted.prior, author, wanted.reason, now)
        stated = statements.add(connection, made)
        audit.append(connection, now, write.caller.name, *statements.audited(stated))
        return _reply(201, stated)

    return write.once(prepare, commit)


def _says(stated: Statement) -> tuple[object, str, str]:
    return stated.prior, stated.author, stated.reason


def _reply(status: int, stated: Statement) -> Reply:
    href = f"{PREFIX}/{stated.scenario_id}/nodes/{stated.node}/statements/{stated.expert}"
    page = StatementPage(
        id=stated.id,
        scenario=stated.scenario_id,
        node=stated.node,
        expert=stated.expert,
        prior=dict(stated.prior),
        author=stated.author,
        reason=stated.reason,
        recorded_at=stated.recorded_at,
        href=href,
    )
    return reply(status, page, Location=href)

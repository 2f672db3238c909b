"""Scenarios and their versions: which there are, what each says, said and says since, and new ones."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import Field, WithJsonSchema
from sqlalchemy import Connection
from starlette.convertors import StringConvertor, register_url_convertor

from api.errors import RequestRefusedError
from api.http.bodies import Body
from api.http.conditional import conditional, conditional_by
from api.http.moments import AsOf
from api.http.openapi_parts import (
    DOCUMENT_SCHEMA,
    conditional_answers,
    conditional_text_answers,
    created_answers,
    guarded_answers,
    revised_answers,
)
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.tags import IfMatchHeader, if_match
from api.http.writes import JSON, Reply, WriteOf
from api.messages.versions import (
    Page,
    RevisionPage,
    VersionGlance,
    VersionPage,
    created_reply,
    glance,
    tag,
    whole_page,
)
from api.service import ServiceOf
from api.store import audit, scenarios
from api.store.scenarios import Draft, Version
from api.work.basis import Basis
from api.work.revising import Proposal, require_seen, revise
from api.work.revising import Text as YamlText
from forecast.documents import read_scenario, scenario_to_yaml
from forecast.errors import Fault, Pointer, ScenarioError
from forecast.fields import Label, Remark
from forecast.scenario import Scenario, parse_scenario

router = routes_under("/v1/scenarios", "scenarios")

YAML = "application/yaml"


class _Dotless(StringConvertor):
    """Part of an address without a dot: ids have none, so `talks.yaml` is never the id of a scenario."""

    regex = "[^/.]+"


register_url_convertor("dotless", _Dotless())


ScenarioId = Annotated[str, Path(description="Id of a scenario, as the list states it.", max_length=100)]
VersionNumber = Annotated[
    int | None, Query(ge=1, le=1_000_000_000, description="Number of a version; the newest if left out.")
]


class ScenarioList(Page):
    """The newest version of each scenario, sorted by id."""

    scenarios: list[VersionGlance]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class VersionList(Page):
    """The versions of a scenario, newest first."""

    versions: list[VersionGlance]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class ScenarioBody(Body):
    """A whole scenario, as a document or as YAML, and why."""

    document: Annotated[
        dict[str, Any] | None,
        WithJsonSchema({"anyOf": [DOCUMENT_SCHEMA, {"type": "null"}]}),
        Field(description="The scenario as a document; state this or `yaml`."),
    ] = None
    yaml: Annotated[
        str | None,
        Field(min_length=1, description="The scenario as YAML text, comments kept; state this or `document`."),
    ] = None
    reason: Annotated[Remark, Field(description="Why it is stored: one or two sentences for whoever asks in a year.")]
    author: Annotated[Label | None, Field(description="Who wrote it; the name of the key if left out.")] = None

    def read(self) -> tuple[Scenario, dict[str, Any], str]:
        """Return the scenario, what its document states, and its YAML text."""
        if (self.document is None) == (self.yaml is None):
            raise RequestRefusedError([Fault((), "state either document or yaml")])
        try:
            if self.yaml is not None:
                scenario = read_scenario(self.yaml)
                return scenario, scenario.model_dump(mode="json", exclude_unset=True), self.yaml
            scenario = parse_scenario(self.document)
        except ScenarioError as error:
            raise located(error, self.in_request) from error
        return scenario, scenario.model_dump(mode="json", exclude_unset=True), scenario_to_yaml(scenario)

    def in_request(self, pointer: Pointer) -> Pointer:
        """Return where in this body a fault of the scenario stands."""
        return ("document", *pointer) if self.yaml is None else ("yaml",)


def located(error: ScenarioError, in_request: Callable[[Pointer], Pointer]) -> ScenarioError:
    """Return the error with pointers into the request; lines and columns of YAML go into the message."""
    faults = []
    for fault in error.faults:
        place = "" if fault.line is None else f"line {fault.line}, column {fault.column}: "
        faults.append(Fault(in_request(fault.pointer), f"{place}{fault.message}"))
    return ScenarioError(faults, error.more)


@router.get("", summary="Which scenarios there are", responses=conditional_answers(ScenarioList, 401, 403, 422))
def list_scenarios(
    request: Request, service: ServiceOf, moment: AsOf, limit: Limit = USUAL, cursor: Cursor = None
) -> Response:
    """List the newest version of every scenario, now or at a moment."""
    after = read_cursor(request, cursor, (str,))
    with service.database.reading() as connection:
        found = scenarios.page(connection, limit + 1, None if after is None else after[0], moment)
    shown, following = on_page(request, found, limit, lambda each: (each.scenario_id,))
    listed = ScenarioList(scenarios=[glance(card) for card in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.post(
    "",
    summary="Store a new scenario",
    status_code=201,
    responses={**created_answers(VersionPage), **guarded_answers(400, 408, 409, 413, 415, 422, 503)},
)
def create_scenario(body: ScenarioBody, write: WriteOf) -> Response:
    """Store a scenario as its version 1; the id is the one that the document states."""

    def checked() -> tuple[Draft, dict[str, Any]]:
        scenario, document, text = body.read()
        return Draft(scenario, text, body.author or write.caller.name, body.reason), document

    def stored(connection: Connection, now: datetime, made: tuple[Draft, dict[str, Any]]) -> Reply:
        draft, document = made
        card = scenarios.create(connection, now, draft)
        audit.append(connection, now, write.caller.name, *scenarios.audited(card, draft.text))
        return created_reply(Version(card, document, draft.text))

    return write.once(checked, stored)


@router.get(
    "/{scenario_id}.yaml",
    summary="A scenario as it was written",
    response_class=Response,
    responses={**conditional_text_answers(YAML), **guarded_answers(404, 422)},
)
def get_scenario_text(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    version: VersionNumber = None,
) -> Response:
    """Return the YAML text, comments and all: of the newest version, of a moment's, or of a stated one."""
    with service.database.reading() as connection:
        card = scenarios.asked(connection, scenario_id, version, moment)
        text = scenarios.whole(connection, card).text
    return conditional(request, text.encode(), YAML)


@router.get(
    "/{scenario_id:dotless}",
    summary="What a scenario says",
    responses=conditional_answers(VersionPage, 401, 403, 404, 422),
)
def get_scenario(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    version: VersionNumber = None,
) -> Response:
    """Return a version with its whole document: the newest, the one of a moment, or a stated one.

    Its `ETag` is what `If-Match` of a change states. Evidence recorded beside the document is at `…/evidence`.
    """
    with service.database.reading() as connection:
        card = scenarios.asked(connection, scenario_id, version, moment)

        def body() -> bytes:
            return whole_page(scenarios.whole(connection, card)).model_dump_json().encode()

        return conditional_by(request, tag(card), body, JSON)


@router.put(
    "/{scenario_id:dotless}",
    summary="Store a new version of a scenario",
    responses={**revised_answers(RevisionPage), **guarded_answers(400, 404, 408, 409, 412, 413, 415, 422, 428, 503)},
)
async def put_scenario(
    scenario_id: ScenarioId,
    body: ScenarioBody,
    request: Request,
    service: ServiceOf,
    write: WriteOf,
    stated: IfMatchHeader = None,
) -> Response:
    """Store the next version, based on the one that `If-Match` names; answers with what changed and what moved."""
    based_on = if_match(stated, f"GET {router.prefix}/{scenario_id} has it")

    def propose(connection: Connection, at: Basis) -> Proposal:
        require_seen(connection, based_on, at)
        scenario, document, text = body.read()
        if scenario.scenario != scenario_id:
            pointer = body.in_request(("scenario",))
            message = f"the document is of scenario '{scenario.scenario}', not of '{scenario_id}': correct one"
            raise RequestRefusedError([Fault(pointer, message)])
        return Proposal(document, YamlText(text), body.author or write.caller.name, body.reason, body.in_request)

    return await service.computations.run(request, lambda stop: revise(service, write, scenario_id, propose, stop))


@router.get(
    "/{scenario_id}/versions",
    summary="The versions of a scenario",
    responses=conditional_answers(VersionList, 401, 403, 404, 422),
)
def list_versions(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List who stored which version when and why, newest first."""
    before = read_cursor(request, cursor, (int,))
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        found = scenarios.versions(connection, scenario_id, limit + 1, None if before is None else before[0], moment)
    shown, following = on_page(request, found, limit, lambda each: (each.version,))
    listed = VersionList(versions=[glance(card) for card in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)

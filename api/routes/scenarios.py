"""Scenarios: which there are, and what each says, as JSON and as the YAML it was written in."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, WithJsonSchema

from api.catalogue import StoredScenario
from api.conditional import conditional
from api.openapi_parts import DOCUMENT_SCHEMA, conditional_answers, conditional_text_answers, problem_answers
from api.service import ServiceOf

router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

JSON = "application/json"
YAML = "application/yaml"


class YamlResponse(Response):
    """A YAML text (RFC 9512)."""

    media_type = YAML


ScenarioId = Annotated[str, Path(description="Id of a scenario, as the list states it.")]


class ScenarioCard(BaseModel):
    """A scenario at a glance."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int
    digest: str
    title: str
    as_of: date
    horizon: date
    nodes: int
    outcomes: int
    questions: int
    href: str


class ScenarioList(BaseModel):
    """Every scenario, sorted by id."""

    model_config = ConfigDict(frozen=True)

    scenarios: list[ScenarioCard]


class ScenarioPage(ScenarioCard):
    """A scenario with all that it says."""

    yaml: str
    document: Annotated[dict[str, Any], WithJsonSchema(DOCUMENT_SCHEMA)]


def _card(stored: StoredScenario) -> ScenarioCard:
    scenario = stored.scenario
    return ScenarioCard(
        id=stored.id,
        version=stored.version,
        digest=stored.digest,
        title=scenario.title,
        as_of=scenario.as_of,
        horizon=scenario.horizon,
        nodes=len(scenario.nodes),
        outcomes=len(scenario.tree.outcomes),
        questions=len(scenario.questions),
        href=f"{router.prefix}/{stored.id}",
    )


@router.get("", summary="Which scenarios there are", responses=conditional_answers(ScenarioList))
def list_scenarios(request: Request, service: ServiceOf) -> Response:
    """List every scenario with its digest, dates and size."""
    listed = ScenarioList(scenarios=[_card(stored) for stored in service.catalogue.list()])
    return conditional(request, listed.model_dump_json().encode(), JSON)


# Declared before the page: the first route that matches answers, and no id has a dot.
@router.get(
    "/{scenario_id}.yaml",
    summary="A scenario as it was written",
    response_class=YamlResponse,
    responses={**conditional_text_answers(), **problem_answers(404)},
)
def get_scenario_text(scenario_id: ScenarioId, request: Request, service: ServiceOf) -> Response:
    """Return the scenario file, comments and all."""
    return conditional(request, service.catalogue.get(scenario_id).text.encode(), YAML)


@router.get(
    "/{scenario_id}",
    summary="What a scenario says",
    responses={**conditional_answers(ScenarioPage), **problem_answers(404)},
)
def get_scenario(scenario_id: ScenarioId, request: Request, service: ServiceOf) -> Response:
    """Return a scenario's card and its whole document, which `POST /v1/preview` accepts as it is."""
    stored = service.catalogue.get(scenario_id)
    card = _card(stored)
    page = ScenarioPage(
        **card.model_dump(),
        yaml=f"{card.href}.yaml",
        document=stored.scenario.model_dump(mode="json", exclude_unset=True),
    )
    return conditional(request, page.model_dump_json().encode(), JSON)

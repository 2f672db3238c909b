"""Scenarios: which there are, and what each says, as JSON and as the YAML it was written in."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from api.catalogue import StoredScenario
from api.conditional import conditional
from api.openapi_parts import ETAG_ANSWERS, SCENARIO_ID, SCENARIO_REF, problem_answers
from api.service import ServiceOf
from forecast.scenario import Scenario

router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

JSON = "application/json"
YAML = "application/yaml"


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
    document: dict[str, Any]


def _card(stored: StoredScenario) -> dict[str, Any]:
    scenario: Scenario = stored.scenario
    return {
        "id": stored.id,
        "version": stored.version,
        "digest": stored.digest,
        "title": scenario.title,
        "as_of": scenario.as_of,
        "horizon": scenario.horizon,
        "nodes": len(scenario.nodes),
        "outcomes": len(scenario.tree.outcomes),
        "questions": len(scenario.questions),
        "href": f"/v1/scenarios/{stored.id}",
    }

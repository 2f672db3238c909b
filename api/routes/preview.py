"""Previews: what a scenario, stored or sent along, says under other priors, assumptions or dates. Nothing is kept."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field, WithJsonSchema

from api.bodies import Body, JsonRoute
from api.openapi_parts import DOCUMENT_SCHEMA, PREVIEW_ANSWER, PRIOR_SCHEMA, problem_answers
from api.previews import PreviewOrder, preview
from api.service import ServiceOf
from forecast.fields import Day, Name, Reference
from forecast.settings import MAX_DRAWS, MAX_SEED

router = APIRouter(prefix="/v1", tags=["previews"], route_class=JsonRoute)

DRAWS = 4_096
MAX_DATES = 20
MAX_REFERENCES = 100

_OPTIONAL = frozenset({"document"})


def _id_or_document(value: object) -> object:
    if isinstance(value, str | dict):
        return value
    msg = "state the id of a stored scenario, or a whole document"
    raise ValueError(msg)


def _choice_of_evidence(value: object) -> object:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if value in ("accepted", "all", "none"):
        return value
    msg = "state 'accepted', 'all', 'none', or a list of the ids of entries"
    raise ValueError(msg)


IdOrDocument = Annotated[
    Any,
    BeforeValidator(_id_or_document),
    WithJsonSchema({"anyOf": [{"type": "string"}, DOCUMENT_SCHEMA]}),
    Field(description="Id of a stored scenario, or a whole document."),
]
ChoiceOfEvidence = Annotated[
    Any,
    BeforeValidator(_choice_of_evidence),
    WithJsonSchema({"anyOf": [{"enum": ["accepted", "all", "none"]}, {"type": "array", "items": {"type": "string"}}]}),
    Field(
        description="Entries of the ledger to use, among those dated up to `as_of`: accepted ones, all, none, or these."
    ),
]
Priors = Annotated[
    dict[Name, dict[str, Any]],
    WithJsonSchema({"type": "object", "additionalProperties": PRIOR_SCHEMA}),
    Field(description="Node → prior that takes the place of the scenario's own; the whole is validated again."),
]
_HOW_NAMED = "Each is `branch`, or `node.branch` where several nodes use the name."
References = Annotated[list[Reference], Field(max_length=MAX_REFERENCES)]


class PreviewRequest(Body):
    """What to forecast; everything but the scenario has a default."""

    scenario: IdOrDocument
    priors: Priors = {}
    assume: Annotated[
        References, Field(description=f"Branches that were taken: the forecast is conditional on them. {_HOW_NAMED}")
    ] = []
    do: Annotated[
        References, Field(description=f"Branches that are made to be taken: nothing upstream moves. {_HOW_NAMED}")
    ] = []
    as_of: Annotated[Day | None, Field(description="Day the forecast speaks from; the scenario's own if left out.")] = (
        None
    )
    dates: Annotated[
        list[Day], Field(max_length=MAX_DATES, description="Further days by which to report dated branches.")
    ] = []
    evidence: ChoiceOfEvidence = "accepted"
    draws: Annotated[int, Field(ge=1, le=MAX_DRAWS, description="Draws, rounded up to whole blocks.")] = DRAWS
    seed: Annotated[
        int | None, Field(ge=0, le=MAX_SEED, description="Same seed, same numbers; the scenario's own if left out.")
    ] = None
    sampler: Annotated[Literal["sobol", "random"], Field(description="Points to draw at.")] = "sobol"
    include: Annotated[
        list[Literal["document"]],
        Field(max_length=1, description="`document` adds the scenario, so that the forecast can be replayed."),
    ] = []

    def run_settings(self) -> Mapping[str, Any]:
        """Return the settings of the run, by the names that the engine and this body share."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "sampler": self.sampler,
            "as_of": self.as_of,
            "dates": tuple(self.dates),
            "assume": tuple(self.assume),
            "do": tuple(self.do),
            "evidence": self.evidence,
        }


@router.post(
    "/preview",
    summary="Forecast without keeping anything",
    responses={**PREVIEW_ANSWER, **problem_answers(400, 408, 413, 415, 422, 503)},
)
async def post_preview(body: PreviewRequest, request: Request, service: ServiceOf) -> Response:
    """Compute the outcome distributions of a scenario.

    The same request gives the same bytes. The answer is a forecast; `document` is left out unless
    `include` asks for it. `Server-Timing` tells the milliseconds spent.
    """
    order = PreviewOrder(body.scenario, body.priors, body.run_settings(), _OPTIONAL - set(body.include))
    made = await service.computations.run(request, lambda stop: preview(service, order, stop))
    timing = ", ".join(f"{step};dur={spent:.2f}" for step, spent in made.milliseconds.items())
    return Response(made.text, headers={"Server-Timing": timing}, media_type="application/json")

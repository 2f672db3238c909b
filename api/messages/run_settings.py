"""Fields of request bodies that set up a run; previews, forecasts and what-ifs share them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.http.bodies import Body
from forecast.fields import Day, Reference
from forecast.settings import MAX_DRAWS, MAX_SEED

MAX_DATES = 20
MAX_REFERENCES = 100


def _choice_of_evidence(value: object) -> object:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if value in ("accepted", "all", "none"):
        return value
    msg = "state 'accepted', 'all', 'none', or a list of the ids of entries"
    raise ValueError(msg)


ChoiceOfEvidence = Annotated[
    Any,
    BeforeValidator(_choice_of_evidence),
    WithJsonSchema({"anyOf": [{"enum": ["accepted", "all", "none"]}, {"type": "array", "items": {"type": "string"}}]}),
    Field(
        description="Entries of the ledger to use, among those dated up to `as_of`: accepted ones, all, none, or these."
    ),
]
_HOW_NAMED = "Each is `branch`, or `node.branch` where several nodes use the name."
References = Annotated[list[Reference], Field(max_length=MAX_REFERENCES)]
Assumed = Annotated[
    References, Field(description=f"Branches that were taken: the forecast is conditional on them. {_HOW_NAMED}")
]
Forced = Annotated[
    References, Field(description=f"Branches that are made to be taken: nothing upstream moves. {_HOW_NAMED}")
]
SpeakingDay = Annotated[Day | None, Field(description="Day the forecast speaks from.")]


class RunBody(Body):
    """How to run; every field has a default."""

    assume: Assumed = []
    do: Forced = []
    as_of: SpeakingDay = None
    dates: Annotated[
        list[Day], Field(max_length=MAX_DATES, description="Further days by which to report dated branches.")
    ] = []
    evidence: ChoiceOfEvidence = "accepted"
    draws: Annotated[int, Field(ge=1, le=MAX_DRAWS, description="Draws, rounded up to whole blocks.")] = 4_096
    seed: Annotated[
        int | None, Field(ge=0, le=MAX_SEED, description="Same seed, same numbers; the scenario's own if left out.")
    ] = None
    sampler: Annotated[Literal["sobol", "random"], Field(description="Points to draw at.")] = "sobol"

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

"""The parts of a scenario document: nodes and branches, drivers, attributes, and the document that holds them.

Each part checks what it can see by itself; what must hold between parts is in ``structure``.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, GetJsonSchemaHandler, Tag, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from forecast.distributions import Distribution
from forecast.fields import Day, Name, Probability, Reference, Statement, Text
from forecast.statements.events import Event
from forecast.statements.evidence import Evidence
from forecast.statements.hazards import HazardPrior
from forecast.statements.priors import ChancePrior
from forecast.statements.quantities import Quantity
from forecast.statements.questions import Question

LOG_HAZARD = "log_hazard"
"""In a hazard node's loadings, the key that stands for the logarithm of its rate."""


class Branch(Statement):
    """One continuation of a node: to another node, or to an outcome named like the branch (or ``outcome``).

    ``lag``: years from the node's date to this branch's own. The node speaks of the state BY the
    horizon, so the lag is truncated there, unless ``eventually`` is true: then the node says what
    happens in the end, and what falls beyond the horizon is reported as pending.
    """

    to: Name | None = None
    outcome: Name | None = None
    lag: Distribution | None = None
    eventually: bool = False
    title: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.to is not None and self.outcome is not None:
            msg = f"a branch leads to a node or ends in an outcome, not both: to {self.to}, outcome {self.outcome}"
            raise ValueError(msg)
        if self.eventually and self.lag is None:
            msg = "eventually needs a lag: without one the branch cannot be pending"
            raise ValueError(msg)
        return self


def _prior_form(value: object) -> str | None:
    family = value.get("family") if isinstance(value, Mapping) else getattr(value, "family", None)
    return "hazard" if family == "hazard" else "chance"


Prior = Annotated[
    Annotated[HazardPrior, Tag("hazard")] | Annotated[ChancePrior, Tag("chance")],
    Discriminator(_prior_form),
]


class _BranchForms:
    """Says in the JSON Schema what ``Node`` reads as branches besides maps: names alone, and a node's name."""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        as_map = handler(schema)
        (pattern, branch) = next(iter(as_map["patternProperties"].items()))
        name = {"type": "string", "pattern": pattern}
        as_map["patternProperties"] = {pattern: {"anyOf": [branch, name, {"type": "null"}]}}
        return {"anyOf": [as_map, {"type": "array", "items": name, "minItems": 2, "uniqueItems": True}]}


class Node(Statement):
    """A chance node: the question it asks, its branches, and the belief about them given that it is reached.

    ``loadings``: driver → branch → λ (for a hazard, driver → ``log_hazard`` → λ).
    ``exhaustive`` is the analyst's signed reason why no branch "other" is needed.
    ``analogues`` is the number of historical cases behind the prior.
    """

    question: Text | None = None
    branches: Annotated[dict[Name, Branch], Field(min_length=2), _BranchForms()]
    prior: Prior
    loadings: dict[Name, dict[Name, Annotated[float, Field(ge=-5.0, le=5.0)]]] = {}
    exhaustive: Text | None = None
    analogues: Annotated[float, Field(ge=0.0, le=1e9)] | None = None
    rationale: Text | None = None
    source: Text | None = None
    author: Text | None = None

    @field_validator("branches", mode="before")
    @classmethod
    def _names_alone(cls, value: object) -> object:
        """Read ``[deal, no_deal]`` as two outcomes, ``deal: null`` as an outcome, ``deal: next`` as a node."""
        if isinstance(value, list):
            nameless = [name for name in value if not isinstance(name, str)]
            if nameless:
                msg = f"a list of branches holds their names, not {nameless[0]!r}: write a map to say more"
                raise ValueError(msg)
            repeated = sorted(name for name, times in Counter(value).items() if times > 1)
            if repeated:
                msg = f"branch {repeated[0]} is listed twice"
                raise ValueError(msg)
            return {name: {} for name in value}
        if not isinstance(value, Mapping):
            return value
        return {
            name: {} if said is None else {"to": said} if isinstance(said, str) else said
            for name, said in value.items()
        }


class ContinuousDriver(Statement):
    """A standard-normal factor that tilts the nodes loaded on it."""

    title: Text | None = None
    signals: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    correlation: dict[Name, Annotated[float, Field(gt=-1.0, lt=1.0)]] = {}
    rationale: Text | None = None
    source: Text | None = None


class DiscreteDriver(Statement):
    """A factor with weighted states; nodes state a prior per state."""

    states: Annotated[dict[Name, Probability], Field(min_length=2, max_length=50)]
    title: Text | None = None
    signals: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    rationale: Text | None = None
    source: Text | None = None


def _driver_form(value: object) -> str:
    has_states = "states" in value if isinstance(value, Mapping) else isinstance(value, DiscreteDriver)
    return "discrete" if has_states else "continuous"


Driver = Annotated[
    Annotated[ContinuousDriver, Tag("continuous")] | Annotated[DiscreteDriver, Tag("discrete")],
    Discriminator(_driver_form),
]


AttributeDefault = Annotated[
    Annotated[Literal["never"], Tag("never")] | Annotated[ChancePrior, Tag("prior")],
    Discriminator(lambda value: "never" if isinstance(value, str) else "prior"),
]


class Attribute(Statement):
    """A yes/no fact that cuts across outcomes, with a prior per branch (the most specific on the path wins).

    ``default`` holds on every other path; the word ``never`` says that the attribute cannot hold there.
    """

    title: Text | None = None
    by_branch: dict[Reference, ChancePrior] = {}
    default: AttributeDefault | None = None
    analogues: Annotated[float, Field(ge=0.0, le=1e9)] | None = None
    resolution: Text | None = None
    rationale: Text | None = None
    source: Text | None = None


Group = Annotated[
    Annotated[tuple[Reference, ...], Field(min_length=1, strict=False), Tag("branches")]
    | Annotated[Event, Tag("event")],
    Discriminator(lambda value: "branches" if isinstance(value, list | tuple) else "event"),
]


class Document(Statement):
    """What one scenario document says, part by part; ``scenario.Scenario`` is one whose parts fit together."""

    scenario: Name
    title: Text
    description: Text | None = None
    source: Text | None = None
    author: Text | None = None
    prior_status: Text | None = None
    prior_version: Text | None = None
    as_of: Day
    horizon: Day
    checkpoints: Annotated[tuple[Day, ...], Field(max_length=100, strict=False)] = ()
    definitions: dict[Name, Text] = {}
    root: Name | None = None
    nodes: Annotated[dict[Name, Node], Field(min_length=1)]
    drivers: dict[Name, Driver] = {}
    experts: dict[Name, Probability] = {}
    attributes: dict[Name, Attribute] = {}
    quantities: dict[Name, Quantity] = {}
    groups: dict[Name, Group] = {}
    headline: dict[Name, Annotated[tuple[Reference, ...], Field(min_length=1, strict=False)]] = {}
    chain: Annotated[tuple[Reference, ...], Field(strict=False)] = ()
    questions: dict[Name, Question] = {}
    evidence: dict[Name, Evidence] = {}

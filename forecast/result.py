"""The forecast: the frozen result of one run, with everything needed to make it again."""

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Base of everything in a forecast: frozen, no unknown keys, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)


class Probability(Record):
    """A probability: ``mean`` to publish, ``quantiles`` of what is not known, ``mc_error`` of the simulation.

    ``exact`` and ``exact_sd`` are None where there is no closed form; ``exact_reason`` says why.
    ``quantiles`` are those of the probability over draws, by level; None where it was counted over
    sampled worlds (``method``), which have no probability of their own.
    """

    mean: float
    mc_error: float
    sd: float | None
    quantiles: dict[str, float] | None
    quantile_mc_errors: dict[str, float] | None
    exact: float | None
    exact_sd: float | None
    exact_reason: str | None
    exact_sd_reason: str | None
    method: Literal["exact in each draw", "counted over worlds"]


class Atom(Record):
    """A value with probability of its own."""

    value: float
    probability: float


class Histogram(Record):
    """Probability per bin between ``edges``; with the atoms, which are not in it, that is all of the probability.

    The first and the last bin hold what little lies beyond them.
    """

    edges: tuple[float, ...]
    probabilities: tuple[float, ...]


class QuantitySummary(Record):
    """A number: predictive mean, spread and quantiles over worlds; ``exact`` mean where there is a closed form."""

    unit: str
    mean: float
    mc_error: float
    sd: float
    quantiles: dict[str, float]
    exact: float | None
    exact_sd: float | None
    exact_reason: str | None
    atoms: tuple[Atom, ...]
    histogram: Histogram


class DateSummary(Record):
    """When a branch is taken: probability by each reported day, quantiles (None: not by then), and of not at all."""

    by: dict[str, Probability]
    quantiles: dict[str, date | None]
    not_by_horizon: float


class BinaryAnswer(Probability):
    """Answer to a binary question."""

    type: Literal["binary"]
    text: str


class MultipleChoiceAnswer(Record):
    """Answer to a multiple-choice question; ``sum`` differs from 1 if the options overlap or leave something out."""

    type: Literal["multiple_choice"]
    text: str
    options: dict[str, Probability]
    sum: float


class NumericAnswer(QuantitySummary):
    """Answer to a numeric question."""

    type: Literal["numeric"]
    text: str
    quantity: str


class DateAnswer(DateSummary):
    """Answer to a date question."""

    type: Literal["date"]
    text: str
    branch: str


class ConditionalProbability(Record):
    """P(event | condition): the ratio of the two means; None if the condition never holds."""

    mean: float | None
    mc_error: float | None
    exact: float | None


class ConditionalAnswer(Record):
    """Answer to a conditional pair."""

    type: Literal["conditional"]
    text: str
    given: Probability
    if_true: ConditionalProbability
    if_false: ConditionalProbability


Answer = Annotated[
    BinaryAnswer | MultipleChoiceAnswer | NumericAnswer | DateAnswer | ConditionalAnswer,
    Field(discriminator="type"),
]


class ChainLink(Record):
    """One link of the stated chain: its probability given the link before, and of everything up to it."""

    branch: str
    conditional: float
    cumulative: Probability


class Chain(Record):
    """The vivid chain beside the same end by any path."""

    links: tuple[ChainLink, ...]
    same_end: dict[str, Probability]


class Sampling(Record):
    """How the numbers were computed."""

    draws: int
    blocks: int
    block_size: int
    sampler: str
    seed: int
    effective_sample_size: float
    weighted: bool


class Versions(Record):
    """What computed it; not part of the digest."""

    branchcast: str
    python: str
    numpy: str
    scipy: str


class Request(Record):
    """The settings of the run, as asked for."""

    draws: int
    seed: int | None
    sampler: str
    as_of: date | None
    dates: tuple[date, ...]
    assume: tuple[str, ...]
    do: tuple[str, ...]
    evidence: str | tuple[str, ...]


class Forecast(Record):
    """The result of one run."""

    schema_version: Literal[1] = 1
    scenario: str
    title: str
    scenario_digest: str
    prior_version: str | None
    as_of: date
    horizon: date
    headline: dict[str, Probability]
    groups: dict[str, Probability]
    outcomes: dict[str, Probability]
    attributes: dict[str, Probability]
    quantities: dict[str, QuantitySummary]
    dates: dict[str, DateSummary]
    questions: dict[str, Answer]
    chain: Chain | None
    nodes: dict[str, dict[str, float]]
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]
    sampling: Sampling
    request: Request
    document: dict[str, Any]
    versions: Versions
    digest: str

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the forecast as JSON text; ``Forecast.model_validate_json`` reads it back."""
        return self.model_dump_json(indent=indent)


def result_digest(forecast: Forecast) -> str:
    """SHA-256 of everything but the digest itself, the versions that computed it, and the order of keys."""
    body = forecast.model_dump(mode="json", exclude={"digest", "versions"})
    text = json.dumps(body, sort_keys=True, allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

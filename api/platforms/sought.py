"""What would be there if a request had arrived: what a read-back looks for, one entry per item of the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)
class SoughtProbability:
    """Metaculus: a forecast of a binary question; ``until`` is when it is to end by itself."""

    question: int
    post: int
    probability: float
    until: datetime | None = None
    look: Literal["probability"] = "probability"


@dataclass(frozen=True, slots=True)
class SoughtOptions:
    """Metaculus: a forecast of a multiple-choice question, label → probability; ``until`` as for a binary one."""

    question: int
    post: int
    options: Mapping[str, float]
    until: datetime | None = None
    look: Literal["options"] = "options"


@dataclass(frozen=True, slots=True)
class SoughtCdf:
    """Metaculus: a forecast of a continuous question; cumulative probabilities at the edges of its cells.

    ``until`` as for a binary one.
    """

    question: int
    post: int
    cdf: tuple[float, ...]
    until: datetime | None = None
    look: Literal["cdf"] = "cdf"


@dataclass(frozen=True, slots=True)
class SoughtWithdrawal:
    """Metaculus: no forecast of ours that stands from then on; ``at`` is when the request arrives if left out."""

    question: int
    post: int
    at: datetime | None = None
    look: Literal["withdrawal"] = "withdrawal"


@dataclass(frozen=True, slots=True)
class SoughtComment:
    """Metaculus: a private comment of ours."""

    post: int
    text: str
    look: Literal["comment"] = "comment"


@dataclass(frozen=True, slots=True)
class SoughtOrder:
    """Manifold: an order of ours; without a ``limit``, a bet at the market's price."""

    contract: str
    answer: str | None
    outcome: str
    amount: float
    limit: float | None
    look: Literal["order"] = "order"


@dataclass(frozen=True, slots=True)
class SoughtCancellation:
    """Manifold: an order of ours that is cancelled."""

    order: str
    look: Literal["cancellation"] = "cancellation"


@dataclass(frozen=True, slots=True)
class SoughtPredictionSet:
    """Cultivate: a prediction set of ours; answer → probability."""

    question: int
    membership: int
    probabilities: Mapping[int, float]
    look: Literal["prediction_set"] = "prediction_set"


Sought = Annotated[
    SoughtProbability
    | SoughtOptions
    | SoughtCdf
    | SoughtWithdrawal
    | SoughtComment
    | SoughtOrder
    | SoughtCancellation
    | SoughtPredictionSet,
    Field(discriminator="look"),
]


def standing_on(sought: Sought) -> int | None:
    """Return the platform's question of which one forecast stands at a time, the last; None of what only adds up."""
    match sought:
        case SoughtComment() | SoughtOrder() | SoughtCancellation():
            return None
    return sought.question

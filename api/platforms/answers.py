"""What became of sending a request once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from api.platforms.faults import PlatformFault

Reason = Literal["credentials", "forbidden", "closed", "missing", "address", "invalid"]
"""Why a platform refuses: the token does not work, it works but may not do this, the question is closed, it is not
there, the address is not the platform's, or the body is not what it takes."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform has it.

    status : of the answer
    ids : what the answer calls what it made, such as ``{"bet": "…"}``; Metaculus tells none for forecasts
    said : the answer's text, shortened
    """

    status: int
    ids: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    outcome: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform does not take it, and will not the next time: nothing of it was done.

    faults : what is wrong, as the platform says it, by item of the request where it says which
    """

    reason: Reason
    status: int
    faults: tuple[PlatformFault, ...] = ()
    said: str = ""
    outcome: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Nothing of it was done, and the same request may be taken after so many seconds.

    status : of the answer, None if there was none
    """

    seconds: float
    why: str
    status: int | None = None
    outcome: Literal["try_again"] = "try_again"


@dataclass(frozen=True, slots=True)
class Unclear:
    """It was sent, and whether it arrived is not known: look for it after so many seconds, and do not send it before.

    status : of the answer, None if it was lost
    """

    seconds: float
    why: str
    status: int | None = None
    outcome: Literal["unclear"] = "unclear"


Outcome = Annotated[Accepted | Refused | TryAgain | Unclear, Field(discriminator="outcome")]

_OUTCOMES: TypeAdapter[Accepted | Refused | TryAgain | Unclear] = TypeAdapter(Outcome)


def outcome_json(outcome: Outcome) -> str:
    """Return an outcome as JSON text."""
    return _OUTCOMES.dump_json(outcome).decode()


def read_outcome(text: str | bytes) -> Outcome:
    """Return an outcome that was kept as JSON.

    Raises
    ------
    ValueError
        If the text is none.
    """
    return _OUTCOMES.validate_json(text)

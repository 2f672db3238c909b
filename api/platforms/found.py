"""What a read-back finds of a request that was sent: the verdict on which it may be sent again, or must not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from api.platforms.said import Said


@dataclass(frozen=True, slots=True)
class Arrived:
    """All of it is there; ``ids`` as in ``Accepted``, as far as the platform shows them."""

    ids: Mapping[str, str] = field(default_factory=dict)
    found: Literal["arrived"] = "arrived"


@dataclass(frozen=True, slots=True)
class NotArrived:
    """Some or all of it did not arrive and will not: that, and only that, may be sent again.

    missing : places in the request's ``sought``, from 0; ``rest`` of the platform makes a request of them
    """

    missing: tuple[int, ...]
    found: Literal["not_arrived"] = "not_arrived"


@dataclass(frozen=True, slots=True)
class LookAgain:
    """It cannot be told yet: the platform did not answer, or the request may still be under way there."""

    seconds: float
    why: str
    found: Literal["look_again"] = "look_again"


@dataclass(frozen=True, slots=True)
class Undecided:
    """It cannot be told, however often one looks: a person has to decide."""

    why: str
    found: Literal["undecided"] = "undecided"


Found = Annotated[Arrived | NotArrived | LookAgain | Undecided, Field(discriminator="found")]

_VERDICTS: TypeAdapter[Arrived | NotArrived | LookAgain | Undecided] = TypeAdapter(Found)


def found_json(found: Found) -> str:
    """Return a verdict as JSON text."""
    return _VERDICTS.dump_json(found).decode()


def read_found(text: str | bytes) -> Found:
    """Return a verdict that was kept as JSON.

    Raises
    ------
    ValueError
        If the text is none.
    """
    return _VERDICTS.validate_json(text)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Something that was read from a platform.

    payload : bytes of the answer, whole
    json : what they say
    date : the platform's clock when it answered, None if it did not say
    received : ours
    """

    payload: bytes = field(repr=False)
    json: Said = field(repr=False)
    date: datetime | None
    received: datetime

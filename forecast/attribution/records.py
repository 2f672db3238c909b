"""What an attribution holds: for every number that both forecasts have, the part of each cause in its change."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from forecast.result import Record


class NamedCause(Record):
    """One cause of a change."""

    kind: Annotated[
        str,
        Field(
            description="`structure`, `time`, `evidence`, `prior`, `outside`, `weights`, `suppositions`, or `document` "
            "where the changes of the document do not stand apart."
        ),
    ]
    name: Annotated[str, Field(description="Of the entry, the node, or `node.expert`; empty of what is one.")]


class Share(Record):
    """The part of one cause in the change of one number."""

    kind: str
    name: str
    change: Annotated[float, Field(description="In the unit of the number; the parts add up to its change.")]
    mc_error: Annotated[float, Field(description="What simulation leaves open; 0 where the part is exact.")]
    order_error: Annotated[float, Field(description="What drawing orders leaves open; 0 if all were gone through.")]


class Explained(Record):
    """Why one number moved."""

    place: str
    unit: str | None
    before: float
    after: float
    change: float
    exact: Annotated[bool, Field(description="Whether the change and its parts are free of simulation.")]
    noise: Annotated[float, Field(description="The rest: what the simulations of both forecasts differ by.")]
    mc_error: Annotated[float, Field(description="Of the change.")]
    parts: tuple[Share, ...]


class Attribution(Record):
    """Why a forecast moved: every change split among its causes."""

    before: Annotated[str, Field(description="Digest of the earlier forecast.")]
    after: Annotated[str, Field(description="Digest of the later one.")]
    before_as_of: date
    after_as_of: date
    causes: tuple[NamedCause, ...]
    orders: Annotated[int, Field(description="How many orders of the causes were drawn; 0 if all were gone through.")]
    runs: Annotated[int, Field(description="How many forecasts were computed for it.")]
    note: Annotated[str | None, Field(description="Why the document's changes do not stand apart, if so.")]
    places: tuple[Explained, ...]

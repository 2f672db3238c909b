"""Evidence: dated, attributed entries that change weights.

An entry says exactly one thing: how much likelier it is on some branches than elsewhere
(``likelihood_ratio``), that something has happened (``observed``), or what was read off a driver
(``reading``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from forecast.fields import Day, Name, Positive, Reference, Remark, Statement, Text

Ratio = Annotated[float, Field(ge=0.0, le=1e6)]


class DateRange(Statement):
    """From one day to another, both included; either end may be open."""

    start: Annotated[Day | None, Field(alias="from")] = None
    end: Annotated[Day | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start is None and self.end is None:
            msg = "state from, to, or both"
            raise ValueError(msg)
        if self.start is not None and self.end is not None and self.end < self.start:
            msg = f"the range must not end before it starts, but it runs from {self.start} to {self.end}"
            raise ValueError(msg)
        return self


class Observation(Statement):
    """A branch was taken (``on`` a day, if the branch is dated), or an attribute turned out yes or no."""

    branch: Reference | None = None
    on: Day | None = None
    attribute: Name | None = None
    value: Literal["yes", "no"] | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        by_branch = self.branch is not None and self.attribute is None and self.value is None
        by_attribute = self.attribute is not None and self.value is not None and self.branch is None and self.on is None
        if by_branch == by_attribute:
            msg = "state either branch (and on), or attribute and value"
            raise ValueError(msg)
        return self


class Reading(Statement):
    """A driver read: ``value`` ± ``sd`` on its standard-normal scale, or a ``likelihood`` per state."""

    driver: Name
    value: Annotated[float, Field(ge=-10.0, le=10.0)] | None = None
    sd: Positive | None = None
    likelihood: dict[Name, Ratio] | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        given = (self.value is not None, self.sd is not None, self.likelihood is not None)
        if given not in {(True, True, False), (False, False, True)}:
            msg = "state either value and sd (continuous driver), or likelihood per state (discrete driver)"
            raise ValueError(msg)
        return self


class Evidence(Statement):
    """One entry of the ledger.

    ``against: everything`` compares a branch with all histories that do not take it, so belief
    upstream moves too; ``against: siblings`` compares it with its siblings only, so nothing upstream
    moves. ``window`` restricts the ratio to histories in which the branch's own date falls inside.
    ``discount`` γ turns the ratio L into L^γ for entries that repeat each other. A ``proposed``
    entry is on file but used only when a run asks for it.
    """

    date: Day
    what: Remark
    author: Remark | None = None
    source: Text | None = None
    why: Text | None = None
    status: Literal["accepted", "proposed"] = "accepted"
    likelihood_ratio: Annotated[dict[str, Ratio], Field(min_length=1)] | None = None
    window: DateRange | None = None
    against: Literal["everything", "siblings"] = "everything"
    discount: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    observed: Observation | None = None
    reading: Reading | None = None

    @model_validator(mode="after")
    def _one_statement(self) -> Self:
        kinds = (self.likelihood_ratio, self.observed, self.reading)
        if sum(kind is not None for kind in kinds) != 1:
            msg = "state exactly one of likelihood_ratio, observed, reading"
            raise ValueError(msg)
        if self.likelihood_ratio is None and (self.window is not None or self.against != "everything"):
            msg = "window and against go with likelihood_ratio"
            raise ValueError(msg)
        if self.window is not None and self.against == "siblings":
            msg = "a window compares dates, so its ratio is against everything: leave out against: siblings"
            raise ValueError(msg)
        if self.observed is not None and self.discount != 1.0:
            msg = "an observation cannot be discounted: state a likelihood_ratio if it is not certain"
            raise ValueError(msg)
        return self

"""The language of events: what a question asks about, and what a group or headline collects.

An event is a sentence about one history: a branch was taken (by a date, or within some years of
another), an attribute holds, a quantity lies on one side of a number, and all / any / not of these.
A plain name is the short form of "this branch was taken".
"""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from forecast.errors import Pointer
from forecast.fields import Day, Name, Positive, Reference, Statement


class BranchEvent(Statement):
    """The branch was taken; with ``by``, on or before that day; with ``within_years`` of ``of``, that soon after it."""

    branch: Reference
    by: Day | None = None
    within_years: Positive | None = None
    of: Reference | None = None

    @model_validator(mode="after")
    def _within_needs_of(self) -> Self:
        if (self.within_years is None) != (self.of is None):
            msg = "within_years and of go together: 'within_years: 1, of: summit'"
            raise ValueError(msg)
        return self


class AttributeEvent(Statement):
    """The attribute is ``yes``."""

    attribute: Name


class QuantityEvent(Statement):
    """The quantity lies on the stated side of a number (exactly one of the four)."""

    quantity: Name
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if sum(side is not None for side in (self.above, self.at_least, self.below, self.at_most)) != 1:
            msg = "state exactly one of above, at_least, below, at_most"
            raise ValueError(msg)
        return self


class AllEvent(Statement):
    """Every one of the events."""

    all: Annotated[tuple["Event", ...], Field(min_length=1, max_length=100, strict=False)]


class AnyEvent(Statement):
    """At least one of the events."""

    any: Annotated[tuple["Event", ...], Field(min_length=1, max_length=100, strict=False)]


class NotEvent(Statement):
    """The event does not happen."""

    not_: Annotated["Event", Field(alias="not")]


_FORMS = ("branch", "attribute", "quantity", "all", "any", "not")


def _form(value: object) -> str | None:
    if isinstance(value, str):
        return "name"
    for form in _FORMS:
        if isinstance(value, dict) and form in value:
            return form
        if isinstance(value, Statement) and hasattr(value, "not_" if form == "not" else form):
            return form
    return None


Event = Annotated[
    Annotated[Reference, Tag("name")]
    | Annotated[BranchEvent, Tag("branch")]
    | Annotated[AttributeEvent, Tag("attribute")]
    | Annotated[QuantityEvent, Tag("quantity")]
    | Annotated[AllEvent, Tag("all")]
    | Annotated[AnyEvent, Tag("any")]
    | Annotated[NotEvent, Tag("not")],
    Discriminator(
        _form,
        custom_error_type="event_form",
        custom_error_message=(
            "an event is a branch name or has one of the keys branch, attribute, quantity, all, any, not"
        ),
    ),
]

AllEvent.model_rebuild()
AnyEvent.model_rebuild()
NotEvent.model_rebuild()

Atom = BranchEvent | AttributeEvent | QuantityEvent
Compound = AllEvent | AnyEvent | NotEvent
EventValue = str | Atom | Compound


def located_atoms(event: EventValue, pointer: Pointer) -> Iterator[tuple[Pointer, str | Atom]]:
    """Yield every atom and every name in an event that stands at ``pointer``, with its own pointer."""
    if isinstance(event, AllEvent | AnyEvent):
        word, parts = ("all", event.all) if isinstance(event, AllEvent) else ("any", event.any)
        for i, part in enumerate(parts):
            yield from located_atoms(part, (*pointer, word, i))
    elif isinstance(event, NotEvent):
        yield from located_atoms(event.not_, (*pointer, "not"))
    else:
        yield pointer, event


def atoms(event: EventValue) -> Iterator[Atom]:
    """Yield every atom of an event, names read as branch events."""
    for _, atom in located_atoms(event, ()):
        yield BranchEvent(branch=atom) if isinstance(atom, str) else atom

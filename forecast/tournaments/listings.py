"""Listings: what a platform asks, its own question beside the question of the scenario that answers it.

A platform may ask for a part of what ours says: for a day of a date question, an option, one half of a conditional
pair, a range of a number. Such a part is a probability, and the platform's question a binary one or an option.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from forecast.fields import Day, Label, Name, Statement, Text


class OptionPart(Statement):
    """That this option of a multiple-choice question comes about."""

    option: Label


class DayPart(Statement):
    """That it has happened by the end of this day."""

    by: Day


class HalfPart(Statement):
    """The probability where the condition of a conditional pair holds, or where it does not."""

    given: bool


class RangePart(Statement):
    """That a number lies from ``at_least`` up to, and not including, ``below``; either may be left out."""

    at_least: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> "RangePart":
        if self.at_least is None and self.below is None:
            raise ValueError("state at_least, below, or both")
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError(f"nothing lies from {self.at_least} up to {self.below}: state a lower at_least")
        return self


def told_by_keys(*forms: type[Statement], otherwise: str) -> Discriminator:
    """Tell forms of a part apart by the keys they state; each form is tagged with the name of its class.

    A part that is wrong is then told its own faults, and not those of every other form. ``otherwise`` ends the
    sentence about one that states no key of any form.
    """

    def form(value: object) -> str | None:
        if isinstance(value, Mapping):
            return next((each.__name__ for each in forms if not each.model_fields.keys().isdisjoint(value)), None)
        return next((each.__name__ for each in forms if isinstance(value, each)), None)

    return Discriminator(form, custom_error_type="part_form", custom_error_message=otherwise)


Part = Annotated[
    Annotated[OptionPart, Tag("OptionPart")]
    | Annotated[DayPart, Tag("DayPart")]
    | Annotated[HalfPart, Tag("HalfPart")]
    | Annotated[RangePart, Tag("RangePart")],
    told_by_keys(
        *(OptionPart, DayPart, HalfPart, RangePart),
        otherwise="a part must say which: state option, by or given, or, of a number, state at_least, below, or both",
    ),
]


class Listing(Statement):
    """Base of what each platform's listing states.

    question : name of the scenario's question
    part : which part of the answer is asked for; all of it if left out
    title : the platform's own wording, for people
    """

    platform: str
    question: Name
    part: Part | None = None
    title: Text | None = None

    @property
    def place(self) -> str:
        """The listing's name in messages: the platform, and our question with the part that is asked for."""
        part = "" if self.part is None else f" ({_said(self.part)})"
        return f"{self.platform}, '{self.question}'{part}"


def _said(part: Part) -> str:
    return ", ".join(f"{name} {value}" for name, value in part.model_dump(mode="json", exclude_none=True).items())


class OptionListing(Listing):
    """A listing of a platform's question with several options.

    options : the platform's label → our option's label, where they differ
    """

    options: Annotated[dict[Label, Label], Field(max_length=100)] = {}


Scale = Literal["linear", "log", "date", "discrete"]

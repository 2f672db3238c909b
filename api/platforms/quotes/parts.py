"""The part of our answer that a quote is of, such as by a day: a listing's part, from and as plain data."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag, TypeAdapter

from forecast.tournaments.listings import DayPart, HalfPart, OptionPart, Part, RangePart

KEYS = ("option", "by", "given", "at_least", "below")
"""Whatever a part states, in one of these."""

_TAGS: Mapping[type[Part], str] = {OptionPart: "option", DayPart: "by", HalfPart: "given", RangePart: "range"}


def _tag(value: object) -> str | None:
    if isinstance(value, Part):
        return _TAGS[type(value)]
    stated = [key for key in KEYS if isinstance(value, Mapping) and key in value]
    return None if not stated else "range" if stated[0] in ("at_least", "below") else stated[0]


AskedPart = Annotated[
    Annotated[OptionPart, Tag("option")]
    | Annotated[DayPart, Tag("by")]
    | Annotated[HalfPart, Tag("given")]
    | Annotated[RangePart, Tag("range")],
    Discriminator(
        _tag,
        custom_error_type="part_form",
        custom_error_message="a part has one of the keys option, by, given, at_least, below",
    ),
]
"""A part, whose faults are told of the form that its keys have."""

_PART: TypeAdapter[Part] = TypeAdapter(AskedPart)


def read_part(said: Mapping[str, Any] | None) -> Part | None:
    """Return a part from plain data, as `part_as_data` writes it; None of the whole.

    Raises
    ------
    pydantic.ValidationError
        If it states no part.
    """
    return None if said is None else _PART.validate_python(said)


def part_as_data(part: Part | None) -> dict[str, Any] | None:
    """Return a part as plain data; None of the whole."""
    return None if part is None else part.model_dump(mode="json", exclude_none=True)

"""The part of our answer that a quote is of, such as by a day: a listing's part, from and as plain data."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from forecast.tournaments.listings import DayPart, HalfPart, OptionPart, Part, RangePart

KEYS = tuple(key for form in (OptionPart, DayPart, HalfPart, RangePart) for key in form.model_fields)
"""Whatever a part states, in one of these."""

_PART: TypeAdapter[Part] = TypeAdapter(Part)


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

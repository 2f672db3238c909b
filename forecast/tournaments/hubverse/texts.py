"""Values as text, and the type of a column: as the hub's own tools write and read them.

hubValidations compares everything but the value as text. A CSV cell must therefore be, letter by letter, what those
tools make of the value in ``tasks.json``; 0.050 in there is the number 0.05, and ``0.05`` here.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from forecast.tournaments.hubverse.schema import LARGEST_WHOLE, Scalar

ColumnType = Literal["character", "double", "integer", "logical", "Date"]

LARGEST_INTEGER = 2**31 - 1
"""Of R, which the hub's tools are written in; its negative is the smallest."""

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOWEST_DECIMAL, _HIGHEST_DECIMAL = -6, 10
_WIDENESS: tuple[ColumnType, ...] = ("logical", "integer", "double", "character")


def text_of(value: Scalar) -> str:
    """Return a value of ``tasks.json`` as Arrow's cast to text writes it.

    Numbers have the fewest digits that read back as the same number; below 1e-6 and from 1e10 on in size they are
    written with an exponent (``FloatToStringFormatter`` in arrow/util/formatting.cc). Whole numbers have no point.

    Examples
    --------
    >>> [text_of(value) for value in (0.050, 1.0, 1e-7, 2.5e10, 100000, True, "US")]
    ['0.05', '1', '1e-7', '2.5e+10', '100000', 'true', 'US']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) or (isinstance(value, int) and abs(value) > LARGEST_WHOLE):
        return str(value)
    return _number_text(float(value))


def _number_text(number: float) -> str:
    shortest = Decimal(repr(number)).normalize()
    exponent = shortest.adjusted()
    if _LOWEST_DECIMAL <= exponent < _HIGHEST_DECIMAL:
        return f"{shortest:f}"
    sign, digits, _ = shortest.as_tuple()
    first, *others = map(str, digits)
    mantissa = f"{first}.{''.join(others)}" if others else first
    return f"{'-' if sign else ''}{mantissa}e{exponent:+d}"


def day_of(text: str) -> date | None:
    """Return the day that an ISO text names, None if it names none."""
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def type_of_values(values: Iterable[Scalar]) -> ColumnType | None:
    """Return the simplest type that holds all values, as R combines them; None if there is none.

    Text that is all ISO days makes a Date, as in ``create_hub_schema`` of hubData.
    """
    stated = list(values)
    found = widest(_type_of(value) for value in stated)
    if found == "character" and all(day_of(text_of(value)) is not None for value in stated):
        return "Date"
    return found


def widest(types: Iterable[ColumnType]) -> ColumnType | None:
    """Return the type that holds the values of all these types, none of them Date; None if there is no type."""
    return max(types, key=_WIDENESS.index, default=None)


def _type_of(value: Scalar) -> ColumnType:
    match value:
        case bool():
            return "logical"
        case int():
            return "integer" if abs(value) <= LARGEST_INTEGER else "double"
        case float():
            return "double"
        case _:
            return "character"


def fits(text: str, column: ColumnType) -> bool:
    """Tell whether text reads back as a value of a column's type."""
    match column:
        case "character":
            return True
        case "Date":
            return day_of(text) is not None
        case "logical":
            return text in ("true", "false")
    number = number_of(text)
    return number is not None and (column == "double" or is_integer(number))


def is_integer(number: float) -> bool:
    """Tell whether a number is a whole one that R has room for."""
    return number == int(number) and abs(number) <= LARGEST_INTEGER


def number_of(text: str) -> float | None:
    """Return the finite number that a text says, None if it says none."""
    try:
        number = float(text)
    except ValueError:
        return None
    # Python reads "1_000", " 1" and "nan" as numbers; Arrow does not.
    plain = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text)
    return number if plain and abs(number) < float("inf") else None

"""Field types shared by everything a document may say: names, days, probabilities, quantile maps."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of what follows, so that a line reads otherwise than it is."""

_FORMAT = "Cf"
"""Unicode's category of characters that have no shape of their own, such as a space without width."""


class Statement(BaseModel):
    """Base of every part of a document: frozen, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, serialize_by_alias=True)


def _day(value: object) -> object:
    """Accept a calendar day or its ISO text; a time of day has no meaning here."""
    if isinstance(value, datetime):
        msg = f"{value.isoformat()} has a time of day: state the calendar day only, such as {value.date()}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located fault
    if isinstance(value, date):
        return value
    msg = f"{'nothing' if value is None else repr(value)} is not a calendar day: write it as YYYY-MM-DD"
    try:
        day = date.fromisoformat(str(value))
    except (TypeError, ValueError) as error:
        raise ValueError(msg) from error
    if day.isoformat() != value:
        raise ValueError(msg)
    return day


def first_unprintable(text: str, start: int = 0) -> int | None:
    """Return the index of the first character that YAML does not count as printable, None if there is none."""
    found = _UNPRINTABLE.search(text, start)
    return None if found is None else found.start()


def _printable(text: str) -> str:
    found = first_unprintable(text)
    if found is not None:
        msg = f"the character U+{ord(text[found]):04X} cannot be printed: remove it"
        raise ValueError(msg)
    return text


def first_invisible(text: str) -> int | None:
    """Return the index of the first character that steers others and has no shape itself, None if there is none."""
    return next((i for i, c in enumerate(text) if unicodedata.category(c) == _FORMAT), None)


def _visible(text: str) -> str:
    if all(c.isspace() or unicodedata.category(c) == _FORMAT for c in text):
        raise PydanticCustomError("text_blank", "state at least one visible character")
    return text


def _steady(text: str) -> str:
    found = _STEERING.search(text)
    if found is not None:
        msg = f"the character U+{ord(found[0]):04X} turns the direction of what follows it: remove it"
        raise ValueError(msg)
    return text


def _numeric_keys(value: object) -> object:
    """JSON knows only text as keys, YAML knows numbers: read both as numbers."""
    if not isinstance(value, Mapping):
        return value
    read: dict[Any, Any] = {}
    for key, item in value.items():
        try:
            number = key if isinstance(key, bool) else float(key)
        except (TypeError, ValueError) as error:
            msg = f"'{key}' is not a quantile level: write a number between 0 and 1"
            raise ValueError(msg) from error
        if number in read:
            msg = f"the level {number} is stated twice"
            raise ValueError(msg)
        read[number] = float(item) if type(item) is int else item
    return read


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""An identifier: a letter, then letters, digits, ``_`` or ``-``, 64 characters at most."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}(\.[A-Za-z][A-Za-z0-9_-]{0,63})?$")]
"""A branch by its name, by that of the outcome it ends in, or as ``node.branch`` where the name is used twice."""

_SEEN = Field(json_schema_extra={"pattern": r"\S"})
"""As much of ``_visible`` as a JSON Schema can say."""

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=10_000),
    AfterValidator(_printable),
    AfterValidator(_visible),
    _SEEN,
]
"""Prose, of which at least one character can be seen."""

Remark = Annotated[Text, AfterValidator(_steady)]
"""What somebody says in a line or two, for a list of many: it keeps its own direction."""

Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_visible),
    AfterValidator(_steady),
    _SEEN,
]
"""A name that is read by people only, so it may be any short text."""

Day = Annotated[date, BeforeValidator(_day)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0, le=1e12)]
Concentration = Annotated[float, Field(ge=1e-4, le=1e9)]
"""A Beta or Dirichlet parameter; the tables keep its moments to 1e-4 from 1e-4 up."""

Quantiles = Annotated[dict[Share, Share], BeforeValidator(_numeric_keys), Field(min_length=2, max_length=20)]
"""Quantile level → probability, such as ``{0.25: 0.22, 0.5: 0.30, 0.75: 0.35}``."""

SUM_TOLERANCE = 1e-9
"""How far stated probabilities may be from 1: room for decimal rounding, not for a missing branch."""

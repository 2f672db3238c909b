"""The moment that a read speaks of: ``?as_of=`` asks for what was stored then."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, WithJsonSchema

from api.errors import ParameterError

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_CALENDAR_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_Stated = Annotated[
    str | None,
    Query(
        alias="as_of",
        description="Answer what was stored then: a day, which means its end in UTC, or a moment such as "
        "`2026-08-20T09:30:00+02:00`. Now if left out.",
        max_length=40,
        examples=["2026-08-20"],
    ),
]


def moment_of(stated: str) -> datetime:
    """Return the moment that a text states: the last of a day, or a time with its zone.

    Raises
    ------
    ParameterError
        If it states neither.

    Examples
    --------
    >>> moment_of("2026-08-20").isoformat()
    '2026-08-20T23:59:59.999999+00:00'
    >>> moment_of("2026-08-20T09:30:00+02:00").isoformat()
    '2026-08-20T07:30:00+00:00'
    """
    try:
        if _CALENDAR_DAY.fullmatch(stated):
            return datetime.combine(date.fromisoformat(stated), time(tzinfo=UTC)) + _DAY - _INSTANT
        moment = datetime.fromisoformat(stated.replace(" ", "+"))  # a plus sign that was not escaped arrives as a space
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ParameterError(
        "as_of",
        f"as_of is '{stated}': write a day such as 2026-08-20, or a moment with its zone such as 2026-08-20T09:30:00Z",
    )


def _moment(value: object) -> object:
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    msg = f"'{str(value)[:40]}' is not a moment: write it with its zone, such as 2027-01-31T17:00:00Z"
    raise ValueError(msg)


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]
"""Field of a body: a moment with its zone, as RFC 3339 writes it; read as UTC."""


async def _as_of(stated: _Stated = None) -> datetime | None:
    return None if stated is None else moment_of(stated)


AsOf = Annotated[datetime | None, Depends(_as_of)]
"""Type of a route's parameter: the moment asked about, None for now."""

"""The moment that a read speaks of: ``?as_of=`` asks for what was stored then."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, WithJsonSchema

from api.errors import ParameterError

_CALENDAR_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_BEYOND = "which in UTC lies outside the years 0001 to 9999: state a moment within them"

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
        If it states neither, or one that no calendar in UTC has.

    Examples
    --------
    >>> moment_of("2026-08-20").isoformat()
    '2026-08-20T23:59:59.999999+00:00'
    >>> moment_of("2026-08-20T09:30:00+02:00").isoformat()
    '2026-08-20T07:30:00+00:00'
    """
    try:
        if _CALENDAR_DAY.fullmatch(stated):
            return datetime.combine(date.fromisoformat(stated), time.max, tzinfo=UTC)
        moment = datetime.fromisoformat(stated.replace(" ", "+"))  # a plus sign that was not escaped arrives as a space
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except OverflowError as error:
        raise ParameterError("as_of", f"as_of is '{stated}', {_BEYOND}") from error
    except ValueError:
        pass
    raise ParameterError(
        "as_of",
        f"as_of is '{stated}': write a day such as 2026-08-20, or a moment with its zone such as 2026-08-20T09:30:00Z",
    )


def _moment(value: object) -> object:
    wrong = "is not a moment: write it with its zone, such as 2027-01-31T17:00:00Z"
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except OverflowError:
            wrong = f"cannot be read, {_BEYOND}"
        except ValueError:
            pass
    msg = f"'{str(value)[:40]}' {wrong}"
    raise ValueError(msg)


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]
"""Field of a body: a moment with its zone, as RFC 3339 writes it; read as UTC."""


async def _as_of(stated: _Stated = None) -> datetime | None:
    return None if stated is None else moment_of(stated)


AsOf = Annotated[datetime | None, Depends(_as_of)]
"""Type of a route's parameter: the moment asked about, None for now."""

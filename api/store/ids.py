"""Identifiers of stored things: 26 characters that sort by the time they were made and cannot be guessed."""

import secrets
from datetime import datetime

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is mistaken for a digit."""

_RANDOM_BITS = 80


def new_id(now: datetime) -> str:
    """Return a new identifier: 48 bits of milliseconds since 1970, then 80 random bits (the layout of a ULID).

    Examples
    --------
    >>> from datetime import UTC
    >>> early = new_id(datetime(2026, 1, 1, tzinfo=UTC))
    >>> len(early), early < new_id(datetime(2026, 1, 2, tzinfo=UTC))
    (26, True)
    """
    number = int(1_000 * now.timestamp()) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(125, -1, -5))

"""How long to wait before a request is sent again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_TOLD = 86_400.0
"""Seconds: a platform that says to wait longer is asked after a day, and may say so again."""

FIRST, LONGEST = 2.0, 300.0
"""Seconds: the longest wait after the first try, and after many."""

_MOST_DOUBLINGS = 30


def http_date(text: str | None) -> datetime | None:
    """Return the moment that an HTTP header states, None if it states none (RFC 9110 §5.6.7)."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def told_wait(retry_after: str | None, date: datetime | None, now: datetime) -> float | None:
    """Return the seconds that a header ``Retry-After`` says to wait, None if it says nothing (RFC 9110 §10.2.3).

    Parameters
    ----------
    retry_after : a number of seconds, or an HTTP date
    date : the answer's own ``Date``, from which a date is counted, so that it does not matter whose clock is wrong
    now : from which it is counted without one

    Examples
    --------
    >>> told_wait("120", None, datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    >>> told_wait("Thu, 01 Jan 2026 00:01:00 GMT", None, datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    """
    stated = (retry_after or "").strip()
    if stated.isascii() and stated.isdigit():
        return min(float(stated), LONGEST_TOLD)
    until = http_date(stated)
    if until is None:
        return None
    return min(max((until - (date or now)).total_seconds(), 0.0), LONGEST_TOLD)


def back_off(attempt: int, chance: float) -> float:
    """Return how long to wait where the platform does not say: exponential back-off with full jitter.

    Anything from 0 to a bound that doubles with each attempt, so that callers that failed together do not come back
    together.

    Parameters
    ----------
    attempt : how often the request has been sent, from 1
    chance : a random number from 0 to 1

    Examples
    --------
    >>> [back_off(attempt, 1.0) for attempt in (1, 2, 3, 100)]
    [2.0, 4.0, 8.0, 300.0]
    """
    return chance * min(LONGEST, FIRST * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))

"""Which ticks still count when nobody was there at their time: while servers were down, or a schedule was new."""

from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Literal

from forecast.schedules.rules import Rule

Policy = Literal["latest", "all", "skip"]
"""Of the ticks that were missed: the last one alone; all, up to a number; none."""

GRACE = timedelta(minutes=1)
"""A tick that is no older than this was not missed: somebody always comes a little late."""

MOST_CAUGHT_UP = 1_000


def ticks_due(rule: Rule, after: datetime, now: datetime, policy: Policy, most: int) -> tuple[datetime, ...]:
    """Return the ticks that are to be run, in order.

    A forecast of a missed day that is made today knows no more than today's; so the latest is usually enough.

    Parameters
    ----------
    rule : when it is due
    after : the last tick that was dealt with, or when the schedule began
    now : the moment
    policy : which of the missed ones count
    most : how many of them at most, for ``all``: the last so many

    Examples
    --------
    >>> from datetime import UTC
    >>> daily, new_year = Rule("0 6 * * *", "UTC"), datetime(2026, 1, 1, tzinfo=UTC)
    >>> week = new_year + timedelta(days=7)
    >>> [len(ticks_due(daily, new_year, week, policy, 5)) for policy in ("latest", "all", "skip")]
    [1, 5, 0]
    """
    missed = takewhile(lambda tick: tick > after, rule.until(now))
    if policy == "skip":
        missed = takewhile(lambda tick: now - tick <= GRACE, missed)
    found = tuple(islice(missed, 1 if policy == "latest" else most))
    return found[::-1]

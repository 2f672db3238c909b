"""How long and how often a request is repeated that may be answered later."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from api.http.problem_kinds import IN_FLIGHT

PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that say nothing of the request: the same one may be answered in a moment."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much of it a client has.

    Waits double from ``first`` up to ``longest`` seconds, each a random part of that, so that clients that
    were refused together do not come back together. A server that says when to ask again is asked then.

    Attributes
    ----------
    tries : how often a request is sent before a failure without such a word is told
    seconds : the most that is waited for one request, in all
    first, longest : the shortest and longest wait that is chosen without such a word
    """

    tries: int = 6
    seconds: float = 60.0
    first: float = 0.25
    longest: float = 8.0

    def pause(self, tried: int, waited: float, told: float | None, chance: float) -> float | None:
        """Return how long to wait before the next try; None to give up.

        Parameters
        ----------
        tried : how often the request was sent without such a word, from 1
        waited : seconds waited for it so far
        told : seconds after which the server says to ask again, None if it does not say
        chance : a random number from 0 to 1

        Examples
        --------
        >>> [Patience().pause(tried, 0.0, None, 1.0) for tried in (1, 2, 3, 6)]
        [0.25, 0.5, 1.0, None]
        >>> Patience().pause(1, 0.0, 5.0, 0.5)
        5.125
        """
        if told is None:
            wait = chance * min(self.longest, self.first * 2.0 ** (tried - 1))
            return wait if tried < self.tries and waited + wait <= self.seconds else None
        wait = told + chance * self.first
        return wait if waited + wait <= self.seconds else None


NO_PATIENCE = Patience(tries=1, seconds=0.0)
"""Every failure is told at once."""


def may_pass(answer: httpx.Response, kind: str) -> bool:
    """Tell whether the same request may be answered differently in a moment."""
    return answer.status_code in PASSING or kind == IN_FLIGHT.slug


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds after which the server says to ask again, None if it does not (RFC 9110 §10.2.3)."""
    stated = answer.headers.get("Retry-After", "")
    if stated.isascii() and stated.isdigit():
        return float(stated)
    try:
        wait = parsedate_to_datetime(stated) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)

"""Whether a forecast, or the end of one, is among ours that Metaculus shows of a question.

A post's question has ``my_forecasts`` with ``history`` and ``latest``; each forecast has ``start_time`` and
``end_time`` in seconds, and ``forecast_values``: [1 - p, p] of a binary question, the cumulative probabilities of a
continuous one rounded to 10 decimals, the options of a multiple-choice one in the order of ``all_options_ever``, null
for those that were removed (questions/serializers/common.py and questions/services/forecasts.py of Metaculus).
"""

import math
from dataclasses import dataclass
from datetime import datetime

from api.platforms.found import Fetched, Undecided
from api.platforms.moments import SLACK, from_seconds
from api.platforms.platform import NotReadError, Sending
from api.platforms.said import Said
from api.platforms.sought import SoughtCdf, SoughtOptions, SoughtProbability, SoughtWithdrawal

SAME = 1e-9
"""Probabilities that differ by less are equal: room for rounding to 10 decimals, and for 1 - p."""

SoughtForecast = SoughtProbability | SoughtOptions | SoughtCdf


@dataclass(frozen=True, slots=True)
class _Mine:
    """One forecast of ours; ``end`` is None while it stands."""

    start: datetime
    end: datetime | None
    values: tuple[float | None, ...]

    def id_of(self, question: int) -> str:
        """Return what tells it apart: the platform gives it no id."""
        return f"{question} at {self.start.isoformat()}"


def forecast_found(sought: SoughtForecast, question: Said, sending: Sending, fetched: Fetched) -> str | None:
    """Return what tells a forecast apart that is there and began after it was sent; None if there is none.

    Raises
    ------
    NotReadError
        If it is not, but another of ours has begun since: to send it again would end that one.
    """
    since = _since(question, sought.question, sending, fetched)
    equal = [mine for mine in since if _equal(sought, mine, question)]
    ends_right = [mine for mine in equal if _ends_right(sought.until, mine, fetched)]
    if ends_right:
        return ends_right[-1].id_of(sought.question)
    if equal:
        ends, meant = (_moment(end) for end in (equal[-1].end, sought.until))
        raise NotReadError(
            Undecided(
                f"question {sought.question} has our forecast, but with its end {ends} where {meant} was sent: "
                "withdraw it there, or submit anew"
            )
        )
    if since:
        raise NotReadError(
            Undecided(
                f"question {sought.question} has another forecast of ours, of {since[-1].start:%Y-%m-%d %H:%M:%S}Z, "
                "which this one would replace: decide which is to stand"
            )
        )
    return None


def is_withdrawn(sought: SoughtWithdrawal, question: Said, sending: Sending, fetched: Fetched) -> bool:
    """Tell whether no forecast of ours stands any more, or none will from the stated moment on.

    Raises
    ------
    NotReadError
        If one has begun since: to send the withdrawal again would end that one.
    """
    if _since(question, sought.question, sending, fetched):
        raise NotReadError(
            Undecided(
                f"question {sought.question} has a forecast of ours that began after the withdrawal was sent: decide "
                "whether it is to stand"
            )
        )
    by = sought.at or (fetched.date or fetched.received) + SLACK
    return all(each.end is not None and each.end <= by for each in _mine(question))


def _since(question: Said, number: int, sending: Sending, fetched: Fetched) -> list[_Mine]:
    """Return our forecasts that may have come of what was sent, or after it."""
    return [
        mine
        for mine in _mine(question)
        if sending.could_be(mine.start, fetched) and mine.id_of(number) not in sending.known
    ]


def _mine(question: Said) -> list[_Mine]:
    """Return our forecasts of a question, in the order in which the platform lists them."""
    forecasts = question.at("my_forecasts")
    latest = forecasts.get("latest")
    listed = [*forecasts.at("history").items(), *([] if latest is None else [latest])]
    found = []
    for each in listed:
        end, values = each.get("end_time"), each.get("forecast_values")
        found.append(
            _Mine(
                from_seconds(each.at("start_time")),
                None if end is None else from_seconds(end),
                () if values is None else tuple(None if v.value is None else v.number() for v in values.items()),
            )
        )
    return found


def _ends_right(until: datetime | None, mine: _Mine, fetched: Fetched) -> bool:
    """Tell whether a forecast ends by itself when it is to; one that has ended already may have been replaced."""
    now = fetched.date or fetched.received
    if mine.end is not None and mine.end <= now + SLACK:
        return until is None or mine.end <= until + SLACK
    return mine.end == until if mine.end is None or until is None else abs(mine.end - until) <= SLACK


def _moment(end: datetime | None) -> str:
    return "never" if end is None else f"{end:%Y-%m-%d %H:%M:%S}Z"


def _equal(sought: SoughtForecast, mine: _Mine, question: Said) -> bool:
    match sought:
        case SoughtProbability(probability=probability):
            expected: list[float | None] = [1.0 - probability, probability]
        case SoughtCdf(cdf=cdf):
            expected = list(cdf)
        case SoughtOptions(options=options):
            labels = [label.text() for label in question.at("all_options_ever").items()]
            expected = [options.get(label) for label in labels]
    return len(expected) == len(mine.values) and all(map(_same, expected, mine.values))


def _same(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=0.0, abs_tol=SAME)

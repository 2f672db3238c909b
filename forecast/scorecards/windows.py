"""Which forecasts count at a place, and from when to when: days end at midnight in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from forecast.resolutions import QUESTIONS, DateResolution, Settled
from forecast.scenario import Scenario

ONE_DAY = timedelta(days=1)


def end_of(day: date) -> datetime:
    """Return the moment at which a day ends in UTC, which is the first of the next; the last ends with the calendar.

    Examples
    --------
    >>> end_of(date(2026, 8, 20)).isoformat()
    '2026-08-21T00:00:00+00:00'
    """
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day, time(), tzinfo=UTC) + ONE_DAY


def planned_close(scenario: Scenario, place: str) -> datetime:
    """Return when a place was to close: with the day on which its question does, or else with the horizon."""
    question = scenario.questions.get(place.removeprefix(QUESTIONS)) if place.startswith(QUESTIONS) else None
    closes = None if question is None else question.closes
    return end_of(closes or scenario.horizon)


def life_end(scenario: Scenario, settled: Settled) -> datetime:
    """Return when the life of a place ended: with the day on which it was to close or that settled it.

    A forecast that is recorded on that very day still counts, one that is recorded after it does not. Of a date it is
    the day itself that settles it, even if that became known later.
    """
    days = [settled.on]
    if isinstance(settled.value, DateResolution) and settled.value.day is not None:
        days.append(settled.value.day)
    return min([planned_close(scenario, settled.place), *map(end_of, days)])


def why_hypothetical(settings: Mapping[str, Any], as_of: date, recorded_at: datetime, spoken_from: date) -> str | None:
    """Return why a recorded forecast is no answer to the scenario's questions, None if it is one.

    Parameters
    ----------
    settings : mapping
        Those of its run, as ``forecast.settings.as_json`` writes them.
    as_of : date
        The day that it speaks from.
    recorded_at : datetime
    spoken_from : date
        The day from which its version of the scenario speaks: a forecast that was made before speaks from then.
    """
    if settings.get("assume") or settings.get("do"):
        return "it assumes or forces branches, and so answers what would be"
    if settings.get("evidence", "accepted") != "accepted":
        return "it uses other evidence than what is accepted"
    made_on = recorded_at.astimezone(UTC).date()
    # Around the world it is another day, and a run that waits overnight is recorded on the next.
    if abs(as_of - max(made_on, spoken_from)) > ONE_DAY:
        due = f"{made_on}, the day on which it was recorded"
        if spoken_from > made_on:
            due = f"{spoken_from}, the first day of its version of the scenario"
        return f"it speaks from {as_of} and not from {due}"
    return None

"""Calendar days to years and back; the engine's only clock is a number of years since a date."""

from datetime import date, timedelta

DAYS_PER_YEAR = 365.25
"""Julian year: a rate per year means per 365.25 days."""


def years_between(start: date, end: date) -> float:
    """Years of 365.25 days from ``start`` to ``end``; negative if ``end`` comes first."""
    return (end - start).days / DAYS_PER_YEAR


def years_to_start_of(day: date, since: date) -> float:
    """Years from the end of the day ``since`` to the beginning of ``day``, which is the end of the day before.

    A date stands for the end of its day, as in "by 30 June"; a span of days includes its first.
    """
    return ((day - since).days - 1) / DAYS_PER_YEAR


def date_after(start: date, days: int) -> date:
    """The calendar day ``days`` days after ``start``."""
    return start + timedelta(days=days)

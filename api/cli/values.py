"""Option values as people type them: days, counts such as 1M, branches, choices of evidence."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import click

from forecast.settings import EvidenceChoice

_COUNT = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?P<part>\.\d+)?(?:[eE]\+?(?P<power>\d{1,3}))?(?P<unit>[kKmMgG]?)"
)
_UNITS = {"": 0, "k": 3, "m": 6, "g": 9}
_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
_REFERENCE = re.compile(rf"(?:({_NAME})[=.])?({_NAME})")


class Count(click.ParamType):
    """A whole number within limits, as 250000, 250_000, 250,000, 2.5e5 or 250k."""

    name = "count"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        if isinstance(value, int):
            return value
        found = _COUNT.fullmatch(value.strip())
        if found is None:
            self.fail(f"'{value}' is not a count: write it as 250000, 250_000, 2.5e5, 250k or 1M", param, ctx)
        digits = re.sub("[,_]", "", found["whole"]) + (found["part"] or "")
        number = Decimal(digits).scaleb(int(found["power"] or 0) + _UNITS[found["unit"].lower()])
        if not self.low <= number <= self.high:
            self.fail(f"{value} is not from {self.low:,} to {self.high:,}", param, ctx)
        if number != int(number):
            self.fail(f"{value} is {number.normalize():f}, not a whole number", param, ctx)
        return int(number)


class Day(click.ParamType):
    """A calendar day, as 2026-08-20."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day."""
        if isinstance(value, date):
            return value
        return _day(self, value, param, ctx)


class Days(click.ParamType):
    """Calendar days, separated by commas."""

    name = "day,day,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, ...]:
        """Read the days."""
        if isinstance(value, tuple):
            return value
        return tuple(_day(self, part.strip(), param, ctx) for part in value.split(",") if part.strip())


def _day(kind: click.ParamType, text: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            kind.fail(f"{text} is not in the calendar", param, ctx)
    kind.fail(f"'{text}' is not a day: write it as 2026-08-20", param, ctx)


class BranchReference(click.ParamType):
    """A branch, as node=branch, or by its name alone where no other node has one of that name."""

    name = "node=branch"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the reference into the engine's notation."""
        found = _REFERENCE.fullmatch(value.strip())
        if found is None:
            self.fail(f"'{value}' is not a branch: write node=branch, such as talks=deal", param, ctx)
        node, branch = found.groups()
        return f"{node}.{branch}" if node else branch


class EvidenceValue(click.ParamType):
    """Which entries of the ledger act."""

    name = "accepted|all|none|id,id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> EvidenceChoice:
        """Read the choice."""
        if isinstance(value, tuple) or value in ("accepted", "all", "none"):
            return value  # type: ignore[no-any-return]
        names = tuple(part.strip() for part in value.split(",") if part.strip())
        if not names:
            self.fail("name entries, or write accepted, all or none", param, ctx)
        return names


def flat(days: Iterable[tuple[date, ...]]) -> tuple[date, ...]:
    """Return the days of an option that was given several times."""
    return tuple(day for part in days for day in part)

"""Option values as people type them: days, counts such as 1M, branches, choices of evidence.

Each kind is one function from text to value that raises ``click.BadParameter``; ``one`` and
``several`` make an option's callback of it.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

import click

from forecast.settings import EvidenceChoice

_COUNT = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?P<part>\.\d+)?(?:[eE]\+?(?P<power>\d{1,3}))?(?P<unit>[kKmMgG]?)",
    re.ASCII,
)
_POWERS = {"": 0, "k": 3, "m": 6, "g": 9}
_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
_REFERENCE = re.compile(rf"(?:({_NAME})[=.])?({_NAME})")

_CHOICES: dict[str, EvidenceChoice] = {"accepted": "accepted", "all": "all", "none": "none"}

Value = TypeVar("Value")


def one(read: Callable[[str], Value]) -> Callable[[click.Context, click.Parameter, str | None], Value | None]:
    """Return the callback of an option that is given at most once."""
    return lambda _ctx, _param, text: None if text is None else read(text)


def several(
    read: Callable[[str], Value],
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[Value, ...]]:
    """Return the callback of an option that may be repeated."""
    return lambda _ctx, _param, texts: tuple(map(read, texts))


def count(low: int, high: int) -> Callable[[str], int]:
    """Return the reader of whole numbers within limits, as 250000, 250_000, 250,000, 2.5e5 or 250k."""

    def read(text: str) -> int:
        found = _COUNT.fullmatch(text.strip())
        if found is None:
            raise click.BadParameter(f"'{text}' is not a count: write it as 250000, 250_000, 2.5e5, 250k or 1M")
        digits = re.sub("[,_]", "", found["whole"]) + (found["part"] or "")
        number = Decimal(digits).scaleb(int(found["power"] or 0) + _POWERS[found["unit"].lower()])
        if not low <= number <= high:
            raise click.BadParameter(f"{text} is not from {low:,} to {high:,}")
        if number != int(number):
            raise click.BadParameter(f"{text} is not a whole number")
        return int(number)

    return read


def day(text: str) -> date:
    """Read a calendar day."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise click.BadParameter(f"'{text}' is not a day: write it as 2026-08-20")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is not in the calendar") from error


def days(text: str) -> tuple[date, ...]:
    """Read calendar days, separated by commas."""
    return tuple(day(part.strip()) for part in text.split(","))


def branch(text: str) -> str:
    """Read ``node=branch``, or a branch's name alone, into the engine's notation."""
    found = _REFERENCE.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"'{text}' is not a branch: write node=branch, such as talks=deal")
    node, name = found.groups()
    return f"{node}.{name}" if node else str(name)


def evidence(text: str) -> EvidenceChoice:
    """Read which entries of the ledger act."""
    if text in _CHOICES:
        return _CHOICES[text]
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise click.BadParameter("name entries, separated by commas, or write accepted, all or none")
    return names

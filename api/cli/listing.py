"""Records of a server as people and machines read them: lists cut to a screen, or JSON line by line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

import click
from pydantic import BaseModel

from api.cli.consoles import output
from api.cli.render_grid import Column, Row, grid, paragraph

MOST_ROWS = 20

Item = TypeVar("Item", bound=BaseModel)


def moment(when: datetime) -> str:
    """Return a moment to the minute, in UTC.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-08-20T09:30:59+02:00"))
    '2026-08-20 07:30'
    """
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M}"


def as_lines(items: Iterable[BaseModel]) -> None:
    """Print records as JSON, each on a line of its own as it comes."""
    for item in items:
        click.echo(item.model_dump_json())


def listed(
    items: Iterator[Item], columns: Sequence[Column], row: Callable[[Item], Row], *, everything: bool, nothing: str
) -> None:
    """Print records as a table, the first of them unless ``everything``; ``nothing`` is said where there are none."""
    console = output()
    shown = list(items if everything else islice(items, MOST_ROWS))
    if not shown:
        paragraph(console, nothing)
        return
    grid(console, columns, [row(item) for item in shown])
    if not everything and next(items, None) is not None:
        paragraph(console, f"These are the first {MOST_ROWS}: --all shows more.", style="dim")

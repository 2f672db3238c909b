"""What a server tells its operator, caught as it would be written."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.logs import configure


class Told:
    """Log lines, in the order in which they were written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        """Everything as it was written."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line as the JSON object that it is."""
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of one event."""
        return [line for line in self.lines if line["event"] == event]


@contextmanager
def listening(level: str = "info", form: str = "json") -> Iterator[Told]:
    """Yield what is logged while the context lasts; afterwards logging is as it was."""
    told, root, ours = Told(), logging.getLogger(), logging.getLogger("branchcast")
    before = root.handlers[:], root.level, ours.level
    configure(level, form, told.stream)
    try:
        yield told
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])

"""How long the steps to an answer took, for the header ``Server-Timing``."""

import time
from collections.abc import Mapping
from dataclasses import dataclass


class Stopwatch:
    """Notes the milliseconds since the step before, by step."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._at = time.perf_counter()

    def lap(self, step: str) -> None:
        """Note that a step is done."""
        before, self._at = self._at, time.perf_counter()
        self.milliseconds[step] = 1_000.0 * (self._at - before)


@dataclass(frozen=True, slots=True)
class TimedText:
    """JSON text, and the milliseconds that each step to it took."""

    text: bytes
    milliseconds: Mapping[str, float]

    @property
    def server_timing(self) -> str:
        """Value of the header ``Server-Timing`` (W3C)."""
        return ", ".join(f"{step};dur={spent:.2f}" for step, spent in self.milliseconds.items())

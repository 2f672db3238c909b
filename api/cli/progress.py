"""A progress bar for runs that take long; short ones, and those nobody watches, go without."""

from threading import Lock, Timer
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

PATIENCE_SECONDS = 1.0
"""A run that is over by then shows no bar."""


class LateProgress:
    """Context whose ``update`` an engine may call; the bar appears once patience is over, and leaves no trace."""

    def __init__(self, console: Console, *, enabled: bool, patience: float = PATIENCE_SECONDS) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("draws"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("Computing", total=None)
        self._lock, self._over = Lock(), False
        self._timer = Timer(patience, self._show) if enabled and console.is_terminal else None

    def update(self, done: int, total: int) -> None:
        """Take note of the draws done and of those asked for, which grow if evidence leaves too few."""
        self._bar.update(self._task, completed=done, total=total)

    def _show(self) -> None:
        with self._lock:
            if not self._over:
                self._bar.start()

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar.live.is_started:
                self._bar.stop()

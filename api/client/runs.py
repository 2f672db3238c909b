"""Runs: forecasts that take their time."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Self

from api.client.addresses import v1
from api.client.errors import AnswerError, NoAnswerError
from api.client.events import events
from api.client.server import Ask, PassingError, Server, parsed
from api.http.pages import MOST
from api.http.problem_kinds import RUN_CANCELLED
from api.http.problems import Problem
from api.messages.forecasts import RunPage
from api.routes.runs import RunList

Progress = Callable[[int, int], object]
"""Called with the draws done and the draws in all, each time they have changed."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a server."""

    server: Server

    def list(self, *, scenario: str | None = None) -> Iterator[RunPage]:
        """Yield runs, newest first, whatever became of them."""
        return self.server.pages(
            RunList, lambda page: (page.runs, page.next), v1("runs"), scenario=scenario, limit=MOST
        )

    def get(self, run: str) -> RunPage:
        """Return how far a run is."""
        return self.server.get(RunPage, v1("runs", run))

    def cancel(self, run: str) -> RunPage:
        """Cancel a run that waits, or ask the process that works on it to stop; return it as it is now."""
        return self.server.write(RunPage, "POST", v1("runs", run, "cancellation"))

    def follow(self, run: str) -> Iterator[RunPage]:
        """Yield a run each time it has moved on, and last as it ended; a lost connection is taken up again."""
        with _Stream(self.server, run) as stream:
            while True:
                now = self.server.until_settled(stream.next)
                yield now
                if now.finished_at is not None:
                    return

    def wait(self, run: str, *, progress: Progress | None = None) -> RunPage:
        """Return a run once it has come to a forecast.

        Raises
        ------
        AnswerError
            If it failed or was cancelled.
        """
        for now in self.follow(run):
            if progress is not None:
                progress(now.done, now.draws)
        return require_done(now)


def require_done(run: RunPage) -> RunPage:
    """Return a run that has come to a forecast.

    Raises
    ------
    AnswerError
        With the problem that it failed of, or that it was cancelled.
    """
    if run.status == "done":
        return run
    kind, detail = RUN_CANCELLED, f"run {run.id} was cancelled"
    cancelled = Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail)
    raise AnswerError(run.problem or cancelled)


class _Stream:
    """The events of a run; ``next`` connects anew if the connection was lost."""

    def __init__(self, server: Server, run: str) -> None:
        self._server, self._ask = server, Ask("GET", v1("runs", run, "events"), {}, {"Accept": "text/event-stream"})
        self._open: Generator[RunPage] | None = None

    def next(self) -> RunPage:
        """Return what the server says next; to be called in ``until_settled``."""
        self._open = self._open or self._pages()
        try:
            return next(self._open)
        except BaseException:
            self._open = None
            raise

    def _pages(self) -> Generator[RunPage]:
        with self._server.sent(self._ask) as answer:
            for event in events(answer.iter_lines()):
                yield parsed(RunPage, event.data, answer)
        raise PassingError(NoAnswerError(f"{self._server.address} stopped telling how far the run is: ask again later"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

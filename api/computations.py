"""Computations off the event loop: so many at a time, so many waiting, stopped when nobody waits for the answer."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import Request

from api.errors import BusyError, ClientGoneError

Result = TypeVar("Result")

RETRY_AFTER_SECONDS = 1

_CLOSING = "the server is shutting down: ask again when it is back"

Stopper = Callable[[], None]
"""Called by a computation between its steps; raises when nobody waits for it any more."""


class _StoppedError(Exception):
    """Raised inside a computation that nobody waits for; seen by nobody else."""


def busy(unfinished: int) -> BusyError:
    """Return the error of a pool that has this many computations and no room for another."""
    return BusyError(
        f"{unfinished} computations are running or waiting, as many as may: ask again later", RETRY_AFTER_SECONDS
    )


class Computations:
    """A bounded pool of threads; numpy works without the interpreter's lock, so they use several processors."""

    def __init__(self, threads: int, max_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="computation")
        self._room = threads + max_waiting
        self._unfinished: dict[Future[Any], threading.Event] = {}
        self._lock = threading.Lock()
        self._closing = False

    @property
    def unfinished(self) -> int:
        """Number of computations running or waiting."""
        return len(self._unfinished)

    def require_room(self) -> None:
        """Raise ``BusyError`` if another computation could not be taken on now."""
        if self._closing:
            raise BusyError(_CLOSING, RETRY_AFTER_SECONDS)
        if len(self._unfinished) >= self._room:
            raise busy(len(self._unfinished))

    async def run(self, request: Request, work: Callable[[Stopper], Result]) -> Result:
        """Compute in a thread and return the result.

        Parameters
        ----------
        request : the request that waits; its body must have been read
        work : the computation; it calls its argument between steps

        Raises
        ------
        BusyError
            If as many computations as may are running and waiting.
        ClientGoneError
            If the client leaves first. The computation stops at its next step.
        """
        stop = threading.Event()
        future = self._submit(work, stop)
        answer = asyncio.wrap_future(future)
        leaving = asyncio.ensure_future(_client_leaves(request))
        try:
            awaited: set[asyncio.Future[Any]] = {answer, leaving}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ClientGoneError
            return answer.result()
        except _StoppedError as error:
            raise BusyError(_CLOSING, RETRY_AFTER_SECONDS) from error
        finally:
            stop.set()
            leaving.cancel()
            answer.cancel()

    def _submit(self, work: Callable[[Stopper], Result], stop: threading.Event) -> "Future[Result]":
        def stop_if_asked() -> None:
            if stop.is_set():
                raise _StoppedError

        with self._lock:
            self.require_room()
            future = self._pool.submit(work, stop_if_asked)
            self._unfinished[future] = stop
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: "Future[Any]") -> None:
        with self._lock:
            self._unfinished.pop(future, None)

    def close(self) -> None:
        """Refuse new computations, stop those under way, and wait for their threads to end."""
        with self._lock:
            self._closing = True
            for stop in self._unfinished.values():
                stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


async def _client_leaves(request: Request) -> None:
    """Return when the client has closed the connection. After the body, nothing else can come from it."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

"""Computations off the event loop: so many at a time, so many waiting, stopped when nobody waits for the answer."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import Request

from api.errors import BusyError, ClientGoneError

Result = TypeVar("Result")

RETRY_AFTER_SECONDS = 1

CLOSING = "the server is shutting down: ask again when it is back"

Stopper = Callable[[], None]
"""Called by a computation between its steps; raises when nobody waits for it any more."""


class StoppedError(Exception):
    """Raised inside a computation that nobody waits for, or that has to give way to the end of the server."""


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

    @property
    def running(self) -> int:
        """Number of computations that have a thread; the other unfinished ones wait for one."""
        with self._lock:
            return sum(future.running() for future in self._unfinished)

    def require_room(self) -> None:
        """Raise ``BusyError`` if another computation could not be taken on now."""
        if self._closing:
            raise BusyError(CLOSING, RETRY_AFTER_SECONDS)
        if len(self._unfinished) >= self._room:
            raise busy(len(self._unfinished))

    def proceed(self, work: Callable[[], Result]) -> "Future[Result]":
        """Go on in a thread with what was begun by ``run``; there is always room for it.

        Raises
        ------
        StoppedError
            If the pool is closing.
        """
        return self._submit(work, threading.Event(), self._require_open)

    def _require_open(self) -> None:
        if self._closing:
            raise StoppedError

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

        def stop_if_asked() -> None:
            if stop.is_set():
                raise StoppedError

        def begin() -> Result:
            stop_if_asked()
            return work(stop_if_asked)

        future = self._submit(begin, stop, self.require_room)
        answer = asyncio.wrap_future(future)
        leaving = asyncio.ensure_future(_client_leaves(request))
        try:
            awaited: set[asyncio.Future[Any]] = {answer, leaving}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ClientGoneError
            return answer.result()
        except StoppedError as error:
            raise BusyError(CLOSING, RETRY_AFTER_SECONDS) from error
        finally:
            stop.set()
            leaving.cancel()
            answer.cancel()

    def _submit(
        self, work: Callable[[], Result], stop: threading.Event, require: Callable[[], None]
    ) -> "Future[Result]":
        with self._lock:
            require()
            # What the thread logs belongs to the request that asked.
            future = self._pool.submit(contextvars.copy_context().run, work)
            self._unfinished[future] = stop
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: "Future[Any]") -> None:
        with self._lock:
            self._unfinished.pop(future, None)

    def close(self) -> None:
        """Refuse new computations, stop those under way and waiting, and wait for the threads to end.

        Whoever waits for one is told to ask again later.
        """
        with self._lock:
            self._closing = True
            for stop in self._unfinished.values():
                stop.set()
        self._pool.shutdown(wait=True)


async def _client_leaves(request: Request) -> None:
    """Return when the client has closed the connection. After the body, nothing else can come from it."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

"""What is computed while it is read: chunk after chunk, each when the one before has been taken.

Between two chunks a stream holds no thread, so that whoever reads slowly keeps nobody else from computing.
What it holds is memory, and that is bounded: the work keeps to what one chunk needs, and so many streams
may be open at a time.
"""

import asyncio
import threading
from collections.abc import Callable, Generator

from fastapi import Request

from api.errors import BusyError
from api.work.computations import RETRY_AFTER_SECONDS, Computations, StoppedError, Stopper

Chunks = Generator[bytes, None, None]


class Stream:
    """A stream that has begun: its first chunk is there. ``close`` it, wherever it is."""

    def __init__(self, computations: Computations, chunks: Chunks, first: bytes, closed: Callable[[], None]) -> None:
        self._computations, self._chunks, self._closed = computations, chunks, closed
        self._first: bytes | None = first
        self._at_work = threading.Lock()

    async def take(self) -> bytes | None:
        """Return the next chunk, None after the last.

        Raises
        ------
        StoppedError
            If the server is shutting down.
        """
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return await asyncio.wrap_future(self._computations.proceed(self._computed))

    def _computed(self) -> bytes | None:
        with self._at_work:
            return next(self._chunks, None)

    def close(self) -> None:
        """End the work at its next step, and let another stream have the place."""
        try:
            self._computations.proceed(self._end)
        except StoppedError:
            self._end()

    def _end(self) -> None:
        try:
            with self._at_work:
                self._chunks.close()
        finally:
            self._closed()


class Streams:
    """The streams of one server: so many at a time, computed in the threads of ``computations``."""

    def __init__(self, computations: Computations, most: int) -> None:
        self._computations, self._most = computations, most
        self._open = 0
        self._lock = threading.Lock()

    @property
    def open(self) -> int:
        """Number of streams that hold a place."""
        return self._open

    async def begin(self, request: Request, start: Callable[[Stopper], Chunks]) -> Stream:
        """Begin a stream and compute its first chunk, so that what stands in its way is raised here.

        Parameters
        ----------
        request : the request that waits
        start : returns the chunks, of which there is at least one; it is called in a thread, with what it
            calls between steps

        Raises
        ------
        BusyError
            If as many streams as may are open, or as many computations as may are running and waiting.
        ClientGoneError
            If the client leaves before the first chunk.
        """

        def begun(stop_if_asked: Stopper) -> tuple[Chunks, bytes]:
            chunks = start(stop_if_asked)
            try:
                first = next(chunks)
                stop_if_asked()
            except BaseException:
                chunks.close()
                raise
            return chunks, first

        self._take_place()
        try:
            chunks, first = await self._computations.run(request, begun)
        except BaseException:
            self._give_place()
            raise
        return Stream(self._computations, chunks, first, self._give_place)

    def _take_place(self) -> None:
        with self._lock:
            if self._open >= self._most:
                raise BusyError(
                    f"{self._open} tables are being sent, as many as may: ask again later", RETRY_AFTER_SECONDS
                )
            self._open += 1

    def _give_place(self) -> None:
        with self._lock:
            self._open -= 1

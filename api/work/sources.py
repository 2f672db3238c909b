"""Reading sources of quotes now, in bounded time: opened when they are first asked, few at once, none asked twice."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from api.errors import BusyError
from api.platforms.answers import Refused, TryAgain
from api.platforms.platform import Platform
from api.platforms.quotes.sources import OPEN, SOURCES, Quotes, Reads, by_platform, by_wire, fetch_quotes, open_wire
from api.platforms.registry import connect
from api.platforms.tokens import find_tokens
from api.platforms.wire import Outside, Wire

SILENCE_SECONDS = 10.0
"""Without a sign of a source, after which its answer counts as lost."""

LONGEST_SECONDS = 30.0
"""That somebody waits for a source, whatever it is doing."""

MOST_AT_ONCE = 4
"""Readings under way in a process: each holds a thread of those that answer requests, too."""

_ONE_SECOND = 1


class Sources:
    """The sources of quotes, read with the tokens of the environment. Safe to share by threads.

    Parameters
    ----------
    environ : a mapping such as ``os.environ``, looked at when a source is first asked
    outside : clock and transport; ``Outside()`` is the world
    longest : seconds after which whoever waits is told to come back
    """

    def __init__(
        self, environ: Mapping[str, str], outside: Outside | None = None, longest: float = LONGEST_SECONDS
    ) -> None:
        self._environ, self._longest = environ, longest
        self._outside = Outside(timeout=SILENCE_SECONDS) if outside is None else outside
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="quotes")
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._opened: dict[str, Reads] = {}
        self._ways: list[Wire | Platform] = []

    def read(self, name: str, place: str) -> Quotes | Refused | TryAgain:
        """Return what a source says of a place now; blocks, so call it in a thread.

        Raises
        ------
        PlatformError
            If it cannot be asked, or answers otherwise than expected.
        BusyError
            If as many as may are being read.
        """
        if not self._room.acquire(blocking=False):
            raise BusyError(f"{MOST_AT_ONCE} sources are being read, as many as may: ask again later", _ONE_SECOND)
        reading = self._begun(name, place)
        try:
            return reading.result(self._longest)
        except TimeoutError:
            return TryAgain(self._longest, f"{name} has not answered whole within {self._longest:g} s")

    def _begun(self, name: str, place: str) -> "Future[Quotes | Refused | TryAgain]":
        try:
            reading = self._pool.submit(lambda: fetch_quotes(SOURCES[name], place, self._reader(name)))
        except RuntimeError:
            self._room.release()
            raise BusyError("the server is shutting down: ask again when it is back", _ONE_SECOND) from None
        # A reading that nobody waits for any more takes up its room until it ends.
        reading.add_done_callback(lambda _: self._room.release())
        return reading

    def _reader(self, name: str) -> Reads:
        with self._lock:
            if name not in self._opened:
                self._opened[name] = self._open(name)
            return self._opened[name]

    def _open(self, name: str) -> Reads:
        if name in OPEN:
            wire = open_wire(name, self._environ, self._outside)
            self._ways.append(wire)
            return by_wire(wire, name.capitalize())
        platform = connect(name, self._environ, find_tokens(self._environ), self._outside)
        self._ways.append(platform)
        return by_platform(platform)

    def close(self) -> None:
        """Take on nothing more, and close the connections."""
        self._pool.shutdown(wait=False)
        for way in self._ways:
            way.close()

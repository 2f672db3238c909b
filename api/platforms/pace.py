"""How fast a platform is asked: a least interval between calls, and pauses that all its callers observe."""

import threading
from collections.abc import Callable

LONGEST_HELD = 30.0
"""Seconds that a caller is made to wait at the most; who would wait longer is told to come back instead."""


class Pace:
    """The pace of one platform, shared by all threads of a process that ask it. Other processes have their own.

    Parameters
    ----------
    least_interval : seconds between the beginnings of two calls
    clock : seconds that never go back, such as ``time.monotonic``
    sleep : wait so many seconds
    longest_held : seconds that ``turn`` waits at the most
    """

    def __init__(
        self,
        least_interval: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        longest_held: float = LONGEST_HELD,
    ) -> None:
        self._interval, self._longest_held = least_interval, longest_held
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = clock()

    def turn(self) -> float:
        """Wait until a call may be made, and return 0; or return at once how many seconds are left, if too many.

        Who gets 0 has the turn. Between waiting and the turn another caller may have come first, or been told to pause,
        so that one may wait several times.
        """
        waited = 0.0
        while True:
            with self._lock:
                now = self._clock()
                left = self._next - now
                if left <= 0.0:
                    self._next = now + self._interval
                    return 0.0
            if waited + left > self._longest_held:
                return left
            self._sleep(left)
            waited += left

    def pause(self, seconds: float) -> None:
        """Let nobody call for so many seconds; a longer pause that was asked for before goes on."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

"""A world outside for platforms: a clock that moves only when somebody sleeps, and no chance in it."""

import threading
import time
from datetime import UTC, datetime, timedelta

from api.platforms.wire import Outside

START = datetime(2026, 3, 10, 12, tzinfo=UTC)


class World:
    """Tells time, notes who slept, and lets a request time out when it is told to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0
        self.slept: list[float] = []
        self.chance = 1.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.clock())

    def clock(self) -> float:
        with self._lock:
            return self._seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._seconds += seconds

    def outside(self) -> Outside:
        return Outside(now=self.now, clock=self.clock, sleep=self.sleep, chance=lambda: self.chance)


class LiveWorld(World):
    """A world whose clock goes by itself, as that of other processes does, and can be put forward."""

    def __init__(self) -> None:
        super().__init__()
        self._began, self._began_at = time.monotonic(), datetime.now(UTC)

    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=self.clock())

    def clock(self) -> float:
        return super().clock() + time.monotonic() - self._began

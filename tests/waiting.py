"""Waiting for what another thread or process does, by looking until a deadline: never for a fixed time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0
"""Seconds after which a test that waits fails."""

_LOOK_EVERY = 0.005

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """Return what ``look`` brings as soon as it brings something true."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen within {PATIENCE:g} s"
        pause.wait(_LOOK_EVERY)
    return found

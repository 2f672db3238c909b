"""The processors that this process may use."""

import os


def usable_processors() -> int:
    """Return their number, at least 1: a container, or whoever started the process, may have given it a few of all."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return own or 1

"""One heap for all threads of a server."""

import ctypes

_M_ARENA_MAX = -8
"""Number of the setting in glibc's ``malloc.h``."""


def share_one_heap() -> bool:
    """Let all threads of this process take memory from one heap; to be called before they start.

    glibc would give each a heap of its own, and each heap keeps what its thread once needed: tens of MiB for every
    thread that has computed. Threads of Python hardly ever ask for memory at the same moment.

    Returns
    -------
    bool
        Whether the C library has such a setting; others have one heap, or return what is free by themselves.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(set_option(_M_ARENA_MAX, 1))

"""What the signals do that tell a server to stop, before and after its own handlers have them."""

import signal
import sys

STOPPING = (signal.SIGINT, signal.SIGTERM)


def stop_cleanly_when_told() -> None:
    """A server that was told to stop has done its work: exit 0.

    While it runs, uvicorn handles both signals itself, and afterwards sends what it got once more to
    the handlers from before.
    """
    for number in STOPPING:
        signal.signal(number, _leave)


def heed_no_more() -> None:
    """Take no notice from now on: a signal would only break off the last lines of a process that is ending."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _leave(_number: int, _frame: object) -> None:
    heed_no_more()
    sys.exit(0)

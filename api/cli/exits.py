"""Exit codes of the command line, and the error that carries one."""

from enum import IntEnum

import click


class Exit(IntEnum):
    """What each exit code says."""

    OK = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    DIFFERS = 4
    CHANGED = 5
    NO_ANSWER = 6
    INTERRUPTED = 130
    NOBODY_READS = 141


MEANINGS = {
    Exit.OK: "done; for check, no fault found",
    Exit.FAULT: "a file or database is not valid, or cannot be read or written",
    Exit.USAGE: "the command line is at fault: unknown option, unreadable value",
    Exit.REFUSED: "refused: settings do not fit, port or database taken, server says no",
    Exit.DIFFERS: "replay: the forecast made again differs from the stored one",
    Exit.CHANGED: "nothing was changed: somebody else had changed it meanwhile",
    Exit.NO_ANSWER: "the server cannot be reached, or fails",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
    Exit.NOBODY_READS: "whatever read the output has left, as `head` does",
}


class Refusal(click.ClickException):
    """An end that the user is told about in whole sentences, with its exit code."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc]  # click's own subclasses set it on the class


def epilog(*codes: Exit) -> str:
    """Return the help text's list of exit codes that a command may end with."""
    lines = [f"  {code.value:<4} {MEANINGS[code]}" for code in codes]
    return "\n".join(("\b", "Exit codes:", *lines))

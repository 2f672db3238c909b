"""Consoles that fit where the output goes: terminal or file, with or without colour, UTF-8 or ASCII."""

import io
import sys
from typing import TextIO

from rich.console import Console

from api.cli.exits import Exit
from api.wording.glyphs import ASCII, UNICODE, Glyphs

WIDEST = 120
"""Lines longer than this are hard to follow, however wide the terminal."""

UNKNOWN_WIDTH = 80


def output() -> Console:
    """Return the console on standard output."""
    return _console(sys.stdout)


def notices() -> Console:
    """Return the console on standard error."""
    return _console(sys.stderr)


class _PipedConsole(Console):
    """A console that says by its exit code, as other tools do, that its reader has left."""

    def on_broken_pipe(self) -> None:
        """End without a word."""
        raise SystemExit(Exit.NOBODY_READS)


def _console(stream: TextIO) -> Console:
    if isinstance(stream, io.TextIOWrapper):
        # A terminal that knows no UTF-8 shows a question mark where it lacks a letter; it is no reason to stop.
        stream.reconfigure(errors="replace")
    console = _PipedConsole(file=stream, highlight=False, markup=False, emoji=False)
    if console.width > WIDEST:
        console.width = WIDEST
    if console.width < 1:  # COLUMNS=0, which would show nothing at all
        console.width = UNKNOWN_WIDTH
    return console


def glyphs(console: Console) -> Glyphs:
    """Return the marks that the console's encoding can show."""
    return ASCII if console.options.ascii_only else UNICODE

"""What the command line consists of: text, whatever the terminal sent."""

import re
from collections.abc import Sequence

import click

MOST_SHOWN = 60

_NO_TEXT = re.compile("[\ud800-\udfff]")
"""What stands for bytes that are not UTF-8, or that the locale does not let pass as such."""

_ESCAPED = 0xDC00
"""Python has a byte that is no text as this and the byte."""


def require_text(arguments: Sequence[str]) -> None:
    """Refuse a command line that no server, file or terminal could be sent.

    Raises
    ------
    click.UsageError
        With the first argument that is not text, and the way out.
    """
    for argument in arguments:
        if _NO_TEXT.search(argument):
            raise click.UsageError(
                f"the argument '{_shown(argument)}' cannot be read, as your terminal's text is not UTF-8: set its "
                "encoding and LC_ALL to UTF-8, such as LC_ALL=C.UTF-8; rename a file that is called so"
            )


def _shown(argument: str) -> str:
    r"""Return an argument with its bytes written out, shortened.

    Examples
    --------
    >>> print(_shown("Z\udcfcrich"))
    Z\xfcrich
    """
    shown = "".join(c if c.isprintable() else _written_out(ord(c)) for c in argument[:MOST_SHOWN])
    return shown if len(argument) <= MOST_SHOWN else f"{shown}..."


def _written_out(code: int) -> str:
    return f"\\x{code - _ESCAPED if _ESCAPED <= code <= _ESCAPED + 0xFF else code:02x}"

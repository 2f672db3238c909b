"""Text of a document made safe to stand among other text; its names and days as people read them."""

from datetime import date

REPLACEMENT = "\ufffd"
"""Stands for what cannot be printed, or would steer what stands beside it: control characters, directions."""

_JOINERS = "\u200c\u200d"
"""Persian, Indic scripts and emoji need them; they steer nothing."""


def one_line(text: str) -> str:
    """Return document text as one line without characters that steer a terminal."""
    return "".join(c if c.isprintable() else REPLACEMENT for c in " ".join(text.split()))


def in_lines(text: str) -> str:
    r"""Return document text with its line breaks, for a page that knows how to set joined letters.

    Examples
    --------
    >>> in_lines("Talks,\tthen\n\n a deal \u202e")
    'Talks, then\n\na deal �'
    """
    lines = (" ".join(line.split()) for line in text.strip().splitlines())
    return "\n".join("".join(c if c.isprintable() or c in _JOINERS else REPLACEMENT for c in line) for line in lines)


def spoken(name: str) -> str:
    """Return an identifier as it is read aloud: ``no_summit`` as "no summit"."""
    return one_line(name.replace("_", " "))


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def long_day(day: date) -> str:
    """Return a day as prose has it, whatever the locale.

    Examples
    --------
    >>> long_day(date(2029, 1, 20))
    '20 January 2029'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

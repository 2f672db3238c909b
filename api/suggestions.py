"""The way out of a misspelt name."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(stated: str, known: Iterable[str], otherwise: str) -> str:
    """Return the end of a sentence: the nearest known name, or all of them after the words ``otherwise``."""
    names = sorted(known)
    close = get_close_matches(stated[:100], names, n=1)
    return f": did you mean '{close[0]}'?" if close else f": {otherwise} {', '.join(names)}"

"""The way out of a misspelt name."""

from collections.abc import Collection, Iterable, Iterator

from forecast.errors import MOST_NAMES
from forecast.spelling import nearest

MOST_LISTED = 200
"""Names that are listed whole where none is near; of more, the first are."""

MOST_HINTS = 3
"""Names of one list that are looked for: whoever misspelt hundreds has another scenario in mind."""


def did_you_mean(stated: str, known: Iterable[str], otherwise: str) -> str:
    """Return the end of a sentence: the nearest known name, or what is known after the words ``otherwise``."""
    names = sorted(known)
    close = nearest(stated, names)
    return f": {otherwise} {_listed(names)}" if close is None else f": did you mean '{close}'?"


def hints(stated: Collection[str], known: Collection[str], otherwise: str) -> Iterator[str]:
    """Yield the end of the sentence about each of several names: a suggestion for the first few, else nothing."""
    for i, name in enumerate(stated):
        yield did_you_mean(name, known, otherwise) if i < MOST_HINTS else ""


def _listed(names: list[str]) -> str:
    if len(names) <= MOST_LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES:,} more"

"""The nearest known name to a misspelt one, looked for within bounds, as who states it may mean harm."""

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches

MOST_COMPARED = 1_000
"""Names that a misspelt one is compared with; a comparison of long names takes up to half a millisecond."""

MOST_LETTERS = 100
"""Of the misspelt name that are compared."""


def nearest(stated: str, known: Iterable[str], most: int = MOST_COMPARED, cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like a stated one, None if none is like it.

    Of many names, those that stand nearest in the alphabet are compared: a slip is rarely in the first letters.

    Parameters
    ----------
    stated : the misspelt name
    known : names
    most : how many are compared
    cutoff : from 0, anything, to 1, the same, as of ``difflib``

    Examples
    --------
    >>> nearest("dael", ["no_deal", "deal"])
    'deal'
    """
    names = sorted(known)
    if len(names) > most:
        first = max(0, bisect(names, stated) - most // 2)
        names = names[first : first + most]
    close = get_close_matches(stated[:MOST_LETTERS], names, n=1, cutoff=cutoff)
    return close[0] if close else None

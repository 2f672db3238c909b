"""Lists that are too long to read: which entries to show, and what to say of the others."""

import heapq
from collections.abc import Iterable, Mapping

from forecast.result import Probability
from forecast.words import percent

FOLD_AT = 24
"""Longer lists show their largest entries only, unless all are asked for."""

_NO_ERROR = 1e-6
"""What is left out is spoken of roughly; its error is of no interest."""


def largest(sizes: Mapping[str, float]) -> list[str]:
    """Return the names to show, in their own order: all of them, or the largest where there are too many."""
    if len(sizes) <= FOLD_AT:
        return list(sizes)
    kept = set(heapq.nlargest(FOLD_AT - 4, sizes, key=lambda name: sizes[name]))
    return [name for name in sizes if name in kept]


def left_out(rest: Iterable[Probability], *, exclusive: bool) -> str:
    """Return what is said of probabilities that are not shown; their sum too, if they exclude each other."""
    means = [p.mean for p in rest]
    together = f", together {percent(min(sum(means), 1.0), _NO_ERROR)}" if exclusive else ""
    return f"and {len(means):,} more, each at most {percent(max(means), _NO_ERROR)}{together}"

"""Lists of which the page shows a part and folds the rest away, where they are too long to read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from api.wording.folding import FOLD_AT, largest

Item = TypeVar("Item")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Folded(Generic[Item]):
    """What is shown at once, and what a reader may unfold; together they are the whole list."""

    shown: tuple[Item, ...]
    more: tuple[Item, ...] = ()

    def each(self, change: Callable[[Item], Other]) -> "Folded[Other]":
        """Return what a function makes of each item, folded alike."""
        return Folded(tuple(map(change, self.shown)), tuple(map(change, self.more)))


def after_the_first(items: Iterable[Item]) -> Folded[Item]:
    """Fold away the end of a list."""
    every = tuple(items)
    shown = len(every) if len(every) <= FOLD_AT else FOLD_AT - 4
    return Folded(every[:shown], every[shown:])


def below_the_largest(sizes: Mapping[str, float]) -> Folded[str]:
    """Fold away the names of the smallest; both parts keep their order."""
    shown = largest(sizes)
    kept = set(shown)
    return Folded(tuple(shown), tuple(name for name in sizes if name not in kept))

"""Values that were made lately, so that asking again costs a look and not a making."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values that never change by their keys, the least recently used going first. Safe to share by threads.

    Parameters
    ----------
    most : the sizes of all that is kept together, in whatever is natural for them; what is larger alone is not kept
    """

    def __init__(self, most: int) -> None:
        self._most = self._room = most
        self._values: OrderedDict[Key, tuple[int, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], tuple[int, Value]]) -> Value:
        """Return the value of a key; if it is not kept, ``make`` gives it, with its size."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][1]
        size, value = make()
        with self._lock:
            if key not in self._values and size <= self._most:
                self._values[key] = (size, value)
                self._room -= size
                while self._room < 0:
                    _, (freed, _) = self._values.popitem(last=False)
                    self._room += freed
        return value

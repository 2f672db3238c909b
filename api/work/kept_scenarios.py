"""Scenarios that were checked lately, so that asking again costs a look and not a check."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from forecast.scenario import Scenario

KEPT_BYTES = 16_000_000
"""JSON text of the scenarios kept; as Python objects they take several times that."""


class KeptScenarios:
    """Scenarios by a text that tells them apart, the least recently used going first. Safe to share by threads."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most = self._room = most_bytes
        self._scenarios: OrderedDict[str, tuple[int, Scenario]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, check: Callable[[], tuple[int, Scenario]]) -> Scenario:
        """Return the scenario of a key; if it is not kept, ``check`` gives it, with the bytes of its text."""
        with self._lock:
            if key in self._scenarios:
                self._scenarios.move_to_end(key)
                return self._scenarios[key][1]
        size, scenario = check()
        with self._lock:
            if key not in self._scenarios and size <= self._most:
                self._scenarios[key] = (size, scenario)
                self._room -= size
                while self._room < 0:
                    _, (freed, _) = self._scenarios.popitem(last=False)
                    self._room += freed
        return scenario

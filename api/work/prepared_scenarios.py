"""Scenarios that were prepared lately: runs of one that differ in seed or draws start from there."""

from api.work.kept import Kept
from api.work.limits import parts_of
from forecast.preparation import Preparation, prepare, shaping
from forecast.scenario import Scenario
from forecast.settings import RunSettings

KEPT_BYTES = 16_000_000
"""What the prepared scenarios that are kept may count for, each with its parts or its text, whichever is more."""

PART_BYTES = 4_000
"""What a part counts for; measured, it takes 1 to 8 KiB."""


class PreparedScenarios:
    """Prepares scenarios and remembers the latest. Safe to share by threads."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._kept: Kept[tuple[int, RunSettings], Preparation] = Kept(most_bytes)

    def get(self, scenario: Scenario, settings: RunSettings) -> Preparation:
        """Return the preparation of a scenario for runs with these settings.

        Raises
        ------
        RunError
            If the settings do not fit the scenario.
        """
        # The object's id tells scenarios apart, since what is kept holds on to its scenario. A digest does not:
        # it is blind to the order of keys, in which a forecast lists outcomes.
        return self._kept.get(
            (id(scenario), shaping(settings)), lambda: (_size(scenario, settings), prepare(scenario, settings))
        )


def _size(scenario: Scenario, settings: RunSettings) -> int:
    """Return what a preparation counts for: it holds its scenario, and some scenarios are mostly text."""
    return max(PART_BYTES * parts_of(scenario, settings.dates), len(scenario.model_dump_json(exclude_unset=True)))

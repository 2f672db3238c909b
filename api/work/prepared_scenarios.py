"""Scenarios that were prepared lately: runs of one that differ in seed or draws start from there."""

from api.work.kept import Kept
from api.work.limits import parts_of
from forecast.preparation import Preparation, prepare, shaping
from forecast.scenario import Scenario
from forecast.settings import RunSettings

KEPT_PARTS = 4_000
"""Parts of the prepared scenarios that are kept; measured, a part takes 1 to 8 KiB."""


class PreparedScenarios:
    """Prepares scenarios and remembers the latest. Safe to share by threads."""

    def __init__(self, most_parts: int = KEPT_PARTS) -> None:
        self._kept: Kept[tuple[int, RunSettings], Preparation] = Kept(most_parts)

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
            (id(scenario), shaping(settings)),
            lambda: (parts_of(scenario, len(settings.dates)), prepare(scenario, settings)),
        )

"""A run that a test holds: it takes the engine's place, and goes on as the test says."""

import threading

from forecast.engine import Progress
from forecast.preparation import Preparation
from forecast.result import Forecast
from forecast.run import MeasuredRun, run, run_prepared
from forecast.scenario import Scenario
from forecast.settings import RunSettings


class HeldRun:
    """Goes on until it is released, and then computes; or until it is stopped. ``done`` is what it says it has done."""

    def __init__(self) -> None:
        self.started, self.released, self.stopped = threading.Event(), threading.Event(), threading.Event()
        self.done = 0

    def __call__(self, scenario: Scenario, settings: RunSettings, *, progress: Progress) -> Forecast:
        """Take the place of ``run``."""
        self._hold(settings, progress)
        return run(scenario, settings, progress=progress)

    def of_prepared(self, prepared: Preparation, settings: RunSettings, progress: Progress) -> MeasuredRun:
        """Take the place of ``run_prepared``."""
        self._hold(settings, progress)
        return run_prepared(prepared, settings, progress)

    def _hold(self, settings: RunSettings, progress: Progress) -> None:
        self.started.set()
        try:
            while not self.released.wait(0.001):
                progress(self.done, settings.draws)
        except BaseException:
            self.stopped.set()
            raise

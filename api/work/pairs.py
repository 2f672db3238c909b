"""Two sides of a comparison on shared draws: priced together, stopped together."""

from dataclasses import dataclass

from api.work.computations import Stopper
from api.work.limits import Budget, parts_of
from forecast.scenario import Scenario
from forecast.settings import RunSettings
from forecast.whatif import WhatIf, what_if


@dataclass(frozen=True, slots=True)
class Side:
    """A scenario, and the settings to run it with."""

    scenario: Scenario
    settings: RunSettings


def pair(base: Side, alternative: Side, limit: int, stop_if_asked: Stopper) -> WhatIf:
    """Compute both sides and what moves from one to the other.

    The price is that of both runs with the larger number of draws. A side whose evidence leaves so little
    weight that it takes more has both computed anew, so that from then on every draw counts twice.

    Raises
    ------
    TooMuchWorkError
        If both cost more than ``limit``.
    RunError, EvidenceError
        As by ``forecast.whatif.what_if``.
    """
    parts = sum(parts_of(side.scenario, side.settings.dates) for side in (base, alternative))
    asked = max(base.settings.whole_draws, alternative.settings.whole_draws)
    once, twice = Budget(parts, limit), Budget(2 * parts, limit)
    once.require(asked)

    def watch(_: int, draws: int) -> None:
        stop_if_asked()
        (once if draws <= asked else twice).require(draws)

    stop_if_asked()
    return what_if(base.scenario, base.settings, alternative.scenario, alternative.settings, progress=watch)

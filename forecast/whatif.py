"""What if: a base and an alternative, and their difference with its own MC error.

Runs with one seed share their draws, so most of what the simulation gets wrong it gets wrong in both,
and the difference is known far better than either side. How well, the blocks of both runs say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from forecast.arrays import FloatArray
from forecast.comparison import Comparison, compare
from forecast.engine import Progress
from forecast.errors import EvidenceError, RunError
from forecast.paired import residuals_by_place
from forecast.readings.residuals import mc_error_of_difference
from forecast.result import Forecast, Record
from forecast.run import MeasuredRun, measured_run
from forecast.scenario import Scenario
from forecast.settings import MAX_DRAWS, RunSettings

SideName = Literal["base", "alternative"]


class WhatIf(Record):
    """Two forecasts and what moves from one to the other."""

    base: Forecast
    alternative: Forecast
    comparison: Comparison


def what_if(
    base: Scenario,
    base_settings: RunSettings,
    alternative: Scenario,
    alternative_settings: RunSettings,
    *,
    progress: Progress | None = None,
) -> WhatIf:
    """Compute two forecasts and the difference of every figure that both have.

    The two may differ in anything: assumptions, interventions, evidence, dates, priors, the tree
    itself. Draws are shared where the seeds agree and both have the same nodes, drivers, attributes and
    quantities; the more these differ, the fewer. Both sides take the larger number of draws that the
    settings ask for. If evidence makes one of them take still more, both are computed anew with as many,
    so that no block goes without a partner. Each forecast is the one that ``run`` gives for that number
    of draws, to the last bit.

    Parameters
    ----------
    base, base_settings : what the other is compared with
    alternative, alternative_settings : the same with something changed
    progress : called as by ``run``, for one run after the other

    Returns
    -------
    WhatIf
        Each move of ``comparison`` says how its MC error is known: 0 if both means are exact, else from
        blocks paired by their number.

    Raises
    ------
    RunError
        As by ``run``, for either side; the pointer begins with the side, ``base`` or ``alternative``.
    EvidenceError
        As by ``run``, for either side; the message begins with it.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from forecast.documents import read_scenario
    >>> scenario = read_scenario(files("priors").joinpath("trump-kim-2025.yaml").read_text(encoding="utf-8"))
    >>> as_it_is, forced = RunSettings(draws=4_096), RunSettings(draws=4_096, do=("summit_outcome.bad_deal",))
    >>> found = what_if(scenario, as_it_is, scenario, forced)
    >>> move = next(move for move in found.comparison.moves if move.place == "groups.any_troop_drawdown")
    >>> move.method, 2.0 * move.mc_error < move.before.mc_error + move.after.mc_error
    ('paired blocks', True)
    """
    asked = (_Asked("base", base, base_settings), _Asked("alternative", alternative, alternative_settings))
    sides = _sides(asked, max(base_settings.draws, alternative_settings.draws), progress)
    drawn = [side.forecast.sampling.draws for side in sides]
    if drawn[0] != drawn[1]:
        sides = _sides(asked, min(max(drawn), MAX_DRAWS), progress)
    before, after = sides
    errors = {
        place: mc_error_of_difference(residuals, after.residuals[place])
        for place, residuals in before.residuals.items()
        if place in after.residuals
    }
    comparison = compare(before.forecast, after.forecast, paired_errors=errors)
    return WhatIf(base=before.forecast, alternative=after.forecast, comparison=comparison)


@dataclass(frozen=True)
class _Asked:
    """What one side is asked for."""

    side: SideName
    scenario: Scenario
    settings: RunSettings

    def run(self, draws: int, progress: Progress | None) -> MeasuredRun:
        """Compute it; an error says which side it is about."""
        try:
            return measured_run(self.scenario, replace(self.settings, draws=draws), progress)
        except RunError as error:
            raise RunError((self.side, *error.pointer), str(error)) from error
        except EvidenceError as error:
            raise EvidenceError(f"{self.side}: {error}") from error


@dataclass(frozen=True)
class _Side:
    """A forecast and the residuals of its means, by their places; what else was measured may leave the memory."""

    forecast: Forecast
    residuals: Mapping[str, FloatArray]


def _sides(asked: Iterable[_Asked], draws: int, progress: Progress | None) -> tuple[_Side, ...]:
    runs = (each.run(draws, progress) for each in asked)
    return tuple(_Side(each.forecast, residuals_by_place(each)) for each in runs)

"""What moves when a scenario changes: both sides forecast from the same draws, if that is affordable now."""

from dataclasses import dataclass
from datetime import datetime

from api.errors import TooMuchWorkError
from api.work.computations import Stopper
from api.work.forecasting import speaking_day
from api.work.pairs import Side, pair
from forecast.comparison import Comparison
from forecast.errors import EvidenceError, RunError
from forecast.scenario import Scenario
from forecast.settings import RunSettings

DRAWS = 4_096


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved, or why that was not computed."""

    comparison: Comparison | None
    reason: str | None


def moved(before: Scenario, after: Scenario, now: datetime, limit: int, stop_if_asked: Stopper) -> Moved:
    """Compare what two versions of a scenario say today, each with the evidence in force."""
    if before.digest == after.digest:
        return Moved(None, "nothing that a forecast depends on has changed")
    base, alternative = (
        Side(each, RunSettings(draws=DRAWS, as_of=speaking_day(each, now))) for each in (before, after)
    )
    try:
        found = pair(base, alternative, limit, stop_if_asked)
    except (TooMuchWorkError, RunError, EvidenceError) as error:
        return Moved(None, str(error))
    return Moved(found.comparison, None)

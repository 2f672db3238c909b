"""Why a recorded forecast moved: explained by another, at a price that is known before anything is computed."""

from api.errors import OutdatedForecastError, ParameterError
from api.service import Service
from api.store import forecasts
from api.store.forecasts import ForecastCard
from api.work.computations import Stopper
from api.work.limits import Budget, parts_of
from forecast.attribution.explaining import explain, runs_needed
from forecast.attribution.records import Attribution
from forecast.errors import RunError, ScenarioError
from forecast.scenario import parse_scenario


def explanation(
    service: Service, before: ForecastCard, after: ForecastCard, draws: int, stop_if_asked: Stopper
) -> Attribution:
    """Return why a forecast moved to another of the same scenario; blocks, so call it in a thread.

    Raises
    ------
    ParameterError
        If they are of different scenarios.
    TooMuchWorkError
        If the forecasts that have to be computed for it cost more than one request may.
    OutdatedForecastError
        If this release cannot run what a forecast was made from.
    """
    if before.scenario_id != after.scenario_id:
        raise ParameterError(
            "with",
            f"forecast '{after.id}' is of scenario '{after.scenario_id}', and '{before.id}' of '{before.scenario_id}': "
            "no cause leads from one to the other",
        )
    with service.database.reading() as connection:
        first, second = (forecasts.whole(connection, each) for each in (before, after))
    try:
        parts = parts_of(parse_scenario(second.document), second.request.dates)
        Budget(parts * runs_needed(first, second), service.settings.max_work).require(draws)
        return explain(first, second, draws=draws, stop_if_asked=stop_if_asked)
    except (ScenarioError, RunError) as error:
        raise OutdatedForecastError(after.id, second.versions.branchcast, error) from error

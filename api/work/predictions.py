"""Predictions of recorded forecasts: made once of each, from worlds that are drawn again, and kept for a while."""

from api.errors import OutdatedForecastError
from api.service import Service
from api.store import forecasts
from api.store.forecasts import ForecastCard
from api.work.computations import Stopper
from forecast.errors import RunError, ScenarioError
from forecast.predictions.kinds import Predicted
from forecast.predictions.predict import predict

KEPT_BYTES = 200_000_000
"""Memory for the predictions of the forecasts that were exported lately."""


def predicted(service: Service, card: ForecastCard, stop_if_asked: Stopper) -> Predicted:
    """Return what a recorded forecast predicts; blocks, so call it in a thread.

    Raises
    ------
    OutdatedForecastError
        If this release cannot run what the forecast was made from.
    ForecastFileError
        If the stored forecast was altered.
    """

    def make() -> tuple[int, Predicted]:
        with service.database.reading() as connection:
            found = forecasts.whole(connection, card)
        try:
            made = predict(found, stop_if_asked)
        except (ScenarioError, RunError) as error:
            raise OutdatedForecastError(card.id, found.versions.branchcast, error) from error
        return _weight(made), made

    return service.predicted.get(card.id, make)


def _weight(made: Predicted) -> int:
    """Return about how many bytes the arrays of predictions take: the worlds, and as much again for distributions."""
    return 3 * 8 * made.worlds.weight.size * (1 + len(made.worlds.values)) + 100_000

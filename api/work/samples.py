"""Draws and worlds of recorded forecasts: drawn again from the seed, within a limit, in the format asked for."""

from collections.abc import Callable, Mapping

from api.errors import OutdatedForecastError, TooMuchWorkError
from api.service import Service
from api.store import forecasts
from api.store.forecasts import ForecastCard
from api.tabular import Chunks, TableFormat
from forecast.errors import RunError, ScenarioError
from forecast.result import Forecast
from forecast.samples import SampleTable, draw_table, world_table

Samples = Callable[[Forecast], SampleTable]

SAMPLES: Mapping[str, Samples] = {"draws": draw_table, "worlds": world_table}
"""What can be drawn again, by what the address calls it."""


def table_chunks(service: Service, card: ForecastCard, samples: Samples, form: TableFormat) -> Chunks:
    """Return a table of a forecast's draws or worlds as a file, none of which is computed yet.

    Raises
    ------
    TooMuchWorkError
        If it has more values than the server sends.
    MissingExtraError
        If the format needs a library that is not installed.
    OutdatedForecastError
        If this release cannot run what the forecast was made from.
    ForecastFileError
        If the forecast is not what was recorded.
    """
    with service.database.reading() as connection:
        found = forecasts.whole(connection, card)
    try:
        table = samples(found)
    except (ScenarioError, RunError) as error:
        raise OutdatedForecastError(card.id, found.versions.branchcast, error) from error
    _require_affordable(table, service.settings.max_table_values)
    return form.chunks(table)


def _require_affordable(table: SampleTable, limit: int) -> None:
    columns = len(table.columns)
    price = table.rows * columns
    if price > limit:
        message = (
            f"{table.rows:,} rows × {columns:,} columns are {price:,} values, but one table may have {limit:,}: "
            "make a forecast with fewer draws for it, or draw the table from the forecast's file in Python"
        )
        raise TooMuchWorkError(price, limit, message, pointer=None)

"""A recorded forecast in the form of a tournament: predicted once, put in any format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import RequestRefusedError
from api.service import Service
from api.store import forecasts, listings
from api.store.forecasts import ForecastCard
from api.work.computations import Stopper
from api.work.listings import chosen
from api.work.predictions import predicted
from forecast.errors import Fault
from forecast.fields import Statement
from forecast.tournaments.exports import Export
from forecast.tournaments.listings import Listing
from forecast.tournaments.registry import FORMATS, ListingError, read_settings


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What to export: in which format, which listings (None: all of that platform), under which settings."""

    format: str
    listings: Sequence[str] | None
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an order came to, of which forecast, and for which listings by name."""

    card: ForecastCard
    listings: Mapping[str, Listing]
    export: Export


def exported(service: Service, forecast_id: str, order: ExportOrder, stop_if_asked: Stopper) -> Exported:
    """Put a recorded forecast in a format; blocks, so call it in a thread.

    Raises
    ------
    UnknownRecordError
        If there is no such forecast.
    RequestRefusedError
        If the format, its listings or its settings are not there, or not such; with pointers into the request.
    ExportError
        If the platform would refuse what the forecast says.
    OutdatedForecastError
        If this release cannot run what the forecast was made from.
    ForecastFileError
        If the stored forecast was altered.
    """
    if order.format not in FORMATS:
        raise RequestRefusedError(
            [Fault(("format",), f"there is no format '{order.format[:100]}': choose {', '.join(FORMATS)}")]
        )
    form, settings = FORMATS[order.format], settings_of(order)
    with service.database.reading() as connection:
        card = forecasts.get(connection, forecast_id)
        asked = chosen(listings.in_force(connection, card.scenario_id), form.name, order.listings)
    export = form.exported(list(asked.values()), predicted(service, card, stop_if_asked), settings)
    return Exported(card, asked, export)


def settings_of(order: ExportOrder) -> Statement:
    """Return the settings of an order, in the class of its format, which there is.

    Raises
    ------
    RequestRefusedError
        If they are not such; with pointers into ``{"settings": …}``.
    """
    try:
        return read_settings(FORMATS[order.format], order.settings)
    except ListingError as error:
        faults = [Fault(("settings", *fault.pointer), fault.message) for fault in error.faults]
        raise RequestRefusedError(faults, more=error.more) from error

"""What would withdraw our forecasts from a platform, shown before anything is stored or sent."""

from collections.abc import Sequence

from api.platforms.requests import PlatformRequest
from api.service import Service
from api.store import listings, scenarios
from api.work.deliveries import withdrawal_of
from api.work.listings import chosen


def planned_withdrawal(
    service: Service, scenario_id: str, platform: str, names: Sequence[str] | None
) -> PlatformRequest:
    """Return the request that would withdraw what stands at a platform, of these listings or of all.

    Raises
    ------
    UnknownScenarioError
        If there is no such scenario.
    RequestRefusedError
        If a name stands for no listing of the platform.
    ExportError
        If the platform knows no withdrawal.
    """
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id)
        known = chosen(listings.in_force(connection, scenario_id), platform, names)
    return withdrawal_of(list(known.values()), platform)

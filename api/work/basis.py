"""What a change of a scenario starts from, and how it is kept from undoing what others change meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from api.errors import BusyError
from api.store import evidence, scenarios
from api.store.evidence import Ledger
from api.store.scenarios import Version, VersionCard
from forecast.scenario import Scenario, parse_scenario

MOST_TRIES = 20
"""How often a change is checked anew because somebody else was faster."""

_RETRY_AFTER_SECONDS = 1
_INSTANT = timedelta(microseconds=1)

Done = TypeVar("Done")


class MovedOnError(Exception):
    """Somebody else stored a version, or added to the ledger, since the change was checked."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a change starts from: the newest version, what it says, and the ledger beside it."""

    version: Version
    scenario: Scenario
    ledger: Ledger

    @property
    def card(self) -> VersionCard:
        """The version at a glance."""
        return self.version.card

    def moment(self, now: datetime) -> datetime:
        """Return when a change is recorded: now, but after all that it starts from even if a clock was set back."""
        added = [each.recorded_at for each in self.ledger.entries]
        retracted = [each.recorded_at for each in self.ledger.retractions.values()]
        return max(now, max([self.card.recorded_at, *added, *retracted]) + _INSTANT)


def basis(connection: Connection, scenario_id: str) -> Basis:
    """Return what a change of a scenario starts from.

    Raises
    ------
    UnknownScenarioError
        If there is none of this id.
    """
    version = scenarios.whole(connection, scenarios.head(connection, scenario_id))
    return Basis(version, parse_scenario(version.document), evidence.ledger(connection, scenario_id))


def hold(connection: Connection, at: Basis) -> None:
    """Let nobody else change the scenario or its ledger before the commit.

    Raises
    ------
    MovedOnError
        If somebody has changed either since ``at`` was read.
    """
    scenario_id = at.card.scenario_id
    newest = scenarios.lock(connection, scenario_id)
    if newest != at.card.version or evidence.ledger(connection, scenario_id) != at.ledger:
        raise MovedOnError


def undisturbed(scenario_id: str, change: Callable[[], Done]) -> Done:
    """Return what a change comes to, starting it anew whenever somebody else was faster.

    Raises
    ------
    BusyError
        If somebody else was faster every time.
    """
    for _ in range(MOST_TRIES):
        try:
            return change()
        except MovedOnError:
            continue
    raise BusyError(f"others keep changing scenario '{scenario_id}': ask again later", _RETRY_AFTER_SECONDS)

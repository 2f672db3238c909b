"""Two versions of a scenario side by side: what changed, what was recorded meanwhile, and what the change moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api.errors import ParameterError
from api.service import Service
from api.store import evidence, scenarios
from api.store.scenarios import Version, VersionCard
from api.work.computations import Stopper
from api.work.ledgers import Filed, on_file
from api.work.moves import Moved, moved
from forecast.errors import ScenarioError
from forecast.revisions import Change, revisions
from forecast.scenario import parse_scenario


@dataclass(frozen=True, slots=True)
class DiffOrder:
    """Which versions to compare: the newest if ``after`` is None, the one before it if ``before`` is None."""

    scenario_id: str
    before: int | None
    after: int | None
    numbers: bool


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed, and which entries were recorded or retracted between the two versions.

    ``moved`` is None if numbers were not asked for.
    """

    before: VersionCard
    after: Version
    changes: Sequence[Change]
    recorded: Sequence[Filed]
    retracted: Sequence[Filed]
    moved: Moved | None


def diff(service: Service, order: DiffOrder, stop_if_asked: Stopper) -> Diff:
    """Compare two versions; blocks, so call it in a thread.

    Raises
    ------
    UnknownScenarioError, UnknownRecordError
        If there is no such scenario or version.
    ParameterError
        If ``before`` is not the earlier one.
    """
    with service.database.reading() as connection:
        before, after = (scenarios.whole(connection, card) for card in _cards(connection, order))
        ledger = evidence.ledger(connection, order.scenario_id, after.card.recorded_at)
        known = {**on_file(connection, before, ledger), **on_file(connection, after, ledger)}.values()
    stop_if_asked()
    since = before.card.recorded_at
    return Diff(
        before=before.card,
        after=after,
        changes=revisions(parse_scenario(before.document), parse_scenario(after.document)),
        recorded=[each for each in known if each.version is None and each.recorded_at > since],
        retracted=[each for each in known if each.retraction is not None and each.retraction.recorded_at > since],
        moved=_moved(service, before.card, after.card, stop_if_asked) if order.numbers else None,
    )


def _cards(connection: Connection, order: DiffOrder) -> tuple[VersionCard, VersionCard]:
    after = (
        scenarios.head(connection, order.scenario_id)
        if order.after is None
        else scenarios.get(connection, order.scenario_id, order.after)
    )
    number = after.version - 1 if order.before is None else order.before
    if number == 0:
        raise ParameterError("to", f"version 1 is the first of scenario '{order.scenario_id}': nothing is before it")
    if number >= after.version:
        raise ParameterError("from", f"from is {number} and to is {after.version}: state the earlier version in from")
    return scenarios.get(connection, order.scenario_id, number), after


def _moved(service: Service, before: VersionCard, after: VersionCard, stop_if_asked: Stopper) -> Moved:
    try:
        with service.database.reading() as connection:
            now = service.database.now(connection)
            earlier, later = (
                service.stored.find(connection, card.scenario_id, card.version).scenario for card in (before, after)
            )
    except ScenarioError as error:
        return Moved(None, f"the evidence in force does not fit both versions: {error}")
    return moved(earlier, later, now, service.settings.max_work, stop_if_asked)

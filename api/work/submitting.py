"""Submissions as they are asked for: what would be sent is shown, or stored to be sent."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from api.http.writes import Reply, Write
from api.platforms.requests import PlatformRequest
from api.service import Service
from api.store import audit, forecasts, listings, scenarios, submissions
from api.store.forecasts import ForecastCard
from api.store.ids import new_id
from api.store.submissions import Submission
from api.work.computations import Stopper
from api.work.deliveries import requests_of, require_delivered, withdrawal_of
from api.work.exports import Exported, ExportOrder, exported, settings_of
from api.work.listings import chosen
from forecast.scorecards.windows import ONE_DAY
from forecast.tournaments.exports import Distortion


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to be sent, and why."""

    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be sent of a forecast; ``notes`` say what whoever asks should know before."""

    exported: Exported
    requests: Sequence[PlatformRequest]
    notes: Sequence[str]

    def as_json(self) -> Iterator[dict[str, Any]]:
        """Yield the requests as plain data."""
        return (json.loads(each.to_json()) for each in self.requests)


def planned(service: Service, forecast_id: str, order: ExportOrder, stop_if_asked: Stopper) -> Planned:
    """Return what would be sent; blocks, so call it in a thread, and raises as ``exported`` does.

    Raises
    ------
    ExportError
        If the platform takes no requests.
    """
    require_delivered(order.format)
    found = exported(service, forecast_id, order, stop_if_asked)
    requests = requests_of(found.export, list(found.listings.values()), settings_of(order))
    with service.database.reading() as connection:
        notes = _notes(connection, service.database.now(connection).date(), found.card)
    return Planned(found, requests, notes)


def _notes(connection: Connection, today: date, card: ForecastCard) -> list[str]:
    """Say what makes a forecast one of yesterday; around the world it is another day."""
    said = []
    spoken_from = date.fromisoformat(card.as_of)
    if abs(today - spoken_from) > ONE_DAY:
        said.append(f"the forecast speaks from {spoken_from}, and does not know what has not happened since")
    newest = forecasts.newest(connection, card.scenario_id)
    if newest is not None and newest.id != card.id:
        said.append(f"a newer forecast of '{card.scenario_id}' is on record: {newest.id}")
    return said


def submitted(
    write: Write,
    plan: Callable[[], Planned],
    asked: Asked,
    answer: Callable[[Planned, Sequence[Submission]], Reply],
) -> Response:
    """Store what is to be sent, all of it in one transaction, and answer with it; blocks, so call it in a thread.

    What was asked for before of the same forecast, word for word, is not stored again.
    """

    def commit(connection: Connection, now: datetime, found: Planned) -> Reply:
        scenarios.lock(connection, found.exported.card.scenario_id)
        stored = [_stored(connection, now, write, each) for each in _rows(found, write, asked, now)]
        return answer(found, stored)

    return write.once(plan, commit)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The request that would withdraw what stands at a platform, and the names of the listings that it is about."""

    listings: Sequence[str]
    request: PlatformRequest


def planned_withdrawal(service: Service, scenario_id: str, platform: str, names: Sequence[str] | None) -> Withdrawal:
    """Return what would withdraw what stands at a platform, of these listings or of all.

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
    return Withdrawal(list(known), withdrawal_of(list(known.values()), platform))


def withdrawn(
    service: Service,
    write: Write,
    scenario_id: str,
    platform: str,
    names: Sequence[str] | None,
    asked: Asked,
    answer: Callable[[Sequence[Submission]], Reply],
) -> Response:
    """Store the request that withdraws what stands at a platform, and answer with it."""

    def commit(connection: Connection, now: datetime, found: Withdrawal) -> Reply:
        scenarios.lock(connection, scenario_id)
        row = _row(scenario_id, None, found.request, found.listings, (), write, asked, now, key=new_id(now))
        return answer([_stored(connection, now, write, row)])

    return write.once(lambda: planned_withdrawal(service, scenario_id, platform, names), commit)


def _rows(plan: Planned, write: Write, asked: Asked, now: datetime) -> list[Submission]:
    card = plan.exported.card
    return [
        _row(
            card.scenario_id,
            card.id,
            request,
            list(plan.exported.listings),
            plan.exported.export.distortions if request.kind != "comment" else (),
            write,
            asked,
            # In the order in which they are to be carried: a comment shows the forecast before it.
            now + timedelta(microseconds=place),
            key=_dedupe_key(card.id, request),
        )
        for place, request in enumerate(plan.requests)
    ]


def _dedupe_key(forecast_id: str, request: PlatformRequest) -> str:
    return hashlib.sha256(f"{forecast_id}\n{request.to_json()}".encode()).hexdigest()


def _row(
    scenario_id: str,
    forecast_id: str | None,
    request: PlatformRequest,
    about: Sequence[str],
    distortions: Sequence[Distortion],
    write: Write,
    asked: Asked,
    now: datetime,
    key: str,
) -> Submission:
    said: Mapping[str, Any] = json.loads(request.to_json())
    return Submission(
        id=new_id(now),
        scenario_id=scenario_id,
        forecast_id=forecast_id,
        platform=request.platform,
        kind=request.kind,
        listings=list(about),
        request=said,
        distortions=[
            {"listing": each.place, "reason": each.reason, "figures": dict(each.figures)} for each in distortions
        ],
        dedupe_key=key,
        actor=write.caller.name,
        author=asked.author,
        reason=asked.reason,
        created_at=now,
        status="waiting",
        attempt=0,
        holder=None,
        lease_until=None,
        not_before=now,
        finished_at=None,
    )


def _stored(connection: Connection, now: datetime, write: Write, row: Submission) -> Submission:
    stored = submissions.add(connection, row)
    if stored.id == row.id:
        audit.append(connection, now, write.caller.name, *submissions.audited(stored))
    return stored

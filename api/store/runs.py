"""Runs: work that is asked for once and done once, whichever process does it.

A process holds a run by a lease that it renews. When a process dies, its leases end, and another takes
the runs over. Every change by a holder names the attempt it belongs to, so that one who comes back late
changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from api.errors import UnknownRecordError
from api.store.audit import ROW, row_digest, row_subject
from api.store.records import Place, older
from api.store.tables import run

MAX_ATTEMPTS = 5
"""A run whose holders died this often is given up: it is likelier the cause than the victim."""

UNFINISHED = ("queued", "running")


class Claim(NamedTuple):
    """What a holder names in every change: the run, which attempt at it this is, and who makes it."""

    run_id: str
    attempt: int
    holder: str


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What to compute, fixed when it is asked for.

    ``document`` is the digest of the scenario with its evidence; ``actor`` names the API key that asked;
    ``key`` is the Idempotency-Key by which the asker may come back for the forecast, None if there is none.
    """

    id: str
    scenario_id: str
    version: int
    document: str
    settings: Mapping[str, Any]
    price: int
    draws: int
    author: str
    reason: str
    actor: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run and how far it is: ``done`` of ``draws``; ``problem`` says why it failed."""

    id: str
    scenario_id: str
    version: int
    document: str
    settings: Mapping[str, Any]
    price: int
    draws: int
    author: str
    reason: str
    actor: str
    key: str | None
    created_at: datetime
    status: str
    holder: str | None
    attempt: int
    lease_until: datetime | None
    done: int
    cancel_requested: int
    started_at: datetime | None
    finished_at: datetime | None
    forecast_id: str | None
    problem: Mapping[str, Any] | None

    @property
    def claim(self) -> Claim:
        """What its holder names in every change."""
        assert self.holder is not None
        return Claim(self.id, self.attempt, self.holder)

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.status not in UNFINISHED


def create(connection: Connection, now: datetime, order: RunOrder, holder: str | None, lease: timedelta) -> None:
    """Store a run: queued, or held by ``holder`` at once."""
    held: dict[str, Any] = {"status": "queued", "attempt": 0}
    if holder is not None:
        held = {"status": "running", "attempt": 1, "holder": holder, "lease_until": now + lease, "started_at": now}
    values = {name: getattr(order, name) for name in RunOrder.__slots__}
    connection.execute(insert(run).values(created_at=now, done=0, cancel_requested=0, **held, **values))


def get(connection: Connection, run_id: str) -> Run:
    """Return a run.

    Raises
    ------
    UnknownRecordError
        If there is none of this id.
    """
    row = connection.execute(select(run).where(run.c.id == run_id)).first()
    if row is None:
        raise UnknownRecordError(f"there is no run '{run_id[:100]}': GET /v1/runs lists them")
    return Run(**row._mapping)


def page(connection: Connection, limit: int, before: Place | None, scenario_id: str | None) -> Sequence[Run]:
    """Return runs, the newest first, from the one before ``(created_at, id)``."""
    query = select(run)
    if scenario_id is not None:
        query = query.where(run.c.scenario_id == scenario_id)
    if before is not None:
        query = query.where(older(run.c.created_at, run.c.id, before))
    rows = connection.execute(query.order_by(run.c.created_at.desc(), run.c.id.desc()).limit(limit))
    return [Run(**row._mapping) for row in rows]


def any_free(connection: Connection, now: datetime) -> bool:
    """Tell whether a run could be claimed; asks without a lock, so that idle processes disturb nobody."""
    return connection.execute(select(run.c.id).where(_free(now)).limit(1)).first() is not None


def _free(now: datetime) -> ColumnElement[bool]:
    # The first condition follows from the second; it is what the index of unfinished runs goes by.
    return and_(run.c.finished_at.is_(None), or_(run.c.status == "queued", run.c.lease_until < now))


def claim(connection: Connection, now: datetime, holder: str, lease: timedelta) -> Run | None:
    """Take the run that has waited longest, queued or with a lease that has ended; None if there is none.

    Several processes may claim at once, and each gets another run.
    """
    query = select(run.c.id).where(_free(now)).order_by(run.c.created_at, run.c.id).limit(1)
    run_id = connection.execute(query.with_for_update(skip_locked=True)).scalar()
    if run_id is None:
        return None
    held = update(run).where(run.c.id == run_id)
    held = held.values(
        status="running",
        holder=holder,
        attempt=run.c.attempt + 1,
        lease_until=now + lease,
        started_at=now,
        done=0,
    )
    connection.execute(held)
    return get(connection, run_id)


def renew(
    connection: Connection, now: datetime, lease: timedelta, progress: Mapping[Claim, tuple[int, int]]
) -> set[Claim]:
    """Renew leases and note how far their runs are; return those that should go on.

    The others were taken over, finished, or are to be cancelled.
    """
    going_on = set()
    for held, (done, draws) in sorted(progress.items()):
        values = {"lease_until": now + lease, "done": done, "draws": draws}
        renewed = update(run).where(_held(held), run.c.cancel_requested == 0).values(values)
        if connection.execute(renewed).rowcount == 1:
            going_on.add(held)
    return going_on


def _held(held: Claim) -> ColumnElement[bool]:
    return and_(
        run.c.id == held.run_id,
        run.c.attempt == held.attempt,
        run.c.holder == held.holder,
        run.c.status == "running",
    )


def finish(
    connection: Connection,
    now: datetime,
    held: Claim,
    status: str,
    *,
    forecast_id: str | None = None,
    draws: int | None = None,
    problem: Mapping[str, Any] | None = None,
) -> bool:
    """End a run; return False, changing nothing, if its holder has lost it."""
    values: dict[str, Any] = {"status": status, "finished_at": now, "forecast_id": forecast_id, "problem": problem}
    if draws is not None:
        values |= {"done": draws, "draws": draws}
    return connection.execute(update(run).where(_held(held)).values(values)).rowcount == 1


def hand_back(connection: Connection, held: Claim) -> None:
    """Put a run back in the queue, for another process to take at once; the attempt does not count."""
    returned = update(run).where(_held(held))
    connection.execute(
        returned.values(status="queued", holder=None, lease_until=None, attempt=run.c.attempt - 1, done=0)
    )


def request_cancel(connection: Connection, now: datetime, run_id: str) -> tuple[Run, Run]:
    """Cancel a run that waits, or ask the holder of one that runs to stop; a finished one stays as it is.

    Returns the run before and after.

    Raises
    ------
    UnknownRecordError
        If there is none of this id.
    """
    # Locked first, so that it is not handed back or taken between the look and the change.
    connection.execute(select(run.c.id).where(run.c.id == run_id).with_for_update())
    before = get(connection, run_id)
    if before.finished:
        return before, before
    ended: dict[str, Any] = {"status": "cancelled", "finished_at": now} if before.status == "queued" else {}
    connection.execute(update(run).where(run.c.id == run_id).values(cancel_requested=1, **ended))
    return before, get(connection, run_id)


def queued(connection: Connection) -> int:
    """Return how many runs wait for a process."""
    waiting = and_(run.c.finished_at.is_(None), run.c.status == "queued")
    return connection.execute(select(func.count()).select_from(run).where(waiting)).scalar_one()


def subject(run_id: str) -> str:
    """Return what the audit log calls a run."""
    return row_subject(run, {"id": run_id})


def audited(stored: Run, action: str) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a run that was ordered: action, subject, details."""
    details = {
        ROW: row_digest(run, {name: getattr(stored, name) for name in Run.__slots__}),
        "scenario": stored.scenario_id,
        "version": stored.version,
        "price": stored.price,
        "author": stored.author,
        "reason": stored.reason,
    }
    return action, subject(stored.id), details

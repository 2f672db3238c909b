"""The outbox: requests to platforms that somebody asked for, and a receipt of every step towards each.

A request is stored with the intent to send it, in one transaction, and sent afterwards by whichever process
claims it. It is claimed by a lease. A process that dies while it sends leaves the request ``sending`` with
a lease that ends; whoever takes it over must first look whether it has arrived. Requests about one
listing go in the order in which they were asked for: until it is known what became of the first, which might
still arrive and stand, the next one waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from api.errors import UnknownRecordError
from api.store.records import Place, audited_row, older, values_of
from api.store.tables import receipt, submission

UNFINISHED = ("waiting", "sending")
FINISHED = ("confirmed", "refused", "unclear")

STANDING = ("forecast", "withdraw")
"""Kinds of which the last one decides what stands at the platform; comments and orders only add up."""

_CLOCKS = timedelta(minutes=5)
"""Longer than clocks of platforms are taken to be apart from ours."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A request to a platform and how far it is.

    kind : ``forecast``, ``withdraw``, ``comment`` or ``order``
    listings : names of the listings that it is about
    request : what is sent, without any token
    distortions : how far what is sent is from what was predicted
    dedupe_key : of two requests with one key, only the first is stored
    status : ``waiting`` until it is due, ``sending`` while somebody holds it; then ``confirmed``, ``refused``, or
        ``unclear`` where the platform has not told in time whether it arrived
    """

    id: str
    scenario_id: str
    forecast_id: str | None
    platform: str
    kind: str
    listings: Sequence[str]
    request: Mapping[str, Any]
    distortions: Sequence[Mapping[str, Any]]
    dedupe_key: str
    actor: str
    author: str
    reason: str
    created_at: datetime
    status: str
    attempt: int
    holder: str | None
    lease_until: datetime | None
    not_before: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One step towards a submission and what came of it; kept for ever.

    step : ``send``, ``read back``
    outcome : in a word, such as ``accepted`` or ``refused``
    status : of the platform's answer, None if there was none
    answer : what the platform said, without any token
    """

    submission_id: str
    number: int
    at: datetime
    step: str
    outcome: str
    status: int | None
    answer: Mapping[str, Any]


def add(connection: Connection, asked: Submission) -> Submission:
    """Store a request, or return the one that is under way or done already under its dedupe key.

    What was refused, never cleared up, or replaced by something later may be asked for again: it is stored under its
    key and a number.
    """
    attempt = asked
    for number in count(2):
        row = connection.execute(select(submission).where(submission.c.dedupe_key == attempt.dedupe_key)).first()
        if row is None:
            break
        there = Submission(**row._mapping)
        replaced = there.kind in STANDING and newer(connection, there)
        if there.status not in ("refused", "unclear") and not replaced:
            return there
        attempt = replace(asked, dedupe_key=f"{asked.dedupe_key}/{number}")
    connection.execute(insert(submission).values(values_of(attempt)))
    return attempt


def get(connection: Connection, submission_id: str) -> Submission:
    """Return a submission.

    Raises
    ------
    UnknownRecordError
        If there is none of this id.
    """
    row = connection.execute(select(submission).where(submission.c.id == submission_id)).first()
    if row is None:
        raise UnknownRecordError(f"there is no submission '{submission_id[:100]}': GET /v1/submissions lists them")
    return Submission(**row._mapping)


def page(
    connection: Connection, limit: int, before: Place | None = None, scenario_id: str | None = None
) -> Sequence[Submission]:
    """Return submissions, newest first, from the one before ``before``."""
    query = select(submission)
    if scenario_id is not None:
        query = query.where(submission.c.scenario_id == scenario_id)
    if before is not None:
        query = query.where(older(submission.c.created_at, submission.c.id, before))
    rows = connection.execute(query.order_by(submission.c.created_at.desc(), submission.c.id.desc()).limit(limit))
    return [Submission(**row._mapping) for row in rows]


def any_due(connection: Connection, now: datetime) -> bool:
    """Tell whether something could be claimed; asks without a lock."""
    due = connection.execute(select(submission.c.id).where(_due(now)).limit(1)).first() is not None
    return due and bool(_in_turn(connection, now))


def claim(connection: Connection, now: datetime, holder: str, lease: timedelta) -> tuple[Submission, bool] | None:
    """Take the request that is due the longest, and whose turn it is; None if there is none.

    Returns
    -------
    the submission, now held, and whether somebody had held it before and vanished: then it may have arrived
    """
    for submission_id in _in_turn(connection, now):
        query = select(submission).where(submission.c.id == submission_id, _due(now))
        row = connection.execute(query.with_for_update(skip_locked=True)).first()
        if row is None:  # another process was faster
            continue
        moved = {"status": "sending", "attempt": row.attempt + 1, "holder": holder, "lease_until": now + lease}
        connection.execute(update(submission).where(submission.c.id == row.id).values(**moved))
        return Submission(**{**row._mapping, **moved}), row.status == "sending"
    return None


def renew(connection: Connection, held: Submission, until: datetime) -> bool:
    """Hold on to a request for longer; return whether it is still held."""
    return connection.execute(update(submission).where(_held(held)).values(lease_until=until)).rowcount == 1


def put_off(connection: Connection, held: Submission, until: datetime) -> bool:
    """Let a held request wait until it may be tried again; return whether it was still held."""
    moved = {"status": "waiting", "holder": None, "lease_until": None, "not_before": until}
    return connection.execute(update(submission).where(_held(held)).values(**moved)).rowcount == 1


def finish(connection: Connection, now: datetime, held: Submission, status: str) -> bool:
    """Note how a held request ended; return whether it was still held."""
    moved = {"status": status, "holder": None, "lease_until": None, "finished_at": now}
    return connection.execute(update(submission).where(_held(held)).values(**moved)).rowcount == 1


def note(connection: Connection, given: Receipt) -> Receipt:
    """Store a receipt with the next number of its submission, whatever number it states, and return it so."""
    last = select(func.max(receipt.c.number)).where(receipt.c.submission_id == given.submission_id)
    numbered = Receipt(**{**values_of(given), "number": (connection.execute(last).scalar() or 0) + 1})
    connection.execute(insert(receipt).values(values_of(numbered)))
    return numbered


def receipts(connection: Connection, submission_id: str) -> Sequence[Receipt]:
    """Return the receipts of a submission, in order."""
    query = select(receipt).where(receipt.c.submission_id == submission_id).order_by(receipt.c.number)
    return [Receipt(**row._mapping) for row in connection.execute(query)]


def newer(connection: Connection, held: Submission) -> Sequence[Submission]:
    """Return what was asked for later about the same listings and decides what stands there, if it may arrive."""
    query = (
        select(submission)
        .where(submission.c.scenario_id == held.scenario_id, submission.c.created_at > held.created_at)
        .where(submission.c.platform == held.platform, submission.c.kind.in_(STANDING))
        .where(submission.c.status != "refused")
        .order_by(submission.c.created_at, submission.c.id)
    )
    about = set(held.listings)
    return [Submission(**row._mapping) for row in connection.execute(query) if about & set(row.listings)]


def forecast_before(connection: Connection, comment: Submission) -> Submission | None:
    """Return the submission of the forecast that a comment was asked for with, None if it was asked for alone."""
    query = (
        select(submission)
        .where(submission.c.scenario_id == comment.scenario_id, submission.c.created_at < comment.created_at)
        .where(submission.c.platform == comment.platform, submission.c.kind == "forecast")
        .where(submission.c.forecast_id == comment.forecast_id)
        .order_by(submission.c.created_at.desc(), submission.c.id.desc())
    )
    row = connection.execute(query.limit(1)).first()
    return None if row is None else Submission(**row._mapping)


def ids_left_behind(connection: Connection, but: Submission) -> frozenset[str]:
    """Return what tells apart what our other submissions to a platform left behind since ``but`` was asked for.

    Also shortly before: the platform's clock is known to a few seconds only.
    """
    query = (
        select(receipt.c.answer)
        .join(submission, submission.c.id == receipt.c.submission_id)
        .where(submission.c.platform == but.platform, submission.c.id != but.id)
        .where(receipt.c.outcome.in_(("accepted", "arrived")), receipt.c.at >= but.created_at - _CLOCKS)
    )
    return frozenset(
        str(each) for answer in connection.execute(query).scalars() for each in answer.get("ids", {}).values()
    )


def _due(now: datetime) -> ColumnElement[bool]:
    # The first condition follows from the others; it is what the index of unfinished requests goes by.
    waiting = and_(submission.c.status == "waiting", submission.c.not_before <= now)
    left = and_(submission.c.status == "sending", submission.c.lease_until < now)
    return and_(submission.c.finished_at.is_(None), or_(waiting, left))


def _in_turn(connection: Connection, now: datetime) -> Sequence[str]:
    """Return the ids of what is due and need not wait for an earlier request about one of its listings."""
    columns = (submission.c.id, submission.c.scenario_id, submission.c.platform, submission.c.listings)
    query = select(*columns, submission.c.not_before, _due(now).label("due")).where(submission.c.finished_at.is_(None))
    unfinished: set[tuple[str, str, str]] = set()
    found = []
    for row in connection.execute(query.order_by(submission.c.created_at, submission.c.id)):
        about = {(row.scenario_id, row.platform, name) for name in row.listings}
        if row.due and not about & unfinished:
            found.append((row.not_before, row.id))
        unfinished |= about
    return [submission_id for _, submission_id in sorted(found)]


def _held(held: Submission) -> ColumnElement[bool]:
    return and_(submission.c.id == held.id, submission.c.attempt == held.attempt, submission.c.holder == held.holder)


def audited(asked: Submission) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a submission: action, subject, details."""
    return audited_row("submission.ask", submission, asked, "platform", "kind", "author", "reason")


def audited_receipt(given: Receipt) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a receipt: action, subject, details."""
    return audited_row("submission.receipt", receipt, given, "step", "outcome")

"""One submission in the hands of a process: looked for if it may have arrived, sent if it has not, every step noted.

What was sent and not heard of is never sent again before the platform has been asked whether it arrived. A
process that dies between two steps leaves a note of the first; whoever takes over goes on from there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from api.logs import logger
from api.platforms.answers import Accepted, Outcome, Refused, TryAgain, Unclear, outcome_json
from api.platforms.errors import PlatformError, PlatformRequestError
from api.platforms.found import Arrived, Found, LookAgain, NotArrived, Undecided, found_json
from api.platforms.platform import Platform, Sending
from api.platforms.requests import PlatformRequest, read_request
from api.platforms.sought import standing_on
from api.store import audit, submissions
from api.store.audit import SERVICE
from api.store.database import Database
from api.store.submissions import Receipt, Submission

LEASE = timedelta(minutes=5)
"""Longer than a request may take, with its turn and all its time-outs."""

GIVEN_UP_AFTER = timedelta(days=3)
"""A request that a platform has not taken for so long is no longer what the model says."""

NOT_READY = timedelta(minutes=10)
"""What a request waits that this process has no token for, though another may."""

SEND, LOOK = "send", "read back"
BEGUN, FAILED, IN_PART = "begun", "failed", "superseded_in_part"

MOST_FAILURES = 5
"""Unforeseen failures after which a submission is left to a person: what was asked for after it must not wait on."""

_LOG = logger("submissions")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a submission is, by its receipts.

    sent : when each sending began
    unheard : whether the last sending came to nothing that is known, or was accepted and not looked for yet
    accepted : whether the last sending was accepted, so that it must not be repeated whatever a look finds
    rest : the places of what is still to be sent, None for all of it
    looks : how often it was looked for since the last sending
    """

    sent: tuple[datetime, ...]
    unheard: bool
    accepted: bool
    rest: tuple[int, ...] | None
    looks: int = 0


def progress_of(receipts: Sequence[Receipt]) -> Progress:
    """Return how far a submission is."""
    sent = tuple(each.at for each in receipts if (each.step, each.outcome) == (SEND, BEGUN))
    unheard, accepted, rest, looks = False, False, None, 0
    for each in receipts:
        if each.outcome in ("not_ready", FAILED):
            continue
        if each.outcome == IN_PART:
            rest = tuple(each.answer["missing"])
            continue
        if each.step == SEND:
            unheard, accepted = each.outcome in (BEGUN, "unclear", "accepted"), each.outcome == "accepted"
            looks = 0
            continue
        looks += 1
        if each.outcome == "not_arrived":
            unheard, rest = False, tuple(each.answer.get("missing", ()))
    return Progress(sent, unheard, accepted, rest, looks)


def note_failure(database: Database, held: Submission) -> None:
    """Let a submission that failed in an unforeseen way wait, and give it up when it has failed too often."""
    with database.writing() as connection:
        before = [each.outcome for each in submissions.receipts(connection, held.id)].count(FAILED)
        now = _noted(connection, database.now(connection), held, SEND, FAILED, None, {"why": "the server's log tells"})
        if before + 1 < MOST_FAILURES:
            submissions.put_off(connection, held, now + LEASE)
        else:
            submissions.finish(connection, now, held, "unclear")


def _noted(
    connection: Connection,
    now: datetime,
    held: Submission,
    step: str,
    outcome: str,
    status: int | None,
    said: Mapping[str, Any],
) -> datetime:
    """Note a receipt, and return when."""
    given = submissions.note(connection, Receipt(held.id, 0, now, step, outcome, status, dict(said)))
    audit.append(connection, now, SERVICE, *submissions.audited_receipt(given))
    return now


def _request_of(asked: Submission) -> PlatformRequest:
    return read_request(json.dumps(asked.request))


class Delivery:
    """One submission in the hands of this process."""

    def __init__(self, database: Database, held: Submission, taken_over: bool) -> None:
        self._database, self._held, self._taken_over = database, held, taken_over
        self._request: PlatformRequest = _request_of(held)

    def carry(self, platform_of: Callable[[str], Platform]) -> None:
        """Look for it if it may have arrived, send it if it has not."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
            progress = progress_of(submissions.receipts(connection, self._held.id))
            known = submissions.ids_left_behind(connection, self._held)
            newer = submissions.newer(connection, self._held) if self._held.kind in submissions.STANDING else ()
            before = submissions.forecast_before(connection, self._held) if self._held.kind == "comment" else None
        old = now - self._held.created_at > GIVEN_UP_AFTER
        try:
            platform = platform_of(self._held.platform)
        except PlatformError as error:
            self._left_to_others(str(error), progress, old)
            return
        if progress.unheard:
            # Whoever held it before may have sent it until the lease ended.
            last = now if self._taken_over else progress.sent[-1]
            rest = self._request if progress.rest is None else platform.rest(self._request, progress.rest)
            self._look(platform, rest, Sending(progress.sent[0], max(last, progress.sent[0]), known), progress, old)
        elif before is not None and before.status != "confirmed":
            why = f"its forecast, {before.id}, is {before.status}"
            self._end(SEND, "without_forecast", None, {"why": why}, "refused")
        elif old:
            why = f"the platform has not taken it for {GIVEN_UP_AFTER.days} days"
            self._end(SEND, "given_up", None, {"why": why}, "refused")
        else:
            self._send_unless_superseded(platform, progress, known, newer)

    def _send_unless_superseded(
        self, platform: Platform, progress: Progress, known: frozenset[str], newer: Sequence[Submission]
    ) -> None:
        """Send what nothing later is about: sent now, it would take the place of that."""
        taken = {standing_on(sought) for each in newer for sought in _request_of(each).sought} - {None}
        places = range(len(self._request.sought)) if progress.rest is None else progress.rest
        left = tuple(place for place in places if standing_on(self._request.sought[place]) not in taken)
        said = {"why": f"asked for later: {', '.join(each.id for each in newer)}", "missing": list(left)}
        if places and not left:
            self._end(SEND, "superseded", None, said, "refused")
            return
        if len(left) < len(places):
            self._note(SEND, IN_PART, None, said)
            progress = replace(progress, rest=left)
        self._send(platform, progress, known)

    def _left_to_others(self, why: str, progress: Progress, old: bool) -> None:
        """Let it wait for a process that has the token; what may have arrived is not refused for want of one."""
        step, ended = (LOOK, "unclear") if progress.unheard else (SEND, "refused")
        if old:
            self._end(step, "given_up", None, {"why": why}, ended)
            return
        with self._database.writing() as connection:
            now = self._noted(connection, step, "not_ready", None, {"why": why})
            submissions.put_off(connection, self._held, now + NOT_READY)

    def _send(self, platform: Platform, progress: Progress, known: frozenset[str]) -> None:
        rest = self._request if progress.rest is None else platform.rest(self._request, progress.rest)
        try:
            platform.require_sendable(rest)
        except PlatformRequestError as error:
            self._end(SEND, "refused", None, {"why": str(error)}, "refused")
            return
        began = self._begun()
        if began is None:
            return
        outcome = platform.submit(rest, attempt=len(progress.sent) + 1)
        _LOG.info("sent", submission=self._held.id, platform=self._held.platform, outcome=outcome.outcome)
        said = json.loads(outcome_json(outcome))
        match outcome:
            case Accepted(status=status) if not rest.sought:
                self._end(SEND, outcome.outcome, status, said, "confirmed")
            case Accepted(status=status):
                self._note(SEND, outcome.outcome, status, said)
                now_sent = replace(progress, sent=(*progress.sent, began), accepted=True, looks=0)
                self._look(platform, rest, Sending(now_sent.sent[0], began, known), now_sent, old=False)
            case Refused(status=status):
                self._end(SEND, outcome.outcome, status, said, "refused")
            case TryAgain(seconds=seconds, status=status) | Unclear(seconds=seconds, status=status):
                self._put_off(SEND, outcome, status, said, seconds)

    def _look(
        self, platform: Platform, request: PlatformRequest, sending: Sending, progress: Progress, old: bool
    ) -> None:
        found = platform.read_back(request, sending, attempt=progress.looks + 1)
        _LOG.info("looked for", submission=self._held.id, platform=self._held.platform, found=found.found)
        said = json.loads(found_json(found))
        match found:
            case Arrived():
                self._end(LOOK, found.found, None, said, "confirmed")
            case Undecided():
                self._end(LOOK, found.found, None, said, "unclear")
            case NotArrived() if progress.accepted:
                why = "the platform has accepted it, and does not show it: look for it there, and ask anew if need be"
                self._end(LOOK, "not_shown", None, {**said, "why": why}, "unclear")
            case NotArrived(missing=missing):
                places = missing if progress.rest is None else tuple(progress.rest[i] for i in missing)
                self._put_off(LOOK, found, None, {**said, "missing": list(places)}, 0.0)
            case LookAgain() if old:
                why = f"it could not be looked for within {GIVEN_UP_AFTER.days} days ({found.why}): look for it there"
                self._end(LOOK, "given_up", None, {**said, "why": why}, "unclear")
            case LookAgain(seconds=seconds):
                self._put_off(LOOK, found, None, said, seconds)

    def _begun(self) -> datetime | None:
        """Note that it is about to be sent, and when; None if another process has it by now."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            if not submissions.renew(connection, self._held, now + LEASE):
                return None
            return self._noted(connection, SEND, BEGUN, None, {})

    def _note(self, step: str, outcome: str, status: int | None, said: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            self._noted(connection, step, outcome, status, said)

    def _end(self, step: str, outcome: str, status: int | None, said: Mapping[str, Any], ended: str) -> None:
        with self._database.writing() as connection:
            now = self._noted(connection, step, outcome, status, said)
            submissions.finish(connection, now, self._held, ended)

    def _put_off(
        self, step: str, outcome: Outcome | Found, status: int | None, said: Mapping[str, Any], seconds: float
    ) -> None:
        word = outcome.outcome if isinstance(outcome, Accepted | Refused | TryAgain | Unclear) else outcome.found
        with self._database.writing() as connection:
            now = self._noted(connection, step, word, status, said)
            submissions.put_off(connection, self._held, now + timedelta(seconds=seconds))

    def _noted(
        self, connection: Connection, step: str, outcome: str, status: int | None, said: Mapping[str, Any]
    ) -> datetime:
        return _noted(connection, self._database.now(connection), self._held, step, outcome, status, said)

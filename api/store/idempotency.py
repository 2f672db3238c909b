"""Requests that may be repeated: the answer to each Idempotency-Key, kept with what the request did.

The key's row is the first thing that a transaction writes, and the answer the last, so that a request is
either done with its answer kept, or not done at all. Only a forecast that is being computed leaves a row
without an answer; its run says how far it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from api.errors import KeyReusedError
from api.store.inserts import insert_new
from api.store.tables import idempotency

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request that may be repeated: whose key, which key, and what was asked (a digest)."""

    owner: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a request: its answer, or the run that will give it."""

    run_id: str | None
    status: int | None
    headers: Mapping[str, str] | None
    body: bytes | None


def find(connection: Connection, ticket: Ticket) -> Kept | None:
    """Return what is known of a request, None if its key is new.

    Raises
    ------
    KeyReusedError
        If the key came with another request before.
    """
    row = connection.execute(select(idempotency).where(_same(ticket))).first()
    if row is None:
        return None
    if row.fingerprint != ticket.fingerprint:
        raise KeyReusedError(
            f"the Idempotency-Key '{ticket.key[:80]}' came with another request before: use a new key for a new request"
        )
    return Kept(row.run_id, row.status, row.headers, row.body)


def claim(connection: Connection, now: datetime, ticket: Ticket, run_id: str | None = None) -> bool:
    """Take a key for the request at hand; return False if another request has it, and change nothing then."""
    values = {
        "owner": ticket.owner,
        "key": ticket.key,
        "fingerprint": ticket.fingerprint,
        "created_at": now,
        "run_id": run_id,
    }
    return insert_new(connection, idempotency, values)


def settle(connection: Connection, owner: str, key: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Keep the answer to a request."""
    same = (idempotency.c.owner == owner) & (idempotency.c.key == key)
    connection.execute(update(idempotency).where(same).values(status=status, headers=dict(headers), body=body))


def settle_run(
    connection: Connection, owner: str, key: str, run_id: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Keep the answer to a request whose run came to nothing, so that repeating it does not order another."""
    same = (idempotency.c.owner == owner) & (idempotency.c.key == key) & (idempotency.c.run_id == run_id)
    unanswered = update(idempotency).where(same, idempotency.c.status.is_(None))
    connection.execute(unanswered.values(status=status, headers=dict(headers), body=body))


def forget_old(connection: Connection, now: datetime) -> int:
    """Forget answers that nobody will ask for again; return how many."""
    old = idempotency.c.created_at < now - KEPT_FOR
    return connection.execute(delete(idempotency).where(old)).rowcount


def _same(ticket: Ticket) -> Any:  # noqa: ANN401 -- a condition
    return (idempotency.c.owner == ticket.owner) & (idempotency.c.key == ticket.key)

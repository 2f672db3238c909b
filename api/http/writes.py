"""Changes that may be repeated safely: of two requests with one Idempotency-Key, the second gets the first's answer."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.errors import InFlightError, ParameterError, ServiceError
from api.http.access import Writer
from api.http.bodies import body_of
from api.service import ServiceOf
from api.store import idempotency
from api.store.database import Database
from api.store.idempotency import Kept, Ticket

Prepared = TypeVar("Prepared")

REPLAYED = "Idempotent-Replayed"
JSON = "application/json"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_RETRY_AFTER_SECONDS = 1


class _AnswerThereError(Exception):
    """Raised to leave a transaction whose request turns out to have been done already."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that can be kept: status, body, and the headers that belong to it.

    ``repeated`` is the body for whoever repeats the request, where that must not be the same; it is what is kept.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    repeated: bytes | None = None

    def response(self, *, replayed: bool = False) -> Response:
        """Return the answer as one to send."""
        headers = {**self.headers, REPLAYED: "true"} if replayed else dict(self.headers)
        return Response(self.body, self.status, headers, media_type=JSON)


def reply(status: int, model: BaseModel, **headers: str) -> Reply:
    """Return a model as the answer; header names are written with underscores: ``ETag``, ``Location``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, model.model_dump_json().encode(), named)


def kept_response(kept: Kept) -> Response:
    """Return the answer that was kept for a request.

    Raises
    ------
    InFlightError
        If the request is still being worked on.
    """
    if kept.status is None:
        raise _in_flight()
    assert kept.body is not None
    return Reply(kept.status, kept.body, kept.headers or {}).response(replayed=True)


def _in_flight() -> InFlightError:
    return InFlightError("the same request is being worked on: ask again in a moment", _RETRY_AFTER_SECONDS)


@dataclass(frozen=True, slots=True)
class Write:
    """One request that changes something: who asks, and by which ticket it may be repeated (None: it may not)."""

    caller: Writer
    ticket: Ticket | None
    database: Database

    def once(
        self, prepare: Callable[[], Prepared], commit: Callable[[Connection, datetime, Prepared], Reply]
    ) -> Response:
        """Do something once, however often it is asked for; blocks, so call it in a thread.

        Parameters
        ----------
        prepare : what can be done before the transaction, such as checking and computing
        commit : what is done in it, from what ``prepare`` returned and the time; returns the answer
        """
        try:
            before = self.kept()
            return self._done(prepare(), commit) if before is None else kept_response(before)
        except ServiceError:
            # An equal request may have been finished meanwhile, and what it did is what stands in the way.
            after = self.kept()
            if after is None:
                raise
            return kept_response(after)
        except _AnswerThereError:
            after = self.kept()
            if after is None:  # it came to nothing just now
                raise _in_flight() from None
            return kept_response(after)

    def _done(self, prepared: Prepared, commit: Callable[[Connection, datetime, Prepared], Reply]) -> Response:
        with self.database.writing() as connection:
            now = self.database.now(connection)
            if self.ticket is not None and not idempotency.claim(connection, now, self.ticket):
                raise _AnswerThereError
            answer = commit(connection, now, prepared)
            if self.ticket is not None:
                owner, key = self.ticket.owner, self.ticket.key
                body = answer.body if answer.repeated is None else answer.repeated
                idempotency.settle(connection, owner, key, answer.status, answer.headers, body)
        return answer.response()

    def kept(self) -> Kept | None:
        """Return what is known of this request, None if it is new or cannot be repeated."""
        if self.ticket is None:
            return None
        with self.database.reading() as connection:
            return idempotency.find(connection, self.ticket)


_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Up to 255 printable characters of your choice, new for each new request; a request repeated with "
        "the same key gets the first one's answer.",
        min_length=1,
        max_length=255,
    ),
]


async def _write_of(request: Request, service: ServiceOf, caller: Writer, key: _Key = None) -> Write:
    ticket = None
    if key is not None:
        if not _KEY.fullmatch(key):
            raise ParameterError(
                "Idempotency-Key", "the header Idempotency-Key must be up to 255 printable ASCII characters, no spaces"
            )
        ticket = Ticket(caller.name, key, _fingerprint(request, await body_of(request)))
    return Write(caller, ticket, service.database)


def _fingerprint(request: Request, body: bytes) -> str:
    asked = [request.method, request.url.path, request.url.query, request.headers.get("if-match")]
    return hashlib.sha256(json.dumps(asked).encode() + body).hexdigest()


WriteOf = Annotated[Write, Depends(_write_of)]
"""Type of a route's parameter for a change: who asks, and how to do it once."""

"""Who asks: every request under ``/v1`` carries a key, and a key says what its holder may do."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForbiddenError, ServiceError, UnauthenticatedError
from api.http.problems import headers_of, problem_of, problem_response
from api.store import audit, keys
from api.store.database import Database
from api.store.keys import SCOPES

GUARDED = ("/v1", "/metrics")
"""What needs a key: everything that says what a team believes, or how busy it is."""

_CREATE = "create one with `branchcast keys create`"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by name, and how far they may go; ``key`` is the prefix of their key."""

    name: str
    scope: str
    key: str | None = None

    def require(self, scope: str) -> None:
        """Refuse a caller whose key does not reach as far as ``scope``.

        Raises
        ------
        ForbiddenError
            With the scope that is needed.
        """
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            raise ForbiddenError(f"this needs a key with scope '{scope}', and '{self.name}' has scope '{self.scope}'")


KEYLESS = Caller(audit.KEYLESS, "admin")
"""Everybody, on a server that was told to ask for no key."""


class Access:
    """Looks up keys, and remembers when each was used until somebody writes that down."""

    def __init__(self, database: Database, keyless: bool) -> None:
        self._database, self._keyless = database, keyless
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def without_key(self) -> Caller:
        """Return who asks without the header ``Authorization``.

        Raises
        ------
        UnauthenticatedError
            If the server asks for a key.
        """
        if self._keyless:
            return KEYLESS
        raise UnauthenticatedError("missing", f"send a key in the header 'Authorization: Bearer bc_…'; {_CREATE}")

    def caller(self, authorization: str) -> Caller:
        """Return who asks with this header ``Authorization``; blocks, so call it in a thread.

        Raises
        ------
        UnauthenticatedError
            If its key does not work.
        """
        kind, _, whole = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise UnauthenticatedError(
                "malformed", "the header Authorization must read 'Bearer' and a key, such as bc_…"
            )
        with self._database.reading() as connection:
            found = keys.find(connection, whole.strip())
            now = self._database.now(connection)
        if found is None:
            raise UnauthenticatedError("unknown", f"there is no such key: copy it whole, or {_CREATE}")
        state = found.state(now)
        if state != "works":
            raise UnauthenticatedError(state, f"key '{found.prefix}' is {state}: {_CREATE}")
        if found.last_used_at is None or now - found.last_used_at >= keys.USE_NOTED_EVERY:
            with self._lock:
                self._used[found.prefix] = now
        return Caller(found.name, found.scope, found.prefix)

    def take_used(self) -> dict[str, datetime]:
        """Return when keys were used since this was last asked."""
        with self._lock:
            used, self._used = self._used, {}
        return used


class KeyCheck:
    """Answers 401 before anything of a request is read, and tells the routes who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _guarded(scope["path"]):
            service, stated = scope["app"].state.service, Headers(scope=scope).get("authorization")
            try:
                caller = (
                    service.access.without_key()
                    if stated is None
                    else await run_in_threadpool(service.access.caller, stated)
                )
            except ServiceError as error:
                if isinstance(error, UnauthenticatedError):
                    service.metrics.keys_refused.labels(error.reason).inc()
                await problem_response(problem_of(error), headers_of(error))(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)


def _guarded(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in GUARDED)


class _CallerWith(SecurityBase):
    """What a route depends on that needs a key of a scope: gives the caller, and documents how a key is sent."""

    scheme_name = "HTTPBearer"
    model = HTTPBearer(description="A key of this server: `bc_…`.")

    def __init__(self, scope: str) -> None:
        self._scope = scope

    async def __call__(self, request: Request) -> Caller:
        """Return the caller that ``KeyCheck`` found, if their key reaches that far."""
        caller = request.state.caller
        assert isinstance(caller, Caller)
        caller.require(self._scope)
        return caller


READING = Security(_CallerWith("read"))
"""What a router depends on whose routes need a key that may read."""

ADMINISTERING = Security(_CallerWith("admin"))
"""What a router depends on whose routes need a key that may do everything."""

Writer = Annotated[Caller, Security(_CallerWith("write"))]
Administrator = Annotated[Caller, Security(_CallerWith("admin"))]

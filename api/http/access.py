"""Who asks: every request under ``/v1`` carries a key, and a key says what its holder may do."""

import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
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

    def caller(self, authorization: str | None) -> Caller:
        """Return who asks; blocks, so call it in a thread.

        Raises
        ------
        UnauthenticatedError
            If the header ``Authorization`` is missing or its key does not work.
        """
        if authorization is None:
            if self._keyless:
                return KEYLESS
            raise UnauthenticatedError("missing", f"send a key in the header 'Authorization: Bearer bc_…'; {_CREATE}")
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
            service = scope["app"].state.service
            try:
                caller = await run_in_threadpool(service.access.caller, Headers(scope=scope).get("authorization"))
            except ServiceError as error:
                if isinstance(error, UnauthenticatedError):
                    service.metrics.keys_refused.labels(error.reason).inc()
                await problem_response(problem_of(error), headers_of(error))(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)


def _guarded(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in GUARDED)


_BEARER = HTTPBearer(auto_error=False, description="A key of this server: `bc_…`.")


def _caller_with(scope: str) -> Callable[[Request, object], Coroutine[Any, Any, Caller]]:
    async def caller_of(request: Request, _: Annotated[object, Security(_BEARER)]) -> Caller:
        caller = request.state.caller
        assert isinstance(caller, Caller)
        caller.require(scope)
        return caller

    return caller_of


READING = Depends(_caller_with("read"))
"""What a router depends on whose routes need a key that may read."""

ADMINISTERING = Depends(_caller_with("admin"))
"""What a router depends on whose routes need a key that may do everything."""

Writer = Annotated[Caller, Depends(_caller_with("write"))]
Administrator = Annotated[Caller, Depends(_caller_with("admin"))]

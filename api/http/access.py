"""Who asks: every request under ``/v1`` carries a key, and a key says what its holder may do."""

import re
import threading
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForbiddenError, MisdirectedError, ServiceError, UnauthenticatedError
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

    def without_key(self, host: str | None) -> Caller:
        """Return who asks without the header ``Authorization``; ``host`` is what the header ``Host`` says.

        Raises
        ------
        UnauthenticatedError
            If the server asks for a key.
        MisdirectedError
            If it asks for none, and was asked under a name that is not this machine's own: the name of somebody's
            page, say, which was made to lead here so that the page may ask as if it were from here.
        """
        if self._keyless:
            if host is None or _is_of_this_machine(host):
                return KEYLESS
            raise MisdirectedError(
                f"without keys, this server answers to localhost and loopback addresses, not to '{host[:100]}': "
                "ask it by one of these, or serve with keys"
            )
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
            service, headers = scope["app"].state.service, Headers(scope=scope)
            stated = headers.get("authorization")
            try:
                caller = (
                    service.access.without_key(headers.get("host"))
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


def _is_of_this_machine(host: str) -> bool:
    name = re.sub(r":\d*$", "", host).strip("[]").rstrip(".").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


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

"""One log line and one id for every request, and the last net for what nobody expected.

Every line that is written while a request is worked on has its id, whichever thread writes it. The
request's own line tells who asked for what, and how it ended. Query strings, headers and bodies may hold
secrets and are never logged.
"""

import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.http.access import Caller
from api.http.answers import Answer, route_of
from api.http.problems import internal_problem, problem_response
from api.logs import logger

REQUEST_ID = "X-Request-Id"

_LOG = logger("requests")
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST_PATH = 200
_FAILED_FROM = 500


class RequestLog:
    """Gives each request an id (the client's own, if it sent one), logs it, and answers what was not caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._logged(scope, receive, send_with_id, request_id)

    async def _logged(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, answer = time.perf_counter(), Answer()
        watched = answer.watching(send)
        try:
            await self.app(scope, receive, watched)
        except Exception:  # nobody foresaw it: the log learns what it was, the client only that the server failed
            _LOG.exception("request failed")
            if answer.status:
                # Half an answer is out: only breaking the connection tells the client that it is not whole.
                raise
            await problem_response(internal_problem(request_id))(scope, receive, watched)
        finally:
            tell = _LOG.warning if answer.status >= _FAILED_FROM else _LOG.info
            tell("request", **_told(scope, answer, time.perf_counter() - started))


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get(REQUEST_ID, "")
    return sent if _USABLE_ID.fullmatch(sent) else uuid.uuid4().hex


def _told(scope: Scope, answer: Answer, seconds: float) -> dict[str, object]:
    """Return what the line says; ``status`` is 0 if nothing was answered."""
    caller: Caller | None = scope.get("state", {}).get("caller")
    return {
        "method": scope["method"],
        "path": scope["path"][:_LONGEST_PATH],
        "route": route_of(scope),
        "status": answer.status,
        "milliseconds": round(1_000.0 * seconds, 2),
        "bytes": answer.size,
        "caller": None if caller is None else caller.name,
        "key": None if caller is None else caller.key,
    }

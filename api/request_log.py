"""One log line and one id for every request, and the last net for what nobody expected.

A line is one JSON object: id, method, path, status, milliseconds. Query strings, headers and bodies may
hold secrets and are never logged.
"""

import json
import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import internal_problem, problem_response

REQUEST_ID = "X-Request-Id"
LOGGER = logging.getLogger("branchcast.requests")

_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST_PATH = 200


class RequestLog:
    """Gives each request an id (the client's own, if it sent one), logs it, and answers what was not caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            LOGGER.exception("request %s failed", request_id)
            if status:
                # Half an answer is out: only breaking the connection tells the client that it is not whole.
                raise
            await problem_response(internal_problem(request_id))(scope, receive, send_with_id)
        finally:
            LOGGER.info("%s", _line(scope, request_id, status, time.perf_counter() - started))


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get(REQUEST_ID, "")
    return sent if _USABLE_ID.fullmatch(sent) else uuid.uuid4().hex


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> str:
    """Return the log line; JSON escapes what could forge a second line."""
    return json.dumps(
        {
            "request_id": request_id,
            "method": scope["method"],
            "path": scope["path"][:_LONGEST_PATH],
            "status": status,
            "milliseconds": round(1_000.0 * seconds, 2),
        }
    )

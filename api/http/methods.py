"""Methods: which ones a resource answers, and HEAD and OPTIONS for all of them."""

from contextlib import suppress

from fastapi import Request, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRIED = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(request: Request) -> list[str]:
    """Return every method that some route of the address answers, none if there is no such address.

    The framework's own 405 names the methods of one route only, though several may share an address.
    """
    scope = request.scope
    found = [method for method in _TRIED if _answers(scope, method)]
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


def _answers(scope: Scope, method: str) -> bool:
    routes = scope["app"].router.routes
    asked = {**scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in routes)


class HeadAndOptions:
    """Answers HEAD as GET without the body, and OPTIONS with the methods that the address allows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            asked = {**scope, "method": "GET"}
            try:
                with suppress(_HeadSentError):
                    await self.app(asked, receive, _without_body(send))
            finally:
                # Whoever looks at the request afterwards should see which route it reached.
                scope["route"] = asked.get("route")
        elif scope["method"] == "OPTIONS" and (allowed := allowed_methods(Request(scope))):
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _HeadSentError(Exception):
    """Ends an answer whose body nobody gets, so that a stream is not computed for nothing."""


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({**message, "body": b"", "more_body": False})
        if message.get("more_body", False):
            raise _HeadSentError

    return send_head

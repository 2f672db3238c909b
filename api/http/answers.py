"""What can be told of an exchange from outside the routes: which route it reached, and what was sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import Message, Scope, Send


@dataclass(slots=True)
class Answer:
    """An answer as far as it has been sent; ``status`` is 0 until it begins."""

    status: int = 0
    size: int = 0
    headers: Iterable[tuple[bytes, bytes]] = ()

    def watching(self, send: Send) -> Send:
        """Return a way to send that notes what passes."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status, self.headers = message["status"], message.get("headers", ())
            elif message["type"] == "http.response.body":
                self.size += len(message.get("body", b""))
            await send(message)

        return noting


def route_of(scope: Scope) -> str | None:
    """Return the template of the route that a request reached: ``/v1/runs/{run_id}``; None if it reached none."""
    path: str | None = getattr(scope.get("route"), "path_format", None)
    return path

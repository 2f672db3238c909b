"""A local server that stands in for a platform, and does to requests what networks and proxies do, as a script says.

A script has an entry for each request, in order: None lets the platform answer. What is left of it is ignored when it
is empty.
"""

import json
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.api.platforms.world import World


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 -- as json.loads
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer; a body that is not bytes is sent as JSON."""

    status: int
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Mishap(Enum):
    """What may happen to a request."""

    DROPPED_UNREAD = auto()
    """The connection is reset, and nothing that was sent is read."""

    DROPPED_ANSWER = auto()
    """The platform does as it is asked, and the connection is reset before its answer."""

    CUT_ANSWER = auto()
    """The platform does as it is asked, and its answer breaks off behind the headers."""

    SILENCE = auto()
    """The platform does as it is asked, and says nothing until the other side leaves."""


HTML = b"<!doctype html><html><head><title>Server Error (500)</title></head><body><h1>Server Error</h1></body></html>"

Script = Mishap | Reply | None


class FakePlatform(ABC):
    """What fakes have in common: where they answer, what they were sent, and their clock, which may be wrong."""

    url = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ahead = timedelta(0)
        self.script: list[Script] = []
        self.asked: list[Asked] = []
        self.tells_date = True
        self.lock = threading.Lock()

    def now(self) -> datetime:
        return self.world.now() + self.ahead

    def sent(self, method: str) -> list[Asked]:
        """Return the requests of a method that arrived."""
        return [asked for asked in self.asked if asked.method == method]

    def next_deed(self) -> Script:
        with self.lock:
            return self.script.pop(0) if self.script else None

    @abstractmethod
    def answer(self, asked: Asked) -> Reply: ...


Fake = TypeVar("Fake", bound=FakePlatform)


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """Let a fake answer on a free port while the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(fake: FakePlatform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            deed = fake.next_deed()
            if deed is Mishap.DROPPED_UNREAD:
                # Only looked at: reset at once, the other side might not even think itself connected.
                self.connection.recv(1, socket.MSG_PEEK)
                _reset(self.connection)
                return
            self.deed = deed
            self.close_connection = True
            self.handle_one_request()

        def _do(self) -> None:
            self.close_connection = True
            asked = _asked(self)
            with fake.lock:
                fake.asked.append(asked)
                reply = self.deed if isinstance(self.deed, Reply) else fake.answer(asked)
            if self.deed is Mishap.DROPPED_ANSWER:
                _reset(self.connection)
            elif self.deed is Mishap.SILENCE:
                self.connection.recv(1)
            else:
                self._reply(reply, cut=self.deed is Mishap.CUT_ANSWER)

        def _reply(self, reply: Reply, *, cut: bool) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response_only(reply.status)
            kind = "text/html" if body.startswith(b"<") else "application/json"
            date = {"Date": format_datetime(fake.now(), usegmt=True)} if fake.tells_date else {}
            for name, value in {"Content-Type": kind, **date, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + 100 * cut))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _do  # noqa: N815 -- the names that the standard library looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
    headers = {name.lower(): value for name, value in handler.headers.items()}
    parts = urlsplit(handler.path)
    return Asked(handler.command or "", parts.path, dict(parse_qsl(parts.query)), headers, body)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

"""A little server that does to requests what networks and proxies do, as a script says; it keeps what it was sent."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key."""
        return self.headers.get("idempotency-key")


@dataclass(frozen=True)
class Say:
    """Answer with this."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reset:
    """Break the connection off, so that the client sees a reset; ``first``, let a real server do the work."""

    first: str | None = None


@dataclass(frozen=True)
class Cut:
    """Promise more bytes than are sent."""

    body: bytes


class Silence:
    """Read the request and answer nothing until the client leaves."""


@dataclass(frozen=True)
class PassOn:
    """Let a real server answer."""

    url: str


Deed = Say | Reset | Cut | Silence | PassOn


@dataclass
class Hostile:
    """Where the server answers, what is left of its script (the last deed is repeated), and what it was sent."""

    url: str
    script: list[Deed]
    asked: list[Asked] = field(default_factory=list)


def problem(status: int, slug: str, **headers: str) -> Say:
    """Return an answer that is a problem of this kind."""
    body = f'{{"type":"/problems/{slug}","title":"A title","status":{status},"detail":"about {slug}"}}'
    return Say(status, body.encode(), {"Content-Type": PROBLEM, **headers})


@contextmanager
def hostile(*script: Deed) -> Iterator[Hostile]:
    """Run a server that follows a script, one deed for each request."""
    state = Hostile("", list(script))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(state: Hostile) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            state.asked.append(asked)
            deed = state.script.pop(0) if len(state.script) > 1 else state.script[0]
            self.close_connection = True
            _DEEDS[type(deed)](self, asked, deed)

        do_GET = do_POST = do_PUT = _do  # noqa: N815 -- the names that the standard library looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _say(handler: BaseHTTPRequestHandler, _: Asked, deed: Say) -> None:
    handler.send_response_only(deed.status)  # no Date of its own
    for name, value in {"Content-Type": "application/json", **deed.headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(deed.body)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(deed.body)


def _reset(handler: BaseHTTPRequestHandler, asked: Asked, deed: Reset) -> None:
    if deed.first is not None:
        _forwarded(asked, deed.first)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _cut(handler: BaseHTTPRequestHandler, _: Asked, deed: Cut) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n" + deed.body)


def _silence(handler: BaseHTTPRequestHandler, _: Asked, deed: Silence) -> None:
    handler.connection.recv(1)


def _pass_on(handler: BaseHTTPRequestHandler, asked: Asked, deed: PassOn) -> None:
    answer = _forwarded(asked, deed.url)
    kept = {name: answer.headers[name] for name in ("content-type", "etag", "location") if name in answer.headers}
    _say(handler, asked, Say(answer.status_code, answer.content, kept))


def _forwarded(asked: Asked, url: str) -> httpx.Response:
    headers = {name: value for name, value in asked.headers.items() if name not in ("host", "connection")}
    with httpx.Client(base_url=url) as client:
        return client.request(asked.method, asked.path, headers=headers, content=asked.body)


_DEEDS: Mapping[type, Callable[..., None]] = {
    Say: _say,
    Reset: _reset,
    Cut: _cut,
    Silence: _silence,
    PassOn: _pass_on,
}

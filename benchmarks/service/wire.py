"""A light HTTP/1.1 client: one connection kept alive, one request at a time.

It shares the machine with the server it measures, so it does the least that tells one answer from the next.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireError(Exception):
    """An answer that this client does not read, or a connection that ended before one."""


def request(method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole request as it is sent; a body is JSON."""
    stated = {"Host": "localhost", **(headers or {})}
    if body:
        stated |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in stated.items())]
    return "\r\n".join(lines).encode() + _HEAD_END + body


def parsed(received: bytes | bytearray) -> tuple[Answer, int] | None:
    """Return the first answer in what was received, and its length in bytes; None if it is not whole yet.

    Raises
    ------
    WireError
        If its length is not stated: chunked answers are not read.
    """
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return None
    first, *lines = received[:head_end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status, start = int(first.split(" ", 2)[1]), head_end + len(_HEAD_END)
    if status in _WITHOUT_BODY:
        return Answer(status, headers, b""), start
    if "content-length" not in headers:
        raise WireError(f"an answer {status} states no Content-Length: ask for one that is not streamed")
    end = start + int(headers["content-length"])
    return None if len(received) < end else (Answer(status, headers, bytes(received[start:end])), end)


class Connection(asyncio.Protocol):
    """One connection to a server, opened by ``connected``."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what the class says without deriving from it.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._waiting is None or self._waiting.done():
            return
        try:
            found = parsed(self._received)
        except WireError as error:
            self._waiting.set_exception(error)
            return
        if found is not None:
            answer, length = found
            del self._received[:length]
            self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(WireError(f"the server closed the connection before its answer: {exc}"))

    async def ask(self, sent: bytes) -> Answer:
        """Send a request and return its answer.

        Raises
        ------
        WireError
            If the connection ends first, or the answer cannot be read.
        """
        assert self._transport is not None
        if self._transport.is_closing():
            raise WireError("the connection is closed: open another")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(sent)
        return await self._waiting

    def close(self) -> None:
        """Close the connection, whatever is under way."""
        assert self._transport is not None
        self._transport.close()


async def connected(url: str) -> Connection:
    """Return a new connection to the server of a URL."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, *address(url))
    return connection


def address(url: str) -> tuple[str, int]:
    """Return host and port of a URL that states both."""
    where = urlsplit(url)
    assert where.hostname is not None, url
    assert where.port is not None, url
    return where.hostname, where.port

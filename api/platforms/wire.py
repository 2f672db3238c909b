"""One request to one platform over HTTP, and how far it came: answered, lost on the way, or never sent.

The only module of platforms that knows httpx. A request is sent once, on a connection of its own: one that was kept
open may be closed by the other side just as it is used, and then nobody knows whether the request arrived. No redirect
is followed. Everything that comes back is scrubbed of the token before anybody sees it.
"""

import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from api.platforms.errors import PlatformRequestError
from api.platforms.pace import Pace
from api.platforms.secret import Secret
from api.platforms.waiting import back_off, http_date, told_wait
from forecast.version import VERSION

MOST_BYTES = 20_000_000
"""Of an answer's body; one with more is as good as lost."""

PASSING = frozenset({408, 425, 429})
"""Statuses that say that nothing was done and nothing is wrong with the request."""

_TOO_MANY, _UNAVAILABLE = 429, 503

LONGEST_ANSWER = 120.0
"""Seconds that the body of an answer may take: one that comes in drops holds up what waits behind it."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What happens before the first byte of a request is written."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outside:
    """The world outside and how long to wait for it, so that a test can stand in for it.

    now : the moment, aware; for what is compared with a platform's times
    clock, sleep : seconds that never go back; wait so many
    chance : a random number from 0 to 1
    timeout : seconds without a sign of a platform after which an answer counts as lost
    transport : by which requests go; httpx's own if left out
    """

    now: Callable[[], datetime] = _now
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    timeout: float = 60.0
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """There is an answer.

    content : its body, scrubbed of the token; what came of it if it is not whole
    location : where a redirect leads
    date : the platform's clock, None if it did not say
    received : ours
    seconds : how long to wait before another try, as the platform says or, for a status that may pass, as we choose
    """

    status: int
    content: bytes = field(repr=False)
    whole: bool
    location: str
    date: datetime | None
    received: datetime
    seconds: float

    @property
    def text(self) -> str:
        """The body as text, without NUL, which no database keeps."""
        return self.content.decode("utf-8", "replace").replace("\x00", "")


@dataclass(frozen=True, slots=True)
class Lost:
    """The request, or a part of it, was sent, and there is no answer; ``seconds`` as in ``Answered``."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was sent; it may be after so many seconds."""

    seconds: float
    why: str


Exchange = Answered | Lost | NotSent


@dataclass(frozen=True, slots=True)
class Ask:
    """One request over the wire. ``attempt`` counts from 1 how often it has been sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    attempt: int = 1


class _Authorization(httpx.Auth):
    """Sends a token with each request, and shows it to nobody else."""

    def __init__(self, scheme: str, secret: Secret) -> None:
        self._scheme, self._secret = scheme, secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"{self._scheme} {self._secret.reveal()}"
        yield request


class Wire:
    """The way to one platform. Safe to share by threads.

    Parameters
    ----------
    address : of the platform, without a slash at its end
    scheme, secret : of the header ``Authorization``; None for what is open to everybody
    pace : the platform's, which all ways to it share
    outside : see ``Outside``
    """

    def __init__(self, address: str, scheme: str, secret: Secret | None, pace: Pace, outside: Outside) -> None:
        self.address, self.outside = address, outside
        self._secret, self._pace = secret, pace
        self._http = httpx.Client(
            base_url=address,
            auth=None if secret is None else _Authorization(scheme, secret),
            headers={"User-Agent": f"branchcast/{VERSION}", "Accept": "application/json", "Connection": "close"},
            timeout=httpx.Timeout(outside.timeout, connect=min(outside.timeout, 10.0)),
            # What a platform wants to be remembered by it gets to know from the token alone.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            transport=outside.transport,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"Wire({self.address!r})"

    def scrubbed(self, text: str) -> str:
        """Return a text without the token."""
        return text if self._secret is None else self._secret.scrubbed(text)

    def require_sendable(self, ask: Ask) -> None:
        """Refuse a request that holds the token itself, outside its header.

        Raises
        ------
        PlatformRequestError
            If it does.
        """
        if self._secret is not None and self._secret.is_in(f"{ask.path} {dict(ask.query)} {ask.body}"):
            raise PlatformRequestError(f"a request to {self.address} holds the token in its body or path: take it out")

    def send(self, ask: Ask) -> Exchange:
        """Send a request once, when it is its turn, and return how far it came.

        Raises
        ------
        PlatformRequestError
            If the request holds the token itself, outside its header.
        """
        self.require_sendable(ask)
        left = self._pace.turn()
        if left > 0.0:
            return NotSent(left, f"{self.address} is not to be asked for another {left:.0f} s")
        exchange = self._sent(ask)
        if isinstance(exchange, Answered) and exchange.status in (_TOO_MANY, _UNAVAILABLE):
            self._pace.pause(exchange.seconds)
        return exchange

    def _sent(self, ask: Ask) -> Exchange:
        request = self._http.build_request(
            ask.method,
            ask.path,
            params=dict(ask.query) or None,
            content=None if ask.body is None else ask.body.encode(),
            headers=None if ask.body is None else {"Content-Type": "application/json"},
        )
        try:
            answer = self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            kind = NotSent if isinstance(error, _NOT_SENT) else Lost
            return kind(back_off(ask.attempt, self.outside.chance()), self._told(error))
        try:
            return self._answered(answer, ask.attempt)
        finally:
            answer.close()

    def _answered(self, answer: httpx.Response, attempt: int) -> Answered:
        content, whole = self._body(answer)
        received = self.outside.now()
        date = http_date(answer.headers.get("Date"))
        told = told_wait(answer.headers.get("Retry-After"), date, received)
        return Answered(
            status=answer.status_code,
            content=self.scrubbed(content.decode("latin-1")).encode("latin-1"),
            whole=whole,
            location=self.scrubbed(answer.headers.get("Location", "")),
            date=date,
            received=received,
            seconds=back_off(attempt, self.outside.chance()) if told is None else told,
        )

    def _body(self, answer: httpx.Response) -> tuple[bytes, bool]:
        """Return the body of an answer, or as much of it as came in time, and whether it is whole."""
        content, end = bytearray(), self.outside.clock() + LONGEST_ANSWER
        try:
            for part in answer.iter_bytes():
                content += part
                if len(content) > MOST_BYTES or self.outside.clock() > end:
                    return bytes(content[:MOST_BYTES]), False
        except httpx.HTTPError:
            return bytes(content), False
        return bytes(content), True

    def _told(self, error: httpx.HTTPError) -> str:
        """Say what went wrong; the error's own words may repeat what was sent."""
        said = self.scrubbed(str(error)) or "no reason given"
        return f"{self.address}: {type(error).__name__} ({said})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""What tests of couriers share: submissions that wait, and platforms that are reached without a network."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from fastapi import FastAPI
from sqlalchemy import inspect, select

from api.app import create_app
from api.platforms.metaculus_requests import forecast_request
from api.platforms.platform import Platform
from api.platforms.registry import PLATFORMS, connect
from api.platforms.requests import PlatformRequest
from api.platforms.secret import Secret
from api.platforms.wire import Outside
from api.settings import Settings
from api.store import audit, submissions, tables
from api.store.database import Database, database_url
from api.store.submissions import Submission
from api.work.courier import Courier
from tests.api.platforms import fake_manifold, fake_metaculus
from tests.api.platforms.fake_manifold import FakeManifold
from tests.api.platforms.fake_metaculus import FakeMetaculus
from tests.api.platforms.fakes import Asked, FakePlatform, Mishap, Reply
from tests.api.platforms.world import World

TOKENS = {
    "metaculus": fake_metaculus.TOKEN,
    "manifold": fake_manifold.KEY,
}

NAMES: Mapping[type[FakePlatform], str] = {FakeMetaculus: "metaculus", FakeManifold: "manifold"}

POSTS = {7: 70, 12: 110, 13: 110}
"""Questions of the stand-in for Metaculus, and their posts."""

MOST_MOVES = 100

Deed = Callable[[httpx.Request], None]


class KilledError(BaseException):
    """The process dies here: nothing that comes after is done."""


class Reached(httpx.BaseTransport):
    """The way to a stand-in, without a network.

    before, after : called before a request reaches the stand-in and after it has done as it was asked
    """

    def __init__(self, fake: FakePlatform, before: Deed | None = None, after: Deed | None = None) -> None:
        self._fake, self._before, self._after = fake, before, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._before is not None:
            self._before(request)
        deed = self._fake.next_deed()
        if deed is Mishap.DROPPED_UNREAD:
            raise httpx.ReadError("connection reset by peer")
        asked = Asked(
            request.method,
            request.url.path,
            dict(parse_qsl(request.url.query.decode())),
            {name.lower(): value for name, value in request.headers.items()},
            request.read(),
        )
        with self._fake.lock:
            self._fake.asked.append(asked)
            reply = deed if isinstance(deed, Reply) else self._fake.answer(asked)
        if self._after is not None:
            self._after(request)
        if isinstance(deed, Mishap):
            raise httpx.ReadError("connection reset by peer")
        return self._response(reply)

    def _response(self, reply: Reply) -> httpx.Response:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        date = {"Date": format_datetime(self._fake.now(), usegmt=True)}
        return httpx.Response(reply.status, headers={**date, **reply.headers}, content=body)


def killed(_: httpx.Request) -> None:
    """Let the process die."""
    raise KilledError


def when_sending(deed: Callable[[], object]) -> Deed:
    """Return what does something at the first request that sends, and lets all others pass."""
    left = [deed]

    def at(request: httpx.Request) -> None:
        if request.method == "POST" and left:
            left.pop()()

    return at


class Platforms:
    """Connects a courier to stand-ins, each under its platform's name and with the right token.

    before, after : as for ``Reached``
    """

    def __init__(self, *fakes: FakePlatform, before: Deed | None = None, after: Deed | None = None) -> None:
        self._fakes = {NAMES[type(fake)]: fake for fake in fakes}
        self._before, self._after = before, after

    def __call__(self, name: str) -> Platform:
        entries = [PLATFORMS[each] for each in self._fakes]
        addresses = {entry.address_variable: "http://127.0.0.1" for entry in entries}
        tokens = {entry.token_variable: Secret(TOKENS[entry.name]) for entry in entries}
        return connect(name, addresses, tokens, self._outside(name))

    def _outside(self, name: str) -> Outside:
        if name not in self._fakes:
            return Outside()
        fake = self._fakes[name]
        return replace(fake.world.outside(), transport=Reached(fake, self._before, self._after))


def courier(database: Database, fake: FakePlatform, before: Deed | None = None, after: Deed | None = None) -> Courier:
    """Return a courier that the test carries by hand."""
    return Courier(database, Platforms(fake, before=before, after=after))


class WaitingCourier(Courier):
    """A courier that carries only when a test says so."""

    def start(self) -> None:
        """Wait."""


@asynccontextmanager
async def carried_app(
    settings: Settings, world: World, courier_of: Callable[[Database], Courier]
) -> AsyncIterator[FastAPI]:
    """Yield an app that has the clock of the world, and a courier of the test's own."""
    app = create_app(settings, lambda: Database(database_url(settings.database), world.now), courier_of=courier_of)
    async with app.router.lifespan_context(app):
        yield app


def forecast(*probabilities: float, questions: tuple[int, ...] = tuple(POSTS)) -> PlatformRequest:
    """Return a request of forecasts of as many questions of Metaculus as there are probabilities."""
    items = [{"question": n, "probability_yes": p} for n, p in zip(questions, probabilities, strict=False)]
    return forecast_request(json.dumps(items), {n: POSTS.get(n, 70) for n in questions})


def asked(request: PlatformRequest, now: datetime, submission_id: str = "s1", **more: Any) -> Submission:  # noqa: ANN401
    """Return a submission that is to be sent at once; ``more`` are columns."""
    waiting = Submission(
        id=submission_id,
        scenario_id="minimal",
        forecast_id=None,
        platform=request.platform,
        kind=request.kind,
        listings=["x"],
        request=json.loads(request.to_json()),
        distortions=[],
        dedupe_key=f"key of {submission_id}",
        actor="team",
        author="ann",
        reason="a test",
        created_at=now,
        status="waiting",
        attempt=0,
        holder=None,
        lease_until=None,
        not_before=now,
        finished_at=None,
    )
    return replace(waiting, **more)


def ask(database: Database, request: PlatformRequest, submission_id: str = "s1", **more: Any) -> None:  # noqa: ANN401
    """Store a submission as a route does, to be sent at once; ``more`` are columns."""
    with database.writing() as connection:
        now = database.now(connection)
        stored = submissions.add(connection, asked(request, now, submission_id, **more))
        audit.append(connection, now, "team", *submissions.audited(stored))


def found(database: Database, submission_id: str = "s1") -> Submission:
    """Return a submission as it is now."""
    with database.reading() as connection:
        return submissions.get(connection, submission_id)


def steps(database: Database, submission_id: str = "s1") -> list[tuple[str, str]]:
    """Return the step and outcome of each receipt."""
    return [(each["step"], each["outcome"]) for each in told(database, submission_id)]


def told(database: Database, submission_id: str = "s1") -> list[Mapping[str, Any]]:
    """Return the receipts of a submission."""
    with database.reading() as connection:
        given = submissions.receipts(connection, submission_id)
    return [{name: getattr(each, name) for name in type(each).__slots__} for each in given]


def settle(carrier: Courier, database: Database, world: World, most_moves: int = MOST_MOVES) -> None:
    """Let a courier carry, and move the clock to when something is due, until nothing is unfinished."""
    for _ in range(most_moves):
        while carrier.carry_one():
            pass
        due = _next_due(database)
        if due is None:
            return
        world.sleep(max(due, 0.0) + 0.001)
    raise AssertionError(f"not settled after {most_moves} moves of the clock")


def _next_due(database: Database) -> float | None:
    """Return in how many seconds the next unfinished submission is due, None if there is none.

    One that is due already waits for another.
    """
    columns = tables.submission.c
    with database.reading() as connection:
        rows = connection.execute(
            select(columns.status, columns.not_before, columns.lease_until).where(columns.finished_at.is_(None))
        ).all()
        now = database.now(connection)
    moments = [row.not_before if row.status == "waiting" else row.lease_until + timedelta(seconds=1) for row in rows]
    later = [moment for moment in moments if moment > now]
    return (min(later or moments) - now).total_seconds() if moments else None


def kept_rows(database: Database) -> dict[str, str]:
    """Return everything that a database keeps, table by table."""
    with database.reading() as connection:
        return {
            table: repr([tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")])
            for table in inspect(connection).get_table_names()
        }


def sent(site: FakePlatform) -> int:
    """Return how many requests that change something have reached a stand-in."""
    return len(site.sent("POST"))


def methods(site: FakeMetaculus) -> list[str]:
    """Return the methods of what has reached a stand-in, in order."""
    return [asked.method for asked in site.asked]

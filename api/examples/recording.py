"""Send examples to an app and note what comes back."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.examples import EXAMPLES
from api.examples.example import Example, with_names
from api.examples.previews import SCENARIO
from api.platforms.registry import connect
from api.platforms.requests import PlatformRequest
from api.platforms.wire import Outside
from api.settings import PACKAGED, Settings
from api.store import schema
from api.store.database import Database, database_url
from api.work.courier import Courier
from api.work.scenario_files import read_folders, store_new

_BEGIN = datetime(2026, 8, 20, 9, 30, tzinfo=UTC)
"""When the examples take place."""


class _Clock:
    """A clock that goes on by a second with each request and by a microsecond with each look since.

    Lists have an order so, and what depends on the time is the same however often threads looked before.
    """

    def __init__(self) -> None:
        self._looks, self._requests = itertools.count(), 0

    def __call__(self) -> datetime:
        return _BEGIN + timedelta(seconds=self._requests, microseconds=next(self._looks))

    def next_request(self) -> None:
        """Go on by a second."""
        self._requests += 1
        self._looks = itertools.count()


class _Staying(Courier):
    """A courier that goes nowhere, so that what it is to carry waits."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, connect=lambda platform: connect(platform, {}, {}, Outside()))

    def start(self) -> None:
        """Stay."""

    def require(self, platform: str) -> None:
        """Take everything."""

    def require_sendable(self, requests: Iterable[PlatformRequest]) -> None:
        """Take everything."""


@contextmanager
def example_app() -> Iterator[FastAPI]:
    """Yield an app that asks for no key, on a new database that holds the one scenario of the examples."""
    with TemporaryDirectory() as folder:
        clock = _Clock()

        def open_database() -> Database:
            database = Database(database_url(f"{folder}/examples.db"), clock)
            schema.upgrade(database)
            store_new(database, [file for file in read_folders([PACKAGED]) if file.scenario.scenario == SCENARIO])
            return database

        app = create_app(Settings(keyless=True), open_database, courier_of=_Staying)
        app.state.next_request = clock.next_request
        yield app


@dataclass(frozen=True, slots=True)
class Answered:
    """An example as it was answered, in the form in which answers are kept."""

    example: Example
    status: int
    media_type: str
    body: Any
    names: Mapping[str, str]

    def recorded(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"status": self.status, "media_type": self.media_type, "body": self.body, "names": dict(self.names)}


class _Stable:
    """Puts the same made-up ids, keys and moments where every recording would have others."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        text = _ID.sub(lambda found: self._seen.setdefault(found[0], f"01kexamp1e{len(self._seen):016d}"), text)
        text = _SECRET.sub("bc_examp1es_" + "0" * 43, text)
        return _MOMENT.sub("2026-08-20T09:30:00Z", _PREFIX.sub(r'\1examp1es"', text))


_ID = re.compile(r"\b01[0-9a-hjkmnp-tv-z]{24}\b")
_MOMENT = re.compile(r"\b2026-08-2\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_PREFIX = re.compile(r'("prefix":"|/v1/keys/|keys/)[a-z2-7]{8}"')
_SECRET = re.compile(r"\bbc_[a-z2-7]{8}_[A-Za-z0-9_-]{43}\b")


async def answers(app: FastAPI) -> list[Answered]:
    """Send every example, in order, to an app whose lifespan has begun."""
    found: list[Answered] = []
    names: dict[str, str] = {}
    stable = _Stable()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        for example in EXAMPLES:
            app.state.next_request()
            answer = await client.send(_request(client, example, names))
            media_type = answer.headers["content-type"].partition(";")[0]
            text = stable(answer.text)
            body = json.loads(text) if media_type.endswith("json") else text
            shown = {name: stable(value) for name, value in names.items()}
            found.append(Answered(example, answer.status_code, media_type, body, shown))
            for name, where in example.keeps.items():
                assert answer.status_code == example.status, f"{example.key}: {answer.status_code} {answer.text}"
                names[name] = answer.headers[where] if where in answer.headers else _part(answer.json(), where)
    return found


def _part(body: Any, where: str) -> str:  # noqa: ANN401 -- any JSON document
    """Return the part of a JSON document at a place such as ``submissions.0.id``, as text."""
    for step in where.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return str(body)


def _request(client: httpx.AsyncClient, example: Example, names: Mapping[str, str]) -> httpx.Request:
    headers: dict[str, str] = with_names(example.headers, names)
    content = example.raw
    if example.body is not None:
        headers, content = (
            {**headers, "Content-Type": "application/json"},
            json.dumps(with_names(example.body, names)).encode(),
        )
    path = example.template.format_map(with_names(example.parameters, names))
    query: dict[str, str] = with_names(example.query, names)
    return client.build_request(example.method, path, params=query or None, headers=headers, content=content)


async def recorded_answers() -> str:
    """Send every example to an app that knows the one scenario, and return what comes back, as JSON by key."""
    with example_app() as app:
        async with app.router.lifespan_context(app):
            found = {answered.example.key: answered.recorded() for answered in await answers(app)}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"

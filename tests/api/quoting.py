"""Sources of quotes, played: payloads as their documentation has them, and a scenario with a question of each type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI

from api.platforms.wire import Outside
from api.service import Service
from api.work.sources import Sources
from tests.api.store.support import coin

TOKEN = "0123456789abcdef0123456789abcdef01234567"
SINCE = datetime.fromisoformat("2026-03-09T06:00:00+00:00")


class Played:
    """Sources as a test sets them; notes every request.

    ``answers`` : path → bytes, an httpx.Response, an exception to raise, or what is sent as JSON; else 404
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.answers: dict[str, object] = {}
        self.asked: list[httpx.Request] = []
        self._now, self._seconds = now, 0.0

    def _sleep(self, seconds: float) -> None:
        self._seconds += seconds

    def outside(self) -> Outside:
        """Return the world that they are in; nobody waits in it, and its chance is 1."""
        transport = httpx.MockTransport(self._answer)
        return Outside(self._now, lambda: self._seconds, self._sleep, lambda: 1.0, transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.get(request.url.path)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        if answer is None:
            return httpx.Response(404, json={"message": "there is none"})
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())


def put_in(app: FastAPI, played: Played, **environ: str) -> None:
    """Let an app read played sources, with these variables in its environment."""
    service = app.state.service
    assert isinstance(service, Service)
    app.state.service = replace(service, sources=Sources(environ, played.outside()))


def market(probability: float = 0.35, *, since: datetime = SINCE, **more: object) -> dict[str, Any]:
    """Return a binary market of Manifold, as ``GET /v0/market/{id}`` shows it (docs/docs/api.md)."""
    return {
        "id": "m1",
        "question": "Will they sign?",
        "outcomeType": "BINARY",
        "probability": probability,
        "isResolved": False,
        "createdTime": 1_767_225_600_000,
        "lastBetTime": round(since.timestamp() * 1_000),
        **more,
    }


def choice(prices: Mapping[str, float], **more: object) -> dict[str, Any]:
    """Return a market of Manifold whose answers exclude each other."""
    answers = [{"id": f"a{i}", "text": text, "probability": p} for i, (text, p) in enumerate(prices.items())]
    changed = {"outcomeType": "MULTIPLE_CHOICE", "shouldAnswersSumToOne": True, "answers": answers}
    return market(**{**changed, **more})  # type: ignore[arg-type]


def post(*questions: tuple[int, float | None]) -> dict[str, Any]:
    """Return a post of Metaculus with binary questions and their community predictions; None is a hidden one."""
    shown = [
        {
            "id": number,
            "title": f"Question {number}",
            "type": "binary",
            "default_aggregation_method": "recency_weighted",
            "aggregations": {"recency_weighted": {"history": [], "latest": _latest(center)}},
        }
        for number, center in questions
    ]
    whole = {"id": 39876, "title": "A post"}
    return {**whole, "question": shown[0]} if len(shown) == 1 else {**whole, "group_of_questions": {"questions": shown}}


def _latest(center: float | None) -> dict[str, Any] | None:
    if center is None:
        return None
    bounds = {"interval_lower_bounds": [center / 2], "centers": [center], "interval_upper_bounds": [center]}
    return {"start_time": SINCE.timestamp(), **bounds}


TABLE = """\
place,question,kind,item,value,valid_at
desk,Will they sign?,probability,,0.4,2026-03-01T00:00:00Z
bank,Will they sign?,probability,,0.25,2026-03-02T00:00:00Z
"""

_QUESTION = {"text": "What comes of it?", "resolution": "By the text.", "closes": "2026-12-30"}


def asked_coin() -> dict[str, Any]:
    """Return the coin, whose mean is 2/7, with a question of each type."""
    deal = {"type": "binary", "event": "deal", **_QUESTION}
    cost = {"type": "numeric", "quantity": "cost", **_QUESTION}
    which = {"type": "multiple_choice", "options": {"A deal": "deal", "None": "rest"}, **_QUESTION}
    when = {"type": "date", "branch": "deal", **_QUESTION}
    pair = {"type": "conditional", "event": "deal", "given": "no_deal", **_QUESTION}
    cost_of = {"unit": "crowns", "default": {"family": "fixed", "value": 7.0}, "title": "Cost"}
    questions = {"deal": deal, "cost": cost, "which": which, "when": when, "pair": pair}
    document = coin(questions=questions, quantities={"cost": cost_of})
    # After the days of these tests, so that their silence tells nothing, and before the horizon.
    later = {"lag": {"family": "uniform", "low": 0.3, "high": 0.9}}
    document["nodes"]["talks"]["branches"] = {"deal": later, "no_deal": {}}
    return document


async def with_questions(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds that coin too."""
    answer = await client.post("/v1/scenarios", json={"document": asked_coin(), "reason": "a test"})
    assert answer.status_code == 201, answer.text
    return client

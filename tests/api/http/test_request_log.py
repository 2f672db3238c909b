"""Every request has an id and one log line, and neither can be abused."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.http.request_log import RequestLog
from api.logs import logger
from api.settings import Settings
from api.work import previews
from forecast.engine import Progress
from forecast.preparation import Preparation
from forecast.run import MeasuredRun, run_prepared
from forecast.settings import RunSettings
from tests.api.told import Told, listening

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "watch-a-server.md").read_text(encoding="utf-8")


@pytest.fixture
def told() -> Iterator[Told]:
    """Yield what the server logs during the test."""
    with listening() as told:
        yield told


@pytest.mark.parametrize("sent", ["trace-7", "a" * 64, "0.1_2-3"])
async def test_a_usable_id_is_kept(client: httpx.AsyncClient, sent: str) -> None:
    assert (await client.get("/healthz", headers={"X-Request-Id": sent})).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a" * 65, "two words", "line\tbreak", '"; drop', "ü"])
async def test_any_other_id_is_replaced(client: httpx.AsyncClient, sent: str) -> None:
    headers = {b"X-Request-Id": sent.encode()}
    given = [(await client.get("/healthz", headers=headers)).headers["x-request-id"] for _ in range(2)]
    assert len({*given, sent}) == 3
    assert all(len(each) == 32 for each in given)


async def test_one_line_tells_one_request(client: httpx.AsyncClient, told: Told) -> None:
    """Refused requests are told like all others; what may hold secrets is not told."""
    answers = [
        await client.get("/v1/scenarios/nowhere?key=hunter2", headers={"X-Request-Id": "r1", "Cookie": "hunter2"}),
        await client.post("/v1/preview", json={"scenario": "hunter2"}, headers={"X-Request-Id": "r2"}),
        await client.get("/nowhere", headers={"X-Request-Id": "r3"}),
        await client.head("/v1/scenarios/minimal", headers={"X-Request-Id": "r4"}),
    ]
    lines = told.of("request")
    assert all(line.pop("milliseconds") >= 0 for line in lines)
    assert all(line.pop("timestamp") for line in lines)
    common = {"level": "info", "logger": "branchcast.requests", "event": "request", "key": None}
    keyless, nobody = {"caller": "keyless", **common}, {"caller": None, **common}
    sizes = [len(answer.content) for answer in answers]
    assert lines == [
        {
            **keyless,
            "request_id": "r1",
            "method": "GET",
            "path": "/v1/scenarios/nowhere",
            "route": "/v1/scenarios/{scenario_id}",
            "status": 422,
            "bytes": sizes[0],
        },
        {
            **keyless,
            "request_id": "r2",
            "method": "POST",
            "path": "/v1/preview",
            "route": "/v1/preview",
            "status": 422,
            "bytes": sizes[1],
        },
        {
            **nobody,
            "request_id": "r3",
            "method": "GET",
            "path": "/nowhere",
            "route": None,
            "status": 404,
            "bytes": sizes[2],
        },
        {
            **keyless,
            "request_id": "r4",
            "method": "HEAD",
            "path": "/v1/scenarios/minimal",
            "route": "/v1/scenarios/{scenario_id}",
            "status": 200,
            "bytes": 0,
        },
    ]
    assert "hunter2" not in told.text


async def test_the_handbook_shows_a_line_as_it_is(client: httpx.AsyncClient, told: Told) -> None:
    """The same fields, in the same order."""
    shown = re.search(r"^```json\n(.*)\n```$", PAGE, re.MULTILINE)
    await client.get("/healthz")
    assert shown is not None
    assert list(json.loads(shown[1])) == list(told.of("request")[0])


async def test_a_path_cannot_forge_a_line(client: httpx.AsyncClient, told: Told) -> None:
    await client.get("/x%0A{%22status%22:200}%1b[31m" + "y" * 5_000)
    (line,) = told.text.splitlines()
    assert "\x1b" not in line
    assert len(line) < 700


async def test_half_an_answer_is_broken_off(told: Told) -> None:
    """What has begun cannot become a problem document: the connection has to break, so the error goes on."""

    async def fails_halfway(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        msg = "halfway"
        raise ConnectionError(msg)

    transport = httpx.ASGITransport(RequestLog(fails_halfway))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with pytest.raises(ConnectionError, match="halfway"):
            await client.get("/")
    assert [(line["status"], line["bytes"]) for line in told.of("request")] == [(200, 4)]


async def test_a_cancelled_request_is_told_without_a_status(told: Told) -> None:
    """Nothing was answered; the line says so."""

    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyboardInterrupt

    transport = httpx.ASGITransport(RequestLog(cancelled))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with pytest.raises(KeyboardInterrupt):
            await client.get("/")
    assert [line["status"] for line in told.of("request")] == [0]


async def test_a_failure_is_told_with_its_request(
    client: httpx.AsyncClient, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id in the answer leads to the traceback, which shows nothing of the body; the request's line is a warning."""

    def fail(*_: object, **__: object) -> NoReturn:
        msg = "broken inside"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(previews, "run_prepared", fail)
    body = {"scenario": "minimal", "assume": ["opening.opens"], "seed": 190_216}
    answer = await client.post("/v1/preview", json=body, headers={"X-Request-Id": "trace-7"})
    assert (answer.status_code, "broken inside" in answer.text) == (500, False)
    (failure,), (request,) = told.of("request failed"), told.of("request")
    assert (failure["level"], failure["request_id"]) == ("error", "trace-7")
    assert "ZeroDivisionError: broken inside" in failure["exception"]
    assert (request["level"], request["request_id"], request["status"]) == ("warning", "trace-7", 500)
    assert "190216" not in told.text


async def test_what_a_computation_logs_has_the_id_of_its_request(
    client: httpx.AsyncClient, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while others compute in the same threads."""
    log = logger("test")

    def tell_and_run(prepared: Preparation, settings: RunSettings, progress: Progress) -> MeasuredRun:
        log.info("computing", seed=settings.seed)
        return run_prepared(prepared, settings, progress)

    monkeypatch.setattr(previews, "run_prepared", tell_and_run)

    async def ask(seed: int) -> None:
        body = {"scenario": "minimal", "seed": seed}
        await client.post("/v1/preview", json=body, headers={"X-Request-Id": f"r{seed}"})

    await asyncio.gather(*(ask(seed) for seed in range(12)))
    computing = told.of("computing")
    assert sorted(line["seed"] for line in computing) == list(range(12))
    assert all(line["request_id"] == f"r{line['seed']}" for line in computing)


async def test_what_a_run_logs_has_its_id(client: httpx.AsyncClient, told: Told) -> None:
    """A small forecast is a run within a request, so its lines carry both."""
    answer = await client.post("/v1/forecasts", json={"scenario": "minimal"}, headers={"X-Request-Id": "r1"})
    assert answer.status_code == 201
    (ended,) = told.of("run ended")
    assert (ended["request_id"], ended["end"]) == ("r1", "done")
    assert ended["run"] == answer.json()["run"]


async def test_nothing_of_a_request_stays_behind(client: httpx.AsyncClient, told: Told) -> None:
    """A line that belongs to no request has no request's id."""
    await client.get("/healthz")
    logger("server").info("stopping")
    assert "request_id" not in told.of("stopping")[0]


class TestWithKeys:
    """On a server that asks for keys, a line tells whose key it was."""

    @pytest.fixture
    def settings(self, database_address: str) -> Settings:
        return Settings(database=database_address, scenarios=(), threads=1)

    async def test_the_line_names_caller_and_key_and_never_the_secret(
        self, client: httpx.AsyncClient, app: FastAPI, told: Told, new_key: Callable[[str], str]
    ) -> None:
        header = new_key("read")
        prefix, secret = header.split("_")[1], header.split("_", 2)[2]
        for authorization in (header, header[:-1] + ("a" if header[-1] != "a" else "b"), secret):
            await client.get("/v1/scenarios", headers={"Authorization": authorization})
        assert [(line["status"], line["caller"], line["key"]) for line in told.of("request")] == [
            (200, "read-key", prefix),
            (401, None, None),
            (401, None, None),
        ]
        assert secret not in told.text
        assert secret[:-1] not in told.text

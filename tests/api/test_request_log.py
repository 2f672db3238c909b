"""Every request has an id and one log line, and neither can be abused."""

import json
import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.request_log import LOGGER, RequestLog

pytestmark = pytest.mark.anyio


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:  # noqa: ANN401 -- a function with a keyword
    caplog.set_level(logging.INFO, LOGGER.name)

    def read() -> list[dict[str, Any]]:
        return [json.loads(each.getMessage()) for each in caplog.records if each.levelno == logging.INFO]

    return read


@pytest.mark.parametrize("sent", ["trace-7", "a" * 64, "0.1_2-3"])
async def test_a_usable_id_is_kept(client: httpx.AsyncClient, sent: str) -> None:
    assert (await client.get("/healthz", headers={"X-Request-Id": sent})).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a" * 65, "two words", "line\tbreak", '"; drop', "ü"])
async def test_any_other_id_is_replaced(client: httpx.AsyncClient, sent: str) -> None:
    headers = {b"X-Request-Id": sent.encode()}
    given = [(await client.get("/healthz", headers=headers)).headers["x-request-id"] for _ in range(2)]
    assert len({*given, sent}) == 3
    assert all(len(each) == 32 for each in given)


async def test_one_line_tells_one_request(client: httpx.AsyncClient, lines: Any) -> None:  # noqa: ANN401
    """Refused requests are told like all others; what may hold secrets is not told."""
    secret = {"Authorization": "Bearer hunter2", "X-Request-Id": "r1"}
    await client.get("/v1/scenarios/nowhere?key=hunter2", headers=secret)
    await client.post("/v1/preview", json={"scenario": "hunter2"}, headers={"X-Request-Id": "r2"})
    told = lines()
    assert [{k: v for k, v in line.items() if k != "milliseconds"} for line in told] == [
        {"request_id": "r1", "method": "GET", "path": "/v1/scenarios/nowhere", "status": 404},
        {"request_id": "r2", "method": "POST", "path": "/v1/preview", "status": 422},
    ]
    assert all(line["milliseconds"] >= 0 for line in told)


async def test_a_path_cannot_forge_a_line(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER.name)
    await client.get("/x%0A{%22status%22:200}%1b[31m" + "y" * 5_000)
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert "\x1b" not in record.getMessage()
    assert len(record.getMessage()) < 500


async def test_half_an_answer_is_broken_off(lines: Any) -> None:  # noqa: ANN401
    """What has begun cannot become a problem document: the connection has to break, so the error goes on."""

    async def fails_halfway(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        msg = "halfway"
        raise ConnectionError(msg)

    transport = httpx.ASGITransport(RequestLog(fails_halfway))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(ConnectionError, match="halfway"):
            await client.get("/")
    assert [line["status"] for line in lines()] == [200]


async def test_a_cancelled_request_is_told_without_a_status(app: FastAPI, lines: Any) -> None:  # noqa: ANN401
    """Nothing was answered; the line says so."""

    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyboardInterrupt

    transport = httpx.ASGITransport(RequestLog(cancelled))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(KeyboardInterrupt):
            await client.get("/")
    assert [line["status"] for line in lines()] == [0]

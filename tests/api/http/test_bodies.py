"""Bodies: the limit holds however they are sent, the media type is looked at, and faults are located."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.errors import RequestRefusedError
from api.http.bodies import READ_AT_ONCE_BYTES, Body
from api.settings import Settings
from api.suggestions import MOST_HINTS

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
LIMIT = 60_000


@pytest.fixture
def settings(sqlite_address: str) -> Settings:
    return Settings(database=sqlite_address, scenarios=(), keyless=True, threads=1, max_body_bytes=LIMIT)


async def _in_parts(body: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _padded(size: int) -> bytes:
    body = b'{"scenario": "minimal", "draws": 256}'
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("size", [100, READ_AT_ONCE_BYTES + 1, LIMIT])
async def test_a_body_up_to_the_limit_is_read(client: httpx.AsyncClient, size: int) -> None:
    """Whole or in parts, on the event loop or in a thread."""
    whole = await client.post("/v1/preview", content=_padded(size), headers=JSON)
    in_parts = await client.post("/v1/preview", content=_in_parts(_padded(size)), headers=JSON)
    assert (whole.status_code, in_parts.status_code) == (200, 200)
    assert whole.content == in_parts.content


async def test_a_body_beyond_the_limit_is_refused_even_if_unannounced(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/preview", content=_in_parts(_padded(LIMIT + 1)), headers=JSON)
    assert (answer.status_code, answer.json()["limit"]) == (413, LIMIT)


async def test_an_announced_body_beyond_the_limit_is_not_read(app: FastAPI) -> None:
    """Not one part of it is asked for."""
    announced = [(b"content-type", b"application/json"), (b"content-length", b"9" * 5_000)]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        pytest.fail("the body was read")

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/preview", "headers": announced, "query_string": b""}
    await app({**scope, "http_version": "1.1", "scheme": "http", "server": ("test", 80)}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 413


async def test_a_client_that_leaves_while_sending_is_not_a_failure(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged as gone, without a traceback."""
    said: list[dict[str, object]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    messages = iter(said)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/preview", "query_string": b""}
    headers = [(b"content-type", b"application/json")]
    await app({**scope, "headers": headers, "server": ("test", 80)}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 499
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("stated", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_called_so_in_every_way(client: httpx.AsyncClient, stated: str) -> None:
    answer = await client.post("/v1/preview", content=_padded(40), headers={"Content-Type": stated})
    assert answer.status_code == 200


@pytest.mark.parametrize("stated", ["", "json", "text/json", "application/yaml", "multipart/form-data; boundary=x"])
async def test_other_media_types_are_refused(client: httpx.AsyncClient, stated: str) -> None:
    answer = await client.post("/v1/preview", content=_padded(40), headers={"Content-Type": stated})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("header", "stated"),
    [
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "br"),
        ("Content-Type", "application/json; charset=utf-16"),
        ("Content-Type", "application/json; charset=latin-1"),
    ],
)
async def test_other_encodings_are_refused_by_name(client: httpx.AsyncClient, header: str, stated: str) -> None:
    headers = {"Content-Type": "application/json", header: stated}
    answer = await client.post("/v1/preview", content=_padded(40), headers=headers)
    assert answer.status_code == 415
    assert f"the header {header}" in answer.json()["detail"]


async def test_a_body_that_stops_midway_is_not_waited_for(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is not held for ever; what came is counted in the answer."""
    monkeypatch.setattr("api.http.bodies.BODY_SECONDS", 0.01)
    messages: list[dict[str, object]] = [{"type": "http.request", "body": b'{"sc', "more_body": True}]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/preview", "query_string": b""}
    headers = [(b"content-type", b"application/json")]
    await app({**scope, "headers": headers, "server": ("test", 80)}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert b"only 4 bytes of the body" in sent[1]["body"]  # type: ignore[operator]


class Sample(Body):
    """A body to check."""

    count: int
    name: str = ""


def test_of_many_unknown_keys_the_first_few_are_looked_for() -> None:
    """Each is named."""
    with pytest.raises(RequestRefusedError) as caught:
        Sample.model_validate({"count": 3, **{f"coun{i}": 1 for i in range(10)}})
    said = [fault.message for fault in caught.value.faults]
    assert said == [
        *(f"unknown key 'coun{i}': did you mean 'count'?" for i in range(MOST_HINTS)),
        *(f"unknown key 'coun{i}'" for i in range(MOST_HINTS, 10)),
    ]


def test_a_body_is_what_was_sent() -> None:
    assert Sample.model_validate({"count": 3}) == Sample(count=3)


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        ("text", [""]),
        ({}, [""]),
        ({"count": "3"}, ["/count"]),
        ({"count": 3.0}, ["/count"]),
        ({"count": True}, ["/count"]),
        ({"count": 3, "nmae": ""}, ["/nmae"]),
        ({"count": None, "a/b": 1, "name": []}, ["/a~1b", "/count", "/name"]),
    ],
)
def test_nothing_is_converted_silently_and_every_fault_is_told(data: object, pointers: list[str]) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        Sample.model_validate(data)
    assert [fault.path for fault in caught.value.faults] == pointers

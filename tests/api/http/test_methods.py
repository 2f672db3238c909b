"""HEAD and OPTIONS work wherever they should, and 405 names every method of an address."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from api.app import create_app
from api.http.methods import HeadAndOptions
from api.http.problems import install_problem_handlers
from api.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Run on one kind of database: methods are settled before any is asked."""
    return sqlite_address


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/v1/scenarios", "/v1/scenarios/minimal.yaml", "/docs"])
async def test_head_is_get_without_the_body(client: httpx.AsyncClient, path: str) -> None:
    """Status and headers are those of GET, the length of what it would send included."""
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    ignored = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in got.headers.items() if k not in ignored
    }
    assert int(head.headers["content-length"]) == len(got.content)


async def test_head_of_nothing_has_no_body_either(client: httpx.AsyncClient) -> None:
    head = await client.head("/v1/scenarios/minimum")
    assert (head.status_code, head.content) == (404, b"")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/scenarios", "GET, HEAD, POST, OPTIONS"),
        ("/v1/scenarios/minimal", "GET, HEAD, PUT, OPTIONS"),
        ("/v1/scenarios/minimal.yaml", "GET, HEAD, OPTIONS"),
        ("/v1/scenarios/minimal/nodes/opening/prior", "GET, HEAD, PUT, OPTIONS"),
        ("/v1/preview", "POST, OPTIONS"),
        ("/problems/busy", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_names_the_methods(client: httpx.AsyncClient, path: str, allowed: str) -> None:
    answer = await client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allowed, b"")


async def test_options_of_nothing_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.options("/nowhere")).status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/v1/preview")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_methods_of_several_routes_are_united() -> None:
    """Two routes of one address are one resource."""
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/thing")
    async def read() -> str:
        return "read"

    @app.put("/thing")
    async def write() -> str:
        return "written"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.delete("/thing")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT, OPTIONS")


async def test_head_of_a_stream_ends_with_its_head() -> None:
    """Nothing is computed for a body that nobody gets, however long it would be."""
    app, computed = FastAPI(), 0
    app.add_middleware(HeadAndOptions)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def endless() -> AsyncIterator[bytes]:
            nonlocal computed
            while True:
                computed += 1
                yield b"more"

        return StreamingResponse(endless(), headers={"ETag": '"it"'}, media_type="text/plain")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        head = await client.head("/stream")
    assert (head.status_code, head.headers["etag"], head.content) == (200, '"it"', b"")
    assert computed == 1


async def test_the_lifespan_passes_through(sqlite_address: str) -> None:
    """What is not a request is left to the app."""
    app = create_app(Settings(database=sqlite_address, scenarios=()))
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return next(messages)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan", "app": app}, receive, send)  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

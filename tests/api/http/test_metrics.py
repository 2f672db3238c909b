"""What is counted of a request, whatever becomes of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.metrics import RequestMetrics
from api.http.request_log import RequestLog
from api.metrics import Metrics
from tests.api.scraped import Scraped

pytestmark = pytest.mark.anyio

Answering = Callable[[Scope, Receive, Send], Awaitable[None]]


def _answers(status: int = 200, body: bytes = b"{}", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answering:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = Route("/things/{name}", lambda _: None)
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": body})

    return answer


async def _ask(app: ASGIApp, method: str = "GET", path: str = "/things/one") -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        await client.request(method, path)


def _read(metrics: Metrics) -> Scraped:
    return Scraped(metrics.text().decode())


async def test_a_request_is_counted_by_the_template_of_its_route() -> None:
    metrics = Metrics()
    app = RequestMetrics(_answers(), metrics)
    for name in ("one", "two", "three"):
        await _ask(app, path=f"/things/{name}")
    found = _read(metrics)
    assert found.value("branchcast_http_requests_total", method="GET", route="/things/{name}", status="200") == 3
    assert found.value("branchcast_http_request_duration_seconds_count", route="/things/{name}") == 3
    assert found.value("branchcast_http_response_bytes_total", route="/things/{name}") == 12
    assert found.labels("branchcast_http_request_duration_seconds_count") == {frozenset({("route", "/things/{name}")})}


async def test_what_reaches_no_route_shares_one_label() -> None:
    """However many addresses and methods somebody makes up, the number of series stays the same."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body"})

    metrics = Metrics()
    app = RequestMetrics(nothing, metrics)
    await _ask(app, "BREW", "/tea")
    before = _read(metrics).size
    for number in range(50):
        await _ask(app, f"BREW{number}", f"/tea/{number}")
    found = _read(metrics)
    assert found.size == before
    assert found.value("branchcast_http_requests_total", method="other", route="none", status="404") == 51


async def test_a_failure_is_counted_as_it_is_answered() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError

    metrics = Metrics()
    await _ask(RequestMetrics(RequestLog(fails), metrics))
    assert _read(metrics).value("branchcast_http_requests_total", method="GET", route="none", status="500") == 1


async def test_what_was_never_answered_has_status_0() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyboardInterrupt

    metrics = Metrics()
    with pytest.raises(KeyboardInterrupt):
        await _ask(RequestMetrics(fails, metrics))
    found = _read(metrics)
    assert found.value("branchcast_http_requests_total", method="GET", route="none", status="0") == 1
    assert found.value("branchcast_http_requests_in_progress") == 0


async def test_a_request_is_in_progress_until_its_answer_has_ended() -> None:
    metrics, seen = Metrics(), []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(_read(metrics).value("branchcast_http_requests_in_progress"))
        await _answers()(scope, receive, send)
        seen.append(_read(metrics).value("branchcast_http_requests_in_progress"))

    await _ask(RequestMetrics(look, metrics))
    assert [*seen, _read(metrics).value("branchcast_http_requests_in_progress")] == [1, 1, 0]


@pytest.mark.parametrize(("headers", "replays"), [(((b"Idempotent-Replayed", b"true"),), 1), ((), 0)])
async def test_replayed_answers_are_counted(headers: Any, replays: int) -> None:  # noqa: ANN401 -- ASGI headers
    metrics = Metrics()
    await _ask(RequestMetrics(_answers(headers=headers), metrics))
    assert _read(metrics).value("branchcast_idempotent_replays_total") == replays


async def test_apps_in_one_process_do_not_meet() -> None:
    first, second = Metrics(), Metrics()
    await _ask(RequestMetrics(_answers(), first))
    name, labels = "branchcast_http_requests_total", {"method": "GET", "route": "/things/{name}", "status": "200"}
    assert (_read(first).value(name, **labels), _read(second).value(name, **labels)) == (1, 0)

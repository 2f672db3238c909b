"""The specification of every answer that is not what was asked for.

1. Its media type is ``application/problem+json`` (RFC 9457), whatever went wrong and wherever: in a
   route, before any route is reached, or in code that failed.
2. It has ``type``, ``title``, ``status`` and ``detail``. ``status`` is the HTTP status. ``type`` is a
   relative URI, ``/problems/…``, that the server itself explains, with the same title and status.
3. ``detail`` is a sentence about this request: the thing, its value, the way out.
4. Where fields of the body are at fault, ``errors`` lists each with its own ``detail`` and a ``pointer``,
   the RFC 6901 JSON pointer of the field in the body that was sent.
5. A refusal by size adds ``limit``; one by work adds ``price`` too.
6. 405 names every method that works in ``Allow``; 415 what to send in ``Accept``; 503 says in
   ``Retry-After`` when to ask again.
7. A failure of the server tells its request id and nothing else; the log tells the rest.
8. Nothing has other members than these.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
import pytest

from api import previews
from api.computations import busy
from api.problem_kinds import KINDS
from api.settings import Settings

pytestmark = pytest.mark.anyio

MEMBERS = {"type", "title", "status", "detail", "errors", "limit", "price"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Wrong:
    """A request that must be refused, and how."""

    status: int
    slug: str
    detail: str
    method: str = "POST"
    path: str = "/v1/preview"
    content: bytes = b'{"scenario": "minimal"}'
    headers: Mapping[str, str] | None = None
    pointers: tuple[str, ...] = ()


WRONG = {
    "empty body": Wrong(400, "not-json", "empty", content=b""),
    "text that is not JSON": Wrong(400, "not-json", "line 1, column 1", content=b"scenario: minimal"),
    "bytes that are not UTF-8": Wrong(400, "not-json", "byte 2", content=b'"\xff"'),
    "endless brackets": Wrong(400, "not-json", "nested deeper", content=b"[" * 100_000),
    "unknown address": Wrong(404, "not-found", "/v1/nowhere", "GET", "/v1/nowhere"),
    "address with a slash too many": Wrong(404, "not-found", "/v1/scenarios/", "GET", "/v1/scenarios/"),
    "way out of the folder": Wrong(404, "not-found", "passwd", "GET", "/v1/scenarios/..%2f..%2fetc%2fpasswd"),
    "unknown scenario": Wrong(404, "unknown-scenario", "did you mean 'minimal'?", "GET", "/v1/scenarios/minimum"),
    "text of an unknown scenario": Wrong(404, "unknown-scenario", "nope", "GET", "/v1/scenarios/nope.yaml"),
    "unknown problem": Wrong(404, "not-found", "/problems/nope", "GET", "/problems/nope"),
    "wrong method": Wrong(405, "method-not-allowed", "use POST", "GET"),
    "wrong method on a template": Wrong(405, "method-not-allowed", "use GET, HEAD", "DELETE", "/v1/scenarios/minimal"),
    "announced too large": Wrong(413, "body-too-large", "1,000,000", content=b" " * 1_000_001),
    "no content type": Wrong(415, "unsupported-media-type", "is missing", headers={}),
    "form": Wrong(
        415, "unsupported-media-type", "x-www-form", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "body that is no object": Wrong(422, "invalid-request", "must be a JSON object", content=b"[]", pointers=("",)),
    "no scenario": Wrong(422, "invalid-request", "the body lacks 'scenario'", content=b"{}", pointers=("",)),
    "misspelt key": Wrong(
        422,
        "invalid-request",
        "did you mean 'draws'?",
        content=b'{"scenario": "minimal", "draw": 5}',
        pointers=("/draw",),
    ),
    "number that is none": Wrong(
        422, "invalid-request", "NaN", content=b'{"scenario": "minimal", "draws": NaN}', pointers=("/draws",)
    ),
    "number beyond all bounds": Wrong(
        422, "invalid-request", "1e999", content=b'{"scenario": "minimal", "seed": 1e999}', pointers=("/seed",)
    ),
    "key stated twice": Wrong(
        422,
        "invalid-request",
        "stated twice",
        content=b'{"scenario": "minimal", "draws": 1, "draws": 2}',
        pointers=("/draws",),
    ),
    "unknown stored scenario": Wrong(
        422, "invalid-request", "did you mean", content=b'{"scenario": "minimum"}', pointers=("/scenario",)
    ),
    "prior that cannot be": Wrong(
        422,
        "invalid-scenario",
        "must be at least",
        content=b'{"scenario": "minimal", "priors": '
        b'{"opening": {"family": "beta", "branch": "opens", "a": -1, "b": 1}}}',
        pointers=("/priors/opening/a",),
    ),
    "branch that is not there": Wrong(
        422,
        "run-refused",
        "did you mean 'opens'?",
        content=b'{"scenario": "minimal", "assume": ["open"]}',
        pointers=("/assume",),
    ),
    "too many draws": Wrong(
        422,
        "too-much-work",
        "ask for at most 12,451,840 draws",
        content=b'{"scenario": "minimal", "draws": 1000000000}',
        pointers=("/draws",),
    ),
    "several faults at once": Wrong(
        422,
        "invalid-request",
        "3 faults",
        content=b'{"scenario": 5, "draws": 0, "sampler": "sobel"}',
        pointers=("/scenario", "/draws", "/sampler"),
    ),
}


async def _send(client: httpx.AsyncClient, wrong: Wrong) -> httpx.Response:
    headers = JSON if wrong.headers is None else wrong.headers
    content = wrong.content if wrong.method == "POST" else None
    return await client.request(wrong.method, wrong.path, content=content, headers=dict(headers))


def _problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert isinstance(problem, dict)
    assert {"type", "title", "status", "detail"} <= problem.keys() <= MEMBERS
    assert problem["status"] == answer.status_code
    return problem


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_answered_with_a_problem(client: httpx.AsyncClient, wrong: Wrong) -> None:
    """Media type, members, kind, sentence and pointers are those of the specification."""
    answer = await _send(client, wrong)
    problem = _problem(answer)
    assert (answer.status_code, problem["type"]) == (wrong.status, f"/problems/{wrong.slug}")
    assert wrong.detail in problem["detail"]
    assert tuple(each["pointer"] for each in problem.get("errors", [])) == wrong.pointers
    assert all(each["detail"] for each in problem.get("errors", []))


@pytest.mark.parametrize("slug", KINDS)
async def test_every_type_uri_is_explained_where_it_points(client: httpx.AsyncClient, slug: str) -> None:
    """A client that does not know a problem can look it up."""
    explained = (await client.get(f"/problems/{slug}")).json()
    assert explained["type"] == f"/problems/{slug}"
    assert explained["title"] == KINDS[slug].title
    assert explained["status"] == KINDS[slug].status
    assert explained["meaning"].endswith(".")


async def test_the_kind_says_the_title_of_every_problem(client: httpx.AsyncClient) -> None:
    """Title and status belong to the kind; only the detail belongs to the request."""
    for wrong in WRONG.values():
        problem = _problem(await _send(client, wrong))
        kind = KINDS[problem["type"].removeprefix("/problems/")]
        assert (problem["title"], problem["status"]) == (kind.title, kind.status)


async def test_refusals_by_size_and_by_work_state_the_limit(client: httpx.AsyncClient) -> None:
    """A client can compute what it may send instead."""
    large = _problem(await _send(client, WRONG["announced too large"]))
    dear = _problem(await _send(client, WRONG["too many draws"]))
    assert large["limit"] == Settings().max_body_bytes
    assert (dear["price"], dear["limit"]) == (2 * 15_259 * 65_536, Settings().max_work)


async def test_headers_tell_machines_the_way_out(client: httpx.AsyncClient) -> None:
    """405 names the methods, 415 the media type."""
    allowed = (await _send(client, WRONG["wrong method on a template"])).headers["allow"]
    assert allowed == "GET, HEAD, OPTIONS"
    assert (await _send(client, WRONG["form"])).headers["accept"] == "application/json"


async def test_a_busy_server_says_when_to_ask_again(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 has the header that clients which retry look at."""

    def refuse(*_: object) -> NoReturn:
        raise busy(66)

    monkeypatch.setattr("api.routes.preview.preview", refuse)
    answer = await client.post("/v1/preview", json={"scenario": "minimal"})
    assert _problem(answer)["type"] == "/problems/busy"
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_failure_tells_the_log_and_not_the_client(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What an unexpected exception says may be a secret; the request id leads from the answer to the log."""

    def fail(*_: object, **__: object) -> NoReturn:
        msg = "password=hunter2"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(previews, "run", fail)
    with caplog.at_level(logging.INFO, "branchcast"):
        answer = await client.post("/v1/preview", json={"scenario": "minimal"}, headers={"X-Request-Id": "trace-7"})
    problem = _problem(answer)
    assert (answer.status_code, problem["type"]) == (500, "/problems/internal-error")
    assert "trace-7" in problem["detail"]
    assert "hunter2" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "hunter2" in caplog.text


async def test_long_and_broken_text_is_repeated_safely(client: httpx.AsyncClient) -> None:
    """Half a character, which JSON can state but UTF-8 cannot carry, and long keys do not break the answer."""
    long = "k" * 50_000
    answer = await client.post("/v1/preview", content=b'{"\\ud800": 1, "%s": 2}' % long.encode(), headers=JSON)
    problem = _problem(answer)
    assert answer.status_code == 422
    assert len(answer.content) < 10_000
    assert "\\ud800" in problem["errors"][0]["detail"]


@pytest.fixture
def many_faults() -> Callable[[int], dict[str, Any]]:
    """Return a maker of bodies with so many unknown keys."""
    return lambda count: {"scenario": "minimal", **{f"x{i}": 0 for i in range(count)}}


async def test_more_errors_than_anyone_reads_are_counted(
    client: httpx.AsyncClient, many_faults: Callable[[int], dict[str, Any]]
) -> None:
    """The list ends at a hundred; the sentence says how many there are."""
    problem = _problem(await client.post("/v1/preview", json=many_faults(250)))
    assert len(problem["errors"]) == 100
    assert problem["detail"].startswith("at least 250 faults (the first 100 are listed)")

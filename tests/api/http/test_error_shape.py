"""The specification of every answer that is not what was asked for.

1. Its media type is ``application/problem+json`` (RFC 9457), whatever went wrong and wherever: in a
   route, before any route is reached, or in code that failed.
2. It has ``type``, ``title``, ``status`` and ``detail``. ``status`` is the HTTP status. ``type`` is a
   relative URI, ``/problems/…``, that the server itself explains, with the same title and status.
3. ``detail`` is a sentence about this request: the thing, its value, the way out.
4. Where fields of the body are at fault, ``errors`` lists each with its own ``detail`` and a ``pointer``,
   the RFC 6901 JSON pointer of the field in the body that was sent. Where it is a parameter of the address
   or a header, ``parameter`` names it instead.
5. A refusal by size adds ``limit``; one by work adds ``price`` too; one because something has changed adds
   what, as ``changed``.
6. 401 says in ``WWW-Authenticate`` how to send a key; 405 names every method that works in ``Allow``; 412
   has today's tag in ``ETag``; 415 what to send in ``Accept``; 503 says in ``Retry-After`` when to ask again.
7. A failure of the server tells its request id and nothing else; the log tells the rest.
8. Nothing has other members than these.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
import pytest

from api.http.problem_kinds import KINDS
from api.settings import Settings
from api.work import previews
from api.work.computations import busy

pytestmark = pytest.mark.anyio

MEMBERS = {"type", "title", "status", "detail", "errors", "limit", "price", "changed"}
JSON = {"Content-Type": "application/json"}
PRIOR = "/v1/scenarios/minimal/nodes/opening/prior"
BETTER_PRIOR = b'{"prior": {"family": "beta", "branch": "opens", "a": 1, "b": 1}, "reason": "a test"}'
MINIMAL_ANEW = json.dumps(
    {
        "reason": "a test",
        "document": {
            "scenario": "minimal",
            "title": "?",
            "as_of": "2026-01-01",
            "horizon": "2026-12-31",
            "nodes": {"toss": {"branches": ["a", "b"], "prior": {"family": "fixed", "p": {"a": 0.5, "b": 0.5}}}},
        },
    }
).encode()


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Run on one kind of database: what is wrong with a request is the same on each."""
    return sqlite_address


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
    parameters: tuple[str, ...] = ()


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
    "unknown version": Wrong(404, "unknown-record", "its newest is 1", "GET", "/v1/scenarios/minimal?version=9"),
    "unknown node": Wrong(
        404, "unknown-record", "did you mean 'opening'?", "GET", "/v1/scenarios/minimal/nodes/opning/prior"
    ),
    "unknown forecast": Wrong(404, "unknown-record", "GET /v1/forecasts lists them", "GET", "/v1/forecasts/nope"),
    "unknown run": Wrong(404, "unknown-record", "GET /v1/runs lists them", "GET", "/v1/runs/nope"),
    "wrong method": Wrong(405, "method-not-allowed", "use POST", "GET"),
    "wrong method on a template": Wrong(
        405, "method-not-allowed", "use GET, HEAD, PUT", "DELETE", "/v1/scenarios/minimal"
    ),
    "id that is taken": Wrong(409, "conflict", "choose another id", path="/v1/scenarios", content=MINIMAL_ANEW),
    "change of something else": Wrong(
        412, "stale", "read it again", "PUT", PRIOR, BETTER_PRIOR, {**JSON, "If-Match": '"p1-0123456789abcdef"'}
    ),
    "change of nothing in particular": Wrong(
        428, "unconditional", "send the header If-Match", "PUT", PRIOR, BETTER_PRIOR
    ),
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
    "page of too many": Wrong(
        422,
        "invalid-request",
        "'limit' is '201', but must be at most 200",
        "GET",
        "/v1/scenarios?limit=201",
        parameters=("limit",),
    ),
    "page of another list": Wrong(
        422, "invalid-request", "follow `next`", "GET", "/v1/scenarios?cursor=WzFd", parameters=("cursor",)
    ),
    "unknown parameter": Wrong(
        422, "invalid-request", "did you mean 'as_of'?", "GET", "/v1/scenarios/minimal?asof=1", parameters=("asof",)
    ),
    "parameter stated twice": Wrong(
        422, "invalid-request", "state it once", "GET", "/v1/runs?limit=1&limit=2", parameters=("limit",)
    ),
    "body where none is taken": Wrong(
        422,
        "invalid-request",
        "takes no body",
        path="/v1/runs/nope/cancellation",
        content=b'{"x": 1}',
        pointers=("/x",),
    ),
    "name that cannot be": Wrong(
        422,
        "invalid-request",
        "a letter, then letters",
        "GET",
        "/v1/scenarios/minimal/nodes/opening/statements/1st",
        parameters=("expert",),
    ),
    "moment that is none": Wrong(
        422, "invalid-request", "write a day", "GET", "/v1/scenarios?as_of=2026-02-30", parameters=("as_of",)
    ),
    "key that cannot be": Wrong(
        422,
        "invalid-request",
        "Idempotency-Key",
        path="/v1/scenarios",
        content=MINIMAL_ANEW,
        headers={**JSON, "Idempotency-Key": "two words"},
        parameters=("Idempotency-Key",),
    ),
    "several faults at once": Wrong(
        422,
        "invalid-request",
        "3 faults",
        content=b'{"scenario": 5, "draws": 0, "sampler": "sobel"}',
        pointers=("/draws", "/sampler", "/scenario"),
    ),
}


async def _send(client: httpx.AsyncClient, wrong: Wrong) -> httpx.Response:
    headers = JSON if wrong.headers is None else wrong.headers
    content = wrong.content if wrong.method in ("POST", "PUT") else None
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
    errors = problem.get("errors", [])
    assert tuple(each["pointer"] for each in errors if "pointer" in each) == wrong.pointers
    assert tuple(each["parameter"] for each in errors if "parameter" in each) == wrong.parameters
    assert len(errors) == len(wrong.pointers) + len(wrong.parameters)
    assert all(each["detail"] for each in errors)


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
    """405 names the methods, 412 today's tag, 415 the media type; 401 and 503 are below."""
    allowed = (await _send(client, WRONG["wrong method on a template"])).headers["allow"]
    assert allowed == "GET, HEAD, PUT, OPTIONS"
    today = (await client.get(PRIOR)).headers["etag"]
    assert (await _send(client, WRONG["change of something else"])).headers["etag"] == today
    assert (await _send(client, WRONG["form"])).headers["accept"] == "application/json"


async def test_a_key_that_does_not_work_is_told_how_to_send_one(client: httpx.AsyncClient) -> None:
    """Also where none is asked for: whoever sends one means it."""
    answer = await client.get("/v1/scenarios", headers={"Authorization": "Bearer hunter2"})
    assert _problem(answer)["type"] == "/problems/unauthenticated"
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "hunter2" not in answer.text


async def test_a_change_of_something_that_has_changed_learns_what(client: httpx.AsyncClient) -> None:
    """In words, from the version that its tag names."""
    tag = (await client.get(PRIOR)).headers["etag"]
    first, second = [await client.put(PRIOR, content=BETTER_PRIOR, headers={**JSON, "If-Match": tag}) for _ in range(2)]
    problem = _problem(second)
    assert (first.status_code, second.status_code) == (200, 412)
    (said,) = problem["changed"]
    assert "opens 70 % → 50 %" in said


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

    monkeypatch.setattr(previews, "run_prepared", fail)
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

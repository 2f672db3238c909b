"""Forecasts over REST: made at once or queued, recorded once however often they are asked for, listed and read."""

import json
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.store import runs, tables
from api.store.database import Database, database_url
from forecast.result import Forecast
from forecast.run import replay
from forecast.run import run as run_scenario
from forecast.scenario import Scenario
from forecast.settings import RunSettings
from tests.api.held_runs import HeldRun
from tests.api.live import running
from tests.api.store.support import SetClock
from tests.strategies import document, fixed, node
from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.anyio

TODAY = date(2026, 6, 1)
MAX_WORK, MAX_RUN_WORK = 400_000, 4_000_000
DEAR, TOO_DEAR = 200_000, 4_000_000
"""Draws of a scenario with two branches: one for a run, and one for nobody."""

STATED = {"scenario": "minimal", "draws": 2_048, "as_of": "2026-06-01"}
"""A request that does not depend on the day on which it is made."""


@pytest.fixture
def settings(database_address: str) -> Settings:
    return Settings(
        database=database_address,
        scenarios=(),
        keyless=True,
        threads=2,
        port=0,
        max_work=MAX_WORK,
        max_run_work=MAX_RUN_WORK,
        lease_seconds=1,
    )


@pytest.fixture
def clock() -> SetClock:
    clock = SetClock()
    clock.forward(days=(TODAY - clock.now.date()).days, hours=12)
    return clock


@pytest.fixture
async def app(settings: Settings, clock: SetClock) -> AsyncIterator[FastAPI]:
    """Yield an app that takes the test's time for the present."""
    app = create_app(settings, lambda: Database(database_url(settings.database), clock))
    async with app.router.lifespan_context(app):
        yield app


async def _make(client: httpx.AsyncClient, key: str | None = None, **body: object) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post("/v1/forecasts", json={"scenario": "minimal", "draws": 2_048, **body}, headers=headers)


async def _made(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await _make(client, **body)  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _listed(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await client.get(f"/v1/forecasts{query}")).json()["forecasts"]
    return listed


def _problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{slug}"
    return problem


def _scenario(service: Service, scenario_id: str = "minimal") -> Scenario:
    with service.database.reading() as connection:
        return service.stored.find(connection, scenario_id).scenario


async def test_a_small_forecast_is_answered_at_once_and_recorded(client: httpx.AsyncClient) -> None:
    answer = await _make(client, reason="the weekly one", author="ann")
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == made["href"] == f"/v1/forecasts/{made['id']}"
    assert (made["scenario"], made["version"], made["reason"], made["author"]) == (
        "minimal",
        1,
        "the weekly one",
        "ann",
    )
    read = await client.get(made["href"])
    assert read.content == answer.content
    run = (await client.get(f"/v1/runs/{made['run']}")).json()
    assert (run["status"], run["forecast"], run["done"]) == ("done", made["href"], made["draws"])


@pytest.mark.parametrize("scenario_id", ["minimal", "trump-kim-2025"])
async def test_the_numbers_are_the_engines(client: httpx.AsyncClient, service: Service, scenario_id: str) -> None:
    """The same scenario and settings, computed without the service, give the same digest."""
    made = await _made(client, scenario=scenario_id, seed=7, sampler="random", as_of="2026-08-20", evidence="all")
    settings = RunSettings(draws=2_048, seed=7, sampler="random", as_of=date(2026, 8, 20), evidence="all")
    direct = run_scenario(_scenario(service, scenario_id), settings)
    assert made["digest"] == made["forecast"]["digest"] == direct.digest
    assert made["forecast"] == json.loads(direct.model_dump_json(exclude={"document"}))


async def test_a_forecast_speaks_from_today_unless_a_day_is_stated(client: httpx.AsyncClient, clock: SetClock) -> None:
    assert (await _made(client))["as_of"] == "2026-06-01"
    clock.forward(days=3)
    assert (await _made(client))["as_of"] == "2026-06-04"
    assert (await _made(client, as_of="2026-02-03"))["as_of"] == "2026-02-03"


async def test_a_forecast_is_drawn_as_often_as_the_route_says_if_nothing_is_stated(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/forecasts", json={"scenario": "minimal"})
    assert answer.json()["draws"] == 65_536
    assert answer.json()["reason"] == "asked for"
    assert answer.json()["author"] == "keyless"


@pytest.mark.parametrize("day", ["2025-12-31", "2026-12-31", "2030-01-01"])
async def test_a_day_outside_the_scenario_is_refused(client: httpx.AsyncClient, day: str) -> None:
    problem = _problem(await _make(client, as_of=day), 422, "run-refused")
    assert problem["errors"][0]["pointer"] == "/as_of"
    assert "speaks from 2026-01-01 about the time up to 2026-12-31" in problem["detail"]
    assert await _listed(client) == []


@pytest.mark.parametrize(
    ("body", "slug", "pointer", "said"),
    [
        ({"scenario": "minimall"}, "invalid-request", "/scenario", "did you mean 'minimal'"),
        ({"version": 2}, "invalid-request", "/version", "has no version 2: its newest is 1"),
        ({"assume": ["closes"]}, "run-refused", "/assume", "closes"),
        ({"draws": 0}, "invalid-request", "/draws", "draws"),
        ({"draws": 10**9 + 1}, "invalid-request", "/draws", "draws"),
        ({"reason": ""}, "invalid-request", "/reason", "reason"),
        ({"colour": "red"}, "invalid-request", "/colour", "unknown key 'colour'"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, Any], slug: str, pointer: str, said: str
) -> None:
    problem = _problem(await _make(client, **body), 422, slug)
    assert problem["errors"][0]["pointer"].startswith(pointer)
    assert said in problem["detail"]
    assert await _listed(client) == []


async def test_what_is_too_dear_is_refused_with_its_price(client: httpx.AsyncClient) -> None:
    problem = _problem(await _make(client, draws=TOO_DEAR), 422, "too-much-work")
    assert (problem["price"], problem["limit"]) == (2 * RunSettings(draws=TOO_DEAR).whole_draws, MAX_RUN_WORK)
    assert problem["errors"][0]["pointer"] == "/draws"
    assert (await client.get("/v1/runs")).json()["runs"] == []


async def _finished(client: httpx.AsyncClient, href: str) -> dict[str, Any]:
    """Ask until a run has ended."""
    for _ in range(10_000):
        run: dict[str, Any] = (await client.get(href)).json()
        if run["finished_at"] is not None:
            return run
    pytest.fail(f"the run did not end: {run}")


async def test_a_dear_forecast_becomes_a_run_that_comes_to_the_same(
    client: httpx.AsyncClient, service: Service
) -> None:
    answer = await _make(client, draws=DEAR, seed=3)
    assert answer.status_code == 202
    queued = answer.json()
    assert answer.headers["location"] == queued["href"] == f"/v1/runs/{queued['id']}"
    assert (queued["forecast"], queued["price"]) == (None, 2 * RunSettings(draws=DEAR).whole_draws)
    run = await _finished(client, queued["href"])
    assert run["status"] == "done"
    made = (await client.get(run["forecast"])).json()
    direct = run_scenario(_scenario(service), RunSettings(draws=DEAR, seed=3, as_of=TODAY))
    assert made["digest"] == direct.digest
    assert made["run"] == queued["id"]


@pytest.mark.parametrize("said", ["respond-async", "wait=10, Respond-Async", "respond-async; foo=1"])
async def test_a_small_forecast_is_queued_if_that_is_preferred(client: httpx.AsyncClient, said: str) -> None:
    """RFC 7240: the answer says that the preference was honoured."""
    answer = await client.post("/v1/forecasts", json=STATED, headers={"Prefer": said})
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert (await _finished(client, answer.json()["href"]))["status"] == "done"


async def test_other_preferences_are_passed_over(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/forecasts", json=STATED, headers={"Prefer": "return=minimal"})
    assert answer.status_code == 201
    assert "preference-applied" not in answer.headers
    dear = await _make(client, draws=DEAR)
    assert dear.status_code == 202
    assert "preference-applied" not in dear.headers


async def test_a_full_queue_says_when_to_ask_again(settings: Settings, database_address: str, clock: SetClock) -> None:
    full = Settings(**{**_fields(settings), "max_queued": 0})
    app = create_app(full, lambda: Database(database_url(database_address), clock))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        refused = await _make(client, "again", draws=DEAR)
        _problem(refused, 503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert (await _make(client)).status_code == 201


def _fields(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in Settings.__slots__}


async def test_a_repeated_request_gets_the_first_answer(client: httpx.AsyncClient) -> None:
    first, again = [await _make(client, "key-1") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert len(await _listed(client)) == 1


async def test_a_repeated_request_gets_the_run_that_was_queued(client: httpx.AsyncClient) -> None:
    """However far it is by then."""
    first = await _make(client, "key-1", draws=DEAR)
    await _finished(client, first.json()["href"])
    again = await _make(client, "key-1", draws=DEAR)
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await client.get("/v1/runs")).json()["runs"]) == 1


async def test_a_key_belongs_to_one_request(client: httpx.AsyncClient) -> None:
    await _make(client, "key-1")
    _problem(await _make(client, "key-1", seed=9), 422, "key-reused")
    assert len(await _listed(client)) == 1


async def test_a_failed_run_says_why_however_often_it_is_asked_for(client: httpx.AsyncClient) -> None:
    certain = document({"talks": node(["deal", "no_deal"], fixed(deal=0.0, no_deal=1.0))}, scenario="certain")
    body = {"document": json.loads(json.dumps(certain, default=str)), "reason": "a test"}
    assert (await client.post("/v1/scenarios", json=body)).status_code == 201
    asked = {"scenario": "certain", "assume": ["deal"]}
    problem = _problem(await _make(client, "key-1", **asked), 422, "evidence-refused")
    (run,) = (await client.get("/v1/runs")).json()["runs"]
    assert (run["status"], run["forecast"]) == ("failed", None)
    assert {name: value for name, value in run["problem"].items() if value is not None} == problem
    again = await _make(client, "key-1", **asked)
    assert _problem(again, 422, "evidence-refused") == problem
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await client.get("/v1/runs")).json()["runs"]) == 1
    assert (await _make(client, "key-2", scenario="certain")).status_code == 201


async def test_a_queued_run_that_fails_says_why(client: httpx.AsyncClient) -> None:
    certain = document({"talks": node(["deal", "no_deal"], fixed(deal=0.0, no_deal=1.0))}, scenario="certain")
    body = {"document": json.loads(json.dumps(certain, default=str)), "reason": "a test"}
    await client.post("/v1/scenarios", json=body)
    queued = await _make(client, scenario="certain", assume=["deal"], draws=DEAR)
    run = await _finished(client, queued.json()["href"])
    assert (run["status"], run["problem"]["type"], run["problem"]["status"]) == (
        "failed",
        "/problems/evidence-refused",
        422,
    )


async def test_a_forecast_with_its_document_can_be_made_again(client: httpx.AsyncClient) -> None:
    made = await _made(client, scenario="trump-kim-2025")
    assert "document" not in made["forecast"]
    whole = (await client.get(made["href"], params={"include": "document"})).json()["forecast"]
    stored = Forecast.model_validate_json(json.dumps(whole))
    assert replay(stored) == stored
    assert stored.digest == made["digest"]


async def test_a_recorded_forecast_is_not_sent_again(client: httpx.AsyncClient) -> None:
    """With and without its document it is two representations."""
    href = (await _made(client))["href"]
    tags = [(await client.get(href, params=params)).headers["etag"] for params in ({}, {"include": "document"})]
    assert tags[0] != tags[1]
    again = await client.get(href, headers={"If-None-Match": tags[0]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[0])


@pytest.mark.parametrize("forecast_id", ["none", "x" * 90, "%27%20OR%201=1--", "%2e%2e"])
async def test_an_unknown_forecast_is_named(client: httpx.AsyncClient, forecast_id: str) -> None:
    answer = await client.get(f"/v1/forecasts/{forecast_id}")
    assert answer.status_code == 404
    assert answer.json()["type"] in ("/problems/unknown-record", "/problems/not-found")


async def test_pages_go_through_every_forecast_once_newest_first(client: httpx.AsyncClient, clock: SetClock) -> None:
    made = []
    for number in range(5):
        clock.forward(seconds=number % 2)  # some are of one moment
        made.append(await _made(client, seed=number))
    seen: list[dict[str, Any]] = []
    path = "/v1/forecasts?limit=2"
    while path:
        page = (await client.get(path)).json()
        seen += page["forecasts"]
        path = page["next"]
        clock.forward(seconds=1)
        await _made(client, seed=100 + len(seen))
    assert sorted(card["id"] for card in seen) == sorted(each["id"] for each in made)
    assert [card["recorded_at"] for card in seen] == sorted((card["recorded_at"] for card in seen), reverse=True)
    glance = {key: value for key, value in made[-1].items() if key != "forecast"}
    assert glance in seen


async def test_forecasts_are_listed_by_scenario_and_as_they_were(client: httpx.AsyncClient, clock: SetClock) -> None:
    first = await _made(client)
    clock.forward(days=1)
    second = await _made(client, scenario="trump-kim-2025")
    clock.forward(days=1)
    third = await _made(client)

    async def ids(query: str) -> list[str]:
        return [card["id"] for card in await _listed(client, query)]

    assert await ids("") == [third["id"], second["id"], first["id"]]
    assert await ids("?scenario=minimal") == [third["id"], first["id"]]
    assert await ids("?as_of=2026-06-02") == [second["id"], first["id"]]
    assert await ids("?as_of=2026-06-02&scenario=minimal") == [first["id"]]
    assert await ids("?as_of=2026-06-01T11:00:00Z") == []
    assert await ids("?scenario=none") == []


async def test_who_may_only_read_makes_no_forecast(
    database_address: str, clock: SetClock, new_key: Callable[[str], str]
) -> None:
    keyed = Settings(database=database_address, scenarios=(), threads=1)
    app = create_app(keyed, lambda: Database(database_url(database_address), clock))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        reader, writer = ({"Authorization": new_key(scope)} for scope in ("read", "write"))
        _problem(await client.post("/v1/forecasts", json=STATED, headers=reader), 403, "forbidden")
        made = await client.post("/v1/forecasts", json=STATED, headers=writer)
        assert (made.status_code, made.json()["author"]) == (201, "write-key")
        assert (await client.get(made.json()["href"], headers=reader)).status_code == 200


def test_a_twin_is_told_that_the_first_is_being_worked_on(settings: Settings, held: HeldRun) -> None:
    """And, when that is done, gets its answer."""
    headers = {"Idempotency-Key": "key-1"}
    with running(settings) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        with ThreadPoolExecutor(1) as other:
            first = other.submit(
                httpx.post, f"{server.url}/v1/forecasts", json=STATED, headers=headers, timeout=PATIENCE
            )
            assert held.started.wait(PATIENCE)
            twin = client.post("/v1/forecasts", json=STATED, headers=headers)
            _problem(twin, 409, "in-flight")
            assert int(twin.headers["retry-after"]) > 0
            _problem(client.post("/v1/forecasts", json={**STATED, "seed": 1}, headers=headers), 422, "key-reused")
            held.released.set()
            made = first.result(PATIENCE)
        assert made.status_code == 201
        again = client.post("/v1/forecasts", json=STATED, headers=headers)
        assert (again.status_code, again.content) == (201, made.content)


def _leave(url: str, held: HeldRun, key: str | None = None) -> None:
    """Ask for a forecast and close the connection while it is computed."""
    target = httpx.URL(url)
    body = httpx.Request("POST", target, json=STATED).content
    stated = "" if key is None else f"Idempotency-Key: {key}\r\n"
    head = (
        "POST /v1/forecasts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"{stated}Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((target.host, target.port or 80), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        assert held.started.wait(PATIENCE)
    assert held.stopped.wait(PATIENCE)


def test_a_client_that_leaves_cancels_its_run(settings: Settings, held: HeldRun) -> None:
    with running(settings) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        _leave(server.url, held)
        run = eventually(lambda: (found := client.get("/v1/runs").json()["runs"][0])["finished_at"] and found)
        assert (run["status"], run["forecast"]) == ("cancelled", None)
        held.released.set()
        assert client.get("/v1/forecasts").json()["forecasts"] == []


def test_a_client_that_leaves_a_key_finds_its_forecast_when_it_comes_back(settings: Settings, held: HeldRun) -> None:
    """The run it left is queued and done, once."""
    headers = {"Idempotency-Key": "key-1"}
    with running(settings) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        _leave(server.url, held, "key-1")
        held.released.set()

        def come_back() -> httpx.Response | None:
            answer = client.post("/v1/forecasts", json=STATED, headers=headers)
            return answer if answer.status_code != 409 else None

        made = eventually(come_back)
        assert (made.status_code, made.headers["idempotent-replayed"]) == (201, "true")
        (card,) = client.get("/v1/forecasts").json()["forecasts"]
        assert card["id"] == made.json()["id"]
        (run,) = client.get("/v1/runs").json()["runs"]
        assert (run["status"], run["forecast"]) == ("done", card["href"])


def test_a_run_that_another_process_has_taken_over_is_named(settings: Settings, held: HeldRun) -> None:
    """Whoever waits for a process that was held up for too long learns where the forecast will be."""
    with running(settings) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        with ThreadPoolExecutor(1) as other:
            first = other.submit(httpx.post, f"{server.url}/v1/forecasts", json=STATED, timeout=PATIENCE)
            assert held.started.wait(PATIENCE)
            _take_over(server.service.database)
            answer = first.result(PATIENCE)
        (run,) = client.get("/v1/runs").json()["runs"]
        assert (answer.status_code, answer.headers["location"]) == (202, run["href"])
        assert answer.json()["status"] == "running"


def _take_over(database: Database) -> None:
    """End the lease and claim the run in one transaction, so that no heartbeat comes between."""
    with database.writing() as connection:
        now = database.now(connection)
        connection.execute(update(tables.run).values(lease_until=now - timedelta(seconds=1)))
        assert runs.claim(connection, now, "heir", timedelta(seconds=600)) is not None


def test_a_server_with_no_room_says_so_before_a_run_is_stored(settings: Settings, held: HeldRun) -> None:
    crowded = Settings(**{**_fields(settings), "threads": 1, "max_waiting": 0})
    with running(crowded) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        with ThreadPoolExecutor(1) as other:
            first = other.submit(httpx.post, f"{server.url}/v1/forecasts", json=STATED, timeout=PATIENCE)
            assert held.started.wait(PATIENCE)
            _problem(client.post("/v1/forecasts", json=STATED, headers={"Idempotency-Key": "k"}), 503, "busy")
            assert len(client.get("/v1/runs").json()["runs"]) == 1
            held.released.set()
            assert first.result(PATIENCE).status_code == 201
        assert client.post("/v1/forecasts", json=STATED, headers={"Idempotency-Key": "k"}).status_code == 201

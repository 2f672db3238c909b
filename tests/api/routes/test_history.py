"""Histories: the course of one figure, newest first, as it was known at any moment; and the forecast that stood."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.store.database import Database, database_url
from tests.api.store.crowds import mean_at, record_crowd
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DEAL = "outcomes.deal"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON - timedelta(days=2))


@pytest.fixture
async def app(settings: Settings, clock: SetClock) -> AsyncIterator[FastAPI]:
    """Yield an app whose clock the test moves."""
    app = create_app(settings, lambda: Database(database_url(settings.database), clock))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(client: httpx.AsyncClient, clock: SetClock) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more for two days: a coin, whose deal has the mean 2/7."""
    answer = await client.post("/v1/scenarios", json={"document": coin(), "reason": "a test", "author": "ann"})
    assert answer.status_code == 201, answer.text
    clock.forward(days=2)
    return client


async def _forecast(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    answer = await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096, **more})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def _believe(client: httpx.AsyncClient, a: float) -> None:
    """Store a version in which a deal has the mean a / (a + 5)."""
    body = {"prior": coin(a)["nodes"]["talks"]["prior"], "reason": "news"}
    answer = await client.put(f"{COIN}/nodes/talks/prior", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def _history(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- query parameters
    answer = await client.get(f"{COIN}/history", params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def test_a_point_tells_everything_about_the_figure(client: httpx.AsyncClient) -> None:
    made = await _forecast(client)
    (point,) = (await _history(client, of=DEAL))["points"]
    deal = made["forecast"]["outcomes"]["deal"]
    assert point == {
        "forecast": made["id"],
        "version": 1,
        "recorded_at": "2026-03-10T12:00:00Z",
        "as_of": "2026-03-10",
        "mean": deal["mean"],
        "exact": deal["exact"],
        "mc_error": deal["mc_error"],
        "quantiles": deal["quantiles"],
        "href": f"/v1/forecasts/{made['id']}",
    }
    assert (await client.get(point["href"])).json() == made


async def test_the_course_is_that_of_the_beliefs(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Newest first; with the version that each forecast was made from."""
    for a in (2.0, 5.0, 15.0):
        if a > 2.0:
            await _believe(client, a)
        await _forecast(client)
        clock.forward(days=1)
    points = (await _history(client, of=DEAL))["points"]
    assert [point["version"] for point in points] == [3, 2, 1]
    assert [point["exact"] for point in points] == pytest.approx([15 / 20, 5 / 10, 2 / 7])
    assert [point["as_of"] for point in points] == ["2026-03-12", "2026-03-11", "2026-03-10"]


@pytest.mark.parametrize(
    ("as_of", "versions"),
    [
        ("2026-03-09", []),
        ("2026-03-10", [1]),
        ("2026-03-10T11:59:59Z", []),
        ("2026-03-10T12:00:00Z", [1]),
        ("2026-03-10T13:30:00+02:00", []),
        ("2026-03-10T14:30:00+02:00", [1]),
        ("2026-03-11", [2, 1]),
        ("2030-01-01", [2, 1]),
    ],
)
async def test_a_moment_sees_what_was_recorded_by_then(
    client: httpx.AsyncClient, clock: SetClock, as_of: str, versions: list[int]
) -> None:
    """A day means its end in UTC. The course, the places and the forecast that stood agree."""
    await _forecast(client)
    clock.forward(days=1)
    await _believe(client, 5.0)
    await _forecast(client)
    clock.forward(days=1)
    assert [point["version"] for point in (await _history(client, of=DEAL, as_of=as_of))["points"]] == versions
    assert bool((await _history(client, as_of=as_of))["places"]) == bool(versions)
    stood = await client.get(f"{COIN}/forecasts/latest", params={"as_of": as_of})
    assert ([stood.json()["version"]] if stood.status_code == 200 else []) == versions[:1]


async def test_the_places_are_those_of_the_newest_forecast(client: httpx.AsyncClient) -> None:
    """Each of them has a history."""
    await _forecast(client, scenario="trump-kim-2025", as_of="2026-03-10", dates=["2026-06-30"])
    answer = await client.get("/v1/scenarios/trump-kim-2025/history")
    places = answer.json()["places"]
    assert {"headline.no_deal", "groups.any_troop_drawdown", "dates.summit.2026-06-30"} < set(places)
    assert places == sorted(places)
    for place in places:
        found = await client.get("/v1/scenarios/trump-kim-2025/history", params={"of": place})
        assert len(found.json()["points"]) == 1, place


async def test_a_place_that_only_older_forecasts_have_keeps_its_history(
    client: httpx.AsyncClient, clock: SetClock
) -> None:
    await _forecast(client)
    clock.forward(days=1)
    renamed = coin()
    renamed["nodes"]["talks"] = {
        "branches": ["treaty", "no_deal"],
        "prior": {**coin()["nodes"]["talks"]["prior"], "branch": "treaty"},
    }
    body = {"document": renamed, "reason": "a better word"}
    assert (await client.put(COIN, json=body, headers={"If-Match": "*"})).status_code == 200
    await _forecast(client)
    assert DEAL not in (await _history(client))["places"]
    assert [point["version"] for point in (await _history(client, of=DEAL))["points"]] == [1]
    assert [point["version"] for point in (await _history(client, of="outcomes.treaty"))["points"]] == [2]


@pytest.mark.parametrize(
    ("of", "hint"),
    [
        ("outcomes.dael", "did you mean 'outcomes.deal'?"),
        ("war", "its newest forecast has outcomes.deal, outcomes.no_deal"),
        ("outcomes.'; drop table figure", "outcomes.deal"),
        ("x" * 500, "outcomes.deal"),
    ],
)
async def test_an_unknown_place_is_refused_with_the_way_out(client: httpx.AsyncClient, of: str, hint: str) -> None:
    await _forecast(client)
    answer = await client.get(f"{COIN}/history", params={"of": of})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "of"
    assert hint in answer.json()["detail"]


async def test_a_scenario_without_forecasts_has_no_history_yet(client: httpx.AsyncClient) -> None:
    assert (await _history(client))["places"] == []
    answer = await client.get(f"{COIN}/history", params={"of": DEAL})
    assert answer.status_code == 422
    assert "has no forecast yet: POST /v1/forecasts makes one" in answer.json()["detail"]
    stands = await client.get(f"{COIN}/forecasts/latest")
    assert (stands.status_code, stands.json()["type"]) == (404, "/problems/unknown-record")
    assert "scenario 'coin' has no forecast yet" in stands.json()["detail"]


async def test_before_the_first_forecast_none_stood(client: httpx.AsyncClient) -> None:
    await _forecast(client)
    answer = await client.get(f"{COIN}/forecasts/latest", params={"as_of": "2026-03-09"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    assert "recorded by 2026-03-09T23:59:59.999999+00:00" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["history", "history?of=outcomes.deal", "forecasts/latest"])
async def test_an_unknown_scenario_has_none_of_it(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/v1/scenarios/coyn/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")
    assert "did you mean 'coin'?" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"of": ""}, "of"),
        ({"of": DEAL, "limit": 1_001}, "limit"),
        ({"of": DEAL, "limit": 0}, "limit"),
        ({"of": DEAL, "cursor": "there"}, "cursor"),
        ({"of": DEAL, "as_of": "yesterday"}, "as_of"),
    ],
)
async def test_what_a_parameter_cannot_be_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any], parameter: str
) -> None:
    await _forecast(client)
    answer = await client.get(f"{COIN}/history", params=asked)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_the_forecast_that_stands_is_the_newest(client: httpx.AsyncClient, clock: SetClock) -> None:
    """It is the forecast itself, with its own tag, and its document if asked for."""
    first = await _forecast(client)
    clock.forward(hours=1)
    second = await _forecast(client, seed=7)
    stands = await client.get(f"{COIN}/forecasts/latest")
    assert stands.json() == second
    assert (await client.get(f"{COIN}/forecasts/latest", params={"as_of": "2026-03-10T12:30:00Z"})).json() == first
    assert stands.headers["etag"] == (await client.get(second["href"])).headers["etag"]
    again = await client.get(f"{COIN}/forecasts/latest", headers={"If-None-Match": stands.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    whole = await client.get(f"{COIN}/forecasts/latest", params={"include": "document"})
    assert whole.json()["forecast"]["document"]["scenario"] == "coin"


async def test_forecasts_of_other_scenarios_stay_out(client: httpx.AsyncClient) -> None:
    other = coin(scenario="die")
    assert (await client.post("/v1/scenarios", json={"document": other, "reason": "a test"})).status_code == 201
    await _forecast(client, scenario="die")
    mine = await _forecast(client)
    assert [point["forecast"] for point in (await _history(client, of=DEAL))["points"]] == [mine["id"]]
    assert (await client.get(f"{COIN}/forecasts/latest")).json()["id"] == mine["id"]


@pytest.mark.parametrize("limit", [31, 200, 1_000])
async def test_paging_neither_repeats_nor_skips_while_more_is_recorded(
    client: httpx.AsyncClient, service: Service, limit: int
) -> None:
    """A thousand points, three of them recorded in each moment, and a new one before each page."""
    moments = [NOON + timedelta(seconds=number // 3) for number in range(1_000)]
    with service.database.writing() as connection:
        ids = record_crowd(connection, "coin", moments)
    seen: list[dict[str, Any]] = []
    link: str | None = f"{COIN}/history?of={DEAL}&limit={limit}"
    for page in range(1_000):
        if link is None:
            break
        with service.database.writing() as connection:
            record_crowd(connection, "coin", [NOON + timedelta(hours=1, seconds=page)])
        answer = (await client.get(link)).json()
        seen += answer["points"]
        link = answer["next"]
    newest, *old = seen
    assert newest["recorded_at"] == "2026-03-10T13:00:00Z"
    assert sorted(point["forecast"] for point in old) == sorted(ids)
    assert [point["recorded_at"] for point in old] == sorted((point["recorded_at"] for point in old), reverse=True)
    assert all(point["mean"] == mean_at(datetime.fromisoformat(point["recorded_at"])) for point in old)


async def test_a_page_may_hold_a_thousand_points(client: httpx.AsyncClient, service: Service) -> None:
    """Then there is no next one."""
    with service.database.writing() as connection:
        record_crowd(connection, "coin", [NOON + timedelta(seconds=number) for number in range(1_000)])
    page = await _history(client, of=DEAL, limit=1_000)
    assert (len(page["points"]), page["next"]) == (1_000, None)
    usual = await _history(client, of=DEAL)
    assert len(usual["points"]) == 200
    assert usual["next"] is not None

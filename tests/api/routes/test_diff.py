"""Two versions of a scenario: what changed in words, what was recorded in between, and what the change moves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.store.database import Database, database_url
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
async def app(settings: Settings, clock: SetClock) -> AsyncIterator[FastAPI]:
    """Yield an app whose clock the test moves."""
    app = create_app(settings, lambda: Database(database_url(settings.database), clock))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(client: httpx.AsyncClient, clock: SetClock) -> httpx.AsyncClient:
    """Return a client of an app whose coin has three versions, a day apart: a deal has 2/7, 5/10, then 15/20."""
    answer = await client.post("/v1/scenarios", json={"document": coin(), "reason": "a test", "author": "ann"})
    assert answer.status_code == 201, answer.text
    for a in (5.0, 15.0):
        clock.forward(days=1)
        await _put(client, coin(a))
    return client


async def _put(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    body = {"document": document, "reason": "news", "author": "bob"}
    answer = await client.put(COIN, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def _post(client: httpx.AsyncClient, path: str, **body: object) -> None:
    answer = await client.post(f"{COIN}/evidence{path}", json={"reason": "a wire report", **body})
    assert answer.status_code == 201, answer.text


async def _diff(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- query parameters
    answer = await client.get(f"{COIN}/diff", params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def _difference(found: dict[str, Any]) -> float:
    moves = found["moved"]["comparison"]["moves"]
    return float(next(move for move in moves if move["place"] == "outcomes.deal")["difference"])


@pytest.mark.parametrize(
    ("asked", "versions", "difference"),
    [
        ({}, (2, 3), 15 / 20 - 5 / 10),
        ({"from": 1}, (1, 3), 15 / 20 - 2 / 7),
        ({"to": 2}, (1, 2), 5 / 10 - 2 / 7),
        ({"from": 1, "to": 2}, (1, 2), 5 / 10 - 2 / 7),
    ],
)
async def test_words_and_numbers_tell_the_same_change(
    client: httpx.AsyncClient, asked: dict[str, int], versions: tuple[int, int], difference: float
) -> None:
    """Left out, `to` is the newest version and `from` the one before."""
    found = await _diff(client, **asked)
    assert (found["from"]["version"], found["to"]["version"]) == versions
    (change,) = found["changes"]
    assert (change["pointer"], change["kind"]) == ("/nodes/talks/prior", "changed")
    assert change["words"].startswith("prior of node talks: deal ")
    assert _difference(found) == pytest.approx(difference, rel=0, abs=1e-12)
    assert found["moved"]["reason"] is None


async def test_each_side_says_who_stored_it_and_why(client: httpx.AsyncClient) -> None:
    found = await _diff(client, **{"from": 1, "to": 2})
    assert [found["from"][key] for key in ("author", "reason", "recorded_at")] == [
        "ann",
        "a test",
        "2026-03-10T12:00:00Z",
    ]
    assert [found["to"][key] for key in ("author", "reason", "recorded_at")] == ["bob", "news", "2026-03-11T12:00:00Z"]
    assert (await client.get(found["to"]["href"])).json()["digest"] == found["to"]["digest"]


async def test_numbers_may_be_left_out(client: httpx.AsyncClient) -> None:
    found = await _diff(client, numbers="false")
    assert found["moved"] is None
    assert len(found["changes"]) == 1


async def test_what_changes_no_forecast_moves_nothing(client: httpx.AsyncClient, clock: SetClock) -> None:
    """The very same statement: no change in words, and a reason in place of numbers."""
    clock.forward(days=1)
    await _put(client, coin(15.0))
    found = await _diff(client)
    assert (found["changes"], found["moved"]["comparison"]) == ([], None)
    assert found["moved"]["reason"] == "nothing that a forecast depends on has changed"


async def test_evidence_recorded_in_between_is_listed(client: httpx.AsyncClient, clock: SetClock) -> None:
    """What was on file before, and what came after, is not; a retraction is listed by the time of its own."""
    entry = {"date": "2026-02-03", "what": "talks are announced", "likelihood_ratio": {"deal": 3.0}}
    for name in ("early", "doubtful"):
        clock.forward(hours=1)
        await _post(client, "", name=name, entry=entry)
    clock.forward(hours=1)
    await _put(client, coin(16.0))
    clock.forward(hours=1)
    await _post(client, "", name="between", entry=entry)
    clock.forward(hours=1)
    await _post(client, "/doubtful/retraction")
    clock.forward(hours=1)
    await _put(client, coin(17.0))
    clock.forward(hours=1)
    await _post(client, "", name="late", entry=entry)
    await _post(client, "/between/retraction")
    found = await _diff(client)
    assert [each["name"] for each in found["recorded"]] == ["between"]
    assert [each["name"] for each in found["retracted"]] == ["doubtful"]
    assert found["recorded"][0]["entry"]["likelihood_ratio"] == {"deal": 3.0}
    assert found["recorded"][0]["in_force"] is True
    assert found["retracted"][0]["retraction"]["reason"] == "a wire report"
    earlier = await _diff(client, **{"from": 3, "to": 4})
    assert [each["name"] for each in earlier["recorded"]] == ["early", "doubtful"]
    assert earlier["retracted"] == []


async def test_numbers_count_the_evidence_in_force_now(client: httpx.AsyncClient) -> None:
    """A ratio of 3 makes 3p / (3p + 1 - p) of the mean p, on both sides."""
    entry = {"date": "2026-02-03", "what": "talks are announced", "likelihood_ratio": {"deal": 3.0}}
    await _post(client, "", name="news", entry=entry)

    def posterior(p: float) -> float:
        return 3 * p / (3 * p + 1 - p)

    assert _difference(await _diff(client)) == pytest.approx(posterior(15 / 20) - posterior(5 / 10), rel=0, abs=1e-9)


async def test_evidence_that_an_old_version_cannot_take_is_the_reason(
    client: httpx.AsyncClient, clock: SetClock
) -> None:
    """The words are told all the same."""
    clock.forward(days=1)
    grown = coin(15.0)
    grown["nodes"]["talks"]["branches"] = {"deal": "signing", "no_deal": None}
    grown["nodes"]["signing"] = {
        "branches": ["signed", "refused"],
        "prior": {"family": "beta", "branch": "signed", "a": 1, "b": 1},
    }
    await _put(client, grown)
    entry = {"date": "2026-02-03", "what": "pens are bought", "likelihood_ratio": {"signed": 3.0}}
    await _post(client, "", name="pens", entry=entry)
    found = await _diff(client)
    assert {change["kind"] for change in found["changes"]} >= {"added"}
    assert found["moved"]["comparison"] is None
    assert found["moved"]["reason"].startswith("the evidence in force does not fit both versions: ")


async def test_a_scenario_whose_time_is_over_has_no_numbers(client: httpx.AsyncClient, clock: SetClock) -> None:
    clock.forward(days=400)
    found = await _diff(client)
    assert len(found["changes"]) == 1
    assert found["moved"]["comparison"] is None
    assert "2027-04-1" in found["moved"]["reason"]


@pytest.mark.parametrize(
    ("asked", "parameter", "said"),
    [
        ({"to": 1}, "to", "version 1 is the first of scenario 'coin'"),
        ({"from": 3}, "from", "from is 3 and to is 3"),
        ({"from": 3, "to": 2}, "from", "state the earlier version in from"),
        ({"from": 0}, "from", "must be at least 1"),
        ({"to": 10**30}, "to", "must be at most"),
        ({"numbers": "some"}, "numbers", "must be true or false"),
    ],
)
async def test_what_a_parameter_cannot_be_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any], parameter: str, said: str
) -> None:
    answer = await client.get(f"{COIN}/diff", params=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(("path", "slug"), [("coin/diff?to=9", "unknown-record"), ("coyn/diff", "unknown-scenario")])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str, slug: str) -> None:
    answer = await client.get(f"/v1/scenarios/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{slug}")


async def test_what_the_client_holds_is_not_sent_again(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Until another day, or more evidence, moves something else."""
    first = await client.get(f"{COIN}/diff")
    again = await client.get(f"{COIN}/diff", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


class TestDearNumbers:
    """Numbers cost draws × parts of both versions."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Afford one side."""
        return Settings(database=settings.database, scenarios=(), keyless=True, threads=1, max_work=3 * 4_096)

    async def test_are_left_out_and_say_why(self, client: httpx.AsyncClient) -> None:
        found = await _diff(client)
        assert len(found["changes"]) == 1
        assert found["moved"]["comparison"] is None
        assert "one request may cost 12,288" in found["moved"]["reason"]

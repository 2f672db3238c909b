"""The outside view over REST: our newest answer and what each place says last, side by side and never mixed."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.api.quoting import TABLE, Played, choice, market, with_questions
from tests.api.store.support import SetClock

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
OURS = 2 / 7
"""Mean of the coin's Beta(2, 5)."""


@pytest.fixture
def app(clocked_and_played: FastAPI) -> FastAPI:
    return clocked_and_played


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await with_questions(client)


async def _quote(client: httpx.AsyncClient, question: str = "deal", **said: object) -> dict[str, Any]:
    body = {"question": question, "source": "manifold", "place": "m1", **said}
    answer = await client.post(f"{COIN}/quotes", json=body)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()["quotes"][0]
    return made


async def _forecast(client: httpx.AsyncClient, **settings: object) -> str:
    answer = await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096, **settings})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _outside(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"{COIN}/outside{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_nothing_quoted_is_nothing_shown(client: httpx.AsyncClient) -> None:
    assert await _outside(client) == {"scenario": "coin", "forecast": None, "questions": []}


async def test_ours_and_theirs_stand_apart(client: httpx.AsyncClient, played: Played, clock: SetClock) -> None:
    """0.35 since 30 hours ago, beside 2/7: 6.43 points more."""
    played.answers["/v0/market/m1"] = market(0.35)
    made = await _quote(client)
    forecast = await _forecast(client)
    found = await _outside(client)
    assert found["forecast"]["id"] == forecast
    (deal,) = found["questions"]
    assert (deal["question"], deal["ours"]["kind"]) == ("deal", "probability")
    assert deal["ours"]["probability"] == pytest.approx(OURS, abs=1e-3)
    assert deal["ours"]["quantiles"]["0.5"] == pytest.approx(0.26445, abs=0.01)
    (theirs,) = deal["theirs"]
    assert theirs["quote"] == made
    assert theirs["age_days"] == pytest.approx(1.25)
    assert theirs["difference"] == pytest.approx(0.35 - deal["ours"]["probability"], abs=1e-15)
    clock.forward(days=2)
    assert (await _outside(client))["questions"][0]["theirs"][0]["age_days"] == pytest.approx(3.25)


async def test_each_place_says_its_last(client: httpx.AsyncClient, played: Played, clock: SetClock) -> None:
    played.answers["/v0/market/m1"] = market(0.35)
    await _quote(client)
    played.answers["/v0/market/m1"] = market(0.4, since=clock.forward(hours=1))
    await _quote(client)
    await _quote(client, source="csv", place=None, text=TABLE)
    (deal,) = (await _outside(client))["questions"]
    said = [(one["quote"]["place"], one["quote"]["said"]["probability"]) for one in deal["theirs"]]
    assert said == [("bank", 0.25), ("desk", 0.4), ("m1", 0.4)]
    assert [one["quote"]["licence"] for one in deal["theirs"]] == ["OWN", "OWN", "MANIFOLD"]


async def test_options_differ_one_by_one(client: httpx.AsyncClient, played: Played) -> None:
    played.answers["/v0/market/m1"] = choice({"A deal": 0.5, "None": 0.5})
    await _quote(client, "which")
    await _forecast(client)
    (which,) = (await _outside(client))["questions"]
    assert which["ours"]["options"] == pytest.approx({"A deal": OURS, "None": 1 - OURS}, abs=1e-3)
    difference = {label: 0.5 - ours for label, ours in which["ours"]["options"].items()}
    assert which["theirs"][0]["difference"] == pytest.approx(difference, abs=1e-15)


async def test_quantiles_have_no_difference_in_probability(client: httpx.AsyncClient) -> None:
    heads = "place,question,kind,item,value,unit,valid_at\n"
    cost = f"{heads}x,How?,quantiles,0.5,6,crowns,2026-03-01T00:00:00Z\n"
    await _quote(client, "cost", source="csv", place=None, text=cost)
    when = f"{heads}x,When?,quantiles,0.5,1780000000,unix seconds,2026-03-01T00:00:00Z\n"
    await _quote(client, "when", source="csv", place=None, text=when)
    await _forecast(client)
    ours = {each["question"]: each for each in (await _outside(client))["questions"]}
    assert ours["cost"]["ours"]["unit"] == "crowns"
    assert ours["cost"]["ours"]["quantiles"]["0.5"] == 7.0
    assert ours["when"]["ours"]["kind"] == "days"
    assert ours["when"]["ours"]["quantiles"]["0.5"] is None
    assert [each["theirs"][0]["difference"] for each in ours.values()] == [None, None]


async def test_what_would_be_is_not_shown_as_ours(client: httpx.AsyncClient, played: Played, clock: SetClock) -> None:
    """A later forecast that assumes the answer, or speaks from another day, answers something else."""
    played.answers["/v0/market/m1"] = market(0.35)
    await _quote(client)
    assert (await _outside(client))["questions"][0]["ours"] is None
    forecast = await _forecast(client)
    clock.forward(hours=1)
    await _forecast(client, assume=["deal"])
    await _forecast(client, as_of="2026-06-01")
    found = await _outside(client)
    assert found["forecast"]["id"] == forecast
    assert found["questions"][0]["theirs"][0]["difference"] == pytest.approx(0.35 - OURS, abs=1e-3)


async def test_a_moment_has_what_was_on_record_then(client: httpx.AsyncClient, played: Played, clock: SetClock) -> None:
    """Said at 6 on the 9th, read at noon on the 10th, forecast on the 12th."""
    played.answers["/v0/market/m1"] = market(0.35)
    await _quote(client)
    clock.forward(days=2)
    await _forecast(client)
    then = await _outside(client, "?as_of=2026-03-11T00:00:00Z")
    assert then["forecast"] is None
    assert then["questions"][0]["theirs"][0]["age_days"] == pytest.approx(1.75)
    ahead = await _outside(client, "?as_of=2026-12-31")
    assert ahead["questions"][0]["theirs"][0]["age_days"] == pytest.approx(3.25)
    before = await client.get(f"{COIN}/outside?as_of=2026-03-09")
    assert (before.status_code, before.json()["type"]) == (404, "/problems/unknown-scenario")

"""A coin that is asked about at two platforms, and what tests ask to be sent of it."""

from typing import Any

import httpx

from tests.api.routes.test_listings import QUESTIONS, deal
from tests.api.store.support import coin

COIN = "/v1/scenarios/coin"
SUBMISSIONS = "/v1/submissions"


async def store_coin(client: httpx.AsyncClient) -> None:
    """Store a coin with a listing at each of two platforms."""
    body = {"document": coin(questions=QUESTIONS), "reason": "a test"}
    assert (await client.post("/v1/scenarios", json=body)).status_code == 201
    await list_at(client, "deal", deal())
    await list_at(client, "bet", market_listing("c1"))


async def list_at(client: httpx.AsyncClient, name: str, listing: dict[str, Any]) -> None:
    answer = await client.put(f"{COIN}/listings/{name}", json={"listing": listing, "reason": "a test"})
    assert answer.status_code == 201, answer.text


def market_listing(contract: str) -> dict[str, Any]:
    market = {"type": "BINARY", "probability": 0.6}
    return {"platform": "manifold", "question": "deal-in-2026", "contract": contract, "market": market}


async def forecast(client: httpx.AsyncClient, seed: int = 1) -> tuple[str, float]:
    """Record a forecast; return its address and the probability of a deal."""
    body = {"scenario": "coin", "as_of": "2026-03-10", "draws": 4_096, "seed": seed}
    answer = await client.post("/v1/forecasts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"], answer.json()["forecast"]["questions"]["deal-in-2026"]["mean"]


async def submit(client: httpx.AsyncClient, address: str, **more: object) -> httpx.Response:
    body = {"platform": "metaculus", "reason": "the monthly forecast", "dry_run": False, **more}
    return await client.post(f"{address}/submissions", json=body)


async def withdraw(client: httpx.AsyncClient, **more: object) -> httpx.Response:
    asked = {"platform": "metaculus", "dry_run": False, "reason": "a slip", **more}
    return await client.post(f"{COIN}/withdrawals", json=asked)


async def stored(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{SUBMISSIONS}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["submissions"]
    return found

"""Requests about evidence that the tests of the ledger share."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from tests.api.store.support import coin

COIN, LEDGER = "/v1/scenarios/coin", "/v1/scenarios/coin/evidence"


async def store(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.post("/v1/scenarios", json={"document": document, "reason": "a test", "author": "ann"})
    assert answer.status_code == 201, answer.text


async def revise(client: httpx.AsyncClient, document: dict[str, Any], author: str = "bob") -> httpx.Response:
    body = {"document": document, "reason": "a change", "author": author}
    return await client.put(f"/v1/scenarios/{document['scenario']}", json=body, headers={"If-Match": "*"})


def said(date: str = "2026-02-03", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- parts of an entry
    """Return an entry: a likelihood ratio of 3 for a deal, unless it says something else."""
    statement = {} if more.keys() & {"observed", "reading", "likelihood_ratio"} else {"likelihood_ratio": {"deal": 3.0}}
    return {"date": date, "what": "talks are announced", **statement, **more}


async def add_entry(
    client: httpx.AsyncClient, name: str, entry: Mapping[str, Any] | None = None, **more: object
) -> httpx.Response:
    body = {"name": name, "entry": said() if entry is None else entry, "reason": "a wire report", **more}
    return await post(client, LEDGER, body)


async def retract(client: httpx.AsyncClient, name: str, **more: object) -> httpx.Response:
    return await post(client, f"{LEDGER}/{name}/retraction", {"reason": "it was denied", **more})


async def post(client: httpx.AsyncClient, address: str, body: dict[str, object]) -> httpx.Response:
    """Send JSON in ASCII, which can write down halves of characters too."""
    return await client.post(address, content=json.dumps(body), headers={"Content-Type": "application/json"})


async def on_file(client: httpx.AsyncClient, query: str = "") -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{LEDGER}{query}")
    assert answer.status_code == 200, answer.text
    return {page["name"]: page for page in answer.json()["evidence"]}


async def forecast(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    answer = await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["forecast"]
    return made


def fault(answer: httpx.Response) -> tuple[int, str, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error.get("pointer", error.get("parameter")), error["detail"]


def without_deal() -> dict[str, Any]:
    document = coin()
    prior = {"family": "beta", "branch": "treaty", "a": 2.0, "b": 5.0}
    document["nodes"]["talks"] = {"branches": ["treaty", "no_deal"], "prior": prior}
    return document

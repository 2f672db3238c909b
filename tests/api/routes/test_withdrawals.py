"""Withdrawals over REST are shown before they are sent: a dry run stores nothing, and needs no token."""

from typing import Any

import httpx
import pytest

from tests.api.routes.test_listings import QUESTIONS, deal
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds a coin with a listing at a platform."""
    body = {"document": coin(questions=QUESTIONS), "reason": "a test"}
    assert (await client.post("/v1/scenarios", json=body)).status_code == 201
    answer = await client.put(f"{COIN}/listings/deal", json={"listing": deal(), "reason": "a test"})
    assert answer.status_code == 201, answer.text
    return client


async def _withdraw(client: httpx.AsyncClient, scenario: str = COIN, **more: Any) -> httpx.Response:  # noqa: ANN401
    return await client.post(f"{scenario}/withdrawals", json={"platform": "metaculus", "reason": "a look", **more})


async def test_what_would_be_sent_is_shown_unless_told_otherwise(client: httpx.AsyncClient) -> None:
    for more in ({}, {"dry_run": True}, {"listings": ["deal"]}):
        answer = await _withdraw(client, **more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        (request,) = page["requests"]
        assert (request["path"], request["kind"]) == ("/api/questions/withdraw/", "withdraw")
        assert request["body"] == '[{"question": 7}]\n'
        assert (page["dry_run"], page["distortions"], page["submissions"]) == (True, [], [])
    assert (await client.get("/v1/submissions")).json()["submissions"] == []


async def test_sending_needs_a_token_which_looking_does_not(client: httpx.AsyncClient) -> None:
    answer = await _withdraw(client, dry_run=False)
    assert answer.status_code == 422, answer.text
    assert "BRANCHCAST_METACULUS_TOKEN" in answer.text


@pytest.mark.parametrize(
    ("asked", "kind", "words"),
    [
        ({"platform": "manifold"}, "export-refused", "nothing can be withdrawn here"),
        ({"listings": []}, "export-refused", "no question is listed"),
        ({"listings": ["dael"]}, "invalid-request", "did you mean 'deal'?"),
        ({"dry_run": "yes"}, "invalid-request", "true or false"),
    ],
)
async def test_what_could_not_be_sent_is_refused_at_once(
    client: httpx.AsyncClient, asked: dict[str, Any], kind: str, words: str
) -> None:
    answer = await _withdraw(client, **asked)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{kind}"), answer.text
    assert words in answer.text


async def test_a_scenario_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await _withdraw(client, "/v1/scenarios/nowhere")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")

"""A quote as what an expert states: only where somebody says so, and with where it is from."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.api.quoting import Played, choice, market, with_questions
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
STATED = f"{COIN}/nodes/talks/statements/crowd"


@pytest.fixture
def played(played: Played) -> Played:
    played.answers["/v0/market/m1"] = market(0.35)
    return played


@pytest.fixture
def app(clocked_and_played: FastAPI) -> FastAPI:
    return clocked_and_played


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await with_questions(client)


async def _quote(client: httpx.AsyncClient, question: str = "deal", **said: object) -> str:
    body = {"question": question, "source": "manifold", "place": "m1", **said}
    answer = await client.post(f"{COIN}/quotes", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["quotes"][0]["id"])


async def _state(client: httpx.AsyncClient, quote: str, **said: object) -> httpx.Response:
    return await client.post(f"{STATED}/quote", json={"quote": quote, **said})


def _refused(answer: httpx.Response, pointer: str) -> str:
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request"), answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    return str(error["detail"])


async def test_a_probability_is_stated_as_known_exactly(client: httpx.AsyncClient) -> None:
    quote = await _quote(client)
    answer = await _state(client, quote, branch="no_deal", author="desk")
    assert (answer.status_code, answer.headers["location"]) == (201, STATED)
    made = answer.json()
    assert made["prior"] == {"family": "fixed", "p": {"deal": pytest.approx(0.65), "no_deal": 0.35}}
    assert (made["author"], made["expert"], made["node"]) == ("desk", "crowd", "talks")
    for said in ("manifold m1", "0.35", "2026-03-09 06:00 UTC", quote, "Will they sign?", "commercial models"):
        assert said in made["reason"]
    assert (await client.get(STATED)).json() == made


async def test_a_probability_is_worth_as_many_observations_as_are_said(client: httpx.AsyncClient) -> None:
    answer = await _state(client, await _quote(client), branch="deal", equivalent_sample_size=20.0)
    prior = {"family": "beta", "branch": "deal", "mean": 0.35, "equivalent_sample_size": 20.0}
    assert answer.json()["prior"] == prior


async def test_a_quote_that_was_divided_by_its_sum_says_so_in_the_panel(
    client: httpx.AsyncClient, played: Played
) -> None:
    quote = await _with_options(client, played, "deal", "truce", "nothing", shares=(0.21, 0.315, 0.525))
    answer = await _state(client, quote)
    assert answer.json()["prior"]["p"] == pytest.approx({"deal": 0.2, "truce": 0.3, "nothing": 0.5})
    assert "(its own numbers sum to 1.05 and were divided by that)" in answer.json()["reason"]


async def test_the_same_quote_is_stated_once(client: httpx.AsyncClient) -> None:
    quote = await _quote(client)
    first = await _state(client, quote, branch="deal")
    again = await _state(client, quote, branch="deal")
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await _state(client, quote, branch="deal", equivalent_sample_size=5.0)).status_code == 201


async def test_a_quote_is_one_member_of_a_panel(client: httpx.AsyncClient) -> None:
    """Nothing moves until it is pooled: 0.75 of Beta(2, 5) and 0.25 of 0.35 is 0.3018."""
    before = await client.get(COIN)
    await _state(client, await _quote(client), branch="deal")
    assert (await client.get(COIN)).headers["etag"] == before.headers["etag"]
    own = {"prior": {"family": "beta", "branch": "deal", "a": 2.0, "b": 5.0}, "reason": "ours"}
    assert (await client.put(f"{COIN}/nodes/talks/statements/ann", json=own)).status_code == 201
    pool = {"pool": "mixture", "weights": {"ann": 0.75, "crowd": 0.25}, "reason": "the outside view counts a quarter"}
    pooled = await client.post(f"{COIN}/nodes/talks/panel", json=pool, headers={"If-Match": "*"})
    assert pooled.status_code == 200, pooled.text
    made = await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096})
    exact = made.json()["forecast"]["outcomes"]["deal"]["exact"]
    assert exact == pytest.approx(0.75 * 2 / 7 + 0.25 * 0.35)


def _three(*labels: str) -> dict[str, Any]:
    """Return the coin with three branches, and a question of them under these labels."""
    document = coin()
    prior = {"family": "dirichlet", "alpha": {"deal": 1.0, "truce": 1.0, "nothing": 1.0}}
    document["nodes"]["talks"] = {"branches": ["deal", "truce", "nothing"], "prior": prior}
    options = dict(zip(labels, ("deal", "truce", "rest"), strict=True))
    question = {"text": "Which?", "resolution": "By the text.", "closes": "2026-12-30"}
    document["questions"] = {"which": {"type": "multiple_choice", "options": options, **question}}
    return document


async def _with_options(
    client: httpx.AsyncClient, played: Played, *labels: str, shares: tuple[float, ...] = (0.2, 0.3, 0.5)
) -> str:
    document = _three(*labels)
    put = await client.put(COIN, json={"document": document, "reason": "three"}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    played.answers["/v0/market/m1"] = choice(dict(zip(labels, shares, strict=True)))
    return await _quote(client, "which")


@pytest.mark.parametrize(
    ("size", "family", "key"), [(None, "fixed", "p"), (12.0, "dirichlet", "mean")], ids=["fixed", "dirichlet"]
)
async def test_options_that_are_the_branches_are_stated_one_by_one(
    client: httpx.AsyncClient, played: Played, size: float | None, family: str, key: str
) -> None:
    quote = await _with_options(client, played, "deal", "truce", "nothing")
    answer = await _state(client, quote, equivalent_sample_size=size)
    assert answer.status_code == 201, answer.text
    prior = answer.json()["prior"]
    assert (prior["family"], prior[key]) == (family, pytest.approx({"deal": 0.2, "truce": 0.3, "nothing": 0.5}))
    assert "deal 0.2, truce 0.3, nothing 0.5" in answer.json()["reason"]
    assert "leave the branch out" in _refused(await _state(client, quote, branch="deal"), "/branch")


async def test_options_that_are_not_the_branches_are_refused(client: httpx.AsyncClient, played: Played) -> None:
    quote = await _with_options(client, played, "deal", "truce", "Nothing at all")
    assert "they must be the same" in _refused(await _state(client, quote), "/quote")


async def test_one_probability_is_none_of_three_branches(client: httpx.AsyncClient, played: Played) -> None:
    quote = await _quote(client)
    await _with_options(client, played, "deal", "truce", "nothing")
    assert "choose a quote of each" in _refused(await _state(client, quote, branch="deal"), "/quote")


async def test_quantiles_are_no_probability(client: httpx.AsyncClient) -> None:
    text = "place,question,kind,item,value,valid_at\nx,How?,quantiles,0.5,6,2026-03-01T00:00:00Z\n"
    quote = await _quote(client, "cost", source="csv", place=None, text=text)
    assert "quotes quantiles" in _refused(await _state(client, quote, branch="deal"), "/quote")


@pytest.mark.parametrize(
    ("said", "pointer", "words"),
    [
        ({}, "/branch", "say which branch it is the probability of: one of 'deal', 'no_deal'"),
        ({"branch": "dael"}, "/branch", "did you mean 'deal'?"),
        ({"branch": "deal", "equivalent_sample_size": 0.0}, "/equivalent_sample_size", "must be above 0"),
        ({"branch": "deal", "quote": "0"}, "/quote", "there is no quote '0'"),
    ],
)
async def test_a_quote_that_makes_no_prior_is_refused_by_field(
    client: httpx.AsyncClient, said: dict[str, Any], pointer: str, words: str
) -> None:
    answer = await _state(client, **{"quote": await _quote(client), **said})
    assert words in _refused(answer, pointer)
    assert (await client.get(f"{COIN}/nodes/talks/statements")).json()["statements"] == []


async def test_a_certainty_has_no_size(client: httpx.AsyncClient, played: Played) -> None:
    played.answers["/v0/market/m1"] = market(0.0)
    quote = await _quote(client)
    refused = await _state(client, quote, branch="deal", equivalent_sample_size=10.0)
    assert "leave the size out" in _refused(refused, "/equivalent_sample_size")
    assert (await _state(client, quote, branch="deal")).json()["prior"]["p"] == {"deal": 0.0, "no_deal": 1.0}


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    body = {"quote": await _quote(client), "branch": "deal"}
    for address, kind in (("con/nodes/talks", "scenario"), ("coin/nodes/tlaks", "record")):
        answer = await client.post(f"/v1/scenarios/{address}/statements/crowd/quote", json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/unknown-{kind}")

"""Pooling a panel over REST: the newest statements become a node's prior, in a new version that says why."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.suggestions import MOST_HINTS
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
TALKS = f"{COIN}/nodes/talks"
HALVES = {"ann": 0.5, "bob": 0.5}

# Beta(6, 4) and Beta(2, 4): the experts' means are 3/5 and 1/3, their odds 3/2 and 1/2.
STATED = {"ann": {"a": 6.0, "b": 4.0}, "bob": {"a": 2.0, "b": 4.0}}


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app that lives while the coin has not fallen."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds a coin and what two experts stated about it."""
    await _store(client, coin())
    await _state(client, STATED)
    return client


async def _store(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.post("/v1/scenarios", json={"document": document, "reason": "a test"})
    assert answer.status_code == 201, answer.text


async def _state(client: httpx.AsyncClient, stated: dict[str, dict[str, float]], node: str = TALKS) -> None:
    for expert, parameters in stated.items():
        body = {"prior": {"family": "beta", "branch": "deal", **parameters}, "reason": "by telephone"}
        answer = await client.put(f"{node}/statements/{expert}", json=body)
        assert answer.status_code == 201, answer.text


async def _pool(client: httpx.AsyncClient, tag: str = "*", node: str = TALKS, **more: object) -> httpx.Response:
    body = {"reason": "the panel has met", **more}
    return await client.post(f"{node}/panel", json=body, headers={"If-Match": tag})


async def _tag(client: httpx.AsyncClient, address: str) -> str:
    return str((await client.get(address)).headers["etag"])


@pytest.mark.parametrize(
    ("more", "mean"),
    [
        ({"weights": HALVES}, (3 / 5 + 1 / 3) / 2),
        ({"weights": {"ann": 0.75, "bob": 0.25}}, 0.75 * 3 / 5 + 0.25 / 3),
        ({"weights": HALVES, "pool": "log_pool"}, 0.75**0.5 / (1 + 0.75**0.5)),
        ({"weights": HALVES, "pool": "extremised", "exponent": 2.0}, 0.75 / 1.75),
    ],
)
async def test_a_panel_becomes_the_prior(client: httpx.AsyncClient, more: dict[str, Any], mean: float) -> None:
    """A mixture has the weighted mean; a log pool the geometric mean of the odds; an exponent multiplies log-odds."""
    answer = await _pool(client, await _tag(client, COIN), **more)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["version"], made["priors"], made["reason"]) == (2, {"talks": 2}, "the panel has met")
    assert [change["pointer"] for change in made["changes"]] == ["/nodes/talks/prior", "/experts"]
    (move,) = (move for move in made["moved"]["comparison"]["moves"] if move["place"] == "outcomes.deal")
    assert move["before"]["exact"] == pytest.approx(2 / 7)
    assert move["after"]["exact"] == pytest.approx(mean, abs=1e-9)
    document = (await client.get(COIN)).json()["document"]
    assert document["nodes"]["talks"]["prior"]["experts"] == {
        expert: {"family": "beta", "branch": "deal", **parameters} for expert, parameters in STATED.items()
    }
    assert document["experts"] == more["weights"]


async def test_the_yaml_keeps_its_comments(client: httpx.AsyncClient) -> None:
    """Both the prior and the weights are edited in place."""
    text = """\
scenario: talks-2026
title: A deal or none  # the short title
as_of: 2026-01-01
horizon: 2026-12-31
nodes:
  talks:
    branches: [deal, no_deal]
    prior: {family: beta, branch: deal, a: 2, b: 5}  # seven rounds since 1994
# the end
"""
    assert (await client.post("/v1/scenarios", json={"yaml": text, "reason": "a test"})).status_code == 201
    node = "/v1/scenarios/talks-2026/nodes/talks"
    await _state(client, STATED, node)
    made = (await _pool(client, node=node, weights=HALVES)).json()
    assert made["yaml_rewritten"] is False
    after = (await client.get("/v1/scenarios/talks-2026.yaml")).text
    assert "# the short title" in after
    assert "# seven rounds since 1994" in after
    assert "experts: {ann: 0.5, bob: 0.5}" in after


async def test_the_newest_statements_count_and_those_of_tomorrow_do_not(client: httpx.AsyncClient) -> None:
    """A pool is of its moment: what is stated later stays a statement until somebody pools again."""
    await _state(client, {"ann": {"a": 1.0, "b": 4.0}})
    await _pool(client, weights=HALVES)
    await _state(client, {"ann": {"a": 9.0, "b": 1.0}})
    prior = (await client.get(f"{TALKS}/prior")).json()["prior"]
    assert prior["experts"]["ann"]["a"] == 1.0
    made = (await _pool(client)).json()
    assert made["version"] == 3
    assert made["document"]["nodes"]["talks"]["prior"]["experts"]["ann"]["a"] == 9.0
    assert made["document"]["experts"] == HALVES, "weights that are there need not be stated again"


async def test_some_of_the_experts_can_be_pooled(client: httpx.AsyncClient) -> None:
    await _state(client, {"eve": {"a": 1.0, "b": 9.0}})
    made = await _pool(client, experts=["eve", "ann"], weights={"ann": 0.5, "eve": 0.5})
    assert made.status_code == 200, made.text
    prior = made.json()["document"]["nodes"]["talks"]["prior"]
    assert list(prior["experts"]) == ["eve", "ann"]
    (move,) = (move for move in made.json()["moved"]["comparison"]["moves"] if move["place"] == "outcomes.deal")
    assert move["after"]["exact"] == pytest.approx((0.6 + 0.1) / 2)


async def test_of_many_silent_experts_the_first_few_are_looked_for(client: httpx.AsyncClient) -> None:
    """Each is named."""
    refused = await _pool(client, experts=[f"bob{i}" for i in range(10)], weights=HALVES)
    said = [error["detail"] for error in refused.json()["errors"]]
    silent = [f"'bob{i}' has stated nothing for node 'talks'" for i in range(10)]
    assert said == [*(f"{each}: did you mean 'bob'?" for each in silent[:MOST_HINTS]), *silent[MOST_HINTS:]]


async def test_a_panel_needs_two_experts(client: httpx.AsyncClient) -> None:
    await _store(client, coin(scenario="dice"))
    dice = "/v1/scenarios/dice/nodes/talks"
    nobody = await _pool(client, node=dice)
    assert (nobody.status_code, nobody.json()["type"]) == (409, "/problems/conflict")
    assert nobody.json()["detail"].startswith("nobody has stated something for node 'talks', and a panel needs two")
    await _state(client, {"ann": {"a": 1.0, "b": 4.0}}, dice)
    one = await _pool(client, node=dice)
    assert one.status_code == 409
    assert one.json()["detail"].startswith("only 'ann' has stated something for node 'talks'")
    assert "PUT their priors to …/statements/{expert} first" in one.json()["detail"]


@pytest.mark.parametrize(
    ("more", "pointer", "words"),
    [
        ({}, "/weights", "the scenario weighs nobody, but the panel has 'ann', 'bob': state weights"),
        ({"weights": {"ann": 1.0}}, "/weights", "stated for 'ann', but the panel has 'ann', 'bob': state one for each"),
        ({"weights": {"ann": 0.5, "bob": 0.4}}, "/weights", "sum to 0.9, not to 1"),
        ({"weights": {"ann": 1.5, "bob": -0.5}}, "/weights/ann", "must be at most 1"),
        ({"experts": ["ann", "bbo"]}, "/experts/1", "'bbo' has stated nothing for node 'talks': did you mean 'bob'?"),
        ({"experts": ["ann"]}, "/experts", "needs 2"),
        ({"experts": ["ann", "ann"]}, "/experts", "names an expert twice"),
        ({"weights": HALVES, "exponent": 2.0}, "/exponent", "exponent goes with pool: extremised"),
        ({"weights": HALVES, "pool": "extremised"}, "/exponent", "exponent goes with pool: extremised"),
        ({"weights": HALVES, "pool": "extremised", "exponent": 11.0}, "/exponent", "must be at most 10"),
        ({"pool": "median"}, "/pool", "must be 'mixture' or 'log_pool' or 'extremised'"),
    ],
)
async def test_faults_point_into_the_request(
    client: httpx.AsyncClient, more: dict[str, Any], pointer: str, words: str
) -> None:
    answer = await _pool(client, **more)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert (await client.get(COIN)).json()["version"] == 1


async def test_a_zero_cannot_be_pooled_geometrically(client: httpx.AsyncClient) -> None:
    """It would outvote everybody; a mixture takes it."""
    body = {"prior": {"family": "fixed", "p": {"deal": 0.0, "no_deal": 1.0}}, "reason": "never"}
    assert (await client.put(f"{TALKS}/statements/bob", json=body)).status_code == 201
    refused = await _pool(client, pool="log_pool", experts=["ann", "bob"], weights=HALVES)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/experts"
    assert "under 'bob': probability 0 vetoes 'deal'" in error["detail"]
    assert (await _pool(client, weights=HALVES)).status_code == 200


async def test_a_statement_that_no_longer_fits_is_named(client: httpx.AsyncClient) -> None:
    """The node has got a branch since; who pools learns whose statement has to be made anew."""
    document = coin()
    alpha = {"deal": 2.0, "no_deal": 4.0, "pause": 1.0}
    document["nodes"]["talks"] = {"branches": list(alpha), "prior": {"family": "dirichlet", "alpha": alpha}}
    put = await client.put(COIN, json={"document": document, "reason": "a third way"}, headers={"If-Match": "*"})
    assert put.status_code == 200
    refused = await _pool(client, weights=HALVES)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["", ""]
    assert [error["detail"].partition(":")[0] for error in refused.json()["errors"]] == [
        "node 'talks' under 'ann'",
        "node 'talks' under 'bob'",
    ]


async def test_weights_act_at_every_panel(client: httpx.AsyncClient) -> None:
    """Others' panels must go on fitting, and whoever states weights has seen the whole scenario."""
    document = coin(scenario="dice")
    document["nodes"]["talks"]["branches"] = {"deal": "vote", "no_deal": None}
    document["nodes"]["vote"] = {
        "branches": ["yes", "no"],
        "prior": {"family": "panel", "experts": {name: {"family": "beta", "a": 1, "b": 1} for name in ("eve", "bob")}},
    }
    document["experts"] = {"eve": 0.5, "bob": 0.5}
    await _store(client, document)
    dice = "/v1/scenarios/dice/nodes/talks"
    await _state(client, STATED, dice)
    unweighted = await _pool(client, node=dice)
    assert unweighted.json()["errors"][0]["detail"] == (
        "the scenario weighs 'bob', 'eve', but the panel has 'ann', 'bob': state weights"
    )
    breaking = await _pool(client, node=dice, weights=HALVES)
    assert breaking.status_code == 422
    assert breaking.json()["errors"] == [
        {
            "pointer": "/weights",
            "detail": "node 'vote': the panel has 'bob', 'eve', but the scenario's experts are 'ann', 'bob': "
            "state the same experts with their weights under 'experts'",
        }
    ]


async def test_who_states_weights_has_seen_the_whole_scenario(client: httpx.AsyncClient) -> None:
    """The tag of one prior holds for a panel of it, but not for weights, which count elsewhere too."""
    own, whole = await _tag(client, f"{TALKS}/prior"), await _tag(client, COIN)
    refused = await _pool(client, own, weights=HALVES)
    assert (refused.status_code, refused.json()["type"]) == (412, "/problems/stale")
    assert "weights count at every panel of scenario 'coin', but If-Match speaks of one prior" in refused.text
    assert refused.headers["etag"] == whole
    assert (await _pool(client, whole, weights=HALVES)).status_code == 200
    retitled = {**(await client.get(COIN)).json()["document"], "title": "Another title"}
    put = await client.put(COIN, json={"document": retitled, "reason": "shorter"}, headers={"If-Match": "*"})
    assert put.status_code == 200
    assert (await _pool(client, await _tag(client, f"{TALKS}/prior"), pool="log_pool")).status_code == 200
    stale = await _pool(client, whole, weights=HALVES)
    assert stale.status_code == 412
    assert "'coin' has changed since you read it" in stale.json()["detail"]
    assert len(stale.json()["changed"]) == 3


async def test_a_panel_must_say_what_it_is_based_on(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{TALKS}/panel", json={"reason": "x"})
    assert (answer.status_code, answer.json()["type"]) == (428, "/problems/unconditional")
    assert f"GET {TALKS}/prior has it" in answer.json()["detail"]


@pytest.mark.parametrize("node", [f"{COIN}/nodes/tlaks", "/v1/scenarios/con/nodes/talks", f"{COIN}/nodes/%27;--"])
async def test_a_node_that_is_not_there_has_no_panel(client: httpx.AsyncClient, node: str) -> None:
    assert (await _pool(client, node=node, weights=HALVES)).status_code == 404


async def test_a_repeated_request_pools_once(client: httpx.AsyncClient) -> None:
    headers = {"If-Match": await _tag(client, COIN), "Idempotency-Key": "k-1"}
    body = {"weights": HALVES, "reason": "the panel has met"}
    first, again = [await client.post(f"{TALKS}/panel", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert (await client.get(COIN)).json()["version"] == 2


async def test_whoever_may_only_read_pools_nothing(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    client.headers["Authorization"] = new_key("read")
    assert (await _pool(client, weights=HALVES)).status_code == 403

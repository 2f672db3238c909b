"""Statements of a panel's members over REST: each keeps its own, the newest counts, the scenario stays as it is."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.store import audit
from api.store.database import Database
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
TALKS = f"{COIN}/nodes/talks"


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app whose clock the test moves."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more: a coin."""
    answer = await client.post("/v1/scenarios", json={"document": coin(), "reason": "a test"})
    assert answer.status_code == 201, answer.text
    return client


def beta(a: float, b: float = 4.0, branch: str = "deal") -> dict[str, Any]:
    return {"family": "beta", "branch": branch, "a": a, "b": b}


async def _state(client: httpx.AsyncClient, expert: str, prior: dict[str, Any], **more: object) -> httpx.Response:
    """Send JSON in ASCII, which can write down halves of characters too."""
    body = json.dumps({"prior": prior, "reason": "by telephone", **more})
    headers = {"Content-Type": "application/json"}
    return await client.put(f"{TALKS}/statements/{expert}", content=body, headers=headers)


async def _stated(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{TALKS}/statements{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["statements"]
    return found


async def test_a_statement_is_read_as_it_was_recorded(client: httpx.AsyncClient) -> None:
    answer = await _state(client, "ann", beta(6), author="desk")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{TALKS}/statements/ann")
    made = answer.json()
    assert {key: made[key] for key in made.keys() - {"id"}} == {
        "scenario": "coin",
        "node": "talks",
        "expert": "ann",
        "prior": beta(6),
        "author": "desk",
        "reason": "by telephone",
        "recorded_at": "2026-03-10T12:00:00Z",
        "href": f"{TALKS}/statements/ann",
    }
    assert (await client.get(made["href"])).json() == made
    assert await _stated(client) == [made]


async def test_a_statement_alone_changes_nothing(client: httpx.AsyncClient) -> None:
    """Not the scenario, not its tag, not its forecast."""
    before = await client.get(COIN)
    await _state(client, "ann", beta(60))
    after = await client.get(COIN)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    made = (await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096})).json()["forecast"]
    assert made["outcomes"]["deal"]["exact"] == pytest.approx(2 / 7)


async def test_the_newest_statement_of_each_expert_is_listed_by_expert(
    client: httpx.AsyncClient, clock: SetClock
) -> None:
    for expert, a in (("bob", 1), ("ann", 2), ("bob", 3)):
        await _state(client, expert, beta(a))
        clock.forward(hours=1)
    assert [(each["expert"], each["prior"]["a"]) for each in await _stated(client)] == [("ann", 2), ("bob", 3)]
    history = await _stated(client, "?history=true")
    assert [(each["expert"], each["prior"]["a"]) for each in history] == [("bob", 3), ("ann", 2), ("bob", 1)]


async def test_a_moment_has_what_was_stated_then(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Stated on the 11th and on the 13th."""
    clock.forward(days=1)
    await _state(client, "ann", beta(1))
    clock.forward(days=2)
    await _state(client, "ann", beta(2))
    found = {
        day: [each["prior"]["a"] for each in await _stated(client, f"?as_of=2026-03-{day}")] for day in (10, 12, 13)
    }
    assert found == {10: [], 12: [1], 13: [2]}
    assert [each["prior"]["a"] for each in await _stated(client, "?history=true&as_of=2026-03-12")] == [1]
    assert (await client.get(f"{TALKS}/statements/ann?as_of=2026-03-12")).json()["prior"] == beta(1)
    assert (await client.get(f"{TALKS}/statements/ann?as_of=2026-03-10")).status_code == 404


async def test_a_statement_that_repeats_the_newest_is_there_already(client: httpx.AsyncClient) -> None:
    """With another reason, or after another statement, it is a new one: the expert has thought again."""
    first = await _state(client, "ann", beta(6))
    again = await _state(client, "ann", {"b": 4, "a": 6.0, "branch": "deal", "family": "beta"})
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (await _state(client, "ann", beta(6), reason="asked again after the summit")).status_code == 201
    assert (await _state(client, "ann", beta(7))).status_code == 201
    assert (await _state(client, "ann", beta(6))).status_code == 201
    assert len(await _stated(client, "?history=true")) == 4


@pytest.mark.parametrize(
    "prior",
    [
        {"family": "fixed", "p": {"deal": 0.2, "no_deal": 0.8}},
        {"family": "dirichlet", "mean": {"deal": 0.2, "no_deal": 0.8}, "equivalent_sample_size": 12},
        {"family": "conditional", "order": ["deal", "no_deal"], "a": {"deal": 1}, "b": {"deal": 4}},
        {"family": "quantiles", "branches": {"deal": {"0.25": 0.1, "0.75": 0.3}}},
        {"family": "interval", "branches": {"deal": {"low": 0.1, "best": 0.2, "high": 0.4, "confidence": 0.9}}},
        {"family": "verbal", "branches": {"deal": "unlikely"}},
    ],
    ids=lambda prior: str(prior["family"]),
)
async def test_every_plain_family_can_be_stated(client: httpx.AsyncClient, prior: dict[str, Any]) -> None:
    answer = await _state(client, "ann", prior)
    assert answer.status_code == 201, answer.text
    assert answer.json()["prior"] == prior


@pytest.mark.parametrize(
    ("prior", "pointer", "words"),
    [
        (beta(6, branch="dael"), "/prior", "node 'talks': the prior speaks of 'dael', but the branches are"),
        (beta(-1), "/prior/a", "must be at least"),
        ({"family": "fixed", "p": {"deal": 0.2, "no_deal": 0.7}}, "/prior", "sum to 0.9, not to 1"),
        ({"family": "fixed", "p": {"deal": 0.2, "other": 0.8}}, "/prior", "leaves out 'no_deal' and names 'other'"),
        ({"family": "panel", "experts": {"x": beta(1), "y": beta(2)}}, "/prior/family", "'panel' is not one of fixed"),
        ({"family": "by_state", "driver": "x", "states": {}}, "/prior/family", "'by_state' is not one of"),
        ({"family": "hazard", "event": "deal"}, "/prior/family", "'hazard' is not one of"),
        ({"family": "verbal", "branches": {"deal": "maybe"}}, "/prior", "maybe"),
        ({"a": 1, "b": 2}, "/prior", "lacks 'family'"),
    ],
)
async def test_a_statement_fits_the_node_by_itself(
    client: httpx.AsyncClient, prior: dict[str, Any], pointer: str, words: str
) -> None:
    answer = await _state(client, "ann", prior)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert await _stated(client) == []


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    await _state(client, "ann", beta(6))
    body = {"prior": beta(6), "reason": "x"}
    missing = {
        "/v1/scenarios/con/nodes/talks": "unknown-scenario",
        f"{COIN}/nodes/tlaks": "unknown-record",
        f"{COIN}/nodes/%27;--": "unknown-record",
    }
    for address, kind in missing.items():
        for answer in (
            await client.get(f"{address}/statements"),
            await client.get(f"{address}/statements/ann"),
            await client.put(f"{address}/statements/ann", json=body),
        ):
            assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{kind}")
    silent = await client.get(f"{TALKS}/statements/anne")
    assert (silent.status_code, silent.json()["type"]) == (404, "/problems/unknown-record")
    assert silent.json()["detail"] == "'anne' has stated nothing for node 'talks': did you mean 'ann'?"


async def test_statements_about_a_node_that_is_gone_stay_readable(client: httpx.AsyncClient) -> None:
    await _state(client, "ann", beta(6))
    document = coin()
    document["nodes"] = {"summit": document["nodes"]["talks"]}
    put = await client.put(COIN, json={"document": document, "reason": "renamed"}, headers={"If-Match": "*"})
    assert put.status_code == 200
    assert [each["expert"] for each in await _stated(client)] == ["ann"]
    assert (await client.get(f"{TALKS}/statements/ann")).status_code == 200
    assert (await _state(client, "ann", beta(7))).status_code == 404


@pytest.mark.parametrize(
    "expert", ["%27;%20drop%20table%20statement;--", "%00", "..%5cx", "a" * 65, "7up", "%ED%A0%80"]
)
async def test_an_expert_has_a_name(client: httpx.AsyncClient, expert: str) -> None:
    for answer in (await _state(client, expert, beta(6)), await client.get(f"{TALKS}/statements/{expert}")):
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"
    assert await _stated(client) == []


@pytest.mark.parametrize("text", ["x" * 10_001, "nul\x00", "half\ud800", " ", "\u202e", ""])
async def test_text_that_cannot_be_printed_is_refused_by_field(client: httpx.AsyncClient, text: str) -> None:
    answer = await _state(client, "ann", beta(6), reason=text)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")


@pytest.mark.parametrize("text", ["x" * 10_000, "'; drop table statement; --", "»日本« مرحبا 🤝\n\t\\ \" '"])
async def test_any_printable_text_is_kept_as_it_is(client: httpx.AsyncClient, text: str) -> None:
    assert (await _state(client, "ann", beta(6), reason=text, author=text[:200])).status_code == 201
    (made,) = await _stated(client)
    assert (made["reason"], made["author"]) == (text, text[:200])


async def test_pages_of_the_history_hold_every_statement_once(client: httpx.AsyncClient, clock: SetClock) -> None:
    for a in range(1, 8):
        await _state(client, f"e{a % 2}", beta(a))
        clock.forward(hours=1)
    found, address = [], f"{TALKS}/statements?history=true&limit=3"
    while address is not None:
        page = (await client.get(address)).json()
        found += [each["prior"]["a"] for each in page["statements"]]
        address = page["next"]
        await _state(client, "late", beta(50 + len(found)))
    assert found == [7, 6, 5, 4, 3, 2, 1]


async def test_the_newest_of_each_expert_come_in_pages_too(client: httpx.AsyncClient, clock: SetClock) -> None:
    """By expert, each with the newest statement, whatever is stated meanwhile by those already shown."""
    for a, expert in enumerate(("eve", "Bob", "ann", "dan", "cyd", "ann")):
        await _state(client, expert, beta(1 + a))
        clock.forward(hours=1)
    found, sizes, address = [], [], f"{TALKS}/statements?limit=2"
    while address is not None:
        page = (await client.get(address)).json()
        sizes.append(len(page["statements"]))
        found += [(each["expert"], each["prior"]["a"]) for each in page["statements"]]
        address = page["next"]
        await _state(client, "Bob", beta(50 + len(found)))
    assert found == [("Bob", 2), ("ann", 6), ("cyd", 5), ("dan", 4), ("eve", 1)]
    assert sizes == [2, 2, 1]


async def test_a_cursor_belongs_to_its_list(client: httpx.AsyncClient) -> None:
    """One of the newest statements says nothing about the history, nor the other way round."""
    for expert in ("ann", "bob"):
        await _state(client, expert, beta(2))
    for own, other in (("", "&history=true"), ("&history=true", "")):
        address = (await client.get(f"{TALKS}/statements?limit=1{own}")).json()["next"]
        cursor = httpx.URL(address).params["cursor"]
        refused = await client.get(f"{TALKS}/statements?cursor={cursor}{other}")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "cursor"


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient) -> None:
    await _state(client, "ann", beta(6))
    for address in (f"{TALKS}/statements", f"{TALKS}/statements/ann"):
        tag = (await client.get(address)).headers["etag"]
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 304


async def test_a_repeated_request_records_one_statement(client: httpx.AsyncClient, database: Database) -> None:
    """Even if another came between; the audit log has it once, under the key's name."""
    body = {"prior": beta(6), "reason": "by telephone", "author": "desk"}
    headers = {"Idempotency-Key": "k-1"}
    first = await client.put(f"{TALKS}/statements/ann", json=body, headers=headers)
    await _state(client, "ann", beta(9))
    again = await client.put(f"{TALKS}/statements/ann", json=body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(await _stated(client, "?history=true")) == 2
    with database.reading() as connection:
        _, made = audit.page(connection, 2)
    assert (made.actor, made.action) == ("keyless", "statement.record")
    assert made.subject == f"scenarios/coin/statements/{first.json()['id']}"
    assert {key: made.details[key] for key in ("node", "expert", "author")} == {
        "node": "talks",
        "expert": "ann",
        "author": "desk",
    }


async def test_many_state_at_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(_state(client, f"e{i % 5}", beta(1 + i)) for i in range(15)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await _stated(client, "?history=true")) == 15
    assert [each["expert"] for each in await _stated(client)] == [f"e{i}" for i in range(5)]


async def test_whoever_may_only_read_states_nothing(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    client.headers["Authorization"] = new_key("read")
    assert (await client.get(f"{TALKS}/statements")).status_code == 200
    answer = await _state(client, "ann", beta(6))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")

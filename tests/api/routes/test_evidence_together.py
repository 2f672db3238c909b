"""A ledger that two servers change at the same time, and one that is told the same thing twice."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.settings import Settings
from api.store import audit, evidence
from api.store.database import Database
from tests.api.clocked import clocked_client
from tests.api.routes.entries import (
    LEDGER,
    add_entry,
    forecast,
    on_file,
    retract,
    revise,
    said,
    store,
    without_deal,
)
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app whose clock the test moves."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more: a coin."""
    await store(client, coin())
    return client


@pytest.fixture
async def two_servers(
    settings: Settings, client: httpx.AsyncClient, clock: SetClock
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Yield clients of two more apps on the database that ``client`` has put the coin into."""
    async with clocked_client(settings, clock) as one, clocked_client(settings, clock) as other:
        yield [one, other]


async def test_two_servers_add_at_once(two_servers: list[httpx.AsyncClient], database: Database) -> None:
    """Every entry that was acknowledged is there, each at a moment of its own."""
    adding = [add_entry(two_servers[i % 2], f"e{i}", said(what=f"report {i}")) for i in range(10)]
    assert {answer.status_code for answer in await asyncio.gather(*adding)} == {201}
    with database.reading() as connection:
        entries = evidence.ledger(connection, "coin").entries
    assert {each.name for each in entries} == {f"e{i}" for i in range(10)}
    assert len({each.recorded_at for each in entries}) == 10


async def test_two_servers_that_hear_the_same_news_record_it_once(two_servers: list[httpx.AsyncClient]) -> None:
    adding = [add_entry(two_servers[i % 2], f"e{i}", dedupe_key="wire:7") for i in range(6)]
    answers = await asyncio.gather(*adding)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer.json()["name"] for answer in answers}) == 1
    assert len(await on_file(two_servers[0])) == 1


async def test_an_entry_is_retracted_by_one_of_two(two_servers: list[httpx.AsyncClient]) -> None:
    await add_entry(two_servers[0], "announced")
    answers = await asyncio.gather(*(retract(each, "announced") for each in two_servers))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize("version_first", [True, False])
async def test_a_version_and_an_entry_that_exclude_each_other_are_not_both_stored(
    two_servers: list[httpx.AsyncClient], version_first: bool
) -> None:
    """Whichever comes second is told why; the scenario can be forecast whoever wins."""
    one, other = two_servers if version_first else two_servers[::-1]
    revised, added = await asyncio.gather(revise(one, without_deal()), add_entry(other, "announced"))
    assert (revised.status_code, added.status_code) in ((200, 422), (422, 201))
    made = (await one.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096})).json()["forecast"]
    assert set(made["outcomes"]) == ({"treaty", "no_deal"} if revised.status_code == 200 else {"deal", "no_deal"})


async def test_a_version_and_an_entry_that_fit_are_both_stored(two_servers: list[httpx.AsyncClient]) -> None:
    revised, added = await asyncio.gather(revise(two_servers[0], coin(3.0)), add_entry(two_servers[1], "announced"))
    assert (revised.status_code, added.status_code) == (200, 201)
    made = await forecast(two_servers[1])
    # Beta(3, 5) has the mean 3/8: 3·3/8 / (3·3/8 + 5/8) = 9/14
    assert made["outcomes"]["deal"]["exact"] == pytest.approx(9 / 14, abs=1e-12)


async def test_a_repeated_request_gets_the_first_answer(client: httpx.AsyncClient, database: Database) -> None:
    """Neither the entry nor the audit log has it twice, and the audit log names who did what to what."""
    headers = {"Idempotency-Key": "k-1"}
    body = {"name": "announced", "entry": said(), "reason": "a wire report", "author": "eve"}
    first, again = [await client.post(LEDGER, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post(LEDGER, json={**body, "name": "other"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    headers = {"Idempotency-Key": "k-2"}
    for _ in range(2):
        gone = await client.post(f"{LEDGER}/announced/retraction", json={"reason": "denied"}, headers=headers)
        assert gone.status_code == 201
    with database.reading() as connection:
        retracted, added = audit.page(connection, 2)
    assert (added.actor, added.action, added.subject) == (
        "keyless",
        "evidence.add",
        "scenarios/coin/evidence/announced",
    )
    assert added.details["author"] == "eve"
    assert (retracted.action, retracted.subject) == ("evidence.retract", "scenarios/coin/evidence/announced/retraction")

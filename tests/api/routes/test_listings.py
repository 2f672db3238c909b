"""Listings over REST: recorded once, replaced or ended by newer ones, checked with the scenario, never lost."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from api.store import audit, listings, tables
from api.store.database import Database
from api.store.verification import verify
from tests.api.clocked import NOON
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
LISTINGS = f"{COIN}/listings"

QUESTIONS: dict[str, Any] = {
    "deal-in-2026": {"type": "binary", "text": "Will there be a deal?", "resolution": "A text.", "event": "deal"},
    "state": {
        "type": "multiple_choice",
        "text": "How will it end?",
        "resolution": "By the same text.",
        "options": {"Deal": "deal", "No deal": "no_deal"},
    },
}


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app whose clock the test moves."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more: a coin that answers two questions."""
    body = {"document": coin(questions=QUESTIONS), "reason": "a test"}
    answer = await client.post("/v1/scenarios", json=body)
    assert answer.status_code == 201, answer.text
    return client


def deal(**more: object) -> dict[str, Any]:
    """Return a listing of a binary question of Metaculus that a deal answers."""
    return {"platform": "metaculus", "question": "deal-in-2026", "id": 7, "post": 70, "type": "binary", **more}


async def _put(client: httpx.AsyncClient, name: str, listing: dict[str, Any], **more: object) -> httpx.Response:
    """Send JSON in ASCII, which can write down halves of characters too."""
    body = json.dumps({"listing": listing, "reason": "the clause is ours", **more})
    return await client.put(f"{LISTINGS}/{name}", content=body, headers={"Content-Type": "application/json"})


async def _end(client: httpx.AsyncClient, name: str, **more: object) -> httpx.Response:
    return await client.post(f"{LISTINGS}/{name}/end", json={"reason": "the question was closed", **more})


async def _listed(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"{LISTINGS}{query}")
    assert answer.status_code == 200, answer.text
    return {page["name"]: page["listing"] for page in answer.json()["listings"]}


def _recorded(database: Database, name: str = "deal") -> list[listings.Listed]:
    """Return everything that was recorded under a name, oldest first."""
    with database.reading() as connection:
        return list(listings.page(connection, "coin", name, 100))[::-1]


async def test_a_listing_is_read_as_it_was_recorded(client: httpx.AsyncClient) -> None:
    answer = await _put(client, "deal", deal(title="Will they sign?"), author="desk")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{LISTINGS}/deal")
    made = answer.json()
    assert made == {
        "name": "deal",
        "scenario": "coin",
        "listing": deal(title="Will they sign?"),
        "author": "desk",
        "reason": "the clause is ours",
        "recorded_at": "2026-03-10T12:00:00Z",
        "href": f"{LISTINGS}/deal",
    }
    assert (await client.get(made["href"])).json() == made
    assert (await client.get(LISTINGS)).json() == {"listings": [made]}


async def test_a_listing_alone_changes_nothing(client: httpx.AsyncClient) -> None:
    before = await client.get(COIN)
    await _put(client, "deal", deal())
    after = await client.get(COIN)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


async def test_what_only_repeats_what_counts_is_there_already(client: httpx.AsyncClient, database: Database) -> None:
    """Whatever its reason, and in whatever order its fields come; what differs is recorded."""
    first = await _put(client, "deal", deal())
    again = await _put(client, "deal", dict(reversed(deal().items())), reason="sent again", author="bob")
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert again.headers["location"] == f"{LISTINGS}/deal"
    assert len(_recorded(database)) == 1
    assert (await _put(client, "deal", deal(id=8))).status_code == 201
    assert (await _put(client, "deal", deal())).status_code == 201
    assert [(each.body or {})["id"] for each in _recorded(database)] == [7, 8, 7]


async def test_one_listing_replaces_another_under_its_name(client: httpx.AsyncClient, clock: SetClock) -> None:
    await _put(client, "deal", deal())
    await _put(client, "a-second", deal(id=9))
    clock.forward(days=1)
    state = {"platform": "table", "question": "state"}
    replaced = await _put(client, "deal", state)
    assert (replaced.status_code, replaced.json()["recorded_at"]) == (201, "2026-03-11T12:00:00Z")
    found = await _listed(client)
    assert found == {"a-second": deal(id=9), "deal": state}
    assert list(found) == ["a-second", "deal"]


async def test_what_has_ended_counts_no_longer_and_stays_on_record(
    client: httpx.AsyncClient, database: Database, clock: SetClock
) -> None:
    await _put(client, "deal", deal())
    clock.forward(days=1)
    answer = await _end(client, "deal", author="desk")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{LISTINGS}/deal")
    page = answer.json()
    assert (page["listing"], page["author"], page["reason"]) == (None, "desk", "the question was closed")
    assert await _listed(client) == {}
    assert (await client.get(f"{LISTINGS}/deal")).status_code == 404
    again = await _end(client, "deal")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/unknown-record")
    assert (await _put(client, "deal", deal())).status_code == 201
    assert [each.body is None for each in _recorded(database)] == [False, True, False]


async def test_a_moment_has_the_listings_that_it_had(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Recorded on the 10th, replaced on the 12th, ended on the 14th."""
    await _put(client, "deal", deal())
    clock.forward(days=2)
    await _put(client, "deal", deal(id=8))
    clock.forward(days=2)
    await _end(client, "deal")
    days = {day: (await _listed(client, f"?as_of=2026-03-{day}")).get("deal") for day in (10, 11, 12, 13, 14)}
    assert days == {10: deal(), 11: deal(), 12: deal(id=8), 13: deal(id=8), 14: None}
    assert (await client.get(f"{LISTINGS}/deal?as_of=2026-03-13")).json()["listing"] == deal(id=8)
    assert (await client.get(f"{LISTINGS}/deal?as_of=2026-03-14")).status_code == 404
    before = await client.get(f"{LISTINGS}?as_of=2026-03-09")
    assert (before.status_code, before.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_a_clock_that_was_set_back_leaves_the_newest_in_force(
    client: httpx.AsyncClient, database: Database, clock: SetClock
) -> None:
    await _put(client, "deal", deal())
    clock.forward(hours=-3)
    assert (await _put(client, "deal", deal(id=8))).status_code == 201
    assert await _listed(client) == {"deal": deal(id=8)}
    assert (await _end(client, "deal")).status_code == 201
    assert await _listed(client) == {}
    moments = [each.recorded_at for each in _recorded(database)]
    assert moments == sorted(set(moments))


@pytest.mark.parametrize(
    ("listing", "pointer", "words"),
    [
        (deal(platform="metaculos"), "/listing/platform", "there is no platform 'metaculos': choose metaculus, "),
        (deal(platform=7), "/listing/platform", "there is no platform '7'"),
        ({"question": "deal-in-2026"}, "/listing/platform", "no platform is stated: choose metaculus, manifold"),
        (deal(posts=70), "/listing/posts", "'posts'"),
        (deal(id="seven"), "/listing/id", "number"),
        ({**deal(), "id": None}, "/listing/id", "number"),
        ({"platform": "metaculus", "question": "deal-in-2026", "type": "binary"}, "/listing", "lacks 'id'"),
        (deal(type="numeric"), "/listing", "state 'scaling'"),
        (deal(question="deal-in-2025"), "/listing/question", "has no question 'deal-in-2025': did you mean"),
        (deal(question="x"), "/listing/question", "the questions are deal-in-2026, state"),
        (deal(part={"option": "Deal", "by": "2026-01-01"}), "/listing/part", ""),
    ],
)
async def test_what_fits_no_platform_and_no_question_is_refused_by_field(
    client: httpx.AsyncClient, listing: dict[str, Any], pointer: str, words: str
) -> None:
    answer = await _put(client, "deal", listing)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    errors = answer.json()["errors"]
    assert all(error["pointer"].startswith(pointer) for error in errors), errors
    assert words in errors[0]["detail"]
    assert await _listed(client) == {}


async def test_every_field_at_fault_is_told(client: httpx.AsyncClient) -> None:
    answer = await _put(client, "deal", deal(id="x", post="y", type="z"))
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/listing/id", "/listing/post", "/listing/type"}


async def test_a_listing_is_checked_with_the_newest_version(client: httpx.AsyncClient) -> None:
    """One that fitted an older version stays, as it was recorded."""
    await _put(client, "deal", deal())
    body = {"document": coin(questions={"state": QUESTIONS["state"]}), "reason": "asked otherwise"}
    assert (await client.put(COIN, json=body, headers={"If-Match": "*"})).status_code == 200
    assert (await _put(client, "another", deal(id=8))).status_code == 422
    assert await _listed(client) == {"deal": deal()}
    assert (await _end(client, "deal")).status_code == 201


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    await _put(client, "deal", deal())
    body = {"listing": deal(), "reason": "x"}
    nowhere = "/v1/scenarios/con/listings"
    for answer in (
        await client.get(nowhere),
        await client.get(f"{nowhere}/deal"),
        await client.put(f"{nowhere}/deal", json=body),
        await client.post(f"{nowhere}/deal/end", json={"reason": "x"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")
    for answer in (await client.get(f"{LISTINGS}/dael"), await _end(client, "dael")):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
        assert answer.json()["detail"] == "there is no listing 'dael': did you mean 'deal'?"


@pytest.mark.parametrize("name", ["%27;--", "%00", "..%5cx", "a" * 65, "7up", "%ED%A0%80"])
async def test_a_listing_has_a_name(client: httpx.AsyncClient, name: str) -> None:
    answers = (await _put(client, name, deal()), await client.get(f"{LISTINGS}/{name}"), await _end(client, name))
    for answer in answers:
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"
    assert await _listed(client) == {}


@pytest.mark.parametrize("text", ["nul\x00", "half\ud800", " ", "", "x" * 10_001])
async def test_a_reason_that_cannot_be_printed_is_refused(client: httpx.AsyncClient, text: str) -> None:
    answer = await _put(client, "deal", deal(), reason=text)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")


@pytest.mark.parametrize("text", ["nul\x00", "half\ud800", "\u202e"])
async def test_a_title_that_cannot_be_printed_is_refused(client: httpx.AsyncClient, text: str) -> None:
    answer = await _put(client, "deal", deal(title=text))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in ("/listing", "/listing/title")
    assert await _listed(client) == {}


async def test_a_scenario_has_so_many_listings_at_the_most(client: httpx.AsyncClient, database: Database) -> None:
    rows = [
        {
            "id": f"n{number:04}",
            "scenario_id": "coin",
            "name": f"n{number:04}",
            "body": deal(id=number),
            "author": "ann",
            "reason": "a test",
            "recorded_at": NOON,
        }
        for number in range(listings.MOST_LISTINGS)
    ]
    with database.writing() as connection:
        connection.execute(insert(tables.listing), rows)
    refused = await _put(client, "deal", deal())
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert "has 1,000 listings, as many as it may: end one first" in refused.json()["detail"]
    assert len(await _listed(client)) == listings.MOST_LISTINGS
    assert (await _put(client, "n0008", deal())).status_code == 201
    assert (await _end(client, "n0000")).status_code == 201
    assert (await _put(client, "deal", deal())).status_code == 201


async def test_who_records_the_same_at_once_records_it_once(client: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(*(_put(client, "deal", deal()) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(_recorded(database)) == 1
    assert len({answer.text for answer in answers}) == 1


async def test_who_ends_the_same_at_once_ends_it_once(client: httpx.AsyncClient, database: Database) -> None:
    await _put(client, "deal", deal())
    answers = await asyncio.gather(*(_end(client, "deal") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [404] * 7
    assert len(_recorded(database)) == 2


async def test_who_records_different_listings_at_once_keeps_all(client: httpx.AsyncClient, database: Database) -> None:
    """Under one name they follow each other; the last one counts."""
    answers = await asyncio.gather(*(_put(client, "deal", deal(id=number)) for number in range(1, 13)))
    assert {answer.status_code for answer in answers} == {201}
    recorded = _recorded(database)
    assert sorted((each.body or {})["id"] for each in recorded) == list(range(1, 13))
    assert await _listed(client) == {"deal": recorded[-1].body}
    assert len({each.recorded_at for each in recorded}) == 12


async def test_the_audit_log_has_every_change_and_verifies(client: httpx.AsyncClient, database: Database) -> None:
    await _put(client, "deal", deal(), author="desk")
    await _put(client, "deal", deal())
    await _end(client, "deal")
    with database.reading() as connection:
        verified = verify(connection)
        ended, recorded, _ = audit.page(connection, 3)
    assert verified.rows["listing"] == 2
    assert [(each.actor, each.action) for each in (recorded, ended)] == [
        ("keyless", "listing.record"),
        ("keyless", "listing.end"),
    ]
    assert recorded.subject == f"scenarios/coin/listings/{_recorded(database)[0].id}"
    told = {key: recorded.details[key] for key in ("name", "author", "reason")}
    assert told == {"name": "deal", "author": "desk", "reason": "the clause is ours"}


async def test_a_repeated_request_records_one_listing(client: httpx.AsyncClient, database: Database) -> None:
    """Even if another came between."""
    body = {"listing": deal(), "reason": "once"}
    headers = {"Idempotency-Key": "k-1"}
    first = await client.put(f"{LISTINGS}/deal", json=body, headers=headers)
    await _put(client, "deal", deal(id=8))
    again = await client.put(f"{LISTINGS}/deal", json=body, headers=headers)
    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (201, first.content, "true")
    assert len(_recorded(database)) == 2
    other = await client.put(f"{LISTINGS}/deal", json={**body, "reason": "another"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient) -> None:
    await _put(client, "deal", deal())
    for address in (LISTINGS, f"{LISTINGS}/deal"):
        tag = (await client.get(address)).headers["etag"]
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 304


async def test_whoever_may_only_read_lists_nothing(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    await _put(client, "deal", deal())
    client.headers["Authorization"] = new_key("read")
    assert (await client.get(LISTINGS)).status_code == 200
    for answer in (await _put(client, "deal", deal(id=8)), await _end(client, "deal")):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    client.headers["Authorization"] = new_key("write")
    made = await _put(client, "deal", deal(id=8))
    assert (made.status_code, made.json()["author"]) == (201, "write-key")

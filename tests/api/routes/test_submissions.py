"""Submissions over REST: shown first, stored once, sent by the courier, and no token in what is kept or said."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.platforms.variables import SECRETS, TOKENS
from api.settings import Settings
from api.store import audit
from api.store.database import Database, database_url
from api.store.verification import verify
from api.work.courier import Courier
from tests.api.clocked import clocked_client
from tests.api.platforms.fake_manifold import KEY, FakeManifold
from tests.api.platforms.fake_metaculus import TOKEN, FakeMetaculus, Question
from tests.api.platforms.fakes import Mishap, Reply
from tests.api.platforms.world import World
from tests.api.routes.submitting import (
    COIN,
    SUBMISSIONS,
    forecast,
    list_at,
    market_listing,
    store_coin,
    stored,
    submit,
    withdraw,
)
from tests.api.routes.test_listings import deal
from tests.api.told import listening
from tests.api.work.courier.carried import Platforms, WaitingCourier, carried_app, kept_rows, settle
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

ORDERS = {"budget": 10, "least_edge": 0.01, "dry_run": False}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def database(database_address: str, world: World) -> Any:  # noqa: ANN401 -- an iterator of databases
    """Yield the app's database, opened a second time, with the clock of the world."""
    database = Database(database_url(database_address), world.now)
    yield database
    database.close()


@pytest.fixture
def site(world: World) -> FakeMetaculus:
    return FakeMetaculus(world, Question(7, post=70), Question(8, post=80))


@pytest.fixture
def market(world: World) -> FakeManifold:
    return FakeManifold(world)


@pytest.fixture
async def app(settings: Settings, world: World, site: FakeMetaculus, market: FakeManifold) -> AsyncIterator[FastAPI]:
    """Yield an app whose courier waits, and reaches two platforms."""
    async with carried_app(settings, world, lambda database: WaitingCourier(database, Platforms(site, market))) as app:
        yield app


@pytest.fixture
def carry(app: FastAPI, database: Database, world: World) -> Callable[[], None]:
    """Return what lets the app's courier carry, and time pass, until nothing is unfinished."""
    return lambda: settle(app.state.service.courier, database, world)


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds a coin, with a listing at each of two platforms."""
    await store_coin(client)
    return client


async def test_a_dry_run_stores_nothing_and_sends_nothing(
    client: httpx.AsyncClient, database: Database, site: FakeMetaculus, carry: Callable[[], None]
) -> None:
    """It shows what would be sent, byte for byte, and is what comes if nothing else is said."""
    address, ours = await forecast(client)
    before = kept_rows(database)
    body = {"platform": "metaculus", "reason": "a look"}
    answer = await client.post(f"{address}/submissions", json=body, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["dry_run"], shown["submissions"]) == (True, [])
    (request,) = shown["requests"]
    assert (request["method"], request["path"], request["kind"]) == ("POST", "/api/questions/forecast/", "forecast")
    assert request["body"] == f'[{{"question": 7, "probability_yes": {ours!r}}}]\n'
    exported = await client.post(f"{address}/exports", json={"format": "metaculus"})
    assert request["body"] == exported.json()["documents"][0]["text"]
    carry()
    assert kept_rows(database) == before
    assert site.asked == []


async def test_a_look_before_sending_tells_what_is_of_yesterday(client: httpx.AsyncClient, world: World) -> None:
    """That a newer forecast is on record, and that time has passed since the day from which this one speaks."""
    address, _ = await forecast(client)
    assert (await submit(client, address, dry_run=True)).json()["notes"] == []
    world.sleep(60)
    newer, _ = await forecast(client, seed=2)
    world.sleep(3 * 86_400)
    first, second = (await submit(client, address, dry_run=True)).json()["notes"]
    assert first.startswith("the forecast speaks from 2026-03-10, and does not know")
    assert second == f"a newer forecast of 'coin' is on record: {newer.rsplit('/', 1)[1]}"


async def test_what_would_be_is_not_sent(client: httpx.AsyncClient) -> None:
    """Nor shown as if it could be: a platform asks what will happen."""
    body = {"scenario": "coin", "as_of": "2026-03-10", "draws": 4_096, "assume": ["deal"]}
    made = await client.post("/v1/forecasts", json=body)
    assert made.status_code == 201, made.text
    for dry_run in (True, False):
        answer = await submit(client, made.headers["location"], dry_run=dry_run)
        assert answer.status_code == 422
        assert "it assumes 'deal'" in answer.json()["detail"]
    assert await stored(client) == []


async def test_what_is_asked_for_is_stored_sent_and_confirmed(
    client: httpx.AsyncClient, site: FakeMetaculus, carry: Callable[[], None]
) -> None:
    address, ours = await forecast(client)
    answer = await submit(client, address, author="desk")
    assert answer.status_code == 202, answer.text
    asked = answer.json()
    (waiting,) = asked["submissions"]
    assert {key: waiting[key] for key in waiting.keys() - {"id", "href"}} == {
        "scenario": "coin",
        "forecast": address,
        "platform": "metaculus",
        "kind": "forecast",
        "listings": ["deal"],
        "status": "waiting",
        "attempts": 0,
        "author": "desk",
        "reason": "the monthly forecast",
        "created_at": "2026-03-10T12:00:00Z",
        "not_before": "2026-03-10T12:00:00Z",
        "finished_at": None,
    }
    assert (asked["dry_run"], waiting["href"]) == (False, f"{SUBMISSIONS}/{waiting['id']}")
    assert site.asked == []
    page = (await client.get(waiting["href"])).json()
    assert page == {**waiting, "request": asked["requests"][0], "distortions": asked["distortions"], "receipts": []}
    carry()
    page = (await client.get(waiting["href"])).json()
    assert (page["status"], page["attempts"]) == ("confirmed", 1)
    assert [(each["number"], each["step"], each["outcome"], each["status"]) for each in page["receipts"]] == [
        (1, "send", "begun", None),
        (2, "send", "accepted", 201),
        (3, "read back", "arrived", None),
    ]
    assert site.sent("POST")[0].body.decode() == page["request"]["body"]
    assert site.values(7) == [[1 - ours, ours]]


async def test_the_courier_of_a_server_sends_without_being_told(
    settings: Settings, world: World, site: FakeMetaculus, database: Database
) -> None:
    async with (
        carried_app(settings, world, lambda database: Courier(database, Platforms(site), every=60.0)) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        await store_coin(client)
        address, _ = await forecast(client)
        assert (await submit(client, address)).status_code == 202
        await asyncio.to_thread(eventually, lambda: "'confirmed'" in kept_rows(database)["submission"])
    assert len(site.sent("POST")) == 1


async def test_word_for_word_the_same_is_stored_once(
    client: httpx.AsyncClient, database: Database, site: FakeMetaculus, carry: Callable[[], None]
) -> None:
    """Before it was sent and afterwards; the same of another forecast is another."""
    address, _ = await forecast(client)
    (first,) = (await submit(client, address)).json()["submissions"]
    (again,) = (await submit(client, address, reason="asked twice", author="bob")).json()["submissions"]
    assert again == first
    carry()
    (after,) = (await submit(client, address)).json()["submissions"]
    assert (after["id"], after["status"]) == (first["id"], "confirmed")
    carry()
    assert (len(await stored(client)), len(site.sent("POST"))) == (1, 1)
    other, _ = await forecast(client, seed=2)
    (second,) = (await submit(client, other)).json()["submissions"]
    assert second["id"] != first["id"]
    with database.reading() as connection:
        entries = audit.page(connection, 100)
    assert [each.action for each in entries].count("submission.ask") == 2


async def test_a_repeated_request_gets_the_first_answer(client: httpx.AsyncClient, carry: Callable[[], None]) -> None:
    """Also when the listing has ended meanwhile, and what was asked for is done."""
    address, _ = await forecast(client)
    client.headers["Idempotency-Key"] = "k-1"
    first = await submit(client, address)
    carry()
    client.headers["Idempotency-Key"] = "k-2"
    assert (await client.post(f"{COIN}/listings/deal/end", json={"reason": "closed"})).status_code == 201
    client.headers["Idempotency-Key"] = "k-1"
    again = await submit(client, address)
    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (202, first.content, "true")
    assert len(await stored(client)) == 1
    other = await submit(client, address, reason="another")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")


@pytest.mark.parametrize("key", [None, "k-1"])
async def test_who_asks_for_the_same_at_once_has_it_sent_once(
    client: httpx.AsyncClient, site: FakeMetaculus, carry: Callable[[], None], key: str | None
) -> None:
    address, _ = await forecast(client)
    if key is not None:
        client.headers["Idempotency-Key"] = key
    answers = await asyncio.gather(*(submit(client, address) for _ in range(6)))
    done = [answer for answer in answers if answer.status_code == 202]
    assert done
    # A twin may be told that the first is being worked on.
    assert {answer.status_code for answer in answers} <= ({202} if key is None else {202, 409})
    assert len({answer.json()["submissions"][0]["id"] for answer in done}) == 1
    carry()
    assert (len(await stored(client)), len(site.sent("POST"))) == (1, 1)


async def test_a_comment_goes_with_its_forecast(
    client: httpx.AsyncClient, site: FakeMetaculus, carry: Callable[[], None]
) -> None:
    """Each is a submission of its own; distortions are told with the forecast."""
    await list_at(client, "other", deal(id=8, post=80, comment=True))
    address, ours = await forecast(client)
    asked = (await submit(client, address)).json()
    assert [each["kind"] for each in asked["submissions"]] == ["forecast", "comment"]
    carry()
    became = {each["kind"]: each["status"] for each in await stored(client)}
    assert became == {"forecast": "confirmed", "comment": "confirmed"}
    assert site.values(7) == site.values(8) == [[1 - ours, ours]]
    assert [each["on_post"] for each in site.comments] == [80]


async def test_every_order_is_a_submission(
    client: httpx.AsyncClient, market: FakeManifold, carry: Callable[[], None]
) -> None:
    """What the form cannot say is told with each."""
    await list_at(client, "second", market_listing("c2"))
    address, ours = await forecast(client)
    asked = (await submit(client, address, platform="manifold", settings=ORDERS)).json()
    assert [each["kind"] for each in asked["submissions"]] == ["order", "order"]
    assert asked["distortions"][0]["figures"]["probability"] == ours
    carry()
    assert [each["status"] for each in await stored(client)] == ["confirmed", "confirmed"]
    placed = sorted((bet["contractId"], bet["outcome"], bet["orderAmount"]) for bet in market.bets)
    assert placed == [("c1", "NO", 5), ("c2", "NO", 5)]


async def test_what_the_platform_refuses_is_told(
    client: httpx.AsyncClient, site: FakeMetaculus, carry: Callable[[], None]
) -> None:
    site.questions[7].closed = True
    address, _ = await forecast(client)
    (asked,) = (await submit(client, address)).json()["submissions"]
    carry()
    page = (await client.get(asked["href"])).json()
    assert (page["status"], page["finished_at"]) == ("refused", page["receipts"][-1]["at"])
    assert page["receipts"][-1]["answer"]["reason"] == "closed"
    assert "already closed" in page["receipts"][-1]["answer"]["faults"][0]["message"]


async def test_what_a_site_needs_for_reading_back_is_asked_for(client: httpx.AsyncClient) -> None:
    answers = {"type": "Forecast::YesNoQuestion", "yes": 51, "no": 52}
    await list_at(client, "set", {"platform": "cultivate", "question": "deal-in-2026", "id": 5, "answers": answers})
    address, _ = await forecast(client)
    lacking = await submit(client, address, platform="cultivate", dry_run=True)
    assert (lacking.status_code, lacking.json()["type"]) == (422, "/problems/export-refused")
    assert "no membership is stated: state yours under 'settings'" in lacking.json()["detail"]
    stated = await submit(client, address, platform="cultivate", dry_run=True, settings={"membership": 3})
    assert stated.json()["requests"][0]["path"] == "/api/v1/questions/5/prediction_sets"


@pytest.fixture
def tokenless(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (SECRETS, *TOKENS):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("tokenless")
async def test_without_a_token_nothing_is_stored(settings: Settings, database: Database, world: World) -> None:
    """Neither a forecast nor a withdrawal; what would be sent can be shown all the same."""
    async with clocked_client(settings, world.now) as client:
        await store_coin(client)
        address, _ = await forecast(client)
        before = kept_rows(database)
        assert (await submit(client, address, dry_run=True)).status_code == 200
        for answer in (await submit(client, address), await withdraw(client)):
            assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused")
            assert "Metaculus needs a token: set BRANCHCAST_METACULUS_TOKEN" in answer.json()["detail"]
        assert kept_rows(database) == before


async def test_the_token_is_in_no_row_no_line_and_no_answer(
    client: httpx.AsyncClient, database: Database, site: FakeMetaculus, market: FakeManifold, carry: Callable[[], None]
) -> None:
    """Though it is sent with every request, and two platforms repeat it in what they answer."""
    site.script = [
        Mishap.DROPPED_ANSWER,
        Reply(502, f"<html><title>bad Authorization: Token {TOKEN}</title></html>".encode()),
    ]
    market.script = [Reply(401, {"message": f"No private user exists with API key {KEY}."})]
    answers = []
    with listening("debug") as heard:
        address, _ = await forecast(client)
        answers += [await submit(client, address, dry_run=True), await submit(client, address)]
        answers += [await submit(client, address, platform="manifold", settings=ORDERS)]
        carry()
        answers += [await withdraw(client)]
        carry()
        listed = await client.get(SUBMISSIONS)
        answers += [listed, *[await client.get(each["href"]) for each in listed.json()["submissions"]]]
        answers += [await client.get("/v1/audit"), await client.get("/metrics"), await client.get("/openapi.json")]
    sent = [*site.asked, *market.asked]
    assert all(asked.headers["authorization"].endswith((TOKEN, KEY)) for asked in sent)
    assert len(sent) >= 5
    kept = {**kept_rows(database), "log": heard.text, **{str(i): answer.text for i, answer in enumerate(answers)}}
    assert "No private user exists with API key ***" in kept["receipt"]
    assert heard.of("sent")
    for where, text in kept.items():
        for secret in (TOKEN, KEY):
            assert secret.lower() not in text.lower(), where


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"platform": "table"}, "export files for it"),
        ({"platform": "metaculos"}, "requests go to metaculus, manifold, cultivate"),
        ({"platform": "manifold", "settings": {**ORDERS, "expires_on": "2026-01-01"}}, "state a later one"),
        ({"listings": ["postless"]}, "question 9 has no post: state 'post'"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_cannot_be_delivered_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any], words: str, *, dry_run: bool
) -> None:
    await list_at(client, "postless", {key: value for key, value in deal(id=9).items() if key != "post"})
    address, _ = await forecast(client)
    answer = await submit(client, address, **asked, dry_run=dry_run)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused"), answer.text
    assert words in answer.json()["detail"]
    assert await stored(client) == []


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"listings": ["dael"]}, "/listings/0"),
        ({"listings": ["bet"]}, "/listings/0"),
        ({"settings": {"team": "x"}}, "/settings/team"),
        ({"platform": "manifold", "settings": {"least_edge": 0.1}}, "/settings"),
        ({"reason": " "}, "/reason"),
        ({"dry_run": "no"}, "/dry_run"),
        ({"token": "x"}, "/token"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_by_field(
    client: httpx.AsyncClient, asked: dict[str, Any], pointer: str
) -> None:
    address, _ = await forecast(client)
    answer = await submit(client, address, **asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await stored(client) == []


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for dry_run in (True, False):
        answer = await submit(client, "/v1/forecasts/nope", dry_run=dry_run)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    answer = await client.get(f"{SUBMISSIONS}/nope")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    answer = await client.post("/v1/scenarios/nowhere/withdrawals", json={"platform": "metaculus", "reason": "x"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_what_stands_at_a_platform_is_withdrawn(
    client: httpx.AsyncClient, site: FakeMetaculus, world: World, carry: Callable[[], None]
) -> None:
    """And forecast anew, and withdrawn again: each withdrawal is one of its own."""
    for seed in (1, 2):
        address, _ = await forecast(client, seed)
        assert (await submit(client, address)).status_code == 202
        carry()
        assert site.questions[7].forecasts[-1]["end_time"] is None
        world.sleep(60)
        answer = await withdraw(client, author="desk")
        assert answer.status_code == 202, answer.text
        (asked,) = answer.json()["submissions"]
        assert (asked["kind"], asked["forecast"], asked["author"]) == ("withdraw", None, "desk")
        carry()
        assert site.questions[7].forecasts[-1]["end_time"] is not None
        world.sleep(60)
    assert [each["status"] for each in await stored(client)] == ["confirmed"] * 4


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"platform": "manifold"}, "nothing can be withdrawn here"),
        ({"platform": "metaculos"}, "there is no platform"),
        ({"listings": []}, "no question is listed"),
    ],
)
async def test_what_cannot_be_withdrawn_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any], words: str
) -> None:
    answer = await withdraw(client, **asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused"), answer.text
    assert words in answer.json()["detail"]
    assert await stored(client) == []


async def test_pages_hold_every_submission_once(client: httpx.AsyncClient, world: World) -> None:
    """Newest first, also while others are asked for; of one scenario if one is named."""
    made = []
    for _ in range(5):
        made.append((await withdraw(client)).json()["submissions"][0]["id"])
        world.sleep(1)
    found: list[str] = []
    address = f"{SUBMISSIONS}?limit=2&scenario=coin"
    while address is not None:
        page = (await client.get(address)).json()
        found += [each["id"] for each in page["submissions"]]
        address = page["next"]
        await withdraw(client)
    assert found == made[::-1]
    assert await stored(client, "?scenario=minimal") == []
    assert (await client.get(f"{SUBMISSIONS}?cursor=nope")).status_code == 422


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient, carry: Callable[[], None]) -> None:
    """One that has moved on is."""
    address, _ = await forecast(client)
    (asked,) = (await submit(client, address)).json()["submissions"]
    tags = {each: (await client.get(each)).headers["etag"] for each in (SUBMISSIONS, asked["href"])}
    for each, tag in tags.items():
        assert (await client.get(each, headers={"If-None-Match": tag})).status_code == 304
    carry()
    for each, tag in tags.items():
        assert (await client.get(each, headers={"If-None-Match": tag})).status_code == 200


async def test_the_audit_log_names_who_asked_and_verifies(
    client: httpx.AsyncClient, database: Database, carry: Callable[[], None]
) -> None:
    """Every step of the courier is in it under the service's own name."""
    address, _ = await forecast(client)
    (asked,) = (await submit(client, address, author="desk")).json()["submissions"]
    carry()
    with database.reading() as connection:
        whole = verify(connection)
        entries = audit.page(connection, 4)[::-1]
    assert (whole.rows["submission"], whole.rows["receipt"]) == (1, 3)
    assert [(each.actor, each.action) for each in entries] == [
        ("keyless", "submission.ask"),
        *[(audit.SERVICE, "submission.receipt")] * 3,
    ]
    assert entries[0].subject == f"submissions/{asked['id']}"
    told = [entries[0].details[key] for key in ("platform", "kind", "author", "reason")]
    assert told == ["metaculus", "forecast", "desk", "the monthly forecast"]


async def test_whoever_may_only_read_has_nothing_sent(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    address, _ = await forecast(client)
    client.headers["Authorization"] = new_key("read")
    assert await stored(client) == []
    for answer in (await submit(client, address), await withdraw(client)):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    client.headers["Authorization"] = new_key("write")
    (asked,) = (await submit(client, address)).json()["submissions"]
    assert asked["author"] == "write-key"

"""Changes that may be repeated: done once however often they are sent, and only what was done is remembered."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy import Connection, func, select

from api.errors import ConflictError, InFlightError
from api.http.access import Caller
from api.http.writes import REPLAYED, Reply, Write
from api.settings import Settings
from api.store import idempotency
from api.store.database import Database
from api.store.idempotency import Ticket
from api.store.tables import audit, scenario_version
from api.store.tables import idempotency as kept_answers
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
PRIOR = "/v1/scenarios/minimal/nodes/opening/prior"


def _store(client: httpx.AsyncClient, key: str | None, **changed: Any) -> Any:  # noqa: ANN401 -- an awaitable answer
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"document": coin(**changed), "reason": "a test"}
    return client.post("/v1/scenarios", json=body, headers=headers)


def _set(client: httpx.AsyncClient, a: int, tag: str, key: str | None) -> Any:  # noqa: ANN401 -- an awaitable answer
    headers = {"If-Match": tag} | ({} if key is None else {"Idempotency-Key": key})
    body = {"prior": {"family": "beta", "branch": "opens", "a": a, "b": 3}, "reason": "a test"}
    return client.put(PRIOR, json=body, headers=headers)


def _counts(database: Database) -> tuple[int, int, int]:
    """Return how many versions, entries of the audit log and kept answers there are."""
    with database.reading() as connection:
        versions, entries, answers = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (scenario_version, audit, kept_answers)
        )
    return versions, entries, answers


async def test_a_repeated_request_gets_the_same_answer_and_does_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Status, body and headers; one header more says that it is the first one's answer."""
    first = await _store(client, "k1")
    assert first.status_code == 201, first.text
    before = _counts(database)
    for _ in range(2):
        again = await _store(client, "k1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers[REPLAYED] == "true"
        assert {name: again.headers[name] for name in ("etag", "location", "content-type")} == {
            name: first.headers[name] for name in ("etag", "location", "content-type")
        }
    assert REPLAYED not in first.headers
    assert _counts(database) == before


async def test_a_change_that_was_made_is_answered_though_it_is_no_longer_based_on_today(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Others have gone on since: whoever missed the answer learns that it was done, not that it is too late."""
    tag = (await client.get(PRIOR)).headers["etag"]
    first = await _set(client, 1, tag, "k1")
    other = await _set(client, 2, first.headers["etag"], "k2")
    again = await _set(client, 1, tag, "k1")
    assert (first.status_code, other.status_code, again.status_code) == (200, 200, 200)
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert (await client.get("/v1/scenarios/minimal")).json()["version"] == 3


async def test_a_creation_that_was_made_is_answered_though_the_id_is_taken_now(client: httpx.AsyncClient) -> None:
    """It is taken by that very request; for another it is."""
    assert (await _store(client, "k1")).status_code == 201
    assert (await _store(client, "k1")).status_code == 201
    assert (await _store(client, "k2")).status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body", "tag"),
    [
        ("POST", "/v1/scenarios", {"document": coin(3), "reason": "a test"}, None),
        ("POST", "/v1/keys", {"name": "ann", "scope": "read"}, None),
        ("PUT", COIN, {"document": coin(), "reason": "a test"}, "*"),
    ],
)
async def test_a_key_belongs_to_one_request(
    client: httpx.AsyncClient, database: Database, method: str, path: str, body: dict[str, Any], tag: str | None
) -> None:
    """Another body, address or method with the same key is a mistake, and nothing is done."""
    await _store(client, "k1")
    before = _counts(database)
    headers = {"Idempotency-Key": "k1"} | ({} if tag is None else {"If-Match": tag})
    answer = await client.request(method, path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")
    assert "use a new key for a new request" in answer.json()["detail"]
    assert _counts(database) == before


async def test_what_a_change_is_based_on_is_part_of_the_request(client: httpx.AsyncClient) -> None:
    first = await _set(client, 1, "*", "k1")
    assert (await _set(client, 1, first.headers["etag"], "k1")).json()["type"] == "/problems/key-reused"


async def test_keys_of_others_are_others(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    """Two clients that happen to choose the same one do not get each other's answers."""
    mine, yours = [
        await client.post(
            "/v1/scenarios",
            json={"document": coin(scenario=name), "reason": "a test"},
            headers={"Idempotency-Key": "k1", "Authorization": new_key(name)},
        )
        for name in ("write", "admin")
    ]
    assert (mine.status_code, yours.status_code) == (201, 201)
    assert (mine.json()["id"], yours.json()["id"]) == ("write", "admin")
    assert (mine.json()["author"], yours.json()["author"]) == ("write-key", "admin-key")


async def test_without_a_key_a_repeated_request_is_another(client: httpx.AsyncClient) -> None:
    versions = [(await _set(client, 1, "*", None)).json()["version"] for _ in range(2)]
    assert versions == [2, 3]


async def test_of_equal_requests_at_once_one_is_done(client: httpx.AsyncClient, database: Database) -> None:
    """All get its answer; all but one are told that it is a repeated one."""
    before = _counts(database)
    answers = await asyncio.gather(*(_store(client, "k1") for _ in range(6)))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get(REPLAYED, "") for answer in answers) == ["", *["true"] * 5]
    assert _counts(database) == tuple(count + 1 for count in before)


async def test_of_equal_changes_at_once_one_is_made(client: httpx.AsyncClient) -> None:
    """Each checks and computes before it can know; one stores a version."""
    answers = await asyncio.gather(*(_set(client, 1, "*", "k1") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (await client.get("/v1/scenarios/minimal")).json()["version"] == 2


async def test_what_was_refused_is_not_remembered(client: httpx.AsyncClient, database: Database) -> None:
    """The same key may be used for the corrected request, and for the same one when the time is right."""
    before = _counts(database)
    refused = await client.post("/v1/scenarios", json={"document": {}}, headers={"Idempotency-Key": "k1"})
    taken = await _store(client, "k1", scenario="minimal")
    stale = await _set(client, 1, '"p9-0123456789abcdef"', "k1")
    assert (refused.status_code, taken.status_code, stale.status_code) == (422, 409, 412)
    assert _counts(database) == before
    done = await _store(client, "k1")
    assert (done.status_code, REPLAYED in done.headers) == (201, False)


async def test_after_a_412_the_same_key_serves_the_change_decided_anew(client: httpx.AsyncClient) -> None:
    """And that one, repeated, gets its own answer."""
    tag = (await client.get(PRIOR)).headers["etag"]
    await _set(client, 1, tag, "k0")
    stale = await _set(client, 2, tag, "k1")
    assert stale.status_code == 412
    anew, again = [await _set(client, 2, stale.headers["etag"], "k1") for _ in range(2)]
    assert (anew.status_code, again.status_code) == (200, 200)
    assert (REPLAYED in anew.headers, again.headers[REPLAYED], again.content) == (False, "true", anew.content)


async def test_a_failure_leaves_neither_the_thing_nor_the_key(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are in one transaction, whose last statement is the audit log's."""
    before = _counts(database)

    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("api.store.audit.append", fail)
        assert (await _store(client, "k1")).status_code == 500
    assert _counts(database) == before
    done = await _store(client, "k1")
    assert (done.status_code, REPLAYED in done.headers) == (201, False)


@pytest.mark.parametrize("key", ["k", "~" * 255, "6f2c:attempt=1/2,{}"])
async def test_a_key_is_any_printable_text(client: httpx.AsyncClient, key: str) -> None:
    assert (await _store(client, key)).status_code == 201
    assert (await _store(client, key)).headers[REPLAYED] == "true"


@pytest.mark.parametrize("key", [b"", b"k" * 256, b"two words", b"tab\there", b"\xfc"])
async def test_any_other_key_is_a_fault_of_its_header(client: httpx.AsyncClient, key: bytes) -> None:
    """And nothing is done."""
    body = {"document": coin(), "reason": "a test"}
    answer = await client.post("/v1/scenarios", json=body, headers={b"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [error["parameter"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert (await client.get(COIN)).status_code == 404


async def test_a_body_that_no_route_asks_for_is_bounded_too(client: httpx.AsyncClient, settings: Settings) -> None:
    """It is read to tell requests apart, so it could be sent to fill the memory."""
    body = b" " * (settings.max_body_bytes + 1)
    answer = await client.post("/v1/runs/nope/cancellation", content=body, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


TICKET = Ticket("ann", "k1", "a fingerprint")


@pytest.fixture
def write(database: Database) -> Write:
    """Return a change that ann asks for, and may ask for again."""
    return Write(Caller("ann", "write"), TICKET, database)


def _answer(connection: Connection, now: datetime, prepared: int) -> Reply:
    return Reply(201, b"%d" % prepared, {"X-Thing": "a"})


def test_a_request_that_is_being_worked_on_is_not_begun_again(write: Write, database: Database) -> None:
    """A forecast that is being computed has its key, and no answer yet."""
    with database.writing() as connection:
        idempotency.claim(connection, database.now(connection), TICKET, "a run")

    def prepare() -> NoReturn:
        pytest.fail("it was begun again")

    with pytest.raises(InFlightError, match="ask again in a moment") as caught:
        write.once(prepare, _answer)
    assert caught.value.retry_after > 0


def test_a_request_that_was_done_while_its_twin_prepared_is_answered(write: Write) -> None:
    """What the first did is what stands in the second's way: it gets the answer, not the conflict."""

    def prepare() -> int:
        assert write.once(lambda: 1, _answer).status_code == 201
        raise ConflictError("the id is taken")

    answer = write.once(prepare, _answer)
    assert (answer.body, answer.headers["x-thing"], answer.headers[REPLAYED]) == (b"1", "a", "true")


def test_a_request_whose_twin_commits_first_does_nothing(write: Write) -> None:
    """The key is the first thing that its transaction writes, so the second finds it there."""

    def prepare() -> int:
        write.once(lambda: 1, _answer)
        return 2

    def commit(connection: Connection, now: datetime, prepared: int) -> NoReturn:
        pytest.fail("it was done twice")

    assert write.once(prepare, commit).body == b"1"


def test_a_request_whose_twin_came_to_nothing_just_now_is_to_be_sent_again(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin held the key when this one tried to take it, and is gone when this one looks for its answer."""
    monkeypatch.setattr(idempotency, "claim", lambda *_: False)
    with pytest.raises(InFlightError, match="ask again in a moment"):
        write.once(lambda: 1, _answer)


def test_what_may_not_be_repeated_keeps_nothing(database: Database) -> None:
    write = Write(Caller("ann", "write"), None, database)
    answers = [write.once(lambda number=number: number, _answer) for number in (1, 2)]  # type: ignore[misc]
    assert [answer.body for answer in answers] == [b"1", b"2"]
    assert write.kept() is None

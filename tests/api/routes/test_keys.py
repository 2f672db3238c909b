"""Keys over REST: shown once, listed without their secrets, revoked; and only admins come near."""

import json
from collections.abc import Callable

import httpx
import pytest

from api.settings import Settings
from api.store import audit, keys
from api.store.database import Database
from api.store.verification import verify

pytestmark = pytest.mark.anyio

KEYS = "/v1/keys"


async def make(client: httpx.AsyncClient, name: str = "ann", scope: str = "write", **more: object) -> httpx.Response:
    return await client.post(KEYS, json={"name": name, "scope": scope, **more})


async def test_a_new_key_is_shown_once_and_works(client: httpx.AsyncClient) -> None:
    answer = await make(client)
    made = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.headers["location"] == made["href"] == f"/v1/keys/{made['prefix']}"
    page = (await client.get(made["href"])).json()
    assert page == {name: value for name, value in made.items() if name not in ("key", "notice")}
    assert (page["name"], page["scope"], page["state"], page["created_by"]) == ("ann", "write", "works", "keyless")
    assert (page["expires_at"], page["revoked_at"], page["last_used_at"]) == (None, None, None)
    used = await client.get("/v1/scenarios", headers={"Authorization": f"Bearer {made['key']}"})
    assert used.status_code == 200


async def test_a_repeated_request_makes_no_second_key_and_shows_no_secret(
    client: httpx.AsyncClient, database: Database
) -> None:
    """What is kept for it in the database does not hold the secret either."""
    body, headers = {"name": "ann", "scope": "read"}, {"Idempotency-Key": "once"}
    first = await client.post(KEYS, json=body, headers=headers)
    again = await client.post(KEYS, json=body, headers=headers)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.headers["cache-control"] == "no-store"
    assert again.json() == {**first.json(), "key": None, "notice": again.json()["notice"]}
    assert "was shown in the first answer and is kept nowhere" in again.json()["notice"]
    secret = first.json()["key"].split("_", 2)[2]
    with database.reading() as connection:
        assert len(keys.page(connection, limit=None)) == 1
        row = connection.exec_driver_sql("SELECT * FROM idempotency").one()
    assert secret not in str(row)


async def test_lists_never_show_a_secret(client: httpx.AsyncClient) -> None:
    """A page at a time, oldest first."""
    made = [(await make(client, name)).json() for name in ("ann", "bob", "eve")]
    first = await client.get(f"{KEYS}?limit=2")
    rest = await client.get(first.json()["next"])
    assert [key["name"] for page in (first, rest) for key in page.json()["keys"]] == ["ann", "bob", "eve"]
    assert rest.json()["next"] is None
    for key in made:
        assert key["key"].split("_", 2)[2] not in first.text + rest.text
    again = await client.get(f"{KEYS}?limit=2", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["", " ", "ann ", " ann", "ann\u200b", "\u200b", "a\u00adnn", "ann\u202e"])
async def test_names_that_look_like_others_or_like_nothing_are_refused(client: httpx.AsyncClient, name: str) -> None:
    assert (await make(client)).status_code == 201
    answer = await make(client, name)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")


async def test_case_tells_no_names_apart(client: httpx.AsyncClient) -> None:
    assert (await make(client)).status_code == 201
    answer = await make(client, "Ann")
    assert (answer.status_code, "of the name 'ann' works: choose another" in answer.json()["detail"]) == (409, True)


async def test_a_revoked_key_works_no_more(client: httpx.AsyncClient) -> None:
    made = (await make(client)).json()
    revoked = await client.post(f"{made['href']}/revocation")
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    assert revoked.json()["revoked_at"] >= made["created_at"]
    refused = await client.get("/v1/scenarios", headers={"Authorization": f"Bearer {made['key']}"})
    assert (refused.status_code, f"key '{made['prefix']}' is revoked" in refused.json()["detail"]) == (401, True)
    twice = await client.post(f"{made['href']}/revocation")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/conflict")


async def test_a_key_expires(client: httpx.AsyncClient, database: Database) -> None:
    """Stated in any zone, shown in UTC."""
    made = (await make(client, expires_at="2999-12-31T23:00:00.5-05:00")).json()
    assert made["expires_at"] == "3000-01-01T04:00:00.500000Z"
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE api_key SET expires_at = 5")
    assert (await client.get(made["href"])).json()["state"] == "expired"
    refused = await client.get("/v1/scenarios", headers={"Authorization": f"Bearer {made['key']}"})
    assert (refused.status_code, "is expired" in refused.json()["detail"]) == (401, True)


@pytest.mark.parametrize(
    ("changed", "pointer", "said"),
    [
        ({"name": ""}, "/name", "must be text that is not empty"),
        ({"name": "x" * 201}, "/name", "at most 200 characters"),
        ({"name": "a\x00b"}, "/name", "U+0000"),
        ({"name": "keyless"}, "/name", "choose another"),
        ({"name": 5}, "/name", ""),
        ({"scope": "root"}, "/scope", "must be 'read' or 'write' or 'admin'"),
        ({"scope": None}, "/scope", ""),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at", "has passed"),
        ({"expires_at": "2999-01-01"}, "/expires_at", "write it with its zone"),
        ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at", "write it with its zone"),
        ({"expires_at": "2999-02-30T00:00:00Z"}, "/expires_at", "is not a moment"),
        ({"expires_at": "2999-01-01T24:61:00Z"}, "/expires_at", "is not a moment"),
        ({"expires_at": "0001-01-01T00:00:00+23:59"}, "/expires_at", "lies outside the years 0001 to 9999"),
        ({"expires_at": 32503680000}, "/expires_at", "is not a moment"),
        ({"colour": "red"}, "/colour", "unknown key 'colour'"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_its_field(
    client: httpx.AsyncClient, changed: dict[str, object], pointer: str, said: str
) -> None:
    answer = await client.post(KEYS, json={"name": "ann", "scope": "read", **changed})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert said in answer.json()["errors"][0]["detail"]


async def test_a_name_belongs_to_one_key_that_works(client: httpx.AsyncClient) -> None:
    await make(client)
    answer = await make(client)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert "of the name 'ann' works: choose another name, or revoke that key first" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/nobody", "/nobody/revocation", "/%27%20OR%201=1--", "/" + "x" * 90])
async def test_a_key_that_is_not_there_is_said(client: httpx.AsyncClient, path: str) -> None:
    ask = client.post if path.endswith("revocation") else client.get
    answer = await ask(f"{KEYS}{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")


async def test_everything_is_in_the_audit_log(client: httpx.AsyncClient, database: Database) -> None:
    made = (await make(client)).json()
    await client.post(f"{made['href']}/revocation")
    with database.reading() as connection:
        revoked, created = audit.page(connection, 2)
        verify(connection)
    assert [entry.action for entry in (created, revoked)] == ["key.create", "key.revoke"]
    assert {entry.actor for entry in (created, revoked)} == {"keyless"}
    assert made["key"].split("_", 2)[2] not in json.dumps([dict(created.details), dict(revoked.details)])


class TestKeysNeeded:
    """A server that asks for keys."""

    @pytest.fixture
    def settings(self, database_address: str) -> Settings:
        return Settings(database=database_address, scenarios=(), threads=1)

    @pytest.mark.parametrize("scope", ["read", "write"])
    async def test_only_admins_handle_keys_and_read_the_log(
        self, client: httpx.AsyncClient, new_key: Callable[[str], str], database: Database, scope: str
    ) -> None:
        headers = {"Authorization": new_key(scope)}
        answers = [
            await client.get(KEYS, headers=headers),
            await client.get(f"{KEYS}/x", headers=headers),
            await client.post(KEYS, json={"name": "x", "scope": "admin"}, headers=headers),
            await client.post(f"{KEYS}/x/revocation", headers=headers),
            await client.get("/v1/audit", headers=headers),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
            assert f"needs a key with scope 'admin', and '{scope}-key' has scope '{scope}'" in answer.json()["detail"]
        with database.reading() as connection:
            assert len(keys.page(connection, limit=None)) == 1

    async def test_nobody_without_a_key_does(self, client: httpx.AsyncClient) -> None:
        assert (await make(client, scope="admin")).status_code == 401
        assert (await client.get("/v1/audit")).status_code == 401

    async def test_the_last_admin_key_stays_until_it_has_a_successor(
        self, client: httpx.AsyncClient, new_key: Callable[[str], str]
    ) -> None:
        client.headers["Authorization"] = new_key("admin")
        (own,) = (await client.get(KEYS)).json()["keys"]
        refused = await client.post(f"{own['href']}/revocation")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
        assert f"key '{own['prefix']}' is the only one with scope 'admin' that works" in refused.json()["detail"]
        assert f"`branchcast keys revoke {own['prefix']}`" in refused.json()["detail"]
        made = (await make(client, "boss", "admin")).json()
        assert made["created_by"] == "admin-key"
        assert (await client.post(f"{own['href']}/revocation")).status_code == 200
        assert (await client.get(KEYS)).status_code == 401
        client.headers["Authorization"] = f"Bearer {made['key']}"
        assert len((await client.get(KEYS)).json()["keys"]) == 2

    async def test_a_key_of_its_own_is_known_by_its_name(
        self, client: httpx.AsyncClient, new_key: Callable[[str], str], database: Database
    ) -> None:
        """Repeated requests and the audit log go by it."""
        client.headers["Authorization"] = new_key("admin")
        await client.post(KEYS, json={"name": "ann", "scope": "read"}, headers={"Idempotency-Key": "1"})
        with database.reading() as connection:
            assert audit.page(connection, 1)[0].actor == "admin-key"
            owners = connection.exec_driver_sql("SELECT owner, key FROM idempotency").all()
        assert owners == [("admin-key", "1")]

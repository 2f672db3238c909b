"""Keys: who is let in, how far, and what whoever is not let in learns; a key itself is never repeated."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.http.access import GUARDED, KEYLESS
from api.service import Service
from api.settings import Settings
from api.store import keys
from api.store.database import Database
from tests.api.clocked import NOON, clocked_client
from tests.api.store.support import SetClock
from tests.api.told import listening

pytestmark = pytest.mark.anyio

SCOPES = ("read", "write", "admin")
PRIOR = "/v1/scenarios/minimal/nodes/opening/prior"
READ_POSTS = {"/v1/preview", "/v1/what-if", "/v1/forecasts/{forecast_id}/exports"}
"""What keeps nothing, and is sent only because an address has no room for it."""

ADMINISTRATION = ("/v1/keys", "/v1/audit")


@pytest.fixture
def settings(database_address: str) -> Settings:
    """Return the settings of a server that asks for a key."""
    return Settings(database=database_address, scenarios=(), threads=2)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert isinstance(problem, dict)
    return problem


def _refused(answer: httpx.Response) -> str:
    """Return why a key was refused, after a look at how the answer says so."""
    problem = _problem(answer)
    assert (answer.status_code, problem["type"]) == (401, "/problems/unauthenticated")
    assert problem["title"] == "A key is needed"
    assert answer.headers["www-authenticate"] == "Bearer"
    return str(problem["detail"])


def _ask(client: httpx.AsyncClient, authorization: str) -> Any:  # noqa: ANN401 -- an awaitable answer
    return client.get("/v1/scenarios", headers={"Authorization": authorization})


async def test_without_a_key_nothing_is_told(client: httpx.AsyncClient) -> None:
    """The way out is: how to send one, and how to come by one."""
    said = _refused(await client.get("/v1/scenarios"))
    assert said == "send a key in the header 'Authorization: Bearer bc_…'; create one with `branchcast keys create`"


async def test_not_even_what_there_is_not(client: httpx.AsyncClient) -> None:
    """Who may not read does not learn which scenarios there are either, whatever the method."""
    for path in ("/v1", "/v1/", "/v1/nowhere", "/v1/scenarios/minimum", "/v1/scenarios/minimal", "/metrics"):
        for method in ("GET", "HEAD", "OPTIONS", "DELETE", "POST"):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, path)


async def test_what_says_nothing_of_the_team_needs_no_key(client: httpx.AsyncClient) -> None:
    for path in ("/", "/healthz", "/readyz", "/problems", "/problems/busy", "/openapi.json", "/docs"):
        assert (await client.get(path)).status_code == 200, path


async def test_a_key_lets_its_holder_in(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    """The scheme's name is written in any case (RFC 9110 §11.1)."""
    key = new_key("read")
    for said in (key, key.replace("Bearer", "bearer"), key.replace("Bearer ", "BEARER   ")):
        assert (await _ask(client, said)).status_code == 200


@pytest.mark.parametrize(
    "said",
    ["", "Bearer", "Bearer ", "Basic YW5uOmh1bnRlcjI=", "hunter2", "Bearer hunter2", f"Bearer bc_aaaaaaaa_{'A' * 43}"],
)
async def test_what_is_no_key_does_not(client: httpx.AsyncClient, new_key: Callable[[str], str], said: str) -> None:
    new_key("admin")
    assert "hunter2" not in _refused(await _ask(client, said))


async def test_a_key_that_is_nearly_right_does_not(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    """Cut, lengthened, in other letters, or with the secret of another."""
    key, other = new_key("read"), new_key("write")
    swapped = key[: len("Bearer bc_12345678_")] + other[len("Bearer bc_12345678_") :]
    for said in (key[:-1], f"{key}A", key.lower(), f"{key}\xfc", swapped):
        assert _refused(await client.get("/v1/scenarios", headers={b"Authorization": said.encode("latin-1")})) == (
            "there is no such key: copy it whole, or create one with `branchcast keys create`"
        )


async def test_a_key_works_until_the_moment_it_expires(settings: Settings, database: Database) -> None:
    """Not a microsecond longer; the prefix, which is no secret, says which key it was."""
    clock = SetClock(NOON)
    with database.writing() as connection:
        made, whole = keys.create(connection, NOON, "ann", "read", NOON + timedelta(days=1), "test")
    async with clocked_client(settings, clock) as client:
        clock.forward(days=1, microseconds=-1)
        assert (await _ask(client, f"Bearer {whole}")).status_code == 200
        clock.forward(microseconds=1)
        said = _refused(await _ask(client, f"Bearer {whole}"))
    assert said == f"key '{made.prefix}' is expired: create one with `branchcast keys create`"


async def test_a_revoked_key_works_no_more(client: httpx.AsyncClient, database: Database) -> None:
    """From the next request on."""
    with database.writing() as connection:
        made, whole = keys.create(connection, database.now(connection), "ann", "admin", None, "test")
    assert (await _ask(client, f"Bearer {whole}")).status_code == 200
    with database.writing() as connection:
        keys.revoke(connection, database.now(connection), made.prefix)
    assert f"key '{made.prefix}' is revoked" in _refused(await _ask(client, f"Bearer {whole}"))


async def test_a_key_that_may_only_read_changes_nothing(
    client: httpx.AsyncClient, new_key: Callable[[str], str]
) -> None:
    """What is needed is said, and what the key may do."""
    headers = {"Authorization": new_key("read"), "If-Match": "*"}
    body = {"prior": {"family": "fixed", "p": {"opens": 0.5, "stays_closed": 0.5}}, "reason": "a test"}
    answer = await client.put(PRIOR, json=body, headers=headers)
    problem = _problem(answer)
    assert (answer.status_code, problem["type"]) == (403, "/problems/forbidden")
    assert problem["detail"] == "this needs a key with scope 'write', and 'read-key' has scope 'read'"
    assert "www-authenticate" not in answer.headers
    assert (await client.get("/v1/scenarios/minimal", headers=headers)).json()["version"] == 1
    headers["Authorization"] = new_key("write")
    assert (await client.put(PRIOR, json=body, headers=headers)).status_code == 200


def _needed(method: str, path: str) -> str:
    """Return the scope that a route needs."""
    if path.startswith(ADMINISTRATION):
        return "admin"
    return "read" if method == "get" or path in READ_POSTS else "write"


def _operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is described of every guarded route, by method and address."""
    paths: dict[str, dict[str, Any]] = create_app().openapi()["paths"]
    guarded = {path: methods for path, methods in paths.items() if path.startswith(GUARDED)}
    return {(method, path): said for path, methods in guarded.items() for method, said in methods.items()}


async def test_every_route_needs_the_scope_of_what_it_does(
    client: httpx.AsyncClient, new_key: Callable[[str], str]
) -> None:
    """Reading reads, changes write, and keys and the audit log are for administrators; each scope includes the last."""
    held = {scope: new_key(scope) for scope in SCOPES}
    admitted: dict[tuple[str, str], tuple[str, ...]] = {}
    for method, path in _operations():
        address = re.sub(r"\{\w+\}", "x", path)
        statuses = {}
        for scope, key in held.items():
            headers = {"Authorization": key, "Content-Type": "application/json"}
            answer = await client.request(method, address, content=b"{}", headers=headers)
            statuses[scope] = answer.status_code
            assert answer.status_code not in (401, 500), (method, path, answer.text)
        admitted[method, path] = tuple(scope for scope, status in statuses.items() if status != 403)
    assert admitted == {each: SCOPES[SCOPES.index(_needed(*each)) :] for each in admitted}
    assert len(admitted) > len(SCOPES)


def test_the_description_says_that_a_key_is_needed() -> None:
    """And which problems it may bring about."""
    for each, said in _operations().items():
        assert {"401", "403"} <= said["responses"].keys(), each
        assert said["security"] == [{"HTTPBearer": []}], each


async def test_a_keyless_server_lets_everybody_do_everything(database_address: str) -> None:
    """If its settings say so, and not otherwise."""
    settings = Settings(database=database_address, scenarios=(), keyless=True)
    app = create_app(settings)
    async with app.router.lifespan_context(app), _client_of(app) as client:
        assert (await client.get("/v1/scenarios")).status_code == 200
        assert (await client.get("/v1/keys")).status_code == 200
    assert KEYLESS.scope == "admin"


async def test_on_a_keyless_server_a_key_still_says_who_asks(
    database_address: str, new_key: Callable[[str], str]
) -> None:
    """It goes as far as its scope, and one that does not work is refused."""
    app = create_app(Settings(database=database_address, scenarios=(), keyless=True))
    async with app.router.lifespan_context(app), _client_of(app) as client:
        headers = {"Authorization": new_key("read"), "If-Match": "*"}
        body = {"prior": {"family": "fixed", "p": {"opens": 0.5, "stays_closed": 0.5}}, "reason": "a test"}
        assert (await client.put(PRIOR, json=body, headers=headers)).status_code == 403
        _refused(await _ask(client, "Bearer hunter2"))


def _client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_a_body_is_not_read_before_the_key_is_checked(app: FastAPI) -> None:
    """Nobody without one makes the server work."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        pytest.fail("the body was read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/preview", "headers": headers, "query_string": b""}
    await app({**scope, "http_version": "1.1", "scheme": "http", "server": ("test", 80)}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 401
    assert json.loads(sent[1]["body"])["type"] == "/problems/unauthenticated"


async def test_a_key_is_in_no_log_and_in_no_answer(
    client: httpx.AsyncClient, database: Database, new_key: Callable[[str], str]
) -> None:
    """Neither one that works, nor one that does not, wherever it was put by mistake."""
    with database.writing() as connection:
        _, expired = keys.create(connection, NOON, "old", "read", NOON, "test")
    works = new_key("write").removeprefix("Bearer ")
    secrets = [works, expired, f"{works[:-1]}A"]
    with listening("debug") as told:
        for key in secrets:
            headers = {"Authorization": f"Bearer {key}"}
            answers = [
                await _ask(client, f"Bearer {key}"),
                await _ask(client, f"Basic {key}"),
                await client.put(PRIOR, json={}, headers=headers),
                await client.get("/v1/keys", headers=headers),
                await client.post("/v1/preview", content=b"{", headers=headers),
            ]
            for answer in answers:
                assert key not in f"{answer.text} {answer.headers}"
    assert told.lines
    for key in secrets:
        assert key.split("_", 2)[2] not in told.text


async def test_when_a_key_was_used_is_noted(client: httpx.AsyncClient, service: Service, database: Database) -> None:
    """Once for many requests, and only of a key that works."""
    with database.writing() as connection:
        made, whole = keys.create(connection, database.now(connection), "ann", "read", None, "test")
        keys.create(connection, database.now(connection), "bob", "read", None, "test")
    before = NOON
    for _ in range(3):
        await _ask(client, f"Bearer {whole}")
    await _ask(client, f"Bearer {whole}A")
    used = service.access.take_used()
    assert list(used) == [made.prefix]
    assert used[made.prefix] > before
    assert service.access.take_used() == {}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("127.9.8.7", 200),
        ("[::1]:8000", 200),
        ("team.localhost", 200),
        ("attacker.example:8000", 421),
        ("localhost.attacker.example", 421),
        ("10.0.0.1", 421),
        ("[2001:db8::1]:80", 421),
        ("127.0.0.1.attacker.example", 421),
    ],
)
async def test_without_keys_a_server_answers_to_names_of_its_machine_alone(
    sqlite_address: str, host: str, status: int
) -> None:
    """A page whose name is made to lead to this machine would otherwise ask as if it had come from here."""
    app = create_app(Settings(database=sqlite_address, scenarios=(), keyless=True))
    async with app.router.lifespan_context(app), _client_of(app) as client:
        answer = await client.get("/v1/scenarios", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["type"] == "/problems/misdirected"
        assert host.partition(":")[0].strip("[]")[:9] in answer.json()["detail"]

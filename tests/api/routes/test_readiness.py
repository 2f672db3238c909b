"""A server is ready while its database answers and there is room to compute; what is away is said, and comes back."""

import asyncio
import threading

import httpx
import pytest

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.work.computations import Stopper
from tests.api.out_of_reach import out_of_reach
from tests.api.told import listening
from tests.waiting import PATIENCE

pytestmark = pytest.mark.anyio

AWAY = {
    "GET": ["/readyz", "/v1/scenarios", "/v1/scenarios/minimal", "/v1/forecasts", "/v1/runs/none/events"],
    "POST": ["/v1/forecasts", "/v1/preview"],
}
BODY = {"scenario": "minimal"}


async def test_a_server_with_its_database_is_ready(client: httpx.AsyncClient, service: Service) -> None:
    answer = await client.get("/readyz")
    kind = "sqlite" if service.database.is_sqlite else "postgresql"
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"status": "ready", "database": kind, "unfinished_computations": 0}


async def test_a_server_that_is_stopping_is_not_ready_and_still_answers(
    client: httpx.AsyncClient, service: Service
) -> None:
    """What it was asked before is finished, so it still has room; but nobody should send it more."""
    service.retire()
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["type"]) == (503, "/problems/busy")
    assert "shutting down" in ready.json()["detail"]
    assert ready.headers["retry-after"].isdigit()
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.post("/v1/forecasts", json=BODY)).status_code == 201


async def test_a_database_of_another_release_is_not_ready(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was brought further while this process ran."""
    monkeypatch.setattr("api.store.schema.NEWEST", "0000")
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
    assert "install the newer branchcast" in answer.json()["detail"]


async def test_a_database_that_is_away_is_said_everywhere_and_comes_back_by_itself(
    client: httpx.AsyncClient, database_address: str
) -> None:
    """503 with the time to ask again and no trace of the inside; the log says why; then all is as before."""
    assert (await client.get("/readyz")).status_code == 200
    with listening() as told, out_of_reach(database_address):
        for method, paths in AWAY.items():
            for path in paths:
                answer = await client.request(method, path, json=BODY if method == "POST" else None)
                assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable"), path
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["retry-after"].isdigit()
                assert answer.json()["detail"].endswith(("ask again later", "restart the server"))
                for inside in ("Traceback", "sqlite3", "psycopg", "sqlalche", "SELECT"):
                    assert inside not in answer.text
        assert (await client.get("/healthz")).status_code == 200
    assert {line["level"] for line in told.of("the database does not answer")} == {"warning"}
    assert all(line["reason"] for line in told.of("the database does not answer"))
    assert not told.of("request failed")
    assert (await client.get("/readyz")).status_code == 200
    assert (await client.post("/v1/forecasts", json=BODY)).status_code == 201


class TestFull:
    """A server whose only computation is taken."""

    @pytest.fixture
    def settings(self, sqlite_address: str) -> Settings:
        return Settings(database=sqlite_address, scenarios=(), keyless=True, threads=1, max_waiting=0)

    async def test_a_server_without_room_is_not_ready_until_there_is(
        self, client: httpx.AsyncClient, service: Service
    ) -> None:
        started, released = threading.Event(), threading.Event()

        class Asker:
            async def receive(self) -> dict[str, object]:
                await asyncio.Event().wait()
                return {}

        def hold(stop: Stopper) -> None:
            started.set()
            assert released.wait(PATIENCE)

        taken = asyncio.create_task(service.computations.run(Asker(), hold))  # type: ignore[arg-type]
        assert await asyncio.to_thread(started.wait, PATIENCE)
        full = await client.get("/readyz")
        released.set()
        await taken
        assert (full.status_code, full.json()["type"]) == (503, "/problems/busy")
        assert (await client.get("/readyz")).status_code == 200


async def test_a_server_whose_writes_fail_until_somebody_acts_is_not_ready(
    sqlite_address: str,
) -> None:
    """A change is refused with the reason, reads go on, and the first write that succeeds makes it ready again."""
    app = create_app(Settings(database=sqlite_address, scenarios=(), keyless=True))
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    async with app.router.lifespan_context(app), client:
        writer = app.state.service.database._write.raw_connection().driver_connection
        writer.execute("PRAGMA query_only = ON")
        refused = await client.post("/v1/forecasts", json=BODY)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/store-unavailable")
        assert "cannot be written to" in refused.json()["detail"]
        assert (await client.get("/v1/scenarios")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        writer.execute("PRAGMA query_only = OFF")
        assert (await client.get("/readyz")).status_code == 200

"""The application as a whole: what web pages may read, and what its database holds when it starts."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from api.settings import PACKAGED, Settings
from api.store import scenarios
from api.store.database import Database
from api.work.scenario_files import ScenarioFileError

pytestmark = pytest.mark.anyio

PAGE = "https://page.example"


def _ids(app: FastAPI) -> list[str]:
    service: Service = app.state.service
    with service.database.reading() as connection:
        return [card.scenario_id for card in scenarios.page(connection, 100)]


async def test_no_page_of_another_origin_may_read_by_default(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in (await client.options("/v1/preview", headers=preflight)).headers


async def test_a_named_origin_may_read(sqlite_address: str) -> None:
    """Only that one, with the headers a page needs, problems included; a preflight comes without a key."""
    app = create_app(Settings(database=sqlite_address, scenarios=(), cors_origins=(PAGE,)))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        for path, method, headers in (
            ("/v1/preview", "POST", "authorization,content-type"),
            ("/v1/scenarios/minimal/nodes/opening/prior", "PUT", "authorization,content-type,if-match,idempotency-key"),
        ):
            preflight = {
                "Origin": PAGE,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": headers,
            }
            asked = await client.options(path, headers=preflight)
            assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, PAGE), path
        for path, status in (("/nowhere", 404), ("/v1/scenarios", 401)):
            refused = await client.get(path, headers={"Origin": PAGE})
            assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (status, PAGE)
            readable = refused.headers["access-control-expose-headers"]
            assert {"X-Request-Id", "ETag", "Location"} <= set(readable.split(", "))
        other = await client.get("/healthz", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_a_new_database_is_filled_when_the_server_starts(tmp_path: Path) -> None:
    """It is made, brought up to date, and given the scenarios of the settings' folders."""
    stored = tmp_path / "team.db"
    app = create_app(Settings(database=str(stored), scenarios=(PACKAGED,)))
    async with app.router.lifespan_context(app):
        assert {"minimal", "trump-kim-2025"} <= set(_ids(app))
    assert stored.is_file()


async def test_no_folder_means_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    app = create_app(Settings(database=str(tmp_path / "team.db"), scenarios=(str(tmp_path / "empty"),)))
    async with app.router.lifespan_context(app):
        assert _ids(app) == []


async def test_a_faulty_file_stops_the_start_and_leaves_no_database(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("scenario: [", encoding="utf-8")
    app = create_app(Settings(database=str(tmp_path / "team.db"), scenarios=(str(tmp_path),)))
    with pytest.raises(ScenarioFileError, match="broken.yaml:1:"):
        async with app.router.lifespan_context(app):
            pytest.fail("it started")
    assert not (tmp_path / "team.db").exists()


async def test_a_database_that_is_handed_in_is_used_and_closed(settings: Settings, database: Database) -> None:
    """That of the settings is then not opened at all."""
    app = create_app(Settings(database="/no/such/folder/team.db"), lambda: database)
    async with app.router.lifespan_context(app):
        assert "minimal" in _ids(app)
        assert app.state.service.database is database
    assert database.connections == 0

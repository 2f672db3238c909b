"""The application as a whole: what web pages may read, what an address must be, where scenarios come from."""

from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.catalogue import CatalogueError, FileCatalogue
from api.settings import Settings

pytestmark = pytest.mark.anyio

PAGE = "https://page.example"


def _client(settings: Settings, catalogue: FileCatalogue) -> httpx.AsyncClient:
    app = create_app(settings, catalogue)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_no_page_of_another_origin_may_read_by_default(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in (await client.options("/v1/preview", headers=preflight)).headers


async def test_a_named_origin_may_read(catalogue: FileCatalogue) -> None:
    """Only that one, with the headers a page needs, problems included."""
    async with _client(Settings(cors_origins=(PAGE,)), catalogue) as client:
        preflight = {
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        asked = await client.options("/v1/preview", headers=preflight)
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, PAGE)
        missing = await client.get("/nowhere", headers={"Origin": PAGE})
        assert missing.headers["access-control-allow-origin"] == PAGE
        assert "X-Request-Id" in missing.headers["access-control-expose-headers"]
        other = await client.get("/healthz", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_scenarios_are_read_when_the_server_starts(tmp_path: Path) -> None:
    """Without a catalogue, from the folders of the settings."""
    app = create_app(Settings(scenarios=(str(tmp_path),)))
    async with app.router.lifespan_context(app):
        assert app.state.service.catalogue.list() == ()


async def test_a_faulty_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("scenario: [", encoding="utf-8")
    app = create_app(Settings(scenarios=(str(tmp_path),)))
    with pytest.raises(CatalogueError, match="broken.yaml:1:"):
        async with app.router.lifespan_context(app):
            pytest.fail("it started")

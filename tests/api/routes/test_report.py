"""The report and the file of a forecast: a page that runs and loads nothing, and what it is made again from."""

from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from api.cli.root import root
from forecast.result import Forecast, result_digest
from forecast.run import replay
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


async def _recorded(client: httpx.AsyncClient, scenario: str = "minimal", **more: object) -> dict[str, Any]:
    body = {"scenario": scenario, "as_of": "2026-01-01", "draws": 4_096, "reason": "for the record", **more}
    answer = await client.post("/v1/forecasts", json=body)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def test_the_report_says_what_is_recorded(client: httpx.AsyncClient) -> None:
    made = await _recorded(client, author="ann")
    answer = await client.get(f"{made['href']}/report")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for said in ("Will the bridge open this year?", made["id"], made["digest"], "for the record", "ann"):
        assert said in answer.text, said


async def test_the_report_can_neither_run_nor_load_anything(client: httpx.AsyncClient) -> None:
    """Whatever a scenario says: it is set as text, and the browser is told so."""
    document = coin(scenario="trap", title="<script>alert(1)</script>")
    assert (await client.post("/v1/scenarios", json={"document": document, "reason": "a test"})).status_code == 201
    made = await _recorded(client, "trap")
    answer = await client.get(f"{made['href']}/report")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_the_file_is_the_forecast_itself(client: httpx.AsyncClient) -> None:
    """Its digest holds, and a replay gives the same."""
    made = await _recorded(client, "trump-kim-2025", as_of="2026-01-15")
    answer = await client.get(f"{made['href']}/file")
    assert answer.headers["content-type"] == "application/json"
    name = f"trump-kim-2025-{made['id']}-forecast.json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    forecast = Forecast.model_validate_json(answer.content)
    assert forecast.model_dump(mode="json", exclude={"document"}) == made["forecast"]
    assert result_digest(forecast) == forecast.digest == made["digest"]
    assert replay(forecast).digest == made["digest"]


async def test_the_command_replays_the_file(client: httpx.AsyncClient) -> None:
    """As it is received."""
    made = await _recorded(client)
    answer = await client.get(f"{made['href']}/file")
    done = CliRunner().invoke(root, ["replay", "-"], input=answer.content)
    assert done.exit_code == 0, done.output
    assert "The same, to the last bit." in done.output


@pytest.mark.parametrize("path", ["report", "file"])
async def test_what_the_client_holds_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    made = await _recorded(client)
    first = await client.get(f"{made['href']}/{path}")
    again = await client.get(f"{made['href']}/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert first.headers["etag"] != (await client.get(made["href"])).headers["etag"]


@pytest.mark.parametrize("path", ["report", "file"])
async def test_an_unknown_forecast_has_neither(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/v1/forecasts/nope/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")

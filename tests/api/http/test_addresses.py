"""A NUL character in an address: found by nobody, on either database, and never a failure of the server."""

import json

import httpx
import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "path",
    [
        "/v1/scenarios/minimal%00",
        "/v1/scenarios/%00/nodes/opening/prior",
        "/v1/scenarios/minimal/nodes/opening/statements/ann%00",
        "/v1/scenarios/minimal/evidence/%00",
        "/v1/forecasts/%00",
        "/v1/runs/x%00y",
    ],
)
async def test_no_path_holds_a_nul(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/v1/forecasts?scenario=a%00", "/v1/runs?limit=3&scenario=%00"])
async def test_a_parameter_with_a_nul_is_refused_by_name(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": "scenario", "detail": "'scenario' holds a NUL character: remove it"}
    ]


@pytest.mark.parametrize("scenario", ["minimal\x00", "minimal\ud800"])
async def test_a_body_names_no_scenario_with_such_characters(client: httpx.AsyncClient, scenario: str) -> None:
    """JSON can escape what no database can compare: NUL, and halves of characters."""
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/preview", content=json.dumps({"scenario": scenario}), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scenario")


async def test_who_has_no_key_learns_that_first(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/scenarios/%00", headers={"Authorization": "Bearer bc_nothing"})
    assert answer.status_code == 401

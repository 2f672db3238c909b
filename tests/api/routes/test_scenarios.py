"""Scenarios: listed, read as JSON and as text, and not sent twice."""

import json

import httpx
import pytest

from api.catalogue import FileCatalogue
from forecast.documents import read_scenario
from forecast.scenario import parse_scenario

pytestmark = pytest.mark.anyio

KOREA = "trump-kim-2025"


async def test_the_list_tells_each_scenario_at_a_glance(client: httpx.AsyncClient, catalogue: FileCatalogue) -> None:
    listed = (await client.get("/v1/scenarios")).json()["scenarios"]
    assert [card["id"] for card in listed] == [stored.id for stored in catalogue.list()]
    (card,) = (card for card in listed if card["id"] == "minimal")
    assert card == {
        "id": "minimal",
        "version": 1,
        "digest": catalogue.get("minimal").digest,
        "title": "Will the bridge open this year?",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": 1,
        "outcomes": 2,
        "questions": 0,
        "href": "/v1/scenarios/minimal",
    }


async def test_every_listed_scenario_can_be_followed(client: httpx.AsyncClient) -> None:
    """Links lead where they say, and the page repeats the card."""
    for card in (await client.get("/v1/scenarios")).json()["scenarios"]:
        page = (await client.get(card["href"])).json()
        assert {key: page[key] for key in card} == card
        assert (await client.get(page["yaml"])).status_code == 200


@pytest.mark.parametrize("scenario_id", ["minimal", KOREA])
async def test_the_document_is_the_scenario(
    client: httpx.AsyncClient, catalogue: FileCatalogue, scenario_id: str
) -> None:
    """Read back, it has the same digest."""
    page = (await client.get(f"/v1/scenarios/{scenario_id}")).json()
    assert parse_scenario(page["document"]).digest == page["digest"] == catalogue.get(scenario_id).digest


async def test_the_text_is_the_file(client: httpx.AsyncClient, catalogue: FileCatalogue) -> None:
    """Comments and layout are part of it."""
    answer = await client.get(f"/v1/scenarios/{KOREA}.yaml")
    assert answer.headers["content-type"].partition(";")[0] == "application/yaml"
    assert answer.text == catalogue.get(KOREA).text
    assert "\n# " in answer.text
    assert read_scenario(answer.text).digest == catalogue.get(KOREA).digest


@pytest.mark.parametrize("path", ["/v1/scenarios", "/v1/scenarios/minimal", "/v1/scenarios/minimal.yaml"])
async def test_what_the_client_holds_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await client.get(path)).content == first.content


async def test_json_and_text_have_tags_of_their_own(client: httpx.AsyncClient) -> None:
    """They are two representations."""
    page, text = [await client.get(f"/v1/scenarios/minimal{end}") for end in ("", ".yaml")]
    assert page.headers["etag"] != text.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/scenarios/minimal.yml",
        "/v1/scenarios/minimal.yaml.yaml",
        "/v1/scenarios/.yaml",
        "/v1/scenarios/MINIMAL",
        "/v1/scenarios/minimal%00",
        "/v1/scenarios/%2e%2e%2fpyproject",
        "/v1/scenarios/..%5c..%5cwindows",
        "/v1/scenarios/%27%20OR%201=1--",
        "/v1/scenarios/" + "x" * 5_000,
    ],
)
async def test_tricks_with_ids_lead_nowhere(client: httpx.AsyncClient, path: str) -> None:
    """An id is looked up, never opened."""
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2_000


async def test_the_list_is_json_that_any_reader_takes(client: httpx.AsyncClient) -> None:
    """No NaN, no repeated keys."""
    answer = await client.get(f"/v1/scenarios/{KOREA}")

    def refuse(name: str) -> None:
        pytest.fail(name)

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    json.loads(answer.content, parse_constant=refuse, object_pairs_hook=unique)

"""The service through its HTTP door, in process: every route, and what each kind of bad request gets."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings

pytestmark = pytest.mark.anyio

COIN: dict[str, Any] = {
    "scenario": "coin",
    "title": "A deal or none",
    "as_of": "2026-01-01",
    "horizon": "2026-12-31",
    "nodes": {
        "talks": {"branches": ["deal", "no_deal"], "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5}}
    },
}


@pytest.fixture
async def client(database_address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running application on a database of its own, which asks for no key."""
    app = create_app(Settings(database=database_address, scenarios=(), keyless=True))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as opened:
            yield opened


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return a problem document after checking its shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    assert "Traceback" not in answer.text
    return body


async def test_the_scenarios_that_ship_are_listed(client: httpx.AsyncClient) -> None:
    """The list has the four scenarios, each with a link that answers."""
    listed = (await client.get("/v1/scenarios")).json()["scenarios"]
    assert {entry["id"] for entry in listed} == {
        "central-bank-path-2026",
        "drug-approval-2026",
        "minimal",
        "trump-kim-2025",
    }
    for entry in listed:
        answer = await client.get(entry["href"])
        assert answer.status_code == 200
        assert answer.headers["etag"]
        again = await client.get(entry["href"], headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_preview_of_a_stored_scenario(client: httpx.AsyncClient) -> None:
    """A stored scenario gives its outcome distributions, the same bytes each time."""
    body = {"scenario": "trump-kim-2025", "draws": 4096, "seed": 5}
    first, second = [await client.post("/v1/preview", json=body) for _ in range(2)]
    assert first.status_code == 200
    assert first.content == second.content
    found = first.json()
    assert found["headline"]["no_summit"]["exact"] == pytest.approx(0.5074306448, abs=1e-9)
    assert found["sampling"]["seed"] == 5


async def test_preview_of_a_body_with_another_prior(client: httpx.AsyncClient) -> None:
    """A scenario in the body and a prior over it change the answer to the closed form."""
    prior = {"family": "beta", "branch": "deal", "a": 3, "b": 1}
    answer = await client.post("/v1/preview", json={"scenario": COIN, "priors": {"talks": prior}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcomes"]["deal"]["exact"] == pytest.approx(0.75, abs=1e-12)


async def test_preview_decays_and_conditions(client: httpx.AsyncClient) -> None:
    """as_of and assume reach the engine."""
    later = await client.post("/v1/preview", json={"scenario": "trump-kim-2025", "as_of": "2026-08-20"})
    by_end = later.json()["dates"]["summit"]["by"]["2026-12-31"]
    assert by_end["exact"] == pytest.approx(0.06443744724072742, abs=1e-9)
    taken = await client.post("/v1/preview", json={"scenario": COIN, "assume": ["talks.deal"]})
    assert taken.json()["outcomes"]["deal"]["mean"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"scenario": "no-such"}, 422, "/scenario"),
        ({"scenario": COIN, "draws": 10**10}, 422, "/draws"),
        ({"scenario": COIN, "draws": "many"}, 422, "/draws"),
        ({"scenario": COIN, "colour": "red"}, 422, "/colour"),
        ({"scenario": COIN, "as_of": "2030-01-01"}, 422, "/as_of"),
        ({"scenario": COIN, "assume": ["picnic"]}, 422, "/assume"),
        (
            {"scenario": COIN, "priors": {"talks": {"family": "beta", "branch": "deal", "a": -2, "b": 5}}},
            422,
            "/priors/talks",
        ),
        ({"scenario": {**COIN, "horizon": "2025-01-01"}}, 422, "/scenario/horizon"),
    ],
)
async def test_bad_requests_name_the_field(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, pointer: str
) -> None:
    """Each fault is a problem document whose pointer leads into the request."""
    found = problem(await client.post("/v1/preview", json=body), status)
    assert any(error["pointer"].startswith(pointer) for error in found["errors"]), found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, 2",
        '{"scenario": NaN}',
        '{"scenario": "a", "scenario": "b"}',
        "[" * 100_000,
        '{"draws": 1e999}',
        "\ufeff{}",
    ],
)
async def test_text_that_is_not_a_request(client: httpx.AsyncClient, text: str) -> None:
    """Broken or hostile JSON is refused in a sentence."""
    answer = await client.post("/v1/preview", content=text.encode(), headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    problem(answer, answer.status_code)


async def test_routes_that_are_not_there(client: httpx.AsyncClient) -> None:
    """Unknown paths, tricks in ids and wrong methods are problems too; 405 names every method."""
    problem(await client.get("/v1/nothing"), 404)
    problem(await client.get("/v1/scenarios/..%2f..%2fetc%2fpasswd"), 404)
    answer = await client.delete("/v1/preview")
    problem(answer, 405)
    assert "POST" in answer.headers["allow"]


async def test_body_beyond_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    """A body larger than the server reads gets 413 as a problem."""
    problem(
        await client.post("/v1/preview", content=b"x" * 20_000_000, headers={"content-type": "application/json"}), 413
    )


async def test_other_media_types_are_refused(client: httpx.AsyncClient) -> None:
    """Only JSON is read."""
    problem(await client.post("/v1/preview", content=b"a: 1", headers={"content-type": "text/plain"}), 415)


async def test_an_analyst_changes_one_number_and_can_say_later_what_was_believed(client: httpx.AsyncClient) -> None:
    """A scenario is stored and forecast, a prior is set, and the forecast made anew; what was said before stays."""
    coin = {**COIN, "horizon": "2099-12-31"}
    stored = await client.post("/v1/scenarios", json={"document": coin, "reason": "first draft", "author": "ann"})
    assert stored.status_code == 201, stored.text
    order = {"scenario": "coin", "draws": 4096, "reason": "for Monday"}
    before = await client.post("/v1/forecasts", json=order)
    assert before.status_code == 201, before.text

    address = "/v1/scenarios/coin/nodes/talks/prior"
    read = await client.get(address)
    change = {"prior": {"family": "beta", "branch": "deal", "a": 3, "b": 1}, "reason": "they have met", "author": "bob"}
    changed = await client.put(address, json=change, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    moves = {move["place"]: move["difference"] for move in changed.json()["moved"]["comparison"]["moves"]}
    assert moves["outcomes.deal"] == pytest.approx(3 / 4 - 2 / 7, abs=1e-12)
    problem(await client.put(address, json=change, headers={"If-Match": read.headers["etag"]}), 412)

    after = await client.post("/v1/forecasts", json=order)
    exact = [answer.json()["forecast"]["outcomes"]["deal"]["exact"] for answer in (before, after)]
    assert exact == pytest.approx([2 / 7, 3 / 4], abs=1e-12)

    then = {"as_of": before.json()["recorded_at"]}
    assert (await client.get("/v1/scenarios/coin", params=then)).json()["version"] == 1
    assert (await client.get(address, params=then)).json()["prior"]["b"] == 5
    assert (await client.get(address)).json()["reason"] == "they have met"
    listed = (await client.get("/v1/forecasts", params={"scenario": "coin"})).json()["forecasts"]
    assert [(each["version"], each["digest"]) for each in listed] == [
        (answer.json()["version"], answer.json()["digest"]) for answer in (after, before)
    ]
    versions = (await client.get("/v1/scenarios/coin/versions")).json()["versions"]
    assert [(each["author"], each["reason"]) for each in versions] == [("bob", "they have met"), ("ann", "first draft")]


async def test_health_and_description(client: httpx.AsyncClient) -> None:
    """The server says that it is there and what it offers."""
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    described = (await client.get("/openapi.json")).json()
    assert {"/v1/scenarios", "/v1/preview"} <= described["paths"].keys()


async def test_examples_of_the_description_work(client: httpx.AsyncClient) -> None:
    """Every example body of the preview that is documented as a success answers 200."""
    described = (await client.get("/openapi.json")).json()
    post = described["paths"]["/v1/preview"]["post"]
    examples = post["requestBody"]["content"]["application/json"]["examples"]
    answers = {name: await client.post("/v1/preview", json=example["value"]) for name, example in examples.items()}
    documented = {
        name: status
        for status, answer in post["responses"].items()
        for content in answer.get("content", {}).values()
        for name in content.get("examples", {})
    }
    assert answers
    for name, answer in answers.items():
        assert str(answer.status_code) == documented[name], json.dumps(answer.json())[:300]

"""Two recorded forecasts compared: the differences are closed forms, and what cannot be compared is told."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from forecast.comparison import compare
from forecast.result import Forecast
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds a coin, whose deal has the mean 2/7."""
    await _store(client, coin())
    return client


async def _store(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.post("/v1/scenarios", json={"document": document, "reason": "a test"})
    assert answer.status_code == 201, answer.text


async def _forecast(client: httpx.AsyncClient, scenario: str = "coin", **more: object) -> str:
    """Record a forecast; return its id."""
    body = {"scenario": scenario, "as_of": "2026-01-01", "draws": 4_096, **more}
    answer = await client.post("/v1/forecasts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _compare(client: httpx.AsyncClient, before: str, after: str, **headers: str) -> httpx.Response:
    return await client.get(f"/v1/forecasts/{before}/comparison", params={"with": after}, headers=headers)


async def _file(client: httpx.AsyncClient, forecast_id: str) -> Forecast:
    return Forecast.model_validate_json((await client.get(f"/v1/forecasts/{forecast_id}/file")).content)


async def test_a_difference_leads_from_this_forecast_to_the_other(client: httpx.AsyncClient) -> None:
    before = await _forecast(client)
    prior = coin(5.0)["nodes"]["talks"]["prior"]
    body = {"prior": prior, "reason": "news"}
    assert (await client.put(f"{COIN}/nodes/talks/prior", json=body, headers={"If-Match": "*"})).status_code == 200
    after = await _forecast(client)
    found = (await _compare(client, before, after)).json()
    move = next(each for each in found["comparison"]["moves"] if each["place"] == "outcomes.deal")
    assert move["difference"] == pytest.approx(1 / 2 - 2 / 7, rel=0, abs=1e-12)
    assert (move["method"], move["mc_error"]) == ("exact", 0.0)
    assert [(found[side]["id"], found[side]["version"]) for side in ("before", "after")] == [(before, 1), (after, 2)]
    back = (await _compare(client, after, before)).json()["comparison"]["moves"]
    assert next(each for each in back if each["place"] == "outcomes.deal")["difference"] == -move["difference"]


async def test_it_is_what_the_files_give(client: httpx.AsyncClient) -> None:
    """`branchcast compare` on both files finds the same."""
    one = await _forecast(client, "trump-kim-2025", as_of="2026-01-15")
    other = await _forecast(client, "trump-kim-2025", as_of="2026-01-15", assume=["summit"], seed=7)
    expected = compare(await _file(client, one), await _file(client, other))
    assert (await _compare(client, one, other)).json()["comparison"] == expected.model_dump(mode="json")
    assert {move.method for move in expected.moves} >= {"sum of both errors"}


async def test_forecasts_of_different_scenarios_share_what_both_have(client: httpx.AsyncClient) -> None:
    larger = coin(scenario="die")
    larger["nodes"]["talks"]["branches"] = {"deal": "signing", "no_deal": None}
    larger["nodes"]["signing"] = {
        "branches": ["signed", "refused"],
        "prior": {"family": "beta", "branch": "signed", "a": 1, "b": 1},
    }
    await _store(client, larger)
    found = (await _compare(client, await _forecast(client), await _forecast(client, "die"))).json()["comparison"]
    assert [move["place"] for move in found["moves"]] == ["outcomes.no_deal"]
    assert found["only_before"] == ["outcomes.deal"]
    assert found["only_after"] == ["outcomes.signed", "outcomes.refused"]


async def test_forecasts_with_nothing_in_common_are_refused(client: httpx.AsyncClient) -> None:
    answer = await _compare(client, await _forecast(client), await _forecast(client, "minimal"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "with"
    assert "of scenario 'coin'" in answer.json()["detail"]
    assert "of scenario 'minimal' have no figure in common" in answer.json()["detail"]


async def test_an_unknown_forecast_is_told_where_it_stands(client: httpx.AsyncClient) -> None:
    """In the address it is not found, in the parameter it is a wrong value."""
    known = await _forecast(client)
    missing = await _compare(client, "nope", known)
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-record")
    wrong = await _compare(client, known, "nope")
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "with")
    unstated = await client.get(f"/v1/forecasts/{known}/comparison")
    assert (unstated.status_code, unstated.json()["errors"][0]["parameter"]) == (422, "with")


async def test_what_the_client_holds_is_not_compared_again(client: httpx.AsyncClient) -> None:
    """Neither forecast ever changes; the other direction is another answer."""
    one, other = await _forecast(client), await _forecast(client, seed=7)
    tag = (await _compare(client, one, other)).headers["etag"]
    again = await _compare(client, one, other, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await _compare(client, other, one, **{"If-None-Match": tag})).status_code == 200


async def _explain(client: httpx.AsyncClient, before: str, after: str, **more: int) -> httpx.Response:
    return await client.get(f"/v1/forecasts/{before}/explanation", params={"with": after, **more})


async def test_a_change_is_explained_by_its_causes(client: httpx.AsyncClient) -> None:
    """From 2/7 to 1/2, for the one reason that there is."""
    before = await _forecast(client)
    body = {"prior": coin(5.0)["nodes"]["talks"]["prior"], "reason": "news"}
    assert (await client.put(f"{COIN}/nodes/talks/prior", json=body, headers={"If-Match": "*"})).status_code == 200
    after = await _forecast(client)
    answer = await _explain(client, before, after)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["explanation"]["causes"] == [{"kind": "prior", "name": "talks"}]
    deal = next(each for each in found["explanation"]["places"] if each["place"] == "outcomes.deal")
    assert deal["parts"][0]["change"] == pytest.approx(1 / 2 - 2 / 7, abs=1e-12)
    assert found["sentences"]["outcomes.deal"] == "28.6 % to 50 % (+21.4 points): the prior of 'talks' +21.4"
    again = await client.get(
        f"/v1/forecasts/{before}/explanation", params={"with": after}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_what_cannot_be_explained_is_refused(client: httpx.AsyncClient, app: FastAPI) -> None:
    """An unknown forecast, one of another scenario, and more work than one request may be."""
    before = await _forecast(client)
    await _store(client, coin(scenario="die"))
    for other, said in (("nope", "no forecast 'nope'"), (await _forecast(client, "die"), "is of scenario 'die'")):
        answer = await _explain(client, before, other)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "with")
        assert said in answer.json()["errors"][0]["detail"]
    assert (await _explain(client, before, before, draws=65_537)).status_code == 422
    app.state.service = replace(app.state.service, settings=replace(app.state.service.settings, max_work=10_000))
    answer = await _explain(client, before, before)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work")

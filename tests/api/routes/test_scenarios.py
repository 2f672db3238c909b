"""Scenarios: listed, read as JSON and as text, stored, and stored anew, so that nothing is undone unseen."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from api.work.scenario_files import ScenarioFile
from forecast.documents import read_scenario
from forecast.scenario import parse_scenario

pytestmark = pytest.mark.anyio

KOREA = "trump-kim-2025"
COIN = """\
scenario: coin
title: Heads or tails?
as_of: 2026-01-01
horizon: 2099-12-31
nodes:
  toss:  # a comment
    branches: [heads, tails]
    prior: {family: fixed, p: {heads: 0.5, tails: 0.5}}
"""


def _coin(**changed: object) -> dict[str, Any]:
    return {**read_scenario(COIN).model_dump(mode="json", exclude_unset=True), **changed}


async def _store(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    return await client.post("/v1/scenarios", json={"reason": "a test", **body})


async def _put(client: httpx.AsyncClient, scenario_id: str, tag: str, **body: object) -> httpx.Response:
    said = {"reason": "a test", **body}
    return await client.put(f"/v1/scenarios/{scenario_id}", json=said, headers={"If-Match": tag})


async def test_the_list_tells_each_scenario_at_a_glance(
    client: httpx.AsyncClient, packaged: Mapping[str, ScenarioFile]
) -> None:
    listed = (await client.get("/v1/scenarios")).json()
    assert [card["id"] for card in listed["scenarios"]] == sorted(packaged)
    assert listed["next"] is None
    (card,) = (card for card in listed["scenarios"] if card["id"] == "minimal")
    assert datetime.fromisoformat(card.pop("recorded_at")).tzinfo is not None
    assert card == {
        "id": "minimal",
        "version": 1,
        "digest": packaged["minimal"].scenario.digest,
        "title": "Will the bridge open this year?",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": 1,
        "outcomes": 2,
        "questions": 0,
        "author": "branchcast",
        "reason": "read from minimal.yaml",
        "href": "/v1/scenarios/minimal?version=1",
    }


async def test_the_list_comes_in_pages(client: httpx.AsyncClient, packaged: Mapping[str, ScenarioFile]) -> None:
    """Each leads to the next, and together they are the list."""
    found, address, limit = [], "/v1/scenarios?limit=2", 2
    while address is not None:
        page = (await client.get(address)).json()
        assert len(page["scenarios"]) <= limit
        found += [card["id"] for card in page["scenarios"]]
        address = page["next"]
    assert found == sorted(packaged)


async def test_every_listed_scenario_can_be_followed(client: httpx.AsyncClient) -> None:
    """Links lead where they say, and the page repeats the card."""
    for card in (await client.get("/v1/scenarios")).json()["scenarios"]:
        page = (await client.get(card["href"])).json()
        assert {key: page[key] for key in card} == card
        assert (await client.get(page["yaml"])).status_code == 200


@pytest.mark.parametrize("scenario_id", ["minimal", KOREA])
async def test_the_document_is_the_scenario(
    client: httpx.AsyncClient, packaged: Mapping[str, ScenarioFile], scenario_id: str
) -> None:
    """Read back, it has the same digest."""
    page = (await client.get(f"/v1/scenarios/{scenario_id}")).json()
    assert parse_scenario(page["document"]).digest == page["digest"] == packaged[scenario_id].scenario.digest
    assert page["priors"] == dict.fromkeys(page["document"]["nodes"], 1)


async def test_the_text_is_the_file(client: httpx.AsyncClient, packaged: Mapping[str, ScenarioFile]) -> None:
    """Comments and layout are part of it."""
    answer = await client.get(f"/v1/scenarios/{KOREA}.yaml")
    assert answer.headers["content-type"].partition(";")[0] == "application/yaml"
    assert answer.text == packaged[KOREA].text
    assert "\n# " in answer.text
    assert read_scenario(answer.text).digest == packaged[KOREA].scenario.digest


@pytest.mark.parametrize(
    "path",
    ["/v1/scenarios", "/v1/scenarios/minimal", "/v1/scenarios/minimal.yaml", "/v1/scenarios/minimal/versions"],
)
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
        "/v1/scenarios/%2e%2e%2fpyproject",
        "/v1/scenarios/..%5c..%5cwindows",
        "/v1/scenarios/%27%20OR%201=1--",
        "/v1/scenarios/%27%3B%20DROP%20TABLE%20scenario%3B--/versions",
    ],
)
async def test_tricks_with_ids_lead_nowhere(client: httpx.AsyncClient, path: str) -> None:
    """An id is looked up, never opened and never part of a statement."""
    answer = await client.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2_000
    assert (await client.get("/v1/scenarios/minimal")).status_code == 200


@pytest.mark.parametrize("end", ["", ".yaml", "/versions"])
@pytest.mark.parametrize("scenario_id", ["minimal%00", "x" * 5_000, "%ff%fe"])
async def test_ids_that_cannot_be_are_refused(client: httpx.AsyncClient, scenario_id: str, end: str) -> None:
    """Too long, or with what no database can hold: a client's fault on both kinds."""
    answer = await client.get(f"/v1/scenarios/{scenario_id}{end}")
    assert answer.status_code in (404, 422), answer.text
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


async def test_yaml_is_stored_as_it_was_written(client: httpx.AsyncClient) -> None:
    stored = await _store(client, yaml=COIN, author="ann")
    assert stored.status_code == 201, stored.text
    page = (await client.get(stored.headers["location"])).json()
    assert stored.json() == page
    assert (page["id"], page["version"], page["author"], page["reason"]) == ("coin", 1, "ann", "a test")
    assert page["document"] == _coin()
    assert (await client.get(page["yaml"])).text == COIN
    assert (await client.get("/v1/scenarios/coin")).headers["etag"] == stored.headers["etag"]


async def test_a_document_is_stored_too_and_gets_a_text(client: httpx.AsyncClient) -> None:
    """Its author is the name of the key unless another is stated."""
    stored = (await _store(client, document=_coin())).json()
    assert stored["author"] == "keyless"
    assert read_scenario((await client.get(stored["yaml"])).text).digest == stored["digest"]


async def test_an_id_is_taken_once(client: httpx.AsyncClient) -> None:
    """Whoever wants to change a scenario stores a new version of it."""
    taken = await _store(client, document=_coin(scenario="minimal"))
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/conflict")
    assert "send this as a new version" in taken.json()["detail"]
    assert (await client.get("/v1/scenarios/minimal")).json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({}, "", "state either document or yaml"),
        ({"yaml": COIN, "document": {}}, "", "state either document or yaml"),
        ({"yaml": COIN, "reason": ""}, "/reason", ""),
        ({"yaml": COIN, "reason": None}, "/reason", ""),
        ({"yaml": COIN, "author": ""}, "/author", ""),
        ({"yaml": COIN.replace("tails: 0.5", "tails: 0.6")}, "/yaml", "line 8, column 12: "),
        ({"yaml": "scenario: ["}, "/yaml", "line 1"),
        ({"document": {}}, "/document", ""),
        ({"document": {"scenario": "x", "titel": "?"}}, "/document/titel", "did you mean 'title'?"),
    ],
)
async def test_faults_of_what_is_to_be_stored_point_into_the_request(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str, said: str
) -> None:
    """And nothing is stored."""
    answer = await _store(client, **body)
    assert answer.status_code == 422, answer.text
    assert any(each["pointer"] == pointer and said in each["detail"] for each in answer.json()["errors"]), answer.text
    assert (await client.get("/v1/scenarios/coin")).status_code == 404


async def test_a_new_version_tells_what_changed_and_what_moved(client: httpx.AsyncClient) -> None:
    """In words, and in numbers that a closed form knows."""
    stored = await _store(client, yaml=COIN)
    bent = COIN.replace("heads: 0.5, tails: 0.5", "heads: 0.6, tails: 0.4")
    answer = await _put(client, "coin", stored.headers["etag"], yaml=bent, reason="the coin is bent", author="bob")
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert (page["version"], page["author"], page["reason"]) == (2, "bob", "the coin is bent")
    assert page["priors"] == {"toss": 2}
    assert [change["pointer"] for change in page["changes"]] == ["/nodes/toss/prior"]
    assert "heads 50 % → 60 %" in page["changes"][0]["words"]
    assert page["moved"]["reason"] is None
    moves = {move["place"]: move for move in page["moved"]["comparison"]["moves"]}
    assert moves["outcomes.heads"]["difference"] == pytest.approx(0.1)
    assert (await client.get(page["yaml"])).text == bent
    assert (await client.get("/v1/scenarios/coin")).headers["etag"] == answer.headers["etag"]


async def test_a_change_of_words_moves_nothing_and_says_so(client: httpx.AsyncClient) -> None:
    stored = await _store(client, document=_coin())
    answer = (await _put(client, "coin", stored.headers["etag"], document=_coin(title="Tails or heads?"))).json()
    assert [change["pointer"] for change in answer["changes"]] == ["/title"]
    assert answer["priors"] == {"toss": 1}
    assert {move["difference"] for move in answer["moved"]["comparison"]["moves"]} == {0.0}


async def test_of_two_changes_based_on_one_version_the_second_learns_what_changed(client: httpx.AsyncClient) -> None:
    """Nothing is undone unseen: it is told what is new, and with which tag to go on."""
    tag = (await _store(client, document=_coin())).headers["etag"]
    won = await _put(client, "coin", tag, document=_coin(title="First"), reason="was faster")
    lost = await _put(client, "coin", tag, document=_coin(title="Second"))
    assert (won.status_code, lost.status_code, lost.json()["type"]) == (200, 412, "/problems/stale")
    assert "keyless stored version 2" in lost.json()["detail"]
    assert "was faster" in lost.json()["detail"]
    assert len(lost.json()["changed"]) == 1
    assert lost.headers["etag"] == won.headers["etag"]
    assert (await client.get("/v1/scenarios/coin")).json()["title"] == "First"
    assert (await _put(client, "coin", lost.headers["etag"], document=_coin(title="Second"))).status_code == 200


async def test_a_change_that_says_not_what_it_is_based_on_is_refused(client: httpx.AsyncClient) -> None:
    body = {"document": _coin(scenario="minimal"), "reason": "a test"}
    answer = await client.put("/v1/scenarios/minimal", json=body)
    assert (answer.status_code, answer.json()["type"]) == (428, "/problems/unconditional")
    assert "GET /v1/scenarios/minimal has it" in answer.json()["detail"]


async def test_a_document_of_another_scenario_is_refused(client: httpx.AsyncClient) -> None:
    answer = await _put(client, "minimal", "*", document=_coin())
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/document/scenario"]
    assert "is of scenario 'coin', not of 'minimal'" in answer.json()["detail"]


async def test_an_unknown_scenario_has_no_versions_and_gets_none(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/scenarios/minimum/versions")).json()["type"] == "/problems/unknown-scenario"
    answer = await _put(client, "coin", "*", document=_coin())
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")


@pytest.fixture
async def five_versions(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Store a scenario and four more versions of it; return their pages, oldest first."""
    pages = [(await _store(client, document=_coin(title="Title 1"))).json()]
    for number in range(2, 6):
        answer = await _put(client, "coin", "*", document=_coin(title=f"Title {number}"), reason=f"reason {number}")
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
    return pages


async def test_versions_are_listed_newest_first_in_pages(
    client: httpx.AsyncClient, five_versions: list[dict[str, Any]]
) -> None:
    """Without gap or repeat, also if another is stored meanwhile."""
    first = (await client.get("/v1/scenarios/coin/versions?limit=2")).json()
    await _put(client, "coin", "*", document=_coin(title="Title 6"))
    found, address = first["versions"], first["next"]
    while address is not None:
        page = (await client.get(address)).json()
        found, address = [*found, *page["versions"]], page["next"]
    assert [(card["version"], card["title"]) for card in found] == [(n, f"Title {n}") for n in (5, 4, 3, 2, 1)]
    assert [card["reason"] for card in found[:4]] == ["reason 5", "reason 4", "reason 3", "reason 2"]


async def test_every_version_stays_readable_as_it_was(
    client: httpx.AsyncClient, five_versions: list[dict[str, Any]]
) -> None:
    """By its number, and by the moment at which it was the newest."""
    for page in five_versions:
        assert (await client.get(page["href"])).json()["document"] == page["document"]
        then = {"as_of": page["recorded_at"]}
        assert (await client.get("/v1/scenarios/coin", params=then)).json()["version"] == page["version"]
        versions = (await client.get("/v1/scenarios/coin/versions", params=then)).json()["versions"]
        assert [card["version"] for card in versions] == list(range(page["version"], 0, -1))
        listed = (await client.get("/v1/scenarios", params=then)).json()["scenarios"]
        assert {card["id"]: card["version"] for card in listed}["coin"] == page["version"]


@pytest.mark.parametrize("end", ["", ".yaml", "/evidence", "/nodes/toss/prior"])
async def test_a_version_is_not_there_before_it_was_stored(
    client: httpx.AsyncClient, five_versions: list[dict[str, Any]], end: str
) -> None:
    """Every address that takes a version and a moment tells the same of the two together."""
    second, third = ({"as_of": page["recorded_at"], "version": 3} for page in five_versions[1:3])
    early = await client.get(f"/v1/scenarios/coin{end}", params=second)
    assert (early.status_code, early.json()["type"]) == (404, "/problems/unknown-record")
    assert "had no version 3" in early.json()["detail"]
    assert (await client.get(f"/v1/scenarios/coin{end}", params=third)).status_code == 200
    before = await client.get(f"/v1/scenarios/coin{end}", params={"as_of": "2020-01-01", "version": 1})
    assert (before.status_code, before.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_before_its_first_version_there_was_nothing(client: httpx.AsyncClient) -> None:
    """An unknown past is not an unknown scenario: the answer says which it is."""
    answer = await client.get("/v1/scenarios/minimal?as_of=2020-01-01")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")
    assert "was first recorded after 2020-01-01T23:59:59" in answer.json()["detail"]
    assert (await client.get("/v1/scenarios?as_of=2020-01-01")).json()["scenarios"] == []
    for end in ("versions", "history", "history?of=outcomes.opens", "evidence", "nodes/opening/statements"):
        address = f"/v1/scenarios/minimal/{end}"
        answer = await client.get(f"{address}{'&' if '?' in address else '?'}as_of=2020-01-01")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario"), end


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("version=2", 404, "unknown-record"),
        ("version=0", 422, "invalid-request"),
        ("version=two", 422, "invalid-request"),
        ("version=99999999999999999999", 422, "invalid-request"),
        ("as_of=yesterday", 422, "invalid-request"),
    ],
)
@pytest.mark.parametrize("end", ["", ".yaml"])
async def test_versions_that_are_not_there_are_problems(
    client: httpx.AsyncClient, query: str, status: int, kind: str, end: str
) -> None:
    answer = await client.get(f"/v1/scenarios/minimal{end}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")

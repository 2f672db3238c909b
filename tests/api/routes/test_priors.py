"""Setting one node's prior: what it answers, who wins when two do it, and what is never lost."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PRIOR = "/v1/scenarios/minimal/nodes/opening/prior"
TALKS = "/v1/scenarios/trump-kim-2025"


def beta(a: float, b: float) -> dict[str, Any]:
    return {"family": "beta", "branch": "opens", "a": a, "b": b}


async def _set(client: httpx.AsyncClient, prior: dict[str, Any], tag: str, reason: str = "a test") -> httpx.Response:
    return await client.put(PRIOR, json={"prior": prior, "reason": reason}, headers={"If-Match": tag})


async def _tag(client: httpx.AsyncClient, address: str = PRIOR) -> str:
    return str((await client.get(address)).headers["etag"])


async def test_a_prior_says_what_it_is_and_since_when(client: httpx.AsyncClient) -> None:
    page = (await client.get(PRIOR)).json()
    assert (page["prior"], page["since"]) == (beta(7, 3), 1)
    assert page["reason"] == "read from minimal.yaml"
    await _set(client, beta(3, 7), "*", "two bridges were called off")
    page = (await client.get(PRIOR)).json()
    assert (page["prior"], page["since"], page["reason"]) == (beta(3, 7), 2, "two bridges were called off")


async def test_a_prior_that_stayed_is_the_same_page(client: httpx.AsyncClient) -> None:
    """A copy is kept by its tag: whatever else changes, nothing on the page may differ under the tag of the prior."""
    before = await client.get(PRIOR)
    document = (await client.get("/v1/scenarios/minimal")).json()["document"]
    retitled = {"document": {**document, "title": "Will it open?"}, "reason": "shorter"}
    put = await client.put("/v1/scenarios/minimal", json=retitled, headers={"If-Match": "*"})
    assert put.status_code == 200
    tag = before.headers["etag"]
    assert (await client.get(PRIOR, headers={"If-None-Match": tag})).status_code == 304
    after = await client.get(PRIOR)
    assert (after.headers["etag"], after.content) == (tag, before.content)
    assert (await client.get(PRIOR, params={"version": 1})).content == before.content
    assert (await _set(client, beta(3, 7), tag)).status_code == 200


async def test_setting_a_prior_returns_the_new_version_and_what_moved(client: httpx.AsyncClient) -> None:
    """The means of Beta(7, 3) and Beta(3, 7) are 0.7 and 0.3, and the difference is known exactly."""
    answer = await _set(client, beta(3, 7), await _tag(client))
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["version"], made["priors"]) == (2, {"opening": 2})
    assert [change["pointer"] for change in made["changes"]] == ["/nodes/opening/prior"]
    moves = {move["place"]: move for move in made["moved"]["comparison"]["moves"]}
    assert moves["outcomes.opens"]["difference"] == pytest.approx(-0.4, abs=1e-12)
    assert (moves["outcomes.opens"]["method"], moves["outcomes.opens"]["mc_error"]) == ("exact", 0.0)
    assert answer.headers["etag"] == (await client.get("/v1/scenarios/minimal")).headers["etag"]


async def test_comments_and_layout_of_the_yaml_survive(client: httpx.AsyncClient) -> None:
    before = (await client.get("/v1/scenarios/minimal.yaml")).text
    made = (await _set(client, beta(3, 7), "*")).json()
    after = (await client.get("/v1/scenarios/minimal.yaml")).text
    assert after == before.replace("a: 7, b: 3", "a: 3, b: 7")
    assert made["yaml_rewritten"] is False
    assert (await client.get("/v1/scenarios/minimal.yaml?version=1")).text == before


async def test_a_text_that_cannot_be_edited_in_place_is_written_anew_and_the_answer_says_so(
    client: httpx.AsyncClient,
) -> None:
    """A key without a colon leaves no place for a value; what was written stays readable in the version before."""
    text = (await client.get("/v1/scenarios/minimal.yaml")).text
    odd = text.replace("scenario: minimal", "scenario: odd").replace("b: 3}", "b: 3, mean, equivalent_sample_size}")
    assert (await client.post("/v1/scenarios", json={"yaml": odd, "reason": "another layout"})).status_code == 201
    wanted = {"family": "beta", "branch": "opens", "mean": 0.25, "equivalent_sample_size": 8, "a": None, "b": None}
    body = {"prior": wanted, "reason": "in other words"}
    answer = await client.put("/v1/scenarios/odd/nodes/opening/prior", json=body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["yaml_rewritten"]) == (200, True)
    assert "mean: 0.25" in (await client.get("/v1/scenarios/odd.yaml")).text
    assert (await client.get("/v1/scenarios/odd.yaml?version=1")).text == odd


async def test_two_analysts_one_wins_and_the_other_learns_what_changed(client: httpx.AsyncClient) -> None:
    """Both read the same prior; the loser's 412 says who, why and what, and carries the tag to go on with."""
    tag = await _tag(client)
    answers = await asyncio.gather(
        _set(client, beta(3, 7), tag, "polls fell"), _set(client, beta(9, 1), tag, "polls rose")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    problem = lost.json()
    assert problem["type"] == "/problems/stale"
    assert won.json()["reason"] in problem["detail"]
    assert [words.partition(":")[0] for words in problem["changed"]] == ["prior of node opening"]
    assert lost.headers["etag"] == await _tag(client)
    assert (await client.get(PRIOR)).json()["prior"] == won.json()["document"]["nodes"]["opening"]["prior"]
    versions = (await client.get("/v1/scenarios/minimal/versions")).json()["versions"]
    assert [version["version"] for version in versions] == [2, 1]


async def test_analysts_on_different_nodes_do_not_stand_in_each_others_way(client: httpx.AsyncClient) -> None:
    """Each states the tag of its own node's prior, and both changes are in the end."""
    document = (await client.get(TALKS)).json()["document"]
    stated = {name: node["prior"]["alpha"] for name, node in document["nodes"].items() if "alpha" in node["prior"]}
    doubled = {
        name: {"family": "dirichlet", "alpha": {branch: 2.0 * a for branch, a in alpha.items()}}
        for name, alpha in sorted(stated.items())[:2]
    }
    tags = {name: await _tag(client, f"{TALKS}/nodes/{name}/prior") for name in doubled}

    async def put(name: str) -> httpx.Response:
        body = {"prior": doubled[name], "reason": f"about {name}"}
        return await client.put(f"{TALKS}/nodes/{name}/prior", json=body, headers={"If-Match": tags[name]})

    answers = await asyncio.gather(*map(put, doubled))
    assert [answer.status_code for answer in answers] == [200, 200]
    stored = (await client.get(TALKS)).json()
    assert stored["version"] == 3
    assert all(stored["document"]["nodes"][name]["prior"] == prior for name, prior in doubled.items())


async def test_the_scenarios_own_tag_guards_everything(client: httpx.AsyncClient) -> None:
    """Whoever states it is refused after any change; whoever states the prior's only after one of the prior."""
    whole, own = await _tag(client, "/v1/scenarios/minimal"), await _tag(client)
    document = (await client.get("/v1/scenarios/minimal")).json()["document"]
    retitled = {"document": {**document, "title": "Will it open?"}, "reason": "shorter"}
    put = await client.put("/v1/scenarios/minimal", json=retitled, headers={"If-Match": whole})
    assert put.status_code == 200
    assert (await _set(client, beta(3, 7), whole)).status_code == 412
    assert (await _set(client, beta(3, 7), own)).status_code == 200


@pytest.mark.parametrize("tag", ['"v1-0000000000000000"', '"p7-0123456789abcdef"'])
async def test_tags_that_were_never_given_are_stale(client: httpx.AsyncClient, tag: str) -> None:
    assert (await _set(client, beta(3, 7), tag)).status_code == 412


@pytest.mark.parametrize("tag", ["nonsense", 'W/"v1-x"'])
async def test_what_is_no_tag_for_a_change_is_called_that_and_not_stale(client: httpx.AsyncClient, tag: str) -> None:
    answer = await _set(client, beta(3, 7), tag)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "If-Match"


async def test_a_change_must_say_what_it_is_based_on(client: httpx.AsyncClient) -> None:
    answer = await client.put(PRIOR, json={"prior": beta(3, 7), "reason": "why not"})
    assert (answer.status_code, answer.json()["type"]) == (428, "/problems/unconditional")
    assert PRIOR in answer.json()["detail"]


@pytest.mark.parametrize(
    ("prior", "pointer"),
    [
        (beta(-1, 3), "/prior/a"),
        ({"family": "beta", "branch": "opened", "a": 1, "b": 1}, "/prior"),
        ({"family": "gamma"}, "/prior"),
        ({}, "/prior"),
        ({"family": "fixed", "p": {"opens": 0.5, "stays_closed": 0.4}}, "/prior"),
    ],
)
async def test_faults_point_into_the_prior(client: httpx.AsyncClient, prior: dict[str, Any], pointer: str) -> None:
    answer = await _set(client, prior, "*")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-scenario"
    assert all(error["pointer"].startswith(pointer) for error in answer.json()["errors"])
    assert (await client.get("/v1/scenarios/minimal")).json()["version"] == 1


async def test_a_reason_is_needed(client: httpx.AsyncClient) -> None:
    answer = await client.put(PRIOR, json={"prior": beta(3, 7)}, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert "reason" in answer.json()["detail"]


async def test_an_unknown_node_is_named_with_the_nearest(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/scenarios/minimal/nodes/openning/prior")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    assert "did you mean 'opening'?" in answer.json()["detail"]


async def test_setting_the_same_prior_again_is_a_version_that_moves_nothing(client: httpx.AsyncClient) -> None:
    """It may be meant: the analyst has looked again, and says so in the reason."""
    made = (await _set(client, beta(7, 3), "*", "looked again")).json()
    assert (made["version"], made["priors"], made["changes"]) == (2, {"opening": 1}, [])
    assert made["moved"]["comparison"] is None


async def test_many_writers_at_once_lose_nothing(client: httpx.AsyncClient) -> None:
    """Twelve writers that read again after every 412 all get through, one version each."""

    async def write(number: int) -> int:
        for tries in itertools.count(1):
            answer = await _set(client, beta(1 + number, 3), await _tag(client), f"writer {number}")
            if answer.status_code == 200:
                return tries
            assert answer.status_code == 412
        raise AssertionError

    await asyncio.gather(*map(write, range(12)))
    versions = (await client.get("/v1/scenarios/minimal/versions")).json()["versions"]
    assert [version["version"] for version in versions] == list(range(13, 0, -1))
    assert {version["reason"] for version in versions[:-1]} == {f"writer {number}" for number in range(12)}

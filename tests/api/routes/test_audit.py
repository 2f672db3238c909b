"""The audit log over REST: what was done, newest first, by subject, page by page."""

import httpx
import pytest

from tests.api.store.support import coin

pytestmark = pytest.mark.anyio


async def test_what_is_done_is_logged_with_who_and_why(client: httpx.AsyncClient) -> None:
    body = {"document": coin(), "reason": "Talks begin", "author": "ann"}
    stored = (await client.post("/v1/scenarios", json=body)).json()
    newest, before = (await client.get("/v1/audit?limit=2")).json()["entries"]
    assert (newest["actor"], newest["action"]) == ("keyless", "scenario.version")
    assert (newest["subject"], newest["at"]) == ("scenarios/coin/versions/1", stored["recorded_at"])
    assert (newest["details"]["author"], newest["details"]["reason"]) == ("ann", "Talks begin")
    assert newest["details"]["digest"] == stored["digest"]
    assert (newest["seq"], newest["previous"]) == (before["seq"] + 1, before["hash"])


async def test_a_subject_has_what_is_below_it(client: httpx.AsyncClient) -> None:
    """But not what only begins alike."""
    for name in ("coin", "coin-2"):
        await client.post("/v1/scenarios", json={"document": coin(scenario=name), "reason": "a test"})
    found = (await client.get("/v1/audit?subject=scenarios/coin")).json()["entries"]
    assert [entry["subject"] for entry in found] == ["scenarios/coin/versions/1"]
    assert (await client.get("/v1/audit?subject=scenarios/coi")).json() == {"entries": [], "next": None}


async def test_pages_lead_from_the_newest_entry_to_the_first(client: httpx.AsyncClient) -> None:
    """An entry that is added meanwhile moves nothing."""
    page = (await client.get("/v1/audit?subject=scenarios&limit=2")).json()
    seqs = [entry["seq"] for entry in page["entries"]]
    await client.post("/v1/scenarios", json={"document": coin(), "reason": "a test"})
    while page["next"] is not None:
        page = (await client.get(page["next"])).json()
        seqs += [entry["seq"] for entry in page["entries"]]
    assert seqs == list(range(seqs[0], 0, -1))
    assert len(seqs) >= 4


async def test_what_the_client_holds_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/audit")
    headers = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/v1/audit", headers=headers)).status_code == 304
    await client.post("/v1/keys", json={"name": "ann", "scope": "read"})
    assert (await client.get("/v1/audit", headers=headers)).status_code == 200


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=201", "subject=" + "x" * 201])
async def test_questions_that_make_no_sense_are_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/audit?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("subject", ["%27%20OR%201=1--", "%25", "_", "é", "%f0%9f%98%80"])
async def test_tricks_with_subjects_find_nothing(client: httpx.AsyncClient, subject: str) -> None:
    answer = await client.get(f"/v1/audit?subject={subject}")
    assert (answer.status_code, answer.json()) == (200, {"entries": [], "next": None})

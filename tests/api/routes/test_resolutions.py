"""What happened over REST: recorded once, corrected beside what it corrects, refused where it does not fit."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.store import audit, resolutions
from api.store.database import Database
from api.store.resolutions import Resolved
from api.work import resolving
from tests.api.clocked import NOON
from tests.api.routes.resolved import (
    ANNULLED,
    COST,
    DEAL,
    NO,
    PAIR,
    RESOLUTIONS,
    TALKS,
    WHEN,
    WHICH,
    YES,
    forecast,
    said,
    say,
    store,
    talks,
)
from tests.api.store.support import SetClock

pytestmark = pytest.mark.anyio

MET = {"type": "node", "branch": "met"}


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app whose clock the test moves."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more: talks."""
    await store(client, talks())
    return client


async def _known(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{RESOLUTIONS}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["resolutions"]
    return found


async def test_a_resolution_is_read_as_it_was_recorded(client: httpx.AsyncClient) -> None:
    answer = await say(client, DEAL, YES, author="desk", source="Reuters, 10 March")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{RESOLUTIONS}/{DEAL}")
    made = answer.json()
    score, reason = made.pop("score"), made.pop("not_scored")
    assert made.pop("notes") == []
    assert {key: made[key] for key in made.keys() - {"id"}} == {
        "scenario": "talks",
        "place": DEAL,
        "value": YES,
        "words": "yes",
        "happened_on": "2026-03-10",
        "source": "Reuters, 10 March",
        "author": "desk",
        "reason": "by the news",
        "recorded_at": "2026-03-10T12:00:00Z",
        "href": f"{RESOLUTIONS}/{DEAL}",
    }
    assert (await client.get(made["href"])).json() == made
    assert await _known(client) == [made]
    assert (score["unscored"], reason) == (
        "no forecast was recorded before 2026-03-11T00:00:00+00:00, when its life ended",
        None,
    )


async def test_the_answer_says_what_it_scores(client: httpx.AsyncClient) -> None:
    """They meet with 0.6 and then agree with 0.5: 0.3 for a deal, and (0.3 - 1)² = 0.49."""
    made = await forecast(client)
    score = (await said(client, DEAL, YES))["score"]
    assert score["scores"]["brier"] == pytest.approx(0.49, abs=1e-6)
    (prediction,) = score["history"]
    assert (prediction["forecast"], prediction["author"]) == (made, "ann")
    assert prediction["chance"] == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (DEAL, NO),
        (WHICH, {"type": "multiple_choice", "option": "A deal"}),
        (COST, {"type": "numeric", "value": 27500}),
        (WHEN, {"type": "date", "day": "2026-03-09"}),
        (WHEN, {"type": "date", "day": None}),
        (PAIR, {"type": "conditional", "given": True, "happened": False}),
        ("nodes.meeting", MET),
        ("nodes.talks", {"type": "node", "branch": None}),
        ("outcomes", {"type": "outcome", "outcome": "no_deal"}),
        ("outcomes", ANNULLED),
    ],
)
async def test_every_kind_can_be_recorded(client: httpx.AsyncClient, place: str, value: dict[str, Any]) -> None:
    made = await said(client, place, value)
    assert made["value"] == value
    assert (await client.get(f"{RESOLUTIONS}/{place}")).json()["value"] == value


async def test_the_same_again_changes_nothing(client: httpx.AsyncClient, clock: SetClock, database: Database) -> None:
    """With another reason, or after another resolution, it is a new one."""
    first = await said(client, DEAL, YES)
    clock.forward(hours=1)
    again = await say(client, DEAL, YES)
    assert (again.status_code, again.json()["id"], again.headers["location"]) == (200, first["id"], first["href"])
    assert len(await _known(client, "?history=true")) == 1
    with database.reading() as connection:
        assert [each.action for each in audit.page(connection, 1)] == ["resolution.record"]
    for more in ({"reason": "by the gazette"}, {"source": "gazette"}, {"author": "desk"}, {"on": "2026-03-09"}):
        assert (await say(client, DEAL, YES, **more)).status_code == 201, more
    assert (await say(client, DEAL, YES)).status_code == 201
    assert len(await _known(client, "?history=true")) == 6


async def test_a_correction_stands_beside_what_it_corrects(client: httpx.AsyncClient, clock: SetClock) -> None:
    await said(client, DEAL, NO)
    clock.forward(days=1)
    await said(client, DEAL, YES, reason="they had signed after all")
    assert [each["words"] for each in await _known(client)] == ["yes"]
    assert [each["words"] for each in await _known(client, "?history=true")] == ["yes", "no"]


async def test_a_correction_counts_even_if_the_clock_was_set_back(client: httpx.AsyncClient, clock: SetClock) -> None:
    await said(client, DEAL, NO, on="2026-03-01")
    clock.forward(hours=-5)
    await said(client, DEAL, YES, on="2026-03-01")
    assert [each["words"] for each in await _known(client)] == ["yes"]


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("2026-03-09", []),
        ("2026-03-10", ["no"]),
        ("2026-03-10T12:00:00Z", ["no"]),
        ("2026-03-10T13:59:59+02:00", []),
        ("2026-03-10T14:00:00+02:00", ["no"]),
        ("2026-03-11", ["yes"]),
    ],
)
async def test_a_moment_knows_what_was_recorded_by_then(
    client: httpx.AsyncClient, clock: SetClock, as_of: str, words: list[str]
) -> None:
    """A day means its end in UTC."""
    await said(client, DEAL, NO)
    clock.forward(days=1)
    await said(client, DEAL, YES)
    for query in ({"as_of": as_of}, {"as_of": as_of, "history": "true", "limit": "1"}):
        answer = await client.get(RESOLUTIONS, params=query)
        if answer.status_code == 404:  # the scenario itself was recorded at noon
            assert words == []
            continue
        assert [each["words"] for each in answer.json()["resolutions"]] == words
    one = await client.get(f"{RESOLUTIONS}/{DEAL}", params={"as_of": as_of})
    assert ([one.json()["words"]] if one.status_code == 200 else []) == words


async def test_pages_hold_every_resolution_once(client: httpx.AsyncClient, clock: SetClock) -> None:
    places = [DEAL, WHICH, COST, WHEN, PAIR, "nodes.meeting", "outcomes"]
    for place in places:
        await said(client, place, ANNULLED)
        clock.forward(hours=1)
    for query, expected in (("", sorted(places)), ("&history=true", places[::-1])):
        found: list[str] = []
        address: str | None = f"{RESOLUTIONS}?limit=3{query}"
        while address is not None:
            page = (await client.get(address)).json()
            found += [each["place"] for each in page["resolutions"]]
            address = page["next"]
        assert found == expected


async def test_a_cursor_of_one_list_is_none_of_the_other(client: httpx.AsyncClient) -> None:
    for place in (DEAL, WHICH):
        await said(client, place, ANNULLED)
    following = (await client.get(f"{RESOLUTIONS}?limit=1")).json()["next"]
    answer = await client.get(f"{following}&history=true")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient) -> None:
    await said(client, DEAL, YES)
    for address in (RESOLUTIONS, f"{RESOLUTIONS}/{DEAL}"):
        tag = (await client.get(address)).headers["etag"]
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 304


async def test_a_repeated_request_records_one_resolution(client: httpx.AsyncClient, database: Database) -> None:
    """Even if a correction came between; the audit log has it once, under the key's name."""
    first = await say(client, DEAL, YES, author="desk", key="k-1")
    await said(client, DEAL, NO)
    again = await say(client, DEAL, YES, author="desk", key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert [each["words"] for each in await _known(client, "?history=true")] == ["no", "yes"]
    with database.reading() as connection:
        _, made = audit.page(connection, 2)
    assert (made.actor, made.action) == ("keyless", "resolution.record")
    assert made.subject == f"scenarios/talks/resolutions/{first.json()['id']}"
    assert {key: made.details[key] for key in ("place", "author", "reason")} == {
        "place": DEAL,
        "author": "desk",
        "reason": "by the news",
    }


@pytest.mark.parametrize(
    ("place", "value", "on", "pointer", "words"),
    [
        ("questions.dael", YES, "2026-03-10", "/place", "did you mean 'questions.deal'?"),
        ("", YES, "2026-03-10", "/place", "must be text that is not empty"),
        (7, YES, "2026-03-10", "/place", "must be text"),
        ("nul\x00", YES, "2026-03-10", "/place", "cannot be printed"),
        ("half\ud800", YES, "2026-03-10", "/place", ""),
        (DEAL, {"type": "numeric", "value": 1}, "2026-03-10", "/value/type", "'questions.deal' resolves as 'binary'"),
        (DEAL, {"type": "perhaps"}, "2026-03-10", "/value/type", "type 'perhaps' is not one of"),
        (DEAL, {"happened": True}, "2026-03-10", "/value", "lacks 'type'"),
        (DEAL, {"type": "binary"}, "2026-03-10", "/value", "lacks 'happened'"),
        (DEAL, {"type": "binary", "happened": "yes"}, "2026-03-10", "/value/happened", "must be true or false"),
        (DEAL, {**YES, "sure": True}, "2026-03-10", "/value/sure", "unknown key 'sure'"),
        (DEAL, "yes", "2026-03-10", "/value", ""),
        (COST, {"type": "numeric", "value": "200"}, "2026-03-10", "/value/value", "must be a number"),
        (COST, {"type": "numeric", "value": 1e301}, "2026-03-10", "/value/value", "must be at most 1e+300"),
        (WHICH, {"type": "multiple_choice", "option": "Peace"}, "2026-03-10", "/value/option", "has no option 'Peace'"),
        (WHEN, {"type": "date", "day": "2027-01-01"}, "2026-03-10", "/value/day", "lies outside"),
        (WHEN, {"type": "date", "day": "2026-03-11"}, "2026-03-10", "/value/day", "settled on 2026-03-10, before"),
        (WHEN, {"type": "date"}, "2026-03-10", "/value", "lacks 'day'"),
        (PAIR, {"type": "conditional", "happened": True}, "2026-03-10", "/value", "lacks 'given'"),
        ("nodes.talks", MET, "2026-03-10", "/value/branch", "node 'talks' has no branch 'met'"),
        ("outcomes", {"type": "outcome", "outcome": "war"}, "2026-03-10", "/value/outcome", "has no outcome 'war'"),
        (DEAL, YES, "2025-12-31", "/happened_on", "2026-01-01 to 2026-12-31"),
        (DEAL, YES, "2026-03-12", "/happened_on", "no place on earth is past 2026-03-11"),
        (DEAL, YES, "10 March", "/happened_on", "not a calendar day"),
        (DEAL, YES, "2026-03-10T12:00:00Z", "/happened_on", "not a calendar day"),
        (DEAL, YES, None, "/happened_on", "not a calendar day"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(
    client: httpx.AsyncClient, place: object, value: object, on: object, pointer: str, words: str
) -> None:
    answer = await say(client, place, value, on)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["type"] == "/problems/invalid-request"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert words in answer.json()["errors"][0]["detail"]
    assert await _known(client) == []


async def test_the_largest_number_has_a_score(client: httpx.AsyncClient) -> None:
    await forecast(client)
    score = (await said(client, COST, {"type": "numeric", "value": -1e300}))["score"]
    assert score["scores"]["crps"] == pytest.approx(1e300)


async def test_where_it_is_tomorrow_already_it_may_have_happened(client: httpx.AsyncClient) -> None:
    """At noon in UTC it is the 11th of March on Kiritimati."""
    assert (await say(client, DEAL, YES, on="2026-03-11")).status_code == 201


async def test_a_contradiction_is_refused_until_one_side_is_annulled(client: httpx.AsyncClient) -> None:
    await said(client, "nodes.meeting", {"type": "node", "branch": "never_met"})
    answer = await say(client, "outcomes", {"type": "outcome", "outcome": "deal"})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/value/outcome")
    assert "contradicts 'never_met' at nodes.meeting, settled on 2026-03-10" in error["detail"]
    await said(client, "nodes.meeting", ANNULLED)
    await said(client, "outcomes", {"type": "outcome", "outcome": "deal"})
    await said(client, "nodes.meeting", MET)


async def test_of_two_that_contradict_each_other_at_once_one_is_recorded(client: httpx.AsyncClient) -> None:
    """Each is checked beside what is on record when it is recorded."""
    answers = await asyncio.gather(
        *(say(client, "nodes.meeting", {"type": "node", "branch": "never_met"}, reason=f"r{i}") for i in range(3)),
        *(say(client, "outcomes", {"type": "outcome", "outcome": "deal"}, reason=f"r{i}") for i in range(3)),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 422, 422, 422]
    assert len({each["place"] for each in await _known(client, "?history=true")}) == 1


async def test_a_resolution_that_was_overtaken_is_checked_anew(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process records what contradicts it after it was checked and before it is recorded."""
    checked = resolving._scored

    def overtake(*args: Any) -> Any:  # noqa: ANN401 -- as what it stands in for
        monkeypatch.setattr(resolving, "_scored", checked)
        value, day = {"type": "outcome", "outcome": "deal"}, "2026-03-10"
        with database.writing() as connection:
            resolutions.add(connection, Resolved("r1", "talks", "outcomes", value, day, None, "bob", "r", NOON))
        return checked(*args)

    monkeypatch.setattr(resolving, "_scored", overtake)
    answer = await say(client, "nodes.meeting", {"type": "node", "branch": "never_met"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/value/branch")
    assert [each["place"] for each in await _known(client, "?history=true")] == ["outcomes"]


async def test_where_the_tree_says_otherwise_that_is_told(client: httpx.AsyncClient) -> None:
    """The talks ended without a deal, and the question's clause says that there is one: recorded, with a note."""
    await said(client, "nodes.talks", {"type": "node", "branch": "no_deal"})
    made = await said(client, WHICH, {"type": "multiple_choice", "option": "A deal"})
    (note,) = made["notes"]
    assert note.startswith(
        "questions.which: resolved as 'A deal', but by the tree 'None' came about, as nodes.talks is"
    )
    again = await say(client, WHICH, {"type": "multiple_choice", "option": "A deal"})
    assert (again.status_code, again.json()["notes"]) == (200, [note])
    corrected = await said(client, "nodes.talks", {"type": "node", "branch": "deal"})
    assert corrected["notes"] == []
    back = await said(client, "nodes.talks", {"type": "node", "branch": "no_deal"})
    assert back["notes"] == [note]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    body = {"place": DEAL, "value": YES, "happened_on": "2026-03-10", "reason": "x"}
    for answer in (
        await client.get("/v1/scenarios/tlaks/resolutions"),
        await client.get(f"/v1/scenarios/tlaks/resolutions/{DEAL}"),
        await client.post("/v1/scenarios/tlaks/resolutions", json=body),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")
    nothing = await client.get(f"{RESOLUTIONS}/{DEAL}")
    assert (nothing.status_code, nothing.json()["type"]) == (404, "/problems/unknown-record")
    assert nothing.json()["detail"] == "there is no resolution of 'questions.deal': nothing has been resolved"
    await said(client, DEAL, YES)
    near = await client.get(f"{RESOLUTIONS}/questions.dael")
    assert "did you mean 'questions.deal'?" in near.json()["detail"]


async def test_a_place_that_is_gone_stays_readable_and_takes_nothing_new(client: httpx.AsyncClient) -> None:
    await said(client, PAIR, ANNULLED)
    document = talks()
    del document["questions"]["pair"]
    put = await client.put(TALKS, json={"document": document, "reason": "dropped"}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    assert [each["place"] for each in await _known(client)] == [PAIR]
    assert (await client.get(f"{RESOLUTIONS}/{PAIR}")).status_code == 200
    assert (await say(client, PAIR, ANNULLED, reason="again")).status_code == 422


async def test_a_scenario_that_speaks_anew_keeps_its_past(client: httpx.AsyncClient) -> None:
    """The newest version speaks from March, the first one from January: it may have happened in February."""
    document = {**talks(), "as_of": "2026-03-01"}
    put = await client.put(TALKS, json={"document": document, "reason": "stated anew"}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    assert (await say(client, DEAL, YES, on="2026-02-10")).status_code == 201


@pytest.mark.parametrize("text", ["x" * 10_001, "nul\x00", "half\ud800", " ", "\u202e", ""])
async def test_text_that_cannot_be_printed_is_refused_by_field(client: httpx.AsyncClient, text: str) -> None:
    for field in ("reason", "source"):
        answer = await say(client, DEAL, YES, **{field: text})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


@pytest.mark.parametrize("text", ["'; drop table resolution; --", "»日本« مرحبا 🤝\n\t\\ \" '"])
async def test_any_printable_text_is_kept_as_it_is(client: httpx.AsyncClient, text: str) -> None:
    made = await said(client, DEAL, YES, reason=text, author=text, source=text)
    assert (made["reason"], made["author"], made["source"]) == (text, text, text)
    assert (await client.get(made["href"])).json()["reason"] == text


async def test_whoever_may_only_read_resolves_nothing(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    client.headers["Authorization"] = new_key("read")
    assert await _known(client) == []
    answer = await say(client, DEAL, YES)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_unknown_parameters_and_keys_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{RESOLUTIONS}?hystory=true")).status_code == 422
    answer = await say(client, DEAL, YES, resaon="x")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/resaon")

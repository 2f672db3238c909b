"""The evidence ledger over REST: recorded once, checked with the scenario, retracted and never deleted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from api.store import tables
from api.store.database import Database
from api.store.evidence import MOST_ENTRIES
from tests.api.clocked import NOON
from tests.api.routes.entries import (
    COIN,
    LEDGER,
    add_entry,
    fault,
    forecast,
    on_file,
    retract,
    revise,
    said,
    store,
    without_deal,
)
from tests.api.store.support import SetClock, coin

pytestmark = pytest.mark.anyio

# The prior is Beta(2, 5), so that deal has the mean 2/7. A ratio of 3 against everything else makes of it
# 3·2/7 / (3·2/7 + 5/7) = 6/11, whatever the spread: the weight of a draw is linear in its probability.
PRIOR_MEAN, POSTERIOR_MEAN = 2 / 7, 6 / 11


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    """Return an app whose clock the test moves."""
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds one scenario more: a coin."""
    await store(client, coin())
    return client


async def test_recording_an_entry_answers_with_it_and_with_what_it_moved(client: httpx.AsyncClient) -> None:
    answer = await add_entry(client, "announced", author="eve", dedupe_key="wire:7")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{LEDGER}/announced")
    made = answer.json()
    (move,) = (move for move in made.pop("moved")["comparison"]["moves"] if move["place"] == "outcomes.deal")
    assert move["difference"] == pytest.approx(POSTERIOR_MEAN - PRIOR_MEAN, abs=1e-12)
    assert (move["method"], move["mc_error"]) == ("exact", 0.0)
    assert made == {
        "scenario": "coin",
        "name": "announced",
        "origin": "ledger",
        "version": None,
        "entry": {**said(), "status": "accepted", "against": "everything", "discount": 1.0},
        "author": "eve",
        "reason": "a wire report",
        "recorded_at": "2026-03-10T12:00:00.000001Z",
        "dedupe_key": "wire:7",
        "in_force": True,
        "why_not": None,
        "retraction": None,
        "href": f"{LEDGER}/announced",
    }
    assert (await client.get(made["href"])).json() == made


async def test_evidence_moves_the_forecast_and_its_retraction_moves_it_back(client: httpx.AsyncClient) -> None:
    """The version stays the same; each forecast says which entries it used."""
    forecasts = [await forecast(client)]
    await add_entry(client, "announced")
    forecasts.append(await forecast(client))
    retracted = await retract(client, "announced")
    (move,) = (move for move in retracted.json()["moved"]["comparison"]["moves"] if move["place"] == "outcomes.deal")
    assert move["difference"] == pytest.approx(PRIOR_MEAN - POSTERIOR_MEAN, abs=1e-12)
    forecasts.append(await forecast(client))
    deals = [made["outcomes"]["deal"] for made in forecasts]
    expected = [PRIOR_MEAN, POSTERIOR_MEAN, PRIOR_MEAN]
    assert [deal["exact"] for deal in deals] == pytest.approx(expected, abs=1e-12)
    for deal, mean in zip(deals, expected, strict=True):
        assert deal["mean"] == pytest.approx(mean, abs=5 * deal["mc_error"])
    assert [made["evidence"] for made in forecasts] == [[], ["announced"], []]


async def test_a_retracted_entry_stays_on_file(client: httpx.AsyncClient, clock: SetClock) -> None:
    await add_entry(client, "announced")
    clock.forward(days=2)
    answer = await retract(client, "announced", author="eve")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{LEDGER}/announced")
    page = (await client.get(f"{LEDGER}/announced")).json()
    assert page == {key: value for key, value in answer.json().items() if key != "moved"}
    assert (page["in_force"], page["why_not"]) == (False, "retracted by eve on 2026-03-12: it was denied")
    assert page["retraction"] == {"author": "eve", "reason": "it was denied", "recorded_at": "2026-03-12T12:00:00Z"}
    assert (page["entry"]["what"], page["author"]) == ("talks are announced", "keyless")


async def test_an_entry_of_the_document_can_be_retracted_too(client: httpx.AsyncClient) -> None:
    """It stays stated in every version, and counts in none that is forecast from now on."""
    assert (await revise(client, coin(evidence={"announced": said()}))).status_code == 200
    before = (await on_file(client))["announced"]
    assert (before["origin"], before["version"], before["author"], before["in_force"]) == ("document", 2, "bob", True)
    assert (await forecast(client))["outcomes"]["deal"]["exact"] == pytest.approx(POSTERIOR_MEAN)
    assert (await retract(client, "announced")).status_code == 201
    assert (await revise(client, coin(3.0, evidence={"announced": said()}))).status_code == 200
    after = (await on_file(client))["announced"]
    assert (after["origin"], after["version"], after["in_force"]) == ("document", 2, False)
    assert (await forecast(client))["outcomes"]["deal"]["exact"] == pytest.approx(3 / 8)


async def test_an_entry_is_retracted_once(client: httpx.AsyncClient) -> None:
    await add_entry(client, "announced")
    assert (await retract(client, "announced")).status_code == 201
    again = await retract(client, "announced")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    assert "was retracted by keyless on 2026-03-10: it was denied; nothing is left to do" in again.json()["detail"]


async def test_what_is_not_on_file_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{LEDGER}/anounced")).json()["detail"] == (
        "there is no entry 'anounced': nothing is on file"
    )
    await add_entry(client, "announced")
    for answer in (await client.get(f"{LEDGER}/anounced"), await retract(client, "anounced")):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
        assert answer.json()["detail"] == "there is no entry 'anounced': did you mean 'announced'?"
    body = {"name": "announced", "entry": said(), "reason": "x"}
    for answer in (
        await client.get("/v1/scenarios/con/evidence"),
        await client.post("/v1/scenarios/con/evidence", json=body),
        await client.post("/v1/scenarios/con/evidence/announced/retraction", json={"reason": "x"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_the_list_says_of_each_entry_whether_it_is_in_force(client: httpx.AsyncClient) -> None:
    """The one with the latest date comes first."""
    assert (await revise(client, coin(evidence={"stated": said("2026-02-20")}))).status_code == 200
    await add_entry(client, "early", said("2026-01-10"))
    await add_entry(client, "denied", said("2026-03-01"))
    await add_entry(client, "rumour", said("2026-03-02", status="proposed"))
    await add_entry(client, "news", said("2026-03-03"))
    await retract(client, "denied")
    later = {**coin(evidence={"stated": said("2026-02-20")}), "as_of": "2026-02-01"}
    assert (await revise(client, later)).status_code == 200
    known = await on_file(client)
    assert {name: page["why_not"] for name, page in known.items()} == {
        "news": None,
        "rumour": "proposed: only a run that asks for it uses it",
        "denied": "retracted by keyless on 2026-03-10: it was denied",
        "stated": None,
        "early": "dated before the priors of version 3, which speak as of 2026-02-01",
    }
    assert list(known) == ["news", "rumour", "denied", "stated", "early"]
    assert all(page["in_force"] == (page["why_not"] is None) for page in known.values())
    assert (await on_file(client, "?version=2"))["early"]["in_force"] is True
    assert set((await forecast(client))["evidence"]) == {"news", "stated"}


async def test_a_moment_has_the_evidence_that_was_on_file_then(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Recorded on the 11th, retracted on the 13th; days end at midnight UTC."""
    clock.forward(days=1)
    await add_entry(client, "announced")
    clock.forward(days=2)
    await retract(client, "announced")
    clock.forward(days=2)
    states = {day: await on_file(client, f"?as_of=2026-03-{day}") for day in (10, 11, 12, 13)}
    assert {day: {name: page["in_force"] for name, page in known.items()} for day, known in states.items()} == {
        10: {},
        11: {"announced": True},
        12: {"announced": True},
        13: {"announced": False},
    }
    assert states[12]["announced"]["retraction"] is None
    assert (await client.get(f"{LEDGER}/announced?as_of=2026-03-10")).status_code == 404
    at_noon = (await client.get(f"{LEDGER}/announced?as_of=2026-03-13T12:59:00%2B01:00")).json()
    assert at_noon["in_force"] is True, "11:59 in London: a minute before the retraction"
    assert (await client.get(f"{LEDGER}?as_of=2026-03-09")).status_code == 404, "before the scenario was there"


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (datetime(2026, 3, 10, 9, 59, tzinfo=UTC), "2026-03-10"),
        (datetime(2026, 3, 10, 10, 0, tzinfo=UTC), "2026-03-11"),
        (datetime(2025, 11, 1, tzinfo=UTC), "2026-01-01"),
    ],
)
async def test_an_entry_is_dated_between_the_priors_and_today(
    client: httpx.AsyncClient, clock: SetClock, now: datetime, latest: str
) -> None:
    """Today is what the first zone to see a day calls so, and never before the day that the scenario speaks from."""
    clock.now = now
    too_late = (datetime.fromisoformat(latest) + timedelta(days=1)).date().isoformat()
    early, late = await add_entry(client, "early", said("2025-12-31")), await add_entry(client, "late", said(too_late))
    assert fault(early)[:2] == fault(late)[:2] == (422, "/entry/date")
    assert "before the prior it would update (as_of 2026-01-01)" in fault(early)[2]
    assert f"no place on earth is past {latest}" in fault(late)[2]
    assert [
        (await add_entry(client, f"d{i}", said(day))).status_code for i, day in enumerate(("2026-01-01", latest))
    ] == [
        201,
        201,
    ]


async def test_tomorrows_entry_moves_tomorrows_forecast(client: httpx.AsyncClient, clock: SetClock) -> None:
    """East of us it is the 11th already; a forecast of the 10th does not know it."""
    made = (await add_entry(client, "announced", said("2026-03-11"))).json()
    assert made["in_force"] is True
    assert made["moved"] == {
        "comparison": None,
        "reason": "the entry is dated 2026-03-11: it moves what is forecast from that day on",
    }
    today = await forecast(client)
    clock.forward(days=1)
    tomorrow = await forecast(client)
    assert [made["outcomes"]["deal"]["exact"] for made in (today, tomorrow)] == pytest.approx(
        [PRIOR_MEAN, POSTERIOR_MEAN]
    )


async def test_a_proposed_entry_acts_only_where_it_is_asked_for(client: httpx.AsyncClient) -> None:
    made = (await add_entry(client, "rumour", said(status="proposed"))).json()
    assert made["in_force"] is False
    assert made["moved"]["reason"] == "the entry is proposed: it moves only what a run that asks for it says"
    means = [(await forecast(client, evidence=choice))["outcomes"]["deal"]["exact"] for choice in ("accepted", "all")]
    assert means == pytest.approx([PRIOR_MEAN, POSTERIOR_MEAN])


async def test_the_same_news_is_recorded_once(client: httpx.AsyncClient) -> None:
    """By its dedupe key, whatever it is called, or by its name; what the entry says decides, not how it is written."""
    first = await add_entry(client, "announced", dedupe_key="wire:7")
    spelled_out = said(discount=1, status="accepted", likelihood_ratio={"deal": 3})
    for again in (
        await add_entry(client, "another", dedupe_key="wire:7", reason="seen again"),
        await add_entry(client, "announced", spelled_out),
        await add_entry(client, "announced", spelled_out, dedupe_key="wire:8"),
    ):
        assert (again.status_code, again.headers["location"]) == (200, f"{LEDGER}/announced")
        assert {**again.json(), "moved": 0} == {**first.json(), "moved": 0}
        assert again.json()["moved"]["reason"] == "the entry was there already: nothing has changed"
    assert list(await on_file(client)) == ["announced"]


async def test_a_retracted_entry_is_not_revived_by_sending_it_again(client: httpx.AsyncClient) -> None:
    await add_entry(client, "announced", dedupe_key="wire:7")
    await retract(client, "announced")
    again = await add_entry(client, "announced", dedupe_key="wire:7")
    assert (again.status_code, again.json()["in_force"]) == (200, False)


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("announced", {}, "the ledger holds another entry 'announced', of 2026-03-10: choose another name"),
        ("new", {"dedupe_key": "wire:7"}, "the dedupe key 'wire:7' belongs to entry 'announced'"),
        ("stated", {}, "version 2 states another entry 'stated': choose another name"),
        ("dropped", {}, "version 2 states another entry 'dropped': choose another name"),
    ],
)
async def test_a_name_stands_for_one_entry_for_ever(
    client: httpx.AsyncClient, name: str, more: dict[str, str], words: str
) -> None:
    """Be it one of the ledger, of the document, or of a version that has been replaced."""
    await revise(client, coin(evidence={"stated": said(), "dropped": said()}))
    await revise(client, coin(evidence={"stated": said()}))
    await add_entry(client, "announced", dedupe_key="wire:7")
    answer = await add_entry(client, name, said(what="talks are off"), **more)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert words in answer.json()["detail"]


async def test_what_the_document_states_already_is_there(client: httpx.AsyncClient) -> None:
    await revise(client, coin(evidence={"stated": said()}))
    answer = await add_entry(client, "stated", said(discount=1.0))
    assert (answer.status_code, answer.json()["origin"], answer.json()["version"]) == (200, "document", 2)


@pytest.mark.parametrize(
    ("entry", "pointer", "words"),
    [
        (said(likelihood_ratio={"dael": 3}), "/entry/likelihood_ratio/dael", "did you mean 'deal'?"),
        (said(likelihood_ratio={"deal": "much"}), "/entry/likelihood_ratio/deal", "must be a number"),
        (said(likelihood_ratio={"deal": -1}), "/entry/likelihood_ratio/deal", "must be at least 0"),
        (said(observed={"branch": "deal", "on": "2026-02-01"}), "/entry/observed/on", "has no date of its own"),
        (said(reading={"driver": "mood", "value": 1, "sd": 1}), "/entry/reading/driver", "there is no driver 'mood'"),
        ({**said(), "observed": {"branch": "deal"}}, "/entry", "state exactly one of likelihood_ratio, observed"),
        ({**said(), "likelihod_ratio": {}}, "/entry/likelihod_ratio", "did you mean 'likelihood_ratio'?"),
        ({"what": "x", "likelihood_ratio": {"deal": 3}}, "/entry", "lacks 'date'"),
        (said("3 February"), "/entry/date", "is not a calendar day"),
    ],
)
async def test_faults_point_into_the_request(
    client: httpx.AsyncClient, entry: dict[str, Any], pointer: str, words: str
) -> None:
    status, where, detail = fault(await add_entry(client, "announced", entry))
    assert (status, where) == (422, pointer)
    assert words in detail
    assert await on_file(client) == {}


async def test_impossible_news_is_recorded_and_the_answer_says_what_it_does(client: httpx.AsyncClient) -> None:
    """The ledger is what is known; that the priors exclude it is for the analyst to resolve."""
    certain = coin()
    certain["nodes"]["talks"]["prior"] = {"family": "fixed", "p": {"deal": 0.0, "no_deal": 1.0}}
    assert (await revise(client, certain)).status_code == 200
    made = await add_entry(client, "signed", said(observed={"branch": "deal"}))
    assert made.status_code == 201
    assert made.json()["moved"]["comparison"] is None
    refused = await client.post("/v1/forecasts", json={"scenario": "coin"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/evidence-refused")
    assert refused.json()["detail"] in made.json()["moved"]["reason"]
    await retract(client, "signed")
    assert (await forecast(client))["outcomes"]["deal"]["exact"] == 0.0


async def test_a_version_that_would_orphan_an_entry_is_refused_with_the_way_out(client: httpx.AsyncClient) -> None:
    """The pointer leads to what was sent; the message names the entry, which was not."""
    await add_entry(client, "announced")
    refused = await revise(client, without_deal())
    assert refused.json()["type"] == "/problems/invalid-scenario"
    status, pointer, detail = fault(refused)
    assert (status, pointer) == (422, "/document")
    assert detail.startswith("entry 'announced' of the ledger does not fit: there is no branch 'deal'")
    assert detail.endswith("retract it first, or keep what it names")
    assert (await client.get(COIN)).json()["version"] == 1
    await retract(client, "announced")
    assert (await revise(client, without_deal())).status_code == 200


async def test_an_old_version_that_an_entry_does_not_fit_says_so(client: httpx.AsyncClient) -> None:
    """An entry is checked with the version that is newest when it is recorded; older ones may not know its branch."""
    assert (await revise(client, without_deal())).status_code == 200
    assert (await add_entry(client, "signed", said(likelihood_ratio={"treaty": 3}))).status_code == 201
    for address in ("/v1/forecasts", "/v1/preview"):
        answer = await client.post(address, json={"scenario": "coin", "version": 1})
        status, pointer, detail = fault(answer)
        assert (status, pointer) == (422, "/version")
        assert detail.startswith("entry 'signed' of the ledger does not fit: there is no branch 'treaty'")
        assert detail.endswith("ask for a version after 1, or retract the entry")
    assert (await client.get(f"{LEDGER}?version=1")).status_code == 200


async def test_a_version_takes_no_name_of_the_ledger(client: httpx.AsyncClient) -> None:
    """Nor does one give a retracted name to something else; repeating what was retracted changes nothing."""
    await revise(client, coin(evidence={"stated": said()}))
    await retract(client, "stated")
    await add_entry(client, "announced")
    taken = await revise(client, coin(evidence={"announced": said()}))
    assert fault(taken)[:2] == (422, "/document/evidence/announced")
    assert "the ledger holds an entry 'announced' already" in fault(taken)[2]
    revived = await revise(client, coin(evidence={"stated": said(discount=0.5)}))
    assert fault(revived)[:2] == (422, "/document/evidence/stated")
    assert "the entry 'stated' was retracted, and no other of its name can count" in fault(revived)[2]
    assert (await revise(client, coin(3.0, evidence={"stated": said()}))).status_code == 200
    assert (await on_file(client))["stated"]["in_force"] is False


@pytest.mark.parametrize(
    "name",
    ["", "'; drop table evidence; --", "../../etc/passwd", "%00", "nul\x00", "half\ud800", "7up", "a" * 65, "ünïcode"],
)
async def test_a_name_is_a_name(client: httpx.AsyncClient, name: str) -> None:
    status, pointer, _ = fault(await add_entry(client, name))
    assert (status, pointer) == (422, "/name")


@pytest.mark.parametrize(
    "path", ["%27;%20drop%20table%20evidence;--", "..%5c..%5cx", "%00", "%ED%A0%80", "x" * 5_000, "ANNOUNCED"]
)
async def test_tricks_with_addresses_lead_nowhere(client: httpx.AsyncClient, path: str) -> None:
    await add_entry(client, "announced")
    for answer in (await client.get(f"{LEDGER}/{path}"), await retract(client, path)):
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 2_000
    assert (await on_file(client))["announced"]["in_force"] is True


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "'; drop table evidence; --", "»日本« مرحبا 🤝\n\ttabbed \\ \" '", "%00"]
)
async def test_any_printable_text_is_kept_as_it_is(client: httpx.AsyncClient, text: str) -> None:
    entry = said(what=text, source=text, why=text, author=text)
    answer = await add_entry(client, "announced", entry, reason=text, author=text[:200], dedupe_key=text[:200])
    assert answer.status_code == 201, answer.text
    page = (await on_file(client))["announced"]
    assert {page["entry"][key] for key in ("what", "source", "why", "author")} == {page["reason"]} == {text}
    assert page["author"] == page["dedupe_key"] == text[:200]
    assert (await add_entry(client, "again", entry, dedupe_key=text[:200])).status_code == 200


@pytest.mark.parametrize("text", [" ", "   ", "\u200b", "safe \u202eevil", "\u2067evil\u2069", ""])
async def test_remarks_that_say_nothing_or_turn_their_line_are_refused_by_field(
    client: httpx.AsyncClient, text: str
) -> None:
    answer = await add_entry(client, "announced", said(what=text, author=text), reason=text, author=text)
    assert answer.status_code == 422
    places = {error["pointer"] for error in answer.json()["errors"]}
    assert places == {"/entry/what", "/entry/author", "/reason", "/author"}
    assert await on_file(client) == {}


@pytest.mark.parametrize("text", ["x" * 10_001, "nul\x00", "half\ud800", "bell\x07", "\u200b", ""])
async def test_text_that_cannot_be_printed_is_refused_by_field(client: httpx.AsyncClient, text: str) -> None:
    answer = await add_entry(client, "announced", said(what=text, why=text), reason=text)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/entry/what", "/entry/why", "/reason"}
    retraction = await retract(client, "announced", reason=text)
    assert fault(retraction)[:2] == (422, "/reason")


async def test_a_ledger_has_a_limit(client: httpx.AsyncClient, database: Database) -> None:
    """The last entry fits; then only what is there already is accepted, and retractions."""
    rows = [
        {
            "scenario_id": "coin",
            "name": f"e{i}",
            "entry": {**said(), "what": f"report {i}", "status": "proposed"},
            "author": "ann",
            "reason": "a test",
            "recorded_at": NOON,
        }
        for i in range(MOST_ENTRIES - 1)
    ]
    with database.writing() as connection:
        connection.execute(insert(tables.evidence), rows)
    assert (await add_entry(client, "last")).status_code == 201
    refused = await add_entry(client, "one_more", said(what="one more"))
    assert refused.status_code == 409
    assert "holds 2,000 entries, as many as it may" in refused.json()["detail"]
    assert (await add_entry(client, "last")).status_code == 200
    assert (await retract(client, "e7")).status_code == 201


async def test_pages_hold_every_entry_once(client: httpx.AsyncClient) -> None:
    """Those of one day are told apart by name; what is added behind a page does not shift the next."""
    for i in range(7):
        await add_entry(client, f"e{i}", said(f"2026-02-0{1 + i // 3}", what=f"report {i}"))
    names, address = [], f"{LEDGER}?limit=3"
    while address is not None:
        page = (await client.get(address)).json()
        names += [each["name"] for each in page["evidence"]]
        address = page["next"]
        await add_entry(client, f"later{len(names)}", said("2026-03-01", what=f"after {len(names)}"))
    assert names == ["e6", "e5", "e4", "e3", "e2", "e1", "e0"]


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient) -> None:
    await add_entry(client, "announced")
    tags = {address: (await client.get(address)).headers["etag"] for address in (LEDGER, f"{LEDGER}/announced")}
    for address, tag in tags.items():
        again = await client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    await retract(client, "announced")
    for address, tag in tags.items():
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 200


async def test_whoever_may_only_read_changes_nothing(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    client.headers["Authorization"] = new_key("read")
    assert (await client.get(LEDGER)).status_code == 200
    for answer in (await add_entry(client, "announced"), await retract(client, "announced")):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    client.headers["Authorization"] = new_key("write")
    made = await add_entry(client, "announced")
    assert (made.status_code, made.json()["author"]) == (201, "write-key")

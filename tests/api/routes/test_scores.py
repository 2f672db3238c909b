"""Scores over REST: of forecasts that count, over the life of a place, as known at a moment; golden numbers by hand."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.store import listings
from api.store.database import Database
from api.store.listings import Listed
from api.work import scorecards
from tests.api.clocked import NOON
from tests.api.routes.resolved import (
    ANNULLED,
    COST,
    DEAL,
    NO,
    PAIR,
    SCORES,
    TALKS,
    WHEN,
    WHICH,
    YES,
    believe,
    card_of,
    forecast,
    said,
    say,
    scores,
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
    """Return a client of an app that holds one scenario more: talks, in which a deal has 0.6 · 0.5 = 0.3."""
    await store(client, talks())
    return client


async def _two_forecasts(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Record 0.3 for a deal at noon of the 10th, by Ann, and 0.6 at noon of the 12th, by Bob; then it is the 13th."""
    await forecast(client)
    clock.forward(days=2)
    await believe(client, 1.0)
    await forecast(client, author="bob")
    clock.forward(days=1)


async def test_each_prediction_counts_as_long_as_it_stood(client: httpx.AsyncClient, clock: SetClock) -> None:
    """0.3 for two days and 0.6 for a day and a half, to the end of the 13th in UTC; (2 · 0.49 + 1.5 · 0.16) / 3.5."""
    await _two_forecasts(client, clock)
    await said(client, DEAL, YES, on="2026-03-13")
    card = card_of(await scores(client), DEAL)
    assert (card["opens"], card["closes"]) == ("2026-03-10T12:00:00Z", "2026-03-14T00:00:00Z")
    assert (card["planned_close"], card["predictions"], card["late"]) == ("2026-12-31T00:00:00Z", 2, 0)
    assert card["scores"]["brier"] == pytest.approx((2 * 0.49 + 1.5 * 0.16) / 3.5, abs=1e-6)
    assert card["scores"]["log"] == pytest.approx((2 * math.log(0.3) + 1.5 * math.log(0.6)) / 3.5, abs=1e-6)
    assert card["covered"] == pytest.approx(3.5 / 295.5)
    assert card["by_analyst"]["ann"]["brier"] == pytest.approx(0.49, abs=1e-6)
    assert card["by_analyst"]["bob"]["brier"] == pytest.approx(0.16, abs=1e-6)
    assert card["history"] is None


async def test_one_place_is_told_in_full(client: httpx.AsyncClient, clock: SetClock) -> None:
    await _two_forecasts(client, clock)
    for place in (DEAL, "nodes.meeting"):
        await said(client, place, YES if place == DEAL else MET, on="2026-03-13")
    page = await scores(client, of=DEAL)
    assert [card["place"] for card in page["places"]] == [DEAL]
    assert [each["chance"] for each in page["places"][0]["history"]] == pytest.approx([0.3, 0.6], abs=1e-6)


async def test_what_is_recorded_after_the_day_does_not_count(client: httpx.AsyncClient, clock: SetClock) -> None:
    """The day ends at midnight in UTC, wherever the forecaster is."""
    await forecast(client)
    clock.now = datetime(2026, 3, 11, 23, 59, 59, 999999, tzinfo=UTC)
    await believe(client, 0.9)
    await forecast(client)
    clock.now = datetime(2026, 3, 12, tzinfo=UTC)
    await believe(client, 1.0)
    await forecast(client)
    await said(client, DEAL, YES, on="2026-03-11")
    card = card_of(await scores(client, of=DEAL), DEAL)
    assert [each["chance"] for each in card["history"]] == pytest.approx([0.3, 0.54], abs=1e-6)
    assert (card["predictions"], card["late"]) == (2, 1)
    assert (await scores(client))["calibration"]["predictions"] == 2


async def test_every_type_is_scored_by_its_own_rules(client: httpx.AsyncClient, clock: SetClock) -> None:
    """They met and agreed: 0.3 of three options, 0.5 given that they met; the price was certain and off by 50."""
    await forecast(client)
    clock.forward(days=1)
    for place, value in (
        (WHICH, {"type": "multiple_choice", "option": "A deal"}),
        (COST, {"type": "numeric", "value": 250.0}),
        (WHEN, {"type": "date", "day": "2026-03-11"}),
        (PAIR, {"type": "conditional", "given": True, "happened": True}),
        ("nodes.meeting", MET),
        ("nodes.talks", {"type": "node", "branch": "deal"}),
        ("outcomes", {"type": "outcome", "outcome": "deal"}),
    ):
        await said(client, place, value, on="2026-03-11")
    page = await scores(client, ordered="true")
    found = {card["place"]: card["scores"] for card in page["places"]}
    assert found[WHICH]["brier_two_sided"] == pytest.approx(0.49 + 0.09 + 0.16, abs=1e-6)
    assert found[WHICH]["ordered_brier"] == pytest.approx(0.7**2 + 0.4**2, abs=1e-6)
    assert found[COST]["crps"] == pytest.approx(50.0)
    assert found[WHEN]["ranked"] == pytest.approx(0.49, abs=1e-6)
    assert found[PAIR]["brier"] == pytest.approx(0.25, abs=1e-6)
    assert found["nodes.meeting"]["log"] == pytest.approx(math.log(0.6), abs=1e-6)
    assert found["nodes.talks"]["log"] == pytest.approx(math.log(0.5), abs=1e-6)
    assert found["outcomes"]["log"] == pytest.approx(math.log(0.3), abs=1e-6)
    assert [(step["node"], step["depth"]) for step in page["way"]["steps"]] == [("meeting", 1), ("talks", 2)]
    assert page["way"]["steps"][-1]["total"] == pytest.approx(math.log(0.3), abs=1e-6)
    assert page["unresolved"] == [DEAL]


async def test_void_halves_and_nodes_are_not_zero(client: httpx.AsyncClient, clock: SetClock) -> None:
    """They never met: the half of the pair on meeting is void, and the other says that there is no deal, surely."""
    await forecast(client)
    clock.forward(days=1)
    await said(client, PAIR, {"type": "conditional", "given": False, "happened": False}, on="2026-03-11")
    await said(client, "nodes.talks", {"type": "node", "branch": None}, on="2026-03-11")
    await said(client, DEAL, ANNULLED, on="2026-03-11")
    page = await scores(client, by="type")
    assert card_of(page, PAIR)["scores"]["brier"] == 0.0
    talks_node, deal = card_of(page, "nodes.talks"), card_of(page, DEAL)
    assert (talks_node["scores"], talks_node["unscored"]) == ({}, "never reached, which is void and not 0")
    assert (deal["scores"], deal["unscored"], deal["type"]) == ({}, "annulled", "binary")
    assert [(group["key"], group["places"]) for group in page["averages"]] == [("conditional", 1)]
    counted = page["calibration"]
    assert (counted["questions"], counted["predictions"], counted["brier"]) == (1, 1, 0.0)
    assert counted["curve"][0]["mean_probability"] == 0.0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"assume": ["deal"]}, "it assumes or forces branches"),
        ({"do": ["met"]}, "it assumes or forces branches"),
        ({"evidence": "none"}, "it uses other evidence than what is accepted"),
        (
            {"as_of": "2026-06-01"},
            "it speaks from 2026-06-01 and not from 2026-03-10, the day on which it was recorded",
        ),
        (
            {"as_of": "2026-02-01"},
            "it speaks from 2026-02-01 and not from 2026-03-10, the day on which it was recorded",
        ),
    ],
)
async def test_a_forecast_that_answers_something_else_does_not_count(
    client: httpx.AsyncClient, clock: SetClock, more: dict[str, Any], words: str
) -> None:
    """Nor does it end what stood."""
    await forecast(client)
    clock.forward(minutes=1)
    other = await forecast(client, **more)
    clock.forward(days=1)
    await said(client, DEAL, YES, on="2026-03-11")
    page = await scores(client)
    assert [each["forecast"] for each in page["left_out"]] == [other]
    assert page["left_out"][0]["reason"].startswith(words)
    assert card_of(page, DEAL)["scores"]["brier"] == pytest.approx(0.49, abs=1e-6)
    assert page["calibration"]["predictions"] == 1


@pytest.mark.parametrize(
    ("as_of", "brier"),
    [
        ("2026-03-13T11:59:59Z", None),
        ("2026-03-13T13:00:00+01:00", 0.09),
        ("2026-03-13", 0.09),
        ("2026-03-14", 0.49),
        ("2026-03-15", 0.49),
    ],
)
async def test_a_moment_knows_what_was_recorded_by_then(
    client: httpx.AsyncClient, clock: SetClock, as_of: str, brier: float | None
) -> None:
    """It is said on the 13th that there was none, and on the 14th that there was one."""
    await forecast(client)
    clock.forward(days=3)
    await said(client, DEAL, NO, on="2026-03-13")
    clock.forward(days=1)
    await said(client, DEAL, YES, on="2026-03-13")
    page = await scores(client, as_of=as_of)
    found = [card["scores"]["brier"] for card in page["places"]]
    assert found == ([] if brier is None else [pytest.approx(brier, abs=1e-6)])
    everywhere = (await client.get("/v1/scores", params={"as_of": as_of})).json()["calibration"]
    assert (None if everywhere is None else everywhere["brier"]) == (
        None if brier is None else pytest.approx(brier, abs=1e-6)
    )


async def test_a_forecast_of_later_is_not_known_before(client: httpx.AsyncClient, clock: SetClock) -> None:
    await said(client, DEAL, YES, on="2026-03-10")
    clock.forward(hours=1)
    await forecast(client)
    assert card_of(await scores(client, as_of="2026-03-10T12:30:00Z"), DEAL)["predictions"] == 0
    assert card_of(await scores(client), DEAL)["predictions"] == 1


async def test_averages_are_by_what_is_asked_for(
    client: httpx.AsyncClient, clock: SetClock, database: Database
) -> None:
    await _two_forecasts(client, clock)
    await said(client, DEAL, YES, on="2026-03-13")
    await said(client, "nodes.meeting", MET, on="2026-03-13")
    await said(client, "nodes.talks", {"type": "node", "branch": "deal"}, on="2026-03-13")
    body = {"platform": "metaculus", "question": "deal"}
    with database.writing() as connection:
        listings.add(connection, Listed("l1", "talks", "m", body, "ann", "asked there", NOON))
    found = {}
    for by in ("analyst", "depth", "type", "topic", "platform"):
        groups = (await scores(client, by=by))["averages"]
        found[by] = {group["key"]: (group["places"], group["scores"]["log"]["mean"]) for group in groups}
    assert {by: {key: n for key, (n, _) in groups.items()} for by, groups in found.items()} == {
        "analyst": {"ann": 3, "bob": 3},
        "depth": {"1": 1, "2": 1},
        "type": {"binary": 1, "node": 2},
        "topic": {"diplomacy": 1, "no topic": 2},
        "platform": {"metaculus": 1, "not listed": 2},
    }
    ann = [math.log(p) for p in (0.3, 0.6, 0.5)]
    assert found["analyst"]["ann"][1] == pytest.approx(sum(ann) / 3, abs=1e-6)
    assert found["depth"]["2"][1] == pytest.approx((2 * math.log(0.5) + 1.5 * math.log(1.0)) / 3.5, abs=1e-6)
    assert (await scores(client))["averages"] is None


async def test_openings_and_base_rates_may_be_stated(client: httpx.AsyncClient, clock: SetClock) -> None:
    """From midnight of the 9th, 36 hours before the first forecast; a base rate of 0 gives what came no chance."""
    await forecast(client)
    clock.forward(days=1)
    await said(client, DEAL, YES, on="2026-03-10")
    card = card_of(await scores(client, opens="2026-03-09", base_rate="0"), DEAL)
    assert card["opens"] == "2026-03-09T00:00:00Z"
    assert card["covered"] == pytest.approx(0.5 / 297)
    assert (card["skill"]["base_probability"], card["skill"]["base_rate_brier"]) == (0.0, pytest.approx(1.0))
    assert card["skill"]["skill"] == pytest.approx(1 - 0.49, abs=1e-6)
    usual = card_of(await scores(client), DEAL)["skill"]
    assert usual["base_probability"] == pytest.approx(0.3, abs=1e-6)


async def test_options_count_for_calibration_one_by_one(client: httpx.AsyncClient, clock: SetClock) -> None:
    """0.3 for the deal, 0.3 for none, 0.4 for the rest, and 0.3 for yes: (0.49 + 0.09 + 0.16 + 0.49) / 4."""
    await forecast(client)
    clock.forward(hours=1)
    await forecast(client)
    clock.forward(days=1)
    await said(client, DEAL, YES, on="2026-03-11")
    await said(client, WHICH, {"type": "multiple_choice", "option": "A deal"}, on="2026-03-11")
    found = (await scores(client))["calibration"]
    assert (found["each"], found["questions"], found["predictions"]) == ("every", 2, 8)
    assert found["brier"] == pytest.approx((0.49 + 0.09 + 0.16 + 0.49) / 4, abs=1e-6)
    first = (await scores(client, each="first"))["calibration"]
    assert (first["each"], first["questions"], first["predictions"]) == ("first", 2, 4)
    assert first["brier"] == pytest.approx(found["brier"], abs=1e-9)
    everywhere = (await client.get("/v1/scores")).json()
    assert everywhere == {"scenarios": 1, "calibration": found}


async def test_the_half_of_a_pair_whose_condition_came_about_counts_for_calibration(
    client: httpx.AsyncClient, clock: SetClock
) -> None:
    """Given that they meet 0.5, then 0.8, and they agreed: (0.25 + 0.04) / 2; alone, and beside 0.3 and 0.48 of yes."""
    await forecast(client)
    clock.forward(hours=1)
    await believe(client, 0.8)
    await forecast(client)
    clock.forward(days=1)
    await said(client, PAIR, {"type": "conditional", "given": True, "happened": True}, on="2026-03-11")
    found = (await scores(client))["calibration"]
    assert (found["questions"], found["predictions"]) == (1, 2)
    assert found["brier"] == pytest.approx((0.25 + 0.04) / 2, abs=1e-6)
    assert (await client.get("/v1/scores")).json() == {"scenarios": 1, "calibration": found}
    await said(client, DEAL, YES, on="2026-03-11")
    both = (await scores(client))["calibration"]
    assert both["brier"] == pytest.approx((0.25 + 0.04 + 0.7**2 + 0.52**2) / 4, abs=1e-6)


async def test_the_first_prediction_is_the_oldest(client: httpx.AsyncClient, clock: SetClock) -> None:
    """0.3 came first, and then 0.6."""
    await _two_forecasts(client, clock)
    await said(client, DEAL, YES, on="2026-03-13")
    first = (await scores(client, each="first"))["calibration"]
    assert first["brier"] == pytest.approx(0.49, abs=1e-6)
    assert (await client.get("/v1/scores?each=first")).json()["calibration"] == first


async def test_calibration_is_over_all_scenarios(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Questions of one name in two scenarios are two; one that was not forecast is none."""
    for name in ("other", "silent"):
        await store(client, talks(1.0, 0.2, scenario=name))
    await forecast(client)
    await forecast(client, scenario="other")
    clock.forward(days=1)
    for name in ("talks", "other", "silent"):
        body = {"place": DEAL, "value": YES, "happened_on": "2026-03-11", "reason": "r"}
        answer = await client.post(f"/v1/scenarios/{name}/resolutions", json=body)
        assert answer.status_code == 201, answer.text
    found = (await client.get("/v1/scores")).json()
    assert (found["scenarios"], found["calibration"]["questions"]) == (2, 2)
    assert found["calibration"]["brier"] == pytest.approx((0.49 + 0.64) / 2, abs=1e-6)


async def test_a_prediction_of_another_question_is_not_scored(client: httpx.AsyncClient, clock: SetClock) -> None:
    """The first version called the option otherwise; its forecast is told, and says why it has no score."""
    document = talks()
    options = document["questions"]["which"]["options"]
    document["questions"]["which"]["options"] = {"Treaty": options["A deal"], "None": "no_deal", "Rest": "rest"}
    await forecast(client)
    clock.forward(days=1)
    put = await client.put(TALKS, json={"document": document, "reason": "renamed"}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    await forecast(client)
    clock.forward(days=1)
    await said(client, WHICH, {"type": "multiple_choice", "option": "Treaty"}, on="2026-03-12")
    card = card_of(await scores(client, of=WHICH), WHICH)
    old, new = card["history"]
    assert "does not speak of 'Treaty'" in old["unscored"]
    assert new["unscored"] is None
    assert (card["opens"], card["predictions"]) == ("2026-03-11T12:00:00Z", 1)


@pytest.mark.parametrize(
    ("asked", "parameter", "words"),
    [
        ({"of": "questions.dael"}, "of", "the scenario has no place 'questions.dael'"),
        ({"of": WHICH}, "of", "'questions.which' has not been resolved"),
        ({"of": ""}, "of", ""),
        ({"by": "colour"}, "by", ""),
        ({"opens": "1700000000"}, "opens", "write a day such as 2026-01-01"),
        ({"opens": "2026-02-30"}, "opens", "write a day"),
        ({"opens": "20260210"}, "opens", "write a day"),
        ({"base_rate": "1"}, "base_rate", ""),
        ({"base_rate": "nan"}, "base_rate", ""),
        ({"ordered": "perhaps"}, "ordered", ""),
        ({"each": "last"}, "each", ""),
        ({"as_of": "yesterday"}, "as_of", ""),
        ({"bye": "type"}, "bye", "did you mean 'by'?"),
    ],
)
async def test_what_a_parameter_cannot_be_is_refused(
    client: httpx.AsyncClient, asked: dict[str, str], parameter: str, words: str
) -> None:
    await said(client, DEAL, YES)
    answer = await client.get(SCORES, params=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]
    assert words in answer.json()["detail"] or words in answer.json()["errors"][0]["detail"]


async def test_nothing_resolved_is_no_score(client: httpx.AsyncClient) -> None:
    await forecast(client)
    page = await scores(client)
    assert (page["places"], page["way"], page["calibration"]) == ([], None, None)
    assert len(page["unresolved"]) == 8
    assert (await client.get("/v1/scores")).json() == {"scenarios": 0, "calibration": None}
    unknown = await client.get("/v1/scenarios/tlaks/scores")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Until another forecast or another resolution makes it another one."""
    await forecast(client)
    await said(client, DEAL, YES)
    for address in (SCORES, "/v1/scores"):
        tag = (await client.get(address)).headers["etag"]
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 304
        clock.forward(hours=1)
        await forecast(client)
        assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 200


async def test_work_is_bounded(client: httpx.AsyncClient, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """More forecasts than one request scores are refused in words, and are no reason not to say what happened."""
    monkeypatch.setattr(scorecards, "MOST_FORECASTS", 1)
    for _ in range(2):
        await forecast(client)
        clock.forward(hours=1)
    made = await said(client, DEAL, YES)
    assert made["score"] is None
    assert made["not_scored"].startswith("scenario 'talks' has more than 1 forecasts")
    for address in (SCORES, "/v1/scores"):
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work")
    assert (await client.get(f"{SCORES}?as_of=2026-03-10T12:30:00Z")).status_code == 200


async def test_runs_are_read_in_pages(
    client: httpx.AsyncClient, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many runs and scenarios there are."""
    monkeypatch.setattr(scorecards, "_RUNS_AT_A_TIME", 2)
    monkeypatch.setattr(scorecards, "_SCENARIOS_AT_A_TIME", 2)
    for _ in range(5):
        await forecast(client)
        clock.forward(hours=1)
    await said(client, DEAL, YES)
    assert card_of(await scores(client), DEAL)["predictions"] == 5
    assert (await client.get("/v1/scores")).json()["calibration"]["predictions"] == 5


async def test_whoever_may_read_may_see_scores(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    await say(client, DEAL, YES)
    client.headers["Authorization"] = new_key("read")
    assert [(await client.get(address)).status_code for address in (SCORES, "/v1/scores")] == [200, 200]
    client.headers["Authorization"] = "Bearer bc_nobody_x"
    assert [(await client.get(address)).status_code for address in (SCORES, "/v1/scores")] == [401, 401]

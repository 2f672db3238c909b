"""Ours against others over REST: quotes that were recorded, held against ours while both stood; numbers by hand."""

import math
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.work import scorecards
from tests.api.routes.resolved import (
    COST,
    DEAL,
    PAIR,
    SCORES,
    TALKS,
    WHEN,
    WHICH,
    YES,
    card_of,
    forecast,
    said,
    scores,
    store,
    talks,
)
from tests.api.store.support import SetClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(clocked: FastAPI) -> FastAPI:
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await store(client, talks())
    return client


async def _quote(client: httpx.AsyncClient, question: str, *rows: str, columns: str = "") -> None:
    """Record quotes, each (place, kind, item, value, moment, and what the columns hold)."""
    heads = f"place,kind,item,value,valid_at{columns},question"
    text = "\n".join([heads, *(f"{row},Q" for row in rows)]) + "\n"
    body = {"question": question.removeprefix("questions."), "source": "csv", "text": text}
    answer = await client.post(f"{TALKS}/quotes", json=body)
    assert answer.status_code == 201, answer.text


def _deal(probability: float, moment: str, place: str = "desk") -> str:
    return f"{place},probability,,{probability},{moment}"


async def test_a_quote_stands_until_the_next_of_its_source(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Ours is 0.3 from noon of the 10th; theirs 0.5 from midnight and 0.8 from the next, for a day each; and yes."""
    await forecast(client)
    clock.forward(days=3)
    for row in (_deal(0.8, "2026-03-12T00:00:00Z"), _deal(0.5, "2026-03-11T00:00:00Z")):
        await _quote(client, DEAL, row)
    answer = await said(client, DEAL, YES, on="2026-03-12")
    found = card_of(await scores(client, of=DEAL), DEAL)["against"]["csv desk"]
    assert found["theirs"]["brier"] == pytest.approx((0.25 + 0.04) / 2)
    assert found["ours"]["brier"] == pytest.approx(0.49, abs=1e-6)
    assert found["difference"]["brier"] == pytest.approx(0.49 - 0.145, abs=1e-6)
    assert found["covered"] == pytest.approx(2 / 295.5)
    assert (found["quotes"], found["after_the_fact"], found["part"]) == (2, 2, None)
    ahead = 100 * (math.log(0.3 / 0.5) + math.log(0.3 / 0.8)) / 295.5
    assert found["peers"]["ours"] == pytest.approx(ahead, abs=1e-5)
    assert answer["score"]["against"]["csv desk"] == found


async def test_every_type_has_its_own_comparison(client: httpx.AsyncClient, clock: SetClock) -> None:
    """Options, quantiles, and parts of a date and of a pair; nodes are quoted by nobody."""
    moment = "2026-03-10T12:00:00Z"
    await _quote(client, WHICH, *(f"a,options,{label},{p},{moment}" for label, p in
                                  (("A deal", 0.6), ("None", 0.2), ("Rest", 0.2))))  # fmt: skip
    await _quote(client, COST, f"b,quantiles,0.5,230,{moment}")
    await _quote(client, WHEN, f"c,probability,,0.4,{moment},2026-12-31", columns=",by")
    await _quote(client, PAIR, f"d,probability,,0.9,{moment},true", columns=",given")
    await forecast(client)
    clock.forward(days=1)
    for place, value in (
        (WHICH, {"type": "multiple_choice", "option": "A deal"}),
        (COST, {"type": "numeric", "value": 250.0}),
        (WHEN, {"type": "date", "day": "2026-03-11"}),
        (PAIR, {"type": "conditional", "given": True, "happened": True}),
        ("nodes.meeting", {"type": "node", "branch": "met"}),
    ):
        await said(client, place, value, on="2026-03-11")
    against = {card["place"]: card["against"] for card in (await scores(client))["places"]}
    assert against["nodes.meeting"] == {}
    assert against[WHICH]["csv a"]["theirs"]["brier_two_sided"] == pytest.approx(0.16 + 0.04 + 0.04)
    assert against[COST]["csv b"]["difference"] == {"quantile_0.5": pytest.approx(0.5 * 50 - 0.5 * 20)}
    by = against[WHEN]["csv c, by 2026-12-31"]
    assert (by["ours"]["brier"], by["theirs"]["brier"]) == pytest.approx((0.49, 0.36), abs=1e-6)
    assert by["part"] == {"by": "2026-12-31"}
    half = against[PAIR]["csv d, if the condition holds"]
    assert half["difference"]["brier"] == pytest.approx(0.25 - 0.01, abs=1e-6)


async def test_a_moment_knows_the_quotes_of_then(client: httpx.AsyncClient, clock: SetClock) -> None:
    await forecast(client)
    clock.forward(days=1)
    await said(client, DEAL, YES, on="2026-03-11")
    clock.forward(days=1)
    await _quote(client, DEAL, _deal(0.5, "2026-03-11T00:00:00Z"))
    assert card_of(await scores(client, as_of="2026-03-12T00:00:00Z"), DEAL)["against"] == {}
    assert list(card_of(await scores(client), DEAL)["against"]) == ["csv desk"]


async def test_quotes_of_after_the_end_do_not_count(client: httpx.AsyncClient, clock: SetClock) -> None:
    await forecast(client)
    clock.forward(days=5)
    for row in (_deal(0.5, "2026-03-11T12:00:00Z"), _deal(0.99, "2026-03-12T00:00:00Z")):
        await _quote(client, DEAL, row)
    await said(client, DEAL, YES, on="2026-03-11")
    found: dict[str, Any] = card_of(await scores(client), DEAL)["against"]["csv desk"]
    assert (found["quotes"], found["theirs"]["brier"]) == (1, pytest.approx(0.25))


async def test_quotes_are_bounded(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one request holds against ours are refused in words, and are no reason not to say what happened."""
    monkeypatch.setattr(scorecards, "MOST_QUOTES", 1)
    await forecast(client)
    moment = "2026-03-01T00:00:00Z"
    await _quote(client, DEAL, _deal(0.5, moment), _deal(0.5, moment, place="bank"))
    made = await said(client, DEAL, YES, on="2026-03-10")
    assert made["not_scored"].startswith("question 'deal' has more than 1 quotes")
    answer = await client.get(SCORES)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work")

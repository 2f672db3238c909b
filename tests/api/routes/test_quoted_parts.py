"""Quotes of a part of our answer: by a day, of an option, of a range, of half a pair; beside our own of the same."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.api.quoting import Played, market, with_questions

pytestmark = pytest.mark.anyio

COIN = "/v1/scenarios/coin"
MIDDLE = "2026-08-08"
"""Day 219 after the start, halfway through the days of a deal, which are even from 0.3 to 0.9 years."""


@pytest.fixture
def played(played: Played) -> Played:
    played.answers["/v0/market/m1"] = market(0.35)
    return played


@pytest.fixture
def app(clocked_and_played: FastAPI) -> FastAPI:
    return clocked_and_played


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await with_questions(client)


async def _quote(client: httpx.AsyncClient, question: str, **said: object) -> httpx.Response:
    body = {"question": question, "source": "manifold", "place": "m1", **said}
    return await client.post(f"{COIN}/quotes", json=body)


async def _quoted(client: httpx.AsyncClient, question: str, **said: object) -> dict[str, Any]:
    answer = await _quote(client, question, **said)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()["quotes"][0]
    return made


async def _table(client: httpx.AsyncClient, question: str, columns: str, *cells: str) -> httpx.Response:
    rows = "".join(f"p{i},Q,probability,,0.35,2026-03-01T00:00:00Z,{each}\n" for i, each in enumerate(cells))
    text = f"place,question,kind,item,value,valid_at,{columns}\n{rows}"
    return await client.post(f"{COIN}/quotes", json={"question": question, "source": "csv", "text": text})


async def _beside(client: httpx.AsyncClient) -> dict[str, Any]:
    """Return what stands beside the only quote there is."""
    answer = await client.get(f"{COIN}/outside")
    assert answer.status_code == 200, answer.text
    (each,) = answer.json()["questions"]
    (theirs,) = each["theirs"]
    return dict(theirs)


async def _forecast(client: httpx.AsyncClient, **settings: object) -> None:
    answer = await client.post("/v1/forecasts", json={"scenario": "coin", "draws": 4_096, **settings})
    assert answer.status_code == 201, answer.text


PARTS: list[Any] = [
    ("when", {"by": MIDDLE}, 2 / 7 / 2),
    ("when", {"by": "2026-12-31"}, 2 / 7),
    ("when", {"by": "2026-02-01"}, 0.0),
    ("which", {"option": "A deal"}, 2 / 7),
    ("cost", {"at_least": 5.0, "below": 8.0}, 1.0),
    ("cost", {"below": 7.0}, 0.0),
    ("cost", {"at_least": 7}, 1.0),
    ("pair", {"given": True}, 0.0),
    ("pair", {"given": False}, 1.0),
]


@pytest.mark.parametrize(("question", "part", "ours"), PARTS)
async def test_a_part_stands_beside_our_probability_of_it(
    client: httpx.AsyncClient, question: str, part: dict[str, Any], ours: float
) -> None:
    """The coin is 2/7 for a deal; its cost is 7, and a deal where there is none is impossible."""
    made = await _quoted(client, question, part=part)
    assert {key: value for key, value in made["part"].items() if value is not None} == part
    assert made["said"]["kind"] == "probability"
    assert (await client.get(made["href"])).json() == made
    assert (await _beside(client))["ours"] is None
    await _forecast(client)
    theirs = await _beside(client)
    assert theirs["ours"] == pytest.approx(ours, abs=0.01)
    assert theirs["difference"] == pytest.approx(0.35 - theirs["ours"], abs=1e-12)
    assert theirs["not_ours"] is None


async def test_a_day_that_is_reported_needs_no_worlds(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is known as well as the forecast knows it: (219 / 365.25 - 0.3) / 0.6 of 2/7."""
    monkeypatch.setattr("api.work.outside_views.predicted", lambda *_: pytest.fail("worlds were drawn again"))
    await _quoted(client, "when", part={"by": MIDDLE})
    await _forecast(client, dates=[MIDDLE])
    assert (await _beside(client))["ours"] == pytest.approx(2 / 7 * (219 / 365.25 - 0.3) / 0.6, abs=1e-3)


async def test_a_whole_has_no_part(client: httpx.AsyncClient) -> None:
    made = await _quoted(client, "deal")
    await _forecast(client)
    theirs = await _beside(client)
    assert (made["part"], theirs["ours"], theirs["not_ours"]) == (None, None, None)
    assert theirs["difference"] == pytest.approx(0.35 - 2 / 7, abs=1e-3)


async def test_a_part_that_our_forecast_does_not_have_says_why(client: httpx.AsyncClient) -> None:
    """The question was for options when it was quoted, and is for yes or no when it is forecast."""
    await _quoted(client, "which", part={"option": "A deal"})
    stored = (await client.get(COIN)).json()["document"]
    stored["questions"]["which"] = {**stored["questions"]["deal"]}
    put = await client.put(COIN, json={"document": stored, "reason": "asked anew"}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    await _forecast(client)
    theirs = await _beside(client)
    assert (theirs["ours"], theirs["difference"]) == (None, None)
    assert theirs["not_ours"] == "it answers a binary question, of which that is no part"


@pytest.mark.parametrize(
    ("question", "part", "pointer", "words"),
    [
        ("deal", {"by": MIDDLE}, "/part", "the part 'by' of a binary question is not: leave 'part' out"),
        ("when", {"option": "A deal"}, "/part", "state part: {by: …}"),
        ("which", {"option": "A dael"}, "/part", "the question has no option 'A dael': did you mean 'A deal'?"),
        ("when", {"by": "2027-01-01"}, "/part", "2027-01-01 lies outside what the scenario speaks of, 2026-01-01 to"),
        ("when", {"by": "2026-02-30"}, "/part/by", "is not a calendar day"),
        ("pair", {"given": "true"}, "/part/given", "true or false"),
        ("cost", {"at_least": 5.0, "below": 5.0}, "/part", "nothing lies from 5.0 up to 5.0"),
        ("when", {"by": MIDDLE, "option": "A deal"}, "/part/by", "unknown key 'by'"),
        ("when", {"until": MIDDLE}, "/part", "a part must say which: state option, by or given"),
        ("when", "by then", "/part", "a part must say which: state option"),
    ],
)
async def test_a_part_that_our_question_does_not_have_is_refused(
    client: httpx.AsyncClient, question: str, part: object, pointer: str, words: str
) -> None:
    answer = await _quote(client, question, part=part)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


async def test_a_part_is_quoted_as_a_probability(client: httpx.AsyncClient) -> None:
    text = "place,question,kind,item,value,valid_at\nx,How?,quantiles,0.5,6,2026-03-01T00:00:00Z\n"
    body = {"question": "cost", "source": "csv", "text": text, "part": {"below": 7.0}}
    answer = await client.post(f"{COIN}/quotes", json=body)
    assert answer.json()["errors"][0]["pointer"] == "/part"
    assert "a part is quoted as a probability, and 'x' quotes quantiles" in answer.json()["errors"][0]["detail"]


async def test_a_table_says_of_each_quote_which_part_it_is_of(client: httpx.AsyncClient) -> None:
    answer = await _table(client, "when", "by", MIDDLE, "2026-12-31")
    assert answer.status_code == 201, answer.text
    assert [each["part"] for each in answer.json()["quotes"]] == [{"by": MIDDLE}, {"by": "2026-12-31"}]
    numbers = await _table(client, "cost", "at_least,below", "5,", ",8.5", "5,8.5")
    assert [each["part"] for each in numbers.json()["quotes"]] == [
        {"at_least": 5.0, "below": None},
        {"at_least": None, "below": 8.5},
        {"at_least": 5.0, "below": 8.5},
    ]
    halves = await _table(client, "pair", "given", "true", "FALSE")
    assert [each["part"] for each in halves.json()["quotes"]] == [{"given": True}, {"given": False}]
    options = await _table(client, "which", "option", "A deal")
    assert options.json()["quotes"][0]["part"] == {"option": "A deal"}


@pytest.mark.parametrize(
    ("question", "columns", "cells", "words"),
    [
        ("when", "by", "2027-02-30", "line 2: 'by': '2027-02-30' is not a calendar day"),
        ("when", "by", "2027-01-01", "2027-01-01 lies outside"),
        ("when", "by,option", f"{MIDDLE},A deal", "line 2: unknown key 'by'"),
        ("pair", "given", "yes", "line 2: given is 'yes': write true or false"),
        ("cost", "below", "much", "line 2: below is 'much', which is no number"),
        ("cost", "at_least,below", "5,4", "nothing lies from 5.0 up to 4.0"),
        ("deal", "by", MIDDLE, "of a binary question is not"),
    ],
)
async def test_a_part_that_a_table_cannot_state_is_named(
    client: httpx.AsyncClient, question: str, columns: str, cells: str, words: str
) -> None:
    answer = await _table(client, question, columns, cells)
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/text"
    assert words in error["detail"]


async def test_a_part_is_stated_once(client: httpx.AsyncClient) -> None:
    text = f"place,question,kind,item,value,valid_at,by\nx,Q,probability,,0.3,2026-03-01T00:00:00Z,{MIDDLE}\n"
    body = {"question": "when", "source": "csv", "text": text, "part": {"by": MIDDLE}}
    answer = await client.post(f"{COIN}/quotes", json=body)
    assert "state it there or here, and not twice" in answer.json()["errors"][0]["detail"]


async def test_the_part_of_a_place_may_be_corrected(client: httpx.AsyncClient) -> None:
    """The same number of another part is another quote, and stands in the place of the first."""
    await _quoted(client, "when", part={"by": MIDDLE})
    assert (await _quote(client, "when", part={"by": MIDDLE})).status_code == 200
    corrected = await _quote(client, "when", part={"by": "2026-12-31"})
    assert corrected.status_code == 201
    assert (await _beside(client))["quote"]["id"] == corrected.json()["quotes"][0]["id"]


async def test_an_expert_may_state_a_part(client: httpx.AsyncClient) -> None:
    quote = await _quoted(client, "when", part={"by": "2026-12-31"})
    body = {"quote": quote["id"], "branch": "deal"}
    stated = await client.post(f"{COIN}/nodes/talks/statements/crowd/quote", json=body)
    assert stated.status_code == 201, stated.text
    assert stated.json()["prior"]["p"] == {"deal": 0.35, "no_deal": 0.65}
    assert "said 0.35 of when, by 2026-12-31, at 2026-03-09 06:00 UTC" in stated.json()["reason"]

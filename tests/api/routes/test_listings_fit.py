"""Listings over REST are held against the question that they name: what it can never answer is refused at the door."""

from typing import Any

import httpx
import pytest

from tests.api.routes.test_listings import QUESTIONS, deal
from tests.api.store.support import coin

pytestmark = pytest.mark.anyio

LISTINGS = "/v1/scenarios/coin/listings"

NUMBERS: dict[str, Any] = {
    "price": {"type": "numeric", "text": "How dear?", "resolution": "The bill.", "quantity": "price"},
    "when": {"type": "date", "text": "When?", "resolution": "The news.", "branch": "deal"},
    "if-dear": {
        "type": "conditional",
        "text": "If it is dear?",
        "resolution": "The bill.",
        "given": {"quantity": "price", "above": 1},
        "event": "deal",
    },
}
SCALE = {"range_min": 0.0, "range_max": 100.0, "open_lower_bound": False, "open_upper_bound": True}
PRICED = {"type": "PSEUDO_NUMERIC", "probability": 0.5, "min": 0.0, "max": 100.0}


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client of an app that holds a coin with a question of each type."""
    price = {"unit": "crowns", "default": {"family": "fixed", "value": 1}}
    document = coin(questions=QUESTIONS | NUMBERS, quantities={"price": price})
    rate = {"family": "gamma", "shape": 2, "rate_years": 2}
    document["nodes"]["talks"]["prior"] = {"family": "hazard", "event": "deal", "rate": rate}
    answer = await client.post("/v1/scenarios", json={"document": document, "reason": "a test"})
    assert answer.status_code == 201, answer.text
    return client


def several(part: dict[str, Any], *, days: bool = False) -> dict[str, Any]:
    """Return the answers of a question of Cultivate: a first of the same kind, and the second."""
    first = {"on_or_after": "2027-01-01"} if days else {"option": "No deal"}
    return {"type": "Forecast::Question", "answers": [{"id": 1, "part": first}, {"id": 2, "part": part}]}


async def _put(client: httpx.AsyncClient, listing: dict[str, Any]) -> httpx.Response:
    return await client.put(f"{LISTINGS}/deal", json={"listing": listing, "reason": "a test"})


@pytest.mark.parametrize(
    ("listing", "pointer", "words"),
    [
        (deal(question="state"), "/listing", "of a multiple-choice question is not: state part: {option: …}"),
        (deal(question="state", part={"option": "Daal"}), "/listing/part/option", "'Daal': did you mean 'Deal'?"),
        (
            deal(question="state", part={"option": "x"}),
            "/listing/part/option",
            "its options are 'Deal', 'No deal'",
        ),
        (deal(part={"option": "Deal"}), "/listing/part", "the part 'option' of a binary question is not: leave 'part'"),
        (deal(type="multiple_choice", labels=["Yes", "No"]), "/listing", "all of a binary question has none"),
        (
            deal(question="state", type="multiple_choice", labels=["Deal", "No"], options={"No": "No daal"}),
            "/listing/options/No",
            "'No' stands for 'No daal', which is no option of ours: did you mean 'No deal'?",
        ),
        (
            deal(question="state", type="multiple_choice", labels=["Deal", "No"]),
            "/listing/options",
            "nothing of ours stands for 'No'; the platform has no option 'No deal'",
        ),
        (
            deal(type="discrete", scaling={**SCALE, "inbound_outcome_count": 5}),
            "/listing",
            "a distribution is asked for, and a binary question or a part has none",
        ),
        (deal(question="price", type="date", scaling=SCALE), "/listing/type", "ours is a number"),
        (deal(question="if-dear"), "/listing", "state part: {given: true} or {given: false}"),
        (deal(question="when", part={"by": "2027-01-01"}), "/listing/part", "2026-01-01 to 2026-12-31"),
        (
            {"platform": "manifold", "question": "when", "contract": "c", "market": PRICED},
            "/listing/market",
            "the question asks for a date: find a yes/no market about a day",
        ),
        (
            {"platform": "forecastbench", "question": "price", "id": "q", "source": "metaculus"},
            "/listing",
            "state part: {at_least: …, below: …}",
        ),
        (
            {"platform": "cultivate", "question": "state", "id": 5, "answers": several({"option": "Daal"})},
            "/listing/answers/answers/1/part/option",
            "did you mean 'Deal'?",
        ),
        (
            {"platform": "cultivate", "question": "price", "id": 5, "answers": several({"before": "2026-05-01"})},
            "/listing/answers/answers/0/part",
            "state part: {at_least: …, below: …}",
        ),
        (
            {"platform": "hubverse", "question": "state", "task_ids": {"a": 1}, "options": {"yes": "Daal"}},
            "/listing/options/yes",
            "did you mean 'Deal'?",
        ),
        ({"platform": "table", "question": "state", "part": {"given": True}}, "/listing/part", "state part: {option:"),
    ],
)
async def test_what_our_question_can_never_answer_is_refused(
    client: httpx.AsyncClient, listing: dict[str, Any], pointer: str, words: str
) -> None:
    """At the door, in the words that an export would have: nobody finds out on the day of a deadline."""
    answer = await _put(client, listing)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], words in error["detail"]) == (pointer, True), error
    assert (await client.get(LISTINGS)).json() == {"listings": []}


@pytest.mark.parametrize(
    "listing",
    [
        deal(question="state", part={"option": "Deal"}),
        deal(question="state", type="multiple_choice", labels=["Deal", "No"], options={"No": "No deal"}),
        deal(question="price", type="numeric", scaling=SCALE),
        deal(question="price", part={"below": 5.0}),
        deal(question="if-dear", part={"given": False}),
        deal(question="when", type="date", scaling=SCALE),
        deal(question="when", part={"by": "2026-12-31"}),
        {"platform": "manifold", "question": "price", "contract": "c", "market": PRICED},
        {"platform": "cultivate", "question": "when", "id": 5, "answers": several({"before": "2027-01-01"}, days=True)},
        {"platform": "hubverse", "question": "state", "task_ids": {"a": 1}, "options": {"yes": "Deal"}},
        {"platform": "table", "question": "when"},
    ],
)
async def test_what_our_question_can_answer_is_recorded(client: httpx.AsyncClient, listing: dict[str, Any]) -> None:
    answer = await _put(client, listing)
    assert answer.status_code == 201, answer.text

"""A scenario whose numbers are known, forecasts of it, and requests about what happened that tests share."""

import json
from typing import Any

import httpx

TALKS = "/v1/scenarios/talks"
RESOLUTIONS, SCORES = f"{TALKS}/resolutions", f"{TALKS}/scores"

YES: dict[str, Any] = {"type": "binary", "happened": True}
NO: dict[str, Any] = {"type": "binary", "happened": False}
ANNULLED: dict[str, Any] = {"type": "annulled"}

DEAL, WHICH, COST, WHEN, PAIR = (f"questions.{name}" for name in ("deal", "which", "cost", "when", "pair"))

_ASKED: dict[str, Any] = {"text": "What comes of it?", "resolution": "By the news.", "closes": "2026-12-30"}


def talks(deal: float = 0.5, met: float = 0.6, scenario: str = "talks") -> dict[str, Any]:
    """Return a document in which they meet with a stated chance, and if so come to a deal with another."""
    return {
        "scenario": scenario,
        "title": "Will the talks end in a deal?",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {
            "meeting": {
                "branches": {"met": "talks", "never_met": {}},
                "prior": {"family": "fixed", "p": {"met": met, "never_met": 1 - met}},
            },
            "talks": {
                "branches": {"deal": {"lag": {"family": "fixed", "value": 0.25}}, "no_deal": {}},
                "prior": {"family": "fixed", "p": {"deal": deal, "no_deal": 1 - deal}},
            },
        },
        "quantities": {"price": {"unit": "crowns", "default": {"family": "fixed", "value": 200.0}}},
        "questions": {
            "deal": {"type": "binary", "event": "deal", "topics": ["diplomacy"], **_ASKED},
            "which": {
                "type": "multiple_choice",
                "options": {"A deal": "deal", "None": "no_deal", "Rest": "rest"},
                **_ASKED,
            },
            "cost": {"type": "numeric", "quantity": "price", **_ASKED},
            "when": {"type": "date", "branch": "deal", **_ASKED},
            "pair": {"type": "conditional", "event": "deal", "given": "met", **_ASKED},
        },
    }


async def store(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.post("/v1/scenarios", json={"document": document, "reason": "a test", "author": "ann"})
    assert answer.status_code == 201, answer.text


async def believe(client: httpx.AsyncClient, deal: float) -> None:
    """Store a version in which a deal, if they meet, has another chance."""
    body = {"prior": talks(deal)["nodes"]["talks"]["prior"], "reason": "news"}
    answer = await client.put(f"{TALKS}/nodes/talks/prior", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def forecast(client: httpx.AsyncClient, author: str = "ann", scenario: str = "talks", **more: object) -> str:
    """Record a forecast of a scenario and return its id."""
    body = {"scenario": scenario, "draws": 4_096, "author": author, **more}
    answer = await client.post("/v1/forecasts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def say(
    client: httpx.AsyncClient,
    place: object,
    value: object,
    on: object = "2026-03-10",
    *,
    key: str | None = None,
    **more: object,
) -> httpx.Response:
    """Send what happened, as ASCII JSON, which can write down halves of characters too."""
    body = {"place": place, "value": value, "happened_on": on, "reason": "by the news", **more}
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    return await client.post(RESOLUTIONS, content=json.dumps(body), headers=headers)


async def said(client: httpx.AsyncClient, *args: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- as for `say`
    """Send what happened, and return the answer to it."""
    answer = await say(client, *args, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def scores(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- query parameters
    answer = await client.get(SCORES, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def card_of(page: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the scorecard of a place."""
    (found,) = (card for card in page["places"] if card["place"] == place)
    return dict(found)

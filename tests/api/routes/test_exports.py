"""Exports over REST: one stored forecast in every format, and what cannot be exported said by field or by rule."""

import base64
import csv
import io
import json
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy import update

from api.service import Service
from api.settings import Settings
from api.store import documents, forecasts, tables
from api.store.listings import Listed, add
from api.work.computations import StoppedError
from forecast.errors import RunError
from forecast.predictions.kinds import Predicted
from forecast.predictions.predict import predict
from forecast.result import Forecast
from forecast.tournaments.registry import FORMATS
from tests.api.clocked import NOON
from tests.api.live import running
from tests.api.routes.test_listings import QUESTIONS, deal
from tests.api.store.support import coin
from tests.waiting import PATIENCE

pytestmark = pytest.mark.anyio

KOREA = "/v1/scenarios/trump-kim-2025"
MEET = "meet-before-2027"
COIN = {"scenario": "coin", "as_of": "2026-03-10", "draws": 4_096}

_STATES = ("No meeting", "They met, no deal", "Deal that leaves missiles that reach allies", "ICBM-only deal")
_SECONDS_2026_08, _SECONDS_2029_01 = 1_785_542_400.0, 1_863_561_600.0
_RANGE = {"open_lower_bound": False, "open_upper_bound": True}

KOREAN: dict[str, list[dict[str, Any]]] = {
    "metaculus": [
        {"question": MEET, "id": 1, "post": 11, "type": "binary", "comment": True},
        {
            "question": "next-meeting-date",
            "id": 2,
            "type": "date",
            "scaling": {"range_min": _SECONDS_2026_08, "range_max": _SECONDS_2029_01, **_RANGE},
        },
        {
            "question": "troops-end-2026",
            "id": 3,
            "type": "numeric",
            "scaling": {"range_min": 0.0, "range_max": 40_000.0, **_RANGE},
        },
        {
            "question": "diplomacy-end-2027",
            "id": 4,
            "type": "multiple_choice",
            "labels": [*_STATES, "End-of-war declaration", "Other deal"],
        },
    ],
    "manifold": [{"question": MEET, "contract": "c1", "market": {"type": "BINARY", "probability": 0.9}}],
    "hubverse": [{"question": MEET, "task_ids": {"origin_date": "2026-08-22", "target": "meeting"}}],
    "forecastbench": [{"question": MEET, "id": "q1", "source": "metaculus"}],
    "cultivate": [{"question": MEET, "id": 5, "answers": {"type": "Forecast::YesNoQuestion", "yes": 51, "no": 52}}],
    "table": [{"question": MEET}, {"question": "troops-end-2026"}],
}
"""What each platform asks of the packaged scenario."""

_TASK: dict[str, Any] = {
    "task_ids": {
        "origin_date": {"required": None, "optional": ["2026-08-22"]},
        "target": {"required": ["meeting"], "optional": None},
    },
    "output_type": {
        "pmf": {
            "output_type_id": {"required": ["yes", "no"]},
            "value": {"type": "double", "minimum": 0, "maximum": 1},
            "is_required": True,
        }
    },
    "target_metadata": [
        {
            "target_id": "meeting",
            "target_name": "whether they meet",
            "target_units": "state",
            "target_keys": {"target": "meeting"},
            "target_type": "nominal",
            "is_step_ahead": False,
        }
    ],
}
_TASKS = {
    "schema_version": "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0/tasks-schema.json",
    "rounds": [
        {
            "round_id_from_variable": True,
            "round_id": "origin_date",
            "model_tasks": [_TASK],
            "submissions_due": {"start": "2026-08-19", "end": "2026-08-22"},
        }
    ],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "metaculus": {},
    "manifold": {"budget": 100, "least_edge": 0.05},
    "hubverse": {"team": "brc", "model": "worlds", "round_id": "2026-08-22", "tasks": _TASKS},
    "forecastbench": {
        "organization": "brc",
        "model": "worlds",
        "model_organization": "brc",
        "question_set": "2026-08-20-llm.json",
    },
    "cultivate": {"membership": 5, "rationale": "base rates"},
    "table": {"quantiles": [0.5]},
}


async def _list(client: httpx.AsyncClient, scenario: str, name: str, listing: Mapping[str, Any]) -> None:
    body = {"listing": listing, "reason": "a test"}
    answer = await client.put(f"{scenario}/listings/{name}", json=body)
    assert answer.status_code in (200, 201), answer.text


async def _record(client: httpx.AsyncClient, asked: Mapping[str, Any]) -> httpx.Response:
    answer = await client.post("/v1/forecasts", json=asked)
    assert answer.status_code == 201, answer.text
    return answer


async def _coin(client: httpx.AsyncClient) -> str:
    """Store a coin with two listings, and a forecast of it; return the address of its exports."""
    body = {"document": coin(questions=QUESTIONS), "reason": "a test"}
    assert (await client.post("/v1/scenarios", json=body)).status_code == 201
    await _list(client, "/v1/scenarios/coin", "deal", deal())
    await _list(client, "/v1/scenarios/coin", "shown", {"platform": "table", "question": "state"})
    return f"{(await _record(client, COIN)).headers['location']}/exports"


async def _export(client: httpx.AsyncClient, address: str, **asked: object) -> httpx.Response:
    return await client.post(address, json={"format": "metaculus", **asked})


def _parsed(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- whatever a document holds
    """Return what a document says: JSON, or the rows of a table by its header."""
    assert document["base64"] is None
    if document["media_type"].startswith("text/csv"):
        return list(csv.DictReader(io.StringIO(document["text"])))
    assert document["media_type"] == "application/json"
    return json.loads(document["text"])


async def test_one_forecast_is_exported_in_every_format(client: httpx.AsyncClient) -> None:
    """Every document parses, and all say the forecast's own probability, as exactly as their form allows."""
    assert KOREAN.keys() == SETTINGS.keys() == FORMATS.keys()
    for platform, listings in KOREAN.items():
        for number, listing in enumerate(listings):
            await _list(client, KOREA, f"{platform}-{number}", {"platform": platform, **listing})
    made = await _record(client, {"scenario": "trump-kim-2025", "as_of": "2026-08-20", "draws": 4_096})
    ours = made.json()["forecast"]["questions"][MEET]["mean"]
    found: dict[str, list[Any]] = {}
    for name, settings in SETTINGS.items():
        answer = await _export(client, f"{made.headers['location']}/exports", format=name, settings=settings)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert (page["format"], page["forecast"]) == (name, made.headers["location"])
        assert page["listings"] == [f"{name}-{number}" for number in range(len(KOREAN[name]))]
        found[name] = [_parsed(document) for document in page["documents"]]
        assert all(each["reason"] and each["figures"] for each in page["distortions"])

    binary, when, troops, state = found["metaculus"][0]
    assert binary == {"question": 1, "probability_yes": ours}
    for each in (when, troops):
        assert len(each["continuous_cdf"]) == 201
        assert each["continuous_cdf"] == sorted(each["continuous_cdf"])
    assert sum(state["probability_yes_per_category"].values()) == pytest.approx(1.0, abs=1e-9)
    assert (found["metaculus"][1]["on_post"], found["metaculus"][1]["is_private"]) == (11, True)
    ((order,), (pmf,), (forecast_set,), (prediction_set,), shown) = (found[name] for name in list(FORMATS)[1:])
    assert (order["contractId"], order["outcome"], order["dryRun"]) == ("c1", "NO", True)
    assert ours + 0.05 <= order["limitProb"] < ours + 0.06
    assert {row["output_type_id"]: float(row["value"]) for row in pmf} == pytest.approx({"yes": ours, "no": 1 - ours})
    assert [row["forecast"] for row in forecast_set["forecasts"]] == [ours]
    entries = prediction_set["prediction_set"]["predictions_attributes"]
    assert {each["answer_id"]: each["forecasted_probability"] for each in entries} == pytest.approx(
        {51: ours, 52: 1 - ours}, abs=5e-5
    )
    assert float(shown[0][0]["probability"]) == pytest.approx(ours, abs=5e-4)
    assert {row["question"] for row in shown[0]} == {MEET, "troops-end-2026"}


async def test_bytes_that_are_no_text_come_in_base64(client: httpx.AsyncClient) -> None:
    (listing,) = KOREAN["hubverse"]
    await _list(client, KOREA, "meeting", {"platform": "hubverse", **listing})
    made = await _record(client, {"scenario": "trump-kim-2025", "as_of": "2026-08-20", "draws": 4_096})
    settings = {**SETTINGS["hubverse"], "file_format": "parquet"}
    answer = await _export(client, f"{made.headers['location']}/exports", format="hubverse", settings=settings)
    (document,) = answer.json()["documents"]
    assert document["text"] is None
    assert base64.b64decode(document["base64"], validate=True)[:4] == b"PAR1"


async def test_only_the_listings_that_are_named_are_exported(client: httpx.AsyncClient) -> None:
    """In the order in which they are named; all of the platform's if none is."""
    address = await _coin(client)
    await _list(client, "/v1/scenarios/coin", "another", deal(id=8, post=80))
    asked = {
        None: ["another", "deal"],
        ("deal",): ["deal"],
        ("deal", "another"): ["deal", "another"],
    }
    for names, expected in asked.items():
        named = {} if names is None else {"listings": list(names)}
        page = (await _export(client, address, **named)).json()
        assert page["listings"] == expected
        (document,) = page["documents"]
        numbers = {"deal": 7, "another": 8}
        assert [each["question"] for each in json.loads(document["text"])] == [numbers[name] for name in expected]


async def test_the_same_request_gives_the_same_bytes_in_every_process(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions that are kept, and those that are made anew."""
    address = await _coin(client)
    first = await _export(client, address)
    assert (await _export(client, address)).content == first.content
    monkeypatch.setattr(service.predicted, "get", lambda _, make: make()[1])
    assert (await _export(client, address)).content == first.content


async def test_a_forecast_is_predicted_once_for_all_formats(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await _coin(client)
    made: list[str] = []

    def counted(found: Forecast, stop_if_asked: Callable[[], None]) -> Predicted:
        made.append(found.digest)
        return predict(found, stop_if_asked)

    monkeypatch.setattr("api.work.predictions.predict", counted)
    for name in ("metaculus", "table"):
        assert (await _export(client, address, format=name)).status_code == 200
    assert len(made) == 1


@pytest.mark.parametrize(
    ("asked", "pointer", "words"),
    [
        ({"format": "metaculos"}, "/format", "there is no format 'metaculos': choose metaculus, manifold, "),
        ({"format": 7}, "/format", "text"),
        ({"listings": ["dael"]}, "/listings/0", "there is no listing 'dael' of metaculus: did you mean 'deal'?"),
        ({"listings": ["deal", "nope"]}, "/listings/1", "there is no listing 'nope' of metaculus"),
        ({"listings": ["shown"]}, "/listings/0", "there is no listing 'shown' of metaculus"),
        ({"listings": "deal"}, "/listings", "list"),
        ({"settings": {"team": "x"}}, "/settings/team", "'team'"),
        ({"format": "manifold"}, "/settings", "'settings' lacks 'budget': state it"),
        ({"format": "manifold", "settings": {"budget": 0, "least_edge": 0.1}}, "/settings/budget", "at least 1"),
        ({"format": "table", "settings": {"digits": 99}}, "/settings/digits", "at most 15"),
        ({"format": "table", "settings": {"quantiles": [0.5, 2.0]}}, "/settings/quantiles/1", ""),
        ({"platform": "metaculus"}, "/platform", ""),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_by_field(
    client: httpx.AsyncClient, asked: dict[str, Any], pointer: str, words: str
) -> None:
    address = await _coin(client)
    answer = await _export(client, address, **asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    errors = answer.json()["errors"]
    assert errors[0]["pointer"] == pointer
    assert words in errors[0]["detail"]


@pytest.mark.parametrize(
    ("listing", "words"),
    [
        (deal(status="closed"), "question 7 is closed"),
        (deal(question="state"), "metaculus, 'state'"),
        (deal(end_time="2026-01-01T00:00:00Z"), "state a later one [end_time lies in the future]"),
        (deal(part={"option": "No such"}, question="state"), "has no option 'No such'"),
    ],
)
async def test_what_the_platform_would_refuse_is_refused_here(
    client: httpx.AsyncClient, service: Service, listing: dict[str, Any], words: str
) -> None:
    """The whole export, since the platform refuses the whole list.

    Some of these could not be recorded today; the scenario may have asked otherwise when they were.
    """
    address = await _coin(client)
    body = {**listing, "id": 9} if "closed" not in words else listing
    with service.database.writing() as connection:
        add(connection, Listed("01", "coin", "other", body, "ana", "a test", NOON))
    answer = await _export(client, address, listings=["other"])
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused")
    assert words in answer.json()["detail"]
    assert (await _export(client, address, listings=["deal"])).status_code == 200


async def test_a_platform_without_a_listing_has_nothing_to_export(client: httpx.AsyncClient) -> None:
    address = await _coin(client)
    await client.post("/v1/scenarios/coin/listings/deal/end", json={"reason": "closed"})
    answer = await _export(client, address)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused")
    assert "no question is listed" in answer.json()["detail"]


async def test_an_unknown_forecast_has_no_export(client: httpx.AsyncClient) -> None:
    answer = await _export(client, "/v1/forecasts/nope/exports")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")


async def test_what_the_forecast_lacks_is_said(client: httpx.AsyncClient) -> None:
    """A question that came with a later version is not in a forecast of an earlier one."""
    address = await _coin(client)
    later = {**QUESTIONS, "again": {**QUESTIONS["deal-in-2026"], "text": "And again?"}}
    body = {"document": coin(questions=later), "reason": "one more"}
    assert (await client.put("/v1/scenarios/coin", json=body, headers={"If-Match": "*"})).status_code == 200
    await _list(client, "/v1/scenarios/coin", "again", deal(question="again", id=8))
    answer = await _export(client, address, listings=["again"])
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/export-refused")
    assert "the scenario has no question 'again'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("was", "became"), [('"seed":', '"seed":1'), ('"mean":0.', '"mean":0.9'), ('"draws":4096', '"draws":4097')]
)
async def test_a_forecast_that_was_altered_is_a_failure_and_no_export(
    client: httpx.AsyncClient, service: Service, was: str, became: str
) -> None:
    address = await _coin(client)
    forecast_id = address.split("/")[-2]
    with service.database.writing() as connection:
        card = forecasts.get(connection, forecast_id)
        text = forecasts.result_text(connection, card)
        assert was in text
        altered = documents.packed(text.replace(was, became, 1))
        row = tables.forecast.c.id == forecast_id
        connection.execute(update(tables.forecast).where(row).values(result=altered))
    answer = await _export(client, address)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert "documents" not in answer.json()


async def test_a_listing_that_was_altered_is_a_failure_and_no_export(
    client: httpx.AsyncClient, service: Service
) -> None:
    address = await _coin(client)
    with service.database.writing() as connection:
        connection.execute(update(tables.listing).values(body={"platform": "metaculus", "question": "deal-in-2026"}))
    answer = await _export(client, address)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")


async def test_what_this_release_cannot_run_is_told(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = await _coin(client)

    def refuse(_: Forecast, __: Callable[[], None]) -> NoReturn:
        raise RunError(("assume",), "there is no branch 'deal'")

    monkeypatch.setattr("api.work.predictions.predict", refuse)
    answer = await _export(client, address)
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/outdated-forecast")
    assert "there is no branch 'deal'" in answer.json()["detail"]


async def test_whoever_may_read_may_export(client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
    """Nothing is stored and nothing is sent."""
    address = await _coin(client)
    client.headers["Authorization"] = new_key("read")
    assert (await _export(client, address)).status_code == 200


class _Held:
    """Predictions that take longer than anybody waits for them."""

    def __init__(self) -> None:
        self.started, self.stopped = threading.Event(), threading.Event()

    def __call__(self, _found: Forecast, stop_if_asked: Callable[[], None]) -> NoReturn:
        self.started.set()
        pause = threading.Event()
        try:
            for _ in range(int(1_000 * PATIENCE)):
                stop_if_asked()
                pause.wait(0.001)
        except StoppedError:
            self.stopped.set()
            raise
        raise AssertionError("nobody has stopped it")


def test_a_client_that_leaves_stops_the_work(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """And makes room for others."""
    held = _Held()
    with running(settings) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        document = {"document": coin(questions=QUESTIONS), "reason": "a test"}
        assert client.post("/v1/scenarios", json=document).status_code == 201
        listing = {"listing": deal(), "reason": "a test"}
        assert client.put("/v1/scenarios/coin/listings/deal", json=listing).status_code == 201
        address = f"{client.post('/v1/forecasts', json=COIN).headers['location']}/exports"
        with monkeypatch.context() as patched:
            patched.setattr("api.work.predictions.predict", held)
            _leave(server.url, address, held)
        assert held.stopped.wait(PATIENCE)
        assert client.post(address, json={"format": "metaculus"}).status_code == 200


def _leave(url: str, address: str, held: _Held) -> None:
    """Ask for an export and close the connection once it is being made."""
    target, body = httpx.URL(url), b'{"format": "metaculus"}'
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection((target.host, target.port or 80), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert held.started.wait(PATIENCE)

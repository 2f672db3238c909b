"""Previews: the engine's numbers over HTTP, the same bytes each time, every field understood and checked."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from api.messages.run_settings import MAX_DATES, MAX_REFERENCES
from api.work.scenario_files import ScenarioFile
from forecast.result import Forecast, result_digest
from forecast.run import replay, run
from forecast.settings import RunSettings

pytestmark = pytest.mark.anyio

BRIDGE: dict[str, Any] = {
    "scenario": "two-bridges",
    "title": "Two bridges",
    "as_of": "2026-01-01",
    "horizon": "2026-12-31",
    "nodes": {
        "first": {
            "branches": {"opens": "second", "stays_closed": {}},
            "prior": {"family": "beta", "branch": "opens", "a": 3, "b": 1},
        },
        "second": {
            "branches": ["follows", "waits"],
            "prior": {"family": "hazard", "event": "follows", "rate": {"family": "fixed", "per_year": 1.0}},
        },
    },
    "questions": {
        "when": {"type": "date", "text": "When?", "resolution": "When cars drive.", "branch": "follows"},
    },
    "evidence": {
        "pier": {"date": "2026-02-01", "what": "A pier stands.", "likelihood_ratio": {"opens": 3.0}},
        "rumour": {
            "date": "2026-02-01",
            "what": "A rumour.",
            "status": "proposed",
            "likelihood_ratio": {"opens": 2.0},
        },
    },
}


async def _forecast(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/v1/preview", json={"scenario": "minimal", **body})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    forecast = answer.json()
    assert isinstance(forecast, dict)
    return forecast


async def _pointers(client: httpx.AsyncClient, **body: object) -> list[str]:
    answer = await client.post("/v1/preview", json={"scenario": "minimal", **body})
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_the_numbers_are_those_of_the_engine(
    client: httpx.AsyncClient, packaged: Mapping[str, ScenarioFile]
) -> None:
    """HTTP adds and takes away nothing but the document; 4,096 draws are the default."""
    direct = run(packaged["minimal"].scenario, RunSettings(draws=4_096))
    assert await _forecast(client) == direct.model_dump(mode="json", exclude={"document"})
    assert direct.outcomes["opens"].exact == pytest.approx(0.7)


@pytest.mark.parametrize("sampler", ["sobol", "random"])
async def test_the_same_request_gives_the_same_bytes(client: httpx.AsyncClient, sampler: str) -> None:
    body = {"scenario": BRIDGE, "sampler": sampler, "dates": ["2026-06-30"]}
    first, second = [await client.post("/v1/preview", json=body) for _ in range(2)]
    assert first.status_code == 200
    assert first.content == second.content


async def test_a_stored_scenario_and_its_document_give_the_same_forecast(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/scenarios/minimal")).json()["document"]
    assert (await _forecast(client))["digest"] == (await _forecast(client, scenario=document))["digest"]


async def test_another_prior_moves_the_outcome(client: httpx.AsyncClient) -> None:
    """The mean of the new prior is the mean of the outcome."""
    prior = {"family": "beta", "branch": "opens", "mean": 0.25, "equivalent_sample_size": 10}
    opens = (await _forecast(client, priors={"opening": prior}))["outcomes"]["opens"]
    assert opens["exact"] == pytest.approx(0.25)
    assert abs(opens["mean"] - 0.25) < 5 * opens["mc_error"] + 1e-4


async def test_assuming_and_doing_differ(client: httpx.AsyncClient) -> None:
    """An assumption moves what lies upstream, an intervention does not."""
    assumed = await _forecast(client, scenario=BRIDGE, assume=["follows"], evidence="none")
    done = await _forecast(client, scenario=BRIDGE, do=["follows"], evidence="none")
    assert assumed["outcomes"]["stays_closed"]["mean"] == pytest.approx(0.0, abs=1e-9)
    assert done["outcomes"]["stays_closed"]["mean"] == pytest.approx(0.25, abs=1e-3)
    assert done["outcomes"]["waits"]["mean"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("choice", "entries"),
    [("accepted", ["pier"]), ("all", ["pier", "rumour"]), ("none", []), (["rumour"], ["rumour"])],
)
async def test_evidence_is_chosen(client: httpx.AsyncClient, choice: object, entries: list[str]) -> None:
    forecast = await _forecast(client, scenario=BRIDGE, as_of="2026-03-01", evidence=choice)
    assert forecast["evidence"] == entries


async def test_a_later_day_looks_back_on_silence(client: httpx.AsyncClient) -> None:
    """That nothing has happened yet is evidence too."""
    then = await _forecast(client, scenario=BRIDGE, evidence="none")
    later = await _forecast(client, scenario=BRIDGE, evidence="none", as_of="2026-10-01")
    assert later["as_of"] == "2026-10-01"
    assert later["outcomes"]["follows"]["mean"] < then["outcomes"]["follows"]["mean"]


async def test_dates_are_reported(client: httpx.AsyncClient) -> None:
    forecast = await _forecast(client, scenario=BRIDGE, dates=["2026-06-30"])
    assert "2026-06-30" in forecast["questions"]["when"]["by"]


async def test_draws_and_seed_reach_the_engine(client: httpx.AsyncClient) -> None:
    forecast = await _forecast(client, draws=10_000, seed=7, sampler="random")
    assert forecast["sampling"]["draws"] >= 10_000
    assert (forecast["sampling"]["seed"], forecast["sampling"]["sampler"]) == (7, "random")
    assert (await _forecast(client, seed=8))["digest"] != (await _forecast(client, seed=9))["digest"]


async def test_the_document_comes_along_if_asked_for(client: httpx.AsyncClient) -> None:
    """Then the answer is a whole forecast: its digest holds, and a replay gives the same."""
    assert "document" not in await _forecast(client)
    answer = await client.post("/v1/preview", json={"scenario": "minimal", "include": ["document"]})
    forecast = Forecast.model_validate_json(answer.content)
    assert result_digest(forecast) == forecast.digest
    assert replay(forecast).digest == forecast.digest


async def test_the_time_spent_is_told(client: httpx.AsyncClient) -> None:
    """In a header, since the body is the same each time."""
    answer = await client.post("/v1/preview", json={"scenario": "minimal"})
    steps = dict(part.split(";dur=") for part in answer.headers["server-timing"].split(", "))
    assert list(steps) == ["check", "run", "write"]
    assert all(float(spent) >= 0 for spent in steps.values())


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("version", 2, "/version"),
        ("version", 0, "/version"),
        ("version", "1", "/version"),
        ("scenario", None, "/scenario"),
        ("scenario", ["minimal"], "/scenario"),
        ("priors", [], "/priors"),
        ("priors", {"opening": "beta"}, "/priors/opening"),
        ("priors", {"opening": {}}, "/priors/opening"),
        ("priors", {"0pening": {"family": "fixed"}}, "/priors/0pening"),
        ("assume", "opens", "/assume"),
        ("assume", ["opens", 5], "/assume/1"),
        ("assume", ["../opens"], "/assume/0"),
        ("assume", ["opens"] * (MAX_REFERENCES + 1), "/assume"),
        ("do", {"opening": "opens"}, "/do"),
        ("as_of", "2026-02-30", "/as_of"),
        ("as_of", "2026-03-01T00:00:00", "/as_of"),
        ("as_of", 20260301, "/as_of"),
        ("as_of", "2027-01-01", "/as_of"),
        ("as_of", "2025-12-31", "/as_of"),
        ("dates", ["2026-06-31"], "/dates/0"),
        ("dates", ["2030-01-01"], "/dates"),
        ("dates", ["2026-06-30"] * (MAX_DATES + 1), "/dates"),
        ("evidence", "some", "/evidence"),
        ("evidence", ["nothing-of-the-kind"], "/evidence"),
        ("evidence", [1], "/evidence"),
        ("draws", 0, "/draws"),
        ("draws", 10**10, "/draws"),
        ("draws", 10**300, "/draws"),
        ("draws", "4096", "/draws"),
        ("draws", 4096.0, "/draws"),
        ("draws", True, "/draws"),
        ("draws", None, "/draws"),
        ("seed", -1, "/seed"),
        ("seed", 2**53, "/seed"),
        ("sampler", "halton", "/sampler"),
        ("include", ["documents"], "/include/0"),
        ("include", "document", "/include"),
        ("threads", 4, "/threads"),
    ],
)
async def test_what_a_field_cannot_be_is_refused_there(
    client: httpx.AsyncClient, field: str, value: object, pointer: str
) -> None:
    assert await _pointers(client, **{field: value}) == [pointer]


async def test_faults_of_a_document_sent_along_are_all_told(client: httpx.AsyncClient) -> None:
    second = {**BRIDGE["nodes"]["second"], "branches": ["follows", "waits", "follows"]}
    document = {**BRIDGE, "horizon": "2026", "nodes": {**BRIDGE["nodes"], "second": second}}
    assert await _pointers(client, scenario=document) == ["/scenario/horizon", "/scenario/nodes/second/branches"]


async def test_a_stored_scenario_is_never_changed(client: httpx.AsyncClient) -> None:
    """A preview keeps nothing."""
    before = (await client.get("/v1/scenarios/minimal")).content
    prior = {"family": "fixed", "p": {"opens": 0.5, "stays_closed": 0.5}}
    assert (await _forecast(client, priors={"opening": prior}))["outcomes"]["opens"]["exact"] == 0.5
    assert (await client.get("/v1/scenarios/minimal")).content == before
    assert (await _forecast(client))["outcomes"]["opens"]["exact"] == pytest.approx(0.7)

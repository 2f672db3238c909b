"""What-ifs: both sides are previews, differences are closed forms, faults point into the request, both are paid for."""

from typing import Any

import httpx
import pytest

from api.service import Service
from api.settings import Settings
from api.work.limits import LEAST_DRAWS, parts_of
from forecast.result import Forecast
from forecast.run import replay
from forecast.scenario import parse_scenario

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
            "prior": {"family": "beta", "branch": "follows", "a": 1, "b": 1},
        },
    },
    "evidence": {"pier": {"date": "2026-02-01", "what": "A pier stands.", "likelihood_ratio": {"opens": 3.0}}},
}
"""The first bridge opens with 3/4, the second follows with 1/2; a pier makes the odds of the first 9 : 1."""

EVEN = {"family": "beta", "branch": "opens", "a": 2, "b": 2}
IMPOSSIBLE = {"family": "fixed", "p": {"opens": 0, "stays_closed": 1}}


async def _asked(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/v1/what-if", json={"scenario": BRIDGE, **body})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def _moves(found: dict[str, Any]) -> dict[str, Any]:
    return {move["place"]: move for move in found["comparison"]["moves"]}


@pytest.mark.parametrize(
    ("body", "stays_closed"),
    [
        ({"priors": {"first": EVEN}}, 1 / 2 - 1 / 4),
        ({"assume": ["follows"]}, 0 - 1 / 4),
        ({"do": ["follows"]}, 0),
        ({"as_of": "2026-03-01", "evidence": "none"}, 1 / 4 - 1 / 10),
        ({"as_of": "2026-03-01", "base": {"evidence": "none"}}, 1 / 10 - 1 / 4),
        ({"base": {"priors": {"first": EVEN}}}, 1 / 4 - 1 / 2),
        ({"priors": {"first": EVEN}, "base": {"priors": {"first": EVEN}}}, 0),
        ({"as_of": "2026-03-01", "base": {"as_of": "2026-01-01"}}, 1 / 10 - 1 / 4),
        ({"base": {"assume": ["stays_closed"]}}, 1 / 4 - 1),
        ({"base": {"do": ["stays_closed"]}, "do": ["opens"]}, 0 - 1),
    ],
)
async def test_a_difference_is_the_closed_form(
    client: httpx.AsyncClient, body: dict[str, Any], stays_closed: float
) -> None:
    """The alternative minus the base, which is the scenario as it is on the alternative's day unless it says else."""
    move = _moves(await _asked(client, **body))["outcomes.stays_closed"]
    assert move["difference"] == pytest.approx(stays_closed, rel=0, abs=1e-12)
    assert (move["method"], move["mc_error"]) == ("exact", 0.0)


async def test_both_sides_are_previews(client: httpx.AsyncClient) -> None:
    """Byte for byte, and the comparison is of these two."""
    found = await _asked(client, assume=["follows"], draws=8_192, seed=7)
    for side, assume in (("base", []), ("alternative", ["follows"])):
        body = {"scenario": BRIDGE, "assume": assume, "draws": 8_192, "seed": 7}
        assert found[side] == (await client.post("/v1/preview", json=body)).json()
    digests = (found["comparison"]["before"], found["comparison"]["after"])
    assert digests == (found["base"]["digest"], found["alternative"]["digest"])


async def test_a_sampled_difference_says_how_it_is_known(client: httpx.AsyncClient) -> None:
    """On shared draws, its MC error is smaller than what both sides' errors come to."""
    driven = {**BRIDGE, "drivers": {"mood": {}}}
    driven["nodes"] = {
        **BRIDGE["nodes"],
        "first": {**BRIDGE["nodes"]["first"], "loadings": {"mood": {"opens": 0.8}}},
    }
    found = await _asked(
        client, scenario=driven, as_of="2026-03-01", assume=["follows"], base={"assume": ["opens"]}, evidence="none"
    )
    move = _moves(await _asked(client, scenario=driven, as_of="2026-03-01", priors={"first": EVEN}))["outcomes.waits"]
    assert move["method"] == "paired blocks"
    assert 0 < move["mc_error"] < move["before"]["mc_error"] + move["after"]["mc_error"]
    assert _moves(found)["outcomes.stays_closed"]["difference"] == pytest.approx(0.0, abs=1e-12)


async def test_a_stored_version_is_asked_by_its_id(client: httpx.AsyncClient) -> None:
    prior = {"family": "beta", "branch": "opens", "mean": 0.25, "equivalent_sample_size": 10}
    found = await _asked(client, scenario="minimal", version=1, priors={"opening": prior})
    assert _moves(found)["outcomes.opens"]["difference"] == pytest.approx(0.25 - 0.7)


async def test_the_same_request_gives_the_same_bytes(client: httpx.AsyncClient) -> None:
    body = {"scenario": BRIDGE, "assume": ["follows"], "sampler": "random"}
    first, second = [await client.post("/v1/what-if", json=body) for _ in range(2)]
    assert first.status_code == 200
    assert first.content == second.content
    assert [part.partition(";")[0] for part in first.headers["server-timing"].split(", ")] == ["check", "run", "write"]


async def test_documents_come_along_if_asked_for(client: httpx.AsyncClient) -> None:
    """Then either side replays."""
    assert "document" not in (await _asked(client))["base"]
    found = await _asked(client, do=["follows"], include=["document"])
    for side in ("base", "alternative"):
        forecast = Forecast.model_validate(found[side])
        assert replay(forecast).digest == forecast.digest


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"scenario": "bridge"}, ["/scenario"]),
        ({"scenario": "minimal", "version": 9}, ["/version"]),
        ({"scenario": "minimal", "version": 10**30}, ["/version"]),
        ({"scenario": {**BRIDGE, "horizon": "2026"}}, ["/scenario/horizon"]),
        ({"priors": {"first": {"family": "beta", "branch": "opens", "a": -1, "b": 1}}}, ["/priors/first/a"]),
        ({"base": {"priors": {"first": {**EVEN, "a": -1}}}}, ["/base/priors/first/a"]),
        ({"base": {"priors": {"frist": EVEN}}}, ["/base/priors/frist"]),
        ({"priors": {"frist": EVEN}}, ["/priors/frist"]),
        ({"assume": ["open"]}, ["/assume"]),
        ({"base": {"assume": ["open"]}}, ["/base/assume"]),
        ({"base": {"do": ["open"]}}, ["/base/do"]),
        ({"base": {"do": "open"}}, ["/base/do"]),
        ({"base": {"evidence": ["rumour"]}}, ["/base/evidence"]),
        ({"base": {"evidence": "some"}}, ["/base/evidence"]),
        ({"as_of": "2027-01-01"}, ["/as_of"]),
        ({"base": {"as_of": "2027-01-01"}}, ["/base/as_of"]),
        ({"dates": ["2030-01-01"]}, ["/dates"]),
        ({"base": {"draws": 4_096}}, ["/base/draws"]),
        ({"base": []}, ["/base"]),
        ({"draws": 0}, ["/draws"]),
        ({"bse": {}}, ["/bse"]),
    ],
)
async def test_faults_point_into_the_request(
    client: httpx.AsyncClient, body: dict[str, Any], pointers: list[str]
) -> None:
    answer = await client.post("/v1/what-if", json={"scenario": BRIDGE, **body})
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


@pytest.mark.parametrize(
    ("body", "side"),
    [
        ({"priors": {"first": IMPOSSIBLE}, "assume": ["opens"]}, "alternative"),
        ({"base": {"priors": {"first": IMPOSSIBLE}, "assume": ["opens"]}}, "base"),
    ],
)
async def test_an_impossible_side_is_named(client: httpx.AsyncClient, body: dict[str, Any], side: str) -> None:
    answer = await client.post("/v1/what-if", json={"scenario": BRIDGE, **body})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/evidence-refused")
    assert answer.json()["detail"].startswith(f"{side}: ")


async def test_both_sides_are_paid_for(client: httpx.AsyncClient, service: Service) -> None:
    """Draws that one preview affords are too dear twice."""
    parts = parts_of(parse_scenario(BRIDGE))
    draws = 1 << ((service.settings.max_work // parts).bit_length() - 1)
    assert draws * parts <= service.settings.max_work < 2 * draws * parts
    answer = await client.post("/v1/what-if", json={"scenario": BRIDGE, "draws": draws})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work")
    assert (answer.json()["price"], answer.json()["limit"]) == (2 * draws * parts, service.settings.max_work)
    assert (await client.post("/v1/preview", json={"scenario": BRIDGE, "draws": draws})).status_code == 200


class TestASideThatTakesMoreDraws:
    """Little weight after the evidence makes a side double its draws, and both are computed anew."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Afford both sides three times, where doubled draws computed anew make four."""
        parts = 2 * parts_of(parse_scenario(BRIDGE))
        return Settings(
            database=settings.database, scenarios=(), keyless=True, threads=1, max_work=3 * LEAST_DRAWS * parts
        )

    async def test_is_stopped_when_it_grows_too_dear(self, client: httpx.AsyncClient, settings: Settings) -> None:
        rare = {"family": "beta", "branch": "opens", "a": 0.2, "b": 60}
        affordable = await client.post("/v1/what-if", json={"scenario": BRIDGE, "priors": {"first": rare}})
        assert affordable.status_code == 200
        answer = await client.post(
            "/v1/what-if", json={"scenario": BRIDGE, "priors": {"first": rare}, "assume": ["opens"]}
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work"), answer.text
        assert answer.json()["price"] == 4 * LEAST_DRAWS * 2 * parts_of(parse_scenario(BRIDGE))
        assert answer.json()["limit"] == settings.max_work

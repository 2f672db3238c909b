"""Parameters of the address: nothing that is asked for is passed over in silence, on any route."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

pytestmark = pytest.mark.anyio

MINIMAL = "/v1/scenarios/minimal"


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Run on one kind of database: no request gets as far as that."""
    return sqlite_address


def _fault(answer: httpx.Response) -> tuple[str, str]:
    """Return the parameter that a refusal names, and its sentence."""
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    (error,) = answer.json()["errors"]
    return error["parameter"], error["detail"]


@pytest.mark.parametrize(
    ("target", "parameter", "said"),
    [
        (
            f"{MINIMAL}?asof=2020-01-01",
            "asof",
            "unknown parameter 'asof': did you mean 'as_of'? This request takes as_of, version",
        ),
        (
            f"{MINIMAL}?verison=99",
            "verison",
            "unknown parameter 'verison': did you mean 'version'? This request takes as_of, version",
        ),
        (f"{MINIMAL}?x=1", "x", "unknown parameter 'x': this request takes as_of, version"),
        (f"{MINIMAL}?As_Of=2020-01-01&version=1", "As_Of", "did you mean 'as_of'? This request takes as_of, version"),
        (f"{MINIMAL}?x", "x", "this request takes as_of, version"),
        (f"{MINIMAL}/diff?form=1", "form", "did you mean 'from'? This request takes from, numbers, to"),
        ("/v1/runs/nope?limit=1", "limit", "unknown parameter 'limit': this request takes none, leave it out"),
        ("/v1/runs/nope/events?from=1", "from", "this request takes none, leave it out"),
    ],
)
async def test_an_unknown_parameter_is_named_with_the_way_out(
    client: httpx.AsyncClient, target: str, parameter: str, said: str
) -> None:
    named, detail = _fault(await client.get(target))
    assert named == parameter
    assert detail.endswith(said)


@pytest.mark.parametrize("again", ["2026-11-26", "2020-01-01", ""])
async def test_a_parameter_stated_twice_is_refused(client: httpx.AsyncClient, again: str) -> None:
    """Also with the same value: which of them counts is nobody's guess."""
    answer = await client.get(f"{MINIMAL}?as_of=2020-01-01&as_of={again}")
    assert _fault(answer) == ("as_of", "the parameter 'as_of' is stated twice: state it once")


async def test_a_name_is_repeated_shortened_and_its_value_is_not(client: httpx.AsyncClient) -> None:
    """What stands in the wrong place may be a secret."""
    answer = await client.get(f"/v1/scenarios?{'k' * 5_000}=hunter2")
    assert _fault(answer)[0] == "k" * 100
    assert len(answer.content) < 1_000
    assert "hunter2" not in answer.text


async def test_what_is_known_and_nothing_at_all_are_answered(client: httpx.AsyncClient) -> None:
    for query in ("", "?", "?&", "?version=1"):
        assert (await client.get(f"{MINIMAL}{query}")).status_code == 200


def _operations(app: FastAPI) -> list[tuple[str, str]]:
    document: dict[str, Any] = app.openapi()
    return [
        (method.upper(), re.sub(r"\{.*?\}", "x", path))
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/v1/")
    ]


async def test_no_route_passes_over_a_parameter(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Each under /v1, those to come included; it is looked at before anything is done."""
    operations = _operations(app)
    assert len(operations) > 30
    for method, path in operations:
        # None sends an empty body: whether that is JSON is looked at as well.
        content = b"{}" if method in ("POST", "PUT") else None
        answer = await client.request(
            method, f"{path}?strange=1", content=content, headers={"Content-Type": "application/json"}
        )
        assert _fault(answer)[0] == "strange", (method, path)


@pytest.mark.parametrize(
    ("target", "parameter", "said"),
    [
        ("/v1/scenarios?limit=0", "limit", "'limit' is '0', but must be at least 1"),
        ("/v1/scenarios?limit=201", "limit", "'limit' is '201', but must be at most 200"),
        ("/v1/scenarios?limit=many", "limit", "'limit' is 'many', but must be a whole number"),
        ("/v1/scenarios?limit=1.5", "limit", "'limit' is '1.5', but must be a whole number"),
        ("/v1/scenarios?limit=", "limit", "'limit' is '', but must be a whole number"),
        (
            f"/v1/scenarios?limit={'9' * 5_000}",
            "limit",
            f"'limit' is '{'9' * 56}..., but must be a whole number of fewer digits",
        ),
        (f"{MINIMAL}/diff?numbers=perhaps", "numbers", "'numbers' is 'perhaps', but must be true or false"),
        (f"{MINIMAL}/history?of=", "of", "'of' is '', but must be text that is not empty"),
        (
            "/v1/forecasts/nope?include=documents",
            "include",
            "'include' is 'documents', but must be 'document': did you mean 'document'?",
        ),
        ("/v1/forecasts/nope/comparison", "with", "the address lacks 'with': state it"),
        (f"/v1/runs/{'r' * 101}", "run_id", f"'run_id' is '{'r' * 56}..., but must be text of at most 100 characters"),
        (
            f"{MINIMAL}/nodes/opening/statements/1st",
            "expert",
            "'expert' is '1st', but must be a name: a letter, then letters, digits, '_' or '-', 64 characters at most",
        ),
    ],
)
async def test_a_value_that_cannot_be_is_told_in_the_words_of_bodies(
    client: httpx.AsyncClient, target: str, parameter: str, said: str
) -> None:
    """Thing, value, way out; none of the validator's own words."""
    assert _fault(await client.get(target)) == (parameter, said)

"""What is asked of which server, as whole requests that are made once and sent many times."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.documents import scenario_document
from benchmarks.service.processes import Served
from benchmarks.service.wire import Answer, connected, request
from benchmarks.trees import load_tree

DRAWS = 4_096
SEEDS = 64
"""Different previews, so that nothing that is remembered of one could answer another."""

BARE, ENGINE = "bare endpoint", "bare endpoint, engine"
PREVIEW, NOT_MODIFIED, FORECAST = "preview", "scenario, 304", "forecast by id"
KEYED = " with a key"
SPREAD = f"{PREVIEW}, a process per core"


@dataclass(frozen=True, slots=True)
class Case:
    """Requests that take turns, the server they go to, and the status that each must get."""

    name: str
    server: Served
    requests: tuple[bytes, ...]
    status: int


async def bare_cases(served: Served) -> tuple[Case, ...]:
    """Return what is asked of the floor."""
    bodies = (json.dumps({"draws": DRAWS, "seed": seed}).encode() for seed in range(SEEDS))
    return (
        Case(BARE, served, (request("GET", "/"),), 200),
        Case(ENGINE, served, tuple(request("POST", "/engine", body) for body in bodies), 200),
    )


async def service_cases(served: Served) -> tuple[Case, ...]:
    """Store the 8-node tree and a forecast of it, and return what is asked of the service."""
    key = {} if served.key is None else {"Authorization": f"Bearer {served.key}"}
    document = await _stored(served, key)
    scenario, forecast = f"/v1/scenarios/{document['scenario']}", "/v1/forecasts"
    order = {name: document[name] for name in ("scenario", "as_of")} | {"draws": DRAWS, "reason": "a benchmark"}
    recorded = await _told(served, "POST", forecast, order, key)
    held = {**key, "If-None-Match": (await _told(served, "GET", scenario, None, key)).headers["etag"]}
    kind = KEYED if key else ""
    return (
        Case(PREVIEW + kind, served, _previews(document, key), 200),
        Case(NOT_MODIFIED + kind, served, (request("GET", scenario, headers=held),), 304),
        Case(FORECAST + kind, served, (request("GET", recorded.headers["location"], headers=key),), 200),
    )


async def spread_cases(served: Served) -> tuple[Case, ...]:
    """Return what is asked of a keyless server with a process per core."""
    return (Case(SPREAD, served, _previews(await _stored(served, {}), {}), 200),)


async def _stored(served: Served, key: Mapping[str, str]) -> dict[str, Any]:
    """Store the 8-node tree and return its document."""
    document = scenario_document(load_tree())
    await _told(served, "POST", "/v1/scenarios", {"document": document, "reason": "a benchmark"}, key)
    return document


def _previews(document: Mapping[str, Any], key: Mapping[str, str]) -> tuple[bytes, ...]:
    bodies = (
        json.dumps({"scenario": document["scenario"], "draws": DRAWS, "seed": seed}).encode() for seed in range(SEEDS)
    )
    return tuple(request("POST", "/v1/preview", body, key) for body in bodies)


_KEYS = count()


async def _told(
    served: Served, method: str, target: str, body: dict[str, Any] | None, headers: Mapping[str, str]
) -> Answer:
    """Send one request and return its answer.

    Raises
    ------
    RuntimeError
        If it is refused.
    """
    connection = await connected(served.url)
    stated = {**headers, "Idempotency-Key": f"benchmark-{next(_KEYS)}"} if body else headers
    answer = await connection.ask(request(method, target, json.dumps(body).encode() if body else b"", stated))
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {target} got {answer.status}: {answer.body[:500].decode()}")
    return answer

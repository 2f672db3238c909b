"""Clients that do not behave: they leave before the answer, read a part of it slowly, or send half of what they say."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.documents import scenario_document
from benchmarks.service.processes import Served
from benchmarks.service.wire import Answer, address, connected, request
from benchmarks.trees import load_tree

LONG_PREVIEW, LONG_FORECAST, LONG_RUN = 400_000, 200_000, 1_000_000_000
"""Draws: a preview that outlasts its client, a forecast with a table of many megabytes, a run of minutes."""

_MOMENT = 0.01
"""Seconds that a client lets pass before it leaves, or between two parts that it reads."""

_PART, _PARTS = 8_192, 5
_AHEAD = 1 << 12
"""Bytes that a client takes from the kernel ahead of its reading: few, so that the server feels how slow it is."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the clients ask about, made before."""

    served: Served
    scenario: str
    forecast: str
    run: str


Client = Callable[[Ground], Coroutine[Any, Any, None]]


async def ground(served: Served) -> Ground:
    """Store the 8-node tree and a forecast of it, and order a run that outlasts them all."""
    document = scenario_document(load_tree())
    await told(served, "/v1/scenarios", {"document": document, "reason": "a benchmark"})
    order = {"scenario": document["scenario"], "as_of": document["as_of"], "reason": "a benchmark"}
    forecast = await told(served, "/v1/forecasts", {**order, "draws": LONG_FORECAST})
    run = await told(served, "/v1/forecasts", {**order, "draws": LONG_RUN})
    return Ground(served, document["scenario"], forecast.headers["location"], run.headers["location"])


async def told(served: Served, target: str, body: Mapping[str, object]) -> Answer:
    """Post a body and return the answer.

    Raises
    ------
    RuntimeError
        If it is refused.
    """
    connection = await connected(served.url)
    answer = await connection.ask(request("POST", target, json.dumps(body).encode()))
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"POST {target} got {answer.status}: {answer.body[:500].decode()}")
    return answer


async def leaves(ground: Ground) -> None:
    """Ask for a preview and close the connection while it is computed."""
    body = json.dumps({"scenario": ground.scenario, "draws": LONG_PREVIEW}).encode()
    await _send_and_leave(ground, request("POST", "/v1/preview", body))


async def sends_half(ground: Ground) -> None:
    """Announce a body, send half of it, and close the connection."""
    whole = request("POST", "/v1/preview", json.dumps({"scenario": ground.scenario}).encode())
    await _send_and_leave(ground, whole[:-10])


async def _send_and_leave(ground: Ground, sent: bytes) -> None:
    _, writer = await _opened(ground)
    writer.write(sent)
    await asyncio.sleep(_MOMENT)
    writer.transport.abort()


async def reads_slowly(ground: Ground) -> None:
    """Ask for a table of draws, read a few parts of it, and close the connection."""
    await _read_some(ground, f"{ground.forecast}/draws")


async def watches(ground: Ground) -> None:
    """Follow a run for a moment, and close the connection."""
    await _read_some(ground, f"{ground.run}/events")


async def _read_some(ground: Ground, target: str) -> None:
    reader, writer = await _opened(ground)
    writer.write(request("GET", target))
    for _ in range(_PARTS):
        try:
            async with asyncio.timeout(_MOMENT):
                await reader.read(_PART)
        except TimeoutError:
            # Nothing came in a moment: this client does not wait for more.
            break
        await asyncio.sleep(_MOMENT)
    writer.transport.abort()


async def _opened(ground: Ground) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*address(ground.served.url), limit=_AHEAD)


CLIENTS: Mapping[str, Client] = {
    "leaves while a preview computes": leaves,
    "sends half a body": sends_half,
    "reads a table slowly, and a part of it": reads_slowly,
    "follows a run for a moment": watches,
}

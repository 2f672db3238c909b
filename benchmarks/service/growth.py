"""What a server holds while unruly clients come and go, and whether it is more in the end."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import cycle, islice

from benchmarks.service.footprint import Footprint, footprint
from benchmarks.service.processes import Served
from benchmarks.service.unruly import CLIENTS, Client, Ground, ground, told
from benchmarks.service.wire import connected, request

TOGETHER = 16
_PATIENCE, _BETWEEN_LOOKS = 60.0, 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """What was held after so many requests, once the server had nothing to do for them; connections are in use."""

    requests: int
    held: Footprint
    connections: int


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was held at each check; the first comes after as many requests as there are between any two."""

    database: str
    checks: tuple[Check, ...]

    @property
    def settled(self) -> Check:
        """The check halfway: by then chance has filled the pools, and what grows afterwards is kept of requests."""
        return self.checks[(len(self.checks) - 1) // 2]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much more the last check may hold than the one halfway.

    Pools of threads and of connections to the database fill as chance has it that all are busy at once, up to a
    size that is fixed; the memory of threads settles with them, within 8 MiB; the run that is followed may be using
    a connection. What leaks would grow with the requests: a file in a hundred of them, or a kibibyte of memory in
    each, exceeds these numbers in 10,000 requests.
    """

    threads: int = 8
    files: int = 24
    sockets: int = 16
    resident: float = 8.0
    connections: int = 1

    def grown(self, found: Leaks) -> dict[str, float]:
        """Return what has grown by more than it may, and by how much."""
        first, last = found.settled, found.checks[-1]
        growth = {
            "threads": last.held.threads - first.held.threads,
            "files": last.held.files - first.held.files,
            "sockets": last.held.sockets - first.held.sockets,
            "resident": last.held.resident - first.held.resident,
            "connections": last.connections - first.connections,
        }
        return {each.name: growth[each.name] for each in fields(self) if growth[each.name] > getattr(self, each.name)}


async def watched(database: str, served: Served, requests: int, checks: int) -> Leaks:
    """Send so many requests of each kind of client in turn, and check so often what the server holds.

    Raises
    ------
    TimeoutError
        If the server does not come to rest after its clients have left.
    """
    on = await ground(served)
    clients, found = cycle(CLIENTS.values()), []
    for number in range(1, checks + 1):
        await _send(on, islice(clients, requests // checks))
        found.append(await _at_rest(served, number * (requests // checks)))
    await told(served, f"{on.run}/cancellation", {})
    return Leaks(database, tuple(found))


async def _send(on: Ground, clients: Iterator[Client]) -> None:
    async def one_after_another() -> None:
        for client in clients:
            await client(on)

    await asyncio.gather(*(one_after_another() for _ in range(TOGETHER)))


async def _at_rest(served: Served, requests: int) -> Check:
    """Wait until no request is in progress and nothing is computed for one, and return what is held then."""
    connection = await connected(served.url)
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                said = gauges((await connection.ask(request("GET", "/metrics"))).body.decode())
                # The request that asks is one itself.
                if said["branchcast_http_requests_in_progress"] <= 1.0 and not said["branchcast_computations"]:
                    return Check(requests, footprint(served.pid), int(said["branchcast_store_connections"]))
                await asyncio.sleep(_BETWEEN_LOOKS)
    finally:
        connection.close()


def gauges(text: str) -> dict[str, float]:
    """Return the metrics of a page by name, those of several labels added up."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            name = series.partition("{")[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found

"""Clients that ask again as soon as they are answered, so many at a time, for so long."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle

from benchmarks.service.cases import Case
from benchmarks.service.figures import Sample
from benchmarks.service.footprint import cpu_seconds
from benchmarks.service.wire import Connection, connected


async def load(case: Case, clients: int, seconds: float) -> Sample:
    """Ask with so many clients for so many seconds; what is under way at the end is waited for and counted.

    Raises
    ------
    RuntimeError
        If an answer has another status than it must have.
    """
    connections = [await connected(case.server.url) for _ in range(clients)]
    requests = cycle(case.requests)
    worked, began = cpu_seconds(case.server.pid), time.perf_counter()
    try:
        taken = await asyncio.gather(*(_ask(each, case, requests, began + seconds) for each in connections))
    finally:
        for each in connections:
            each.close()
    seconds = time.perf_counter() - began
    return Sample(tuple(one for each in taken for one in each), seconds, cpu_seconds(case.server.pid) - worked)


async def _ask(connection: Connection, case: Case, requests: Iterator[bytes], end: float) -> Sequence[float]:
    taken, before = [], time.perf_counter()
    while before < end:
        answer = await connection.ask(next(requests))
        now = time.perf_counter()
        if answer.status != case.status:
            raise RuntimeError(f"{case.name}: got {answer.status}, not {case.status}: {answer.body[:500]!r}")
        taken.append(now - before)
        before = now
    return taken

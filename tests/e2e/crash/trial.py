"""One crash test: clients write, servers die and come back, and then every acknowledged write is looked for."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select

from api.settings import PREFIX
from api.store import runs, tables
from api.store.database import Database, database_url
from tests.api.platforms.fake_metaculus import FakeMetaculus
from tests.api.platforms.fakes import serving
from tests.e2e.crash.beliefs import write_shared
from tests.e2e.crash.checks import Kept, broken, doubled, lost
from tests.e2e.crash.clients import REPLAYED, Acknowledged, Client, Ledger
from tests.e2e.crash.platform import astray, carry_the_rest, environment, platform
from tests.e2e.crash.servers import Server, keep_killing

CLIENTS = 4
LEASE_SECONDS = 2
REPEATED_AT_THE_END = 100
PATIENCE = 600.0
"""Seconds in which the runs that were left must be done."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: how many servers on one database, killed how often in all, and the seed of every chance."""

    database: str
    servers: int
    kills: int
    seed: int


@dataclass(frozen=True, slots=True)
class Report:
    """How it went, in counts; and what should not have happened, in words."""

    counts: Counter[str]
    acknowledged: Counter[str]
    lost: Sequence[str]
    doubled: Sequence[str]
    broken: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, doubled or broken."""
        return not (self.lost or self.doubled or self.broken)

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        counted = [f"{name}: {number:,}" for name, number in sorted(self.counts.items())]
        stored = ", ".join(f"{kind} {number:,}" for kind, number in sorted(self.acknowledged.items()))
        faults = [*self.lost, *self.doubled, *self.broken]
        return [
            *counted,
            f"acknowledged: {stored}",
            f"lost: {len(self.lost)}, doubled: {len(self.doubled)}, broken: {len(self.broken)}",
            *(f"  {fault}" for fault in faults[:20]),
        ]


def crash(trial: Trial, folder: Path) -> Report:
    """Carry out a crash test; ``folder`` is for scenario files and logs.

    Raises
    ------
    AssertionError
        If a server does not come back, or a request is never answered.
    """
    write_shared(folder)
    logs = [folder / f"server-{number}.log" for number in range(trial.servers)]
    site = platform(CLIENTS, trial.seed)
    with serving(site):
        return _crash(trial, folder, logs, site)


def _crash(trial: Trial, folder: Path, logs: Sequence[Path], site: FakeMetaculus) -> Report:
    told = {f"{PREFIX}LEASE_SECONDS": str(LEASE_SECONDS), **environment(site)}
    servers = [Server(trial.database, folder, log, told) for log in logs]
    clients = [Client(number, [each.url for each in servers], trial.seed) for number in range(CLIENTS)]
    database = Database(database_url(trial.database))
    try:
        for server in servers:
            server.start()
        _write_and_kill(trial, servers, clients)
        _wait_for_runs(database)
        repeated = _repeat_some(clients, servers[0].url, trial.seed)
        for server in servers:
            server.end()
        carry_the_rest(trial.database, site)
        return _report(trial, database, [client.ledger for client in clients], repeated, site)
    finally:
        for server in servers:
            server.close()
        database.close()


def _write_and_kill(trial: Trial, servers: Sequence[Server], clients: Sequence[Client]) -> None:
    stopping = threading.Event()
    shares = [len(range(number, trial.kills, trial.servers)) for number in range(trial.servers)]
    with ThreadPoolExecutor(len(servers) + len(clients)) as threads:
        killing = [
            threads.submit(keep_killing, server, share, random.Random(f"{trial.seed}/server/{number}"))
            for number, (server, share) in enumerate(zip(servers, shares, strict=True))
        ]
        writing = [threads.submit(client.write_until, stopping) for client in clients]
        wait(killing)
        stopping.set()
        if any(each.exception() for each in killing):
            for client in clients:
                client.give_up()
        for each in (*killing, *writing):
            each.result()


def _wait_for_runs(database: Database) -> None:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    unfinished = select(func.count()).where(tables.run.c.status.in_(runs.UNFINISHED))
    while True:
        with database.reading() as connection:
            left = connection.execute(unfinished).scalar_one()
        if not left:
            return
        assert time.monotonic() < deadline, f"{left} runs were not done within {PATIENCE:g} s"
        pause.wait(0.1)


def _repeat_some(clients: Sequence[Client], url: str, seed: int) -> list[str]:
    """Send some requests once more, as a client that never saw the answer would; return what came otherwise."""
    everything = [each for client in clients for each in client.ledger.acknowledged]
    chosen = random.Random(seed).sample(everything, min(REPEATED_AT_THE_END, len(everything)))
    with httpx.Client(base_url=url, timeout=60.0) as http:
        return [each.request.key for each in chosen if not _is_answered_alike(http, each)]


def _is_answered_alike(http: httpx.Client, each: Acknowledged) -> bool:
    request = each.request
    headers = {**request.headers, "Idempotency-Key": request.key}
    answer = http.request(request.method, request.path, headers=headers, json=request.body)
    if each.status == 202 and request.kind == "forecast":  # its run has come to a forecast since
        return answer.status_code == 201
    return answer.content == each.body and answer.headers.get(REPLAYED) == "true"


def _report(
    trial: Trial, database: Database, ledgers: Sequence[Ledger], repeated: Sequence[str], site: FakeMetaculus
) -> Report:
    acknowledged = [each for ledger in ledgers for each in ledger.acknowledged]
    requests = [each.request for each in acknowledged] + [each for ledger in ledgers for each in ledger.stale]
    counts = sum((ledger.counts for ledger in ledgers), Counter[str]())
    counts += Counter({"kills": trial.kills, "answers 412": sum(len(ledger.stale) for ledger in ledgers)})
    with database.reading() as connection:
        kept = Kept(connection)
        counts["runs begun more than once"] = connection.execute(
            select(func.count()).where(tables.run.c.attempt > 1)
        ).scalar_one()
        counts += Counter(
            f"submissions {status}" for status in connection.execute(select(tables.submission.c.status)).scalars()
        )
        counts["requests to the platform"] = len(site.asked)
        return Report(
            counts=counts,
            acknowledged=Counter(each.request.kind for each in acknowledged),
            lost=lost(connection, kept, acknowledged),
            doubled=doubled(kept, requests),
            broken=[
                *(f"answered otherwise when it was repeated: {key}" for key in repeated),
                *(fault for ledger in ledgers for fault in ledger.faults),
                *broken(connection, kept, ledgers),
                *astray(connection, site),
            ],
        )

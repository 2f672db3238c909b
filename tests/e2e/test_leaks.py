"""Clients that leave, read slowly or send half a body leave nothing behind: what a server holds comes to rest."""

import asyncio
from pathlib import Path

from benchmarks.service.growth import Tolerance, watched
from benchmarks.service.leaks import MOST_WORK
from benchmarks.service.processes import branchcast

REQUESTS, CHECKS = 240, 3

# So few requests show whether a thread, a file or a connection stays of each; whether memory settles takes more.
FEW = Tolerance(threads=16, files=40, sockets=32, resident=64.0)


def test_unruly_clients_leave_nothing_behind(database_address: str, tmp_path: Path) -> None:
    """A file or socket kept of every second client would exceed what pools may still grow by."""
    with branchcast(database_address, tmp_path, max_run_work=MOST_WORK) as served:
        found = asyncio.run(watched("here", served, REQUESTS, CHECKS))
    assert FEW.grown(found) == {}, found
    assert "Traceback" not in (tmp_path / "branchcast.log").read_text(encoding="utf-8")

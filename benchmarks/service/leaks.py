"""``python -m benchmarks.service.leaks``: what a server still holds of clients that left, read slowly or said half.

Prints counts, writes the page, and ends with 1 if anything has grown.
"""

import argparse
import asyncio
import datetime
import sys
from pathlib import Path

import uvloop

from benchmarks.machine import this_machine
from benchmarks.service.databases import KINDS, new_database
from benchmarks.service.growth import Leaks, Tolerance, watched
from benchmarks.service.pages import leaks_page
from benchmarks.service.plan import PACKAGES
from benchmarks.service.processes import branchcast

PAGE = Path(__file__).resolve().parents[1] / "service-leaks.md"
REQUESTS, CHECKS = 20_000, 10
MOST_WORK = 10**12
"""Price that the server allows a run: enough for one that outlasts all clients."""


def measured(kind: str, requests: int) -> Leaks:
    """Send so many requests of unruly clients to a new server on a new database."""
    with (
        new_database(kind) as (database, folder),
        branchcast(database, folder, max_run_work=MOST_WORK) as served,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(watched(kind, served, requests, CHECKS))


def main() -> int:
    """Read the command line, measure, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.leaks", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"requests in all  [default: {REQUESTS:,}]")
    parser.add_argument("--database", choices=KINDS, help="kind of database; both if left out")
    parser.add_argument("--output", type=Path, help=f"page to write; {PAGE.name} if all requests are sent")
    asked = parser.parse_args()
    machine, taken = this_machine(PACKAGES), datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    kinds = KINDS if asked.database is None else (asked.database,)
    found = [measured(kind, asked.requests) for kind in kinds]
    page = leaks_page(found, Tolerance(), machine, taken)
    print(page)
    whole = asked.requests == REQUESTS and kinds == KINDS
    if (output := asked.output or (PAGE if whole else None)) is not None:
        output.write_text(page, encoding="utf-8")
    return 1 if any(Tolerance().grown(each) for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())

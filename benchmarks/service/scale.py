"""``python -m benchmarks.service.scale``: how long reads take of a store that has been filled for years."""

import argparse
import asyncio
import datetime
from pathlib import Path

import uvloop

from benchmarks.machine import this_machine
from benchmarks.service.databases import KINDS, new_database
from benchmarks.service.pages import scale_page
from benchmarks.service.plan import PACKAGES
from benchmarks.service.scaling import Scaled, scaled

PAGE = Path(__file__).resolve().parents[1] / "service-scale.md"
VERSIONS, FORECASTS = 1_000, 100_000
SECONDS = 6.0


def measured(kind: str, versions: int, forecasts: int, seconds: float) -> Scaled:
    """Measure on a new database."""
    with new_database(kind) as (address, folder), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(scaled(kind, address, folder, versions, forecasts, seconds))


def main() -> None:
    """Read the command line, measure, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small store: shows that all of it works")
    parser.add_argument("--output", type=Path, help=f"page to write (default: {PAGE.name}; quick: none)")
    asked = parser.parse_args()
    machine, taken = this_machine(PACKAGES), datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    versions, forecasts, seconds = (10, 500, 0.3) if asked.quick else (VERSIONS, FORECASTS, SECONDS)
    page = scale_page([measured(kind, versions, forecasts, seconds) for kind in KINDS], machine, taken)
    output = asked.output or (None if asked.quick else PAGE)
    if output is None:
        print(page)
    else:
        output.write_text(page, encoding="utf-8")
        print(f"wrote {output}")


if __name__ == "__main__":
    main()

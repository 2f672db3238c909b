"""The measurement of load from plan to page: servers side by side, every case in turn, then written down."""

import argparse
import asyncio
import datetime
import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.floor import draw_gammas
from benchmarks.machine import this_machine
from benchmarks.service.cases import Case, bare_cases, service_cases, spread_cases
from benchmarks.service.figures import Load, Memory, Results, Sample
from benchmarks.service.footprint import footprint
from benchmarks.service.load import load
from benchmarks.service.pages import load_page
from benchmarks.service.plan import FULL, PACKAGES, QUICK, Plan
from benchmarks.service.processes import Served, bare, branchcast
from benchmarks.trees import load_tree

PAGE = Path(__file__).resolve().parents[1] / "service.md"

Say = Callable[[str], object]


def measure(plan: Plan, taken: str, say: Say) -> Results:
    """Measure everything in the plan, on servers that run at the same time."""
    machine = this_machine(PACKAGES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="branchcast-benchmark-")))
        servers = {
            "bare": stack.enter_context(bare(folder)),
            "keyless": stack.enter_context(branchcast(str(folder / "keyless.db"), folder)),
            "with keys": stack.enter_context(branchcast(str(folder / "keyed.db"), folder, keyless=False)),
            "a process per core": stack.enter_context(
                branchcast(str(folder / "spread.db"), folder, processes=machine.cores)
            ),
        }
        before = {name: footprint(served.pid) for name, served in servers.items()}
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            loads, floor = runner.run(_loads(plan, servers, say))
        memories = tuple(Memory(name, before[name], footprint(served.pid)) for name, served in servers.items())
    return Results(taken, plan.quick, machine, os.getloadavg()[0], floor, loads, memories)


async def _loads(plan: Plan, servers: dict[str, Served], say: Say) -> tuple[tuple[Load, ...], float]:
    """Return the loads, and the median of what the floor took before each number of clients and at the end."""
    cases = [
        *await bare_cases(servers["bare"]),
        *await service_cases(servers["keyless"]),
        *await service_cases(servers["with keys"]),
        *await spread_cases(servers["a process per core"]),
    ]
    found: list[Load] = []
    floors = [_floor()]
    for clients in plan.clients:
        say(f"{clients} clients")
        found += await _in_turns(plan, cases, clients)
        floors.append(_floor())
    return tuple(found), statistics.median(floors)


def _floor() -> float:
    """Seconds that numpy takes for the random variates alone of 10⁶ draws of the tree that is previewed."""
    before = time.perf_counter()
    draw_gammas(load_tree(), 1_000_000, seed=1)
    return time.perf_counter() - before


async def _in_turns(plan: Plan, cases: Sequence[Case], clients: int) -> list[Load]:
    """Measure A B C A B C …, so that a disturbance of the machine meets all."""
    rounds: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for case in cases:
        await load(case, clients, plan.warm_up)
    for _ in range(plan.rounds):
        for case in cases:
            rounds[case.name].append(await load(case, clients, plan.seconds))
    return [Load(name, clients, tuple(samples)) for name, samples in rounds.items()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds: shows that all of it works")
    parser.add_argument("--date", help="date to write on the page (default: today)")
    parser.add_argument("--output", type=Path, help=f"page to write (default: {PAGE.name}; quick: none)")
    chosen = parser.parse_args(arguments)
    taken = chosen.date or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    page = load_page(measure(QUICK if chosen.quick else FULL, taken, say=partial(print, flush=True)))
    output = chosen.output or (None if chosen.quick else PAGE)
    if output is None:
        print(page)
    else:
        output.write_text(page, encoding="utf-8")
        print(f"wrote {output}")

"""The whole measurement from plan to page: measure everything in one run, then write it down."""

import argparse
import datetime
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.contenders import (
    ENGINE,
    ENGINE_MODULE,
    PEER_MODULES,
    Contender,
    all_contenders,
    contenders_of,
)
from benchmarks.figures import Accuracy, Memory, Results
from benchmarks.machine import this_machine
from benchmarks.measures.accuracy import convergence, equal_error, equal_time
from benchmarks.measures.growth import growth
from benchmarks.measures.memory import peak_memory
from benchmarks.measures.speed import speed
from benchmarks.plan import EIGHT, FULL, QUICK, Plan
from benchmarks.report import render
from benchmarks.trees import load_tree, tree_named

PAGE = Path(__file__).with_name("results.md")

# Beside the engine, these take part where all would take hours: on large trees, and in the growth of time.
ON_LARGE_TREES = (ENGINE, "squigglepy, arrays")
IN_GROWTH = (ENGINE, "numpy, beliefs")

Say = Callable[[str], object]


def measure(plan: Plan, contenders: Sequence[Contender], taken: str, say: Say) -> Results:
    """Measure everything in the plan."""
    machine = this_machine()
    say("peak memory")
    memory = tuple(_memory(plan, with_engine=bool(_named(contenders, (ENGINE,)))))
    tables = []
    for name, draws, rounds in plan.speed:
        say(f"speed on {name}")
        chosen = contenders if name == EIGHT else _named(contenders, ON_LARGE_TREES)
        tables.append(speed(tree_named(name), draws, rounds, chosen, plan.held_values))
    eight = load_tree()
    say("error in equal time")
    in_time = equal_time(eight, plan.equal_time, plan.accuracy_seeds, contenders)
    say("error by number of draws")
    converged: tuple[Accuracy, ...] = ()
    for one in _named(contenders, (ENGINE,)):
        converged = convergence(eight, plan.convergence, plan.accuracy_seeds, one)
    say("growth")
    return Results(
        taken=taken,
        quick=plan.quick,
        machine=machine,
        speed=tuple(tables),
        memory=memory,
        equal_time=in_time,
        convergence=converged,
        equal_error=equal_error(converged, in_time),
        growth=growth(eight, plan, _named(contenders, IN_GROWTH)),
    )


def _named(contenders: Sequence[Contender], names: Sequence[str]) -> list[Contender]:
    return [one for one in contenders if one.name in names]


def _memory(plan: Plan, *, with_engine: bool) -> Iterator[Memory]:
    if with_engine:
        for tree, draws in plan.engine_memory:
            yield peak_memory(ENGINE_MODULE, ENGINE, tree, draws)
    for draws in plan.peers_memory:
        for module in PEER_MODULES:
            for one in contenders_of(module):
                if one.most_draws is None or draws <= one.most_draws:
                    yield peak_memory(module, one.name, EIGHT, draws)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, a minute: shows that all of it works")
    parser.add_argument("--peers-only", action="store_true", help="leave the engine out")
    parser.add_argument("--date", default=None, help="date to write on the page (default: today)")
    parser.add_argument("--output", type=Path, default=None, help=f"page to write (default: {PAGE.name}; quick: none)")
    chosen = parser.parse_args(arguments)
    taken = chosen.date or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    contenders = list(all_contenders(with_engine=not chosen.peers_only).values())
    results = measure(QUICK if chosen.quick else FULL, contenders, taken, say=partial(print, flush=True))
    page = render(results, contenders)
    output = chosen.output or (None if chosen.quick else PAGE)
    if output is None:
        print(page)
    else:
        output.write_text(page, encoding="utf-8")
        print(f"wrote {output}")

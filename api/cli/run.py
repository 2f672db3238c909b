"""``branchcast run``: a scenario in, a forecast out, as a table and as JSON."""

import os
from datetime import date
from itertools import chain
from typing import get_args

import click

from api.cli.consoles import notices, output
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import (
    STANDARD,
    UnreadableError,
    called,
    located,
    read_text,
    require_other,
    require_writable,
    write_text,
)
from api.cli.progress import LateProgress
from api.cli.render import render
from api.cli.values import branch, count, day, days, evidence, one, several
from forecast.documents import read_scenario
from forecast.errors import ScenarioError
from forecast.numerics.nets import SamplerName
from forecast.run import run
from forecast.scenario import Scenario
from forecast.settings import DEFAULT_DRAWS, MAX_DRAWS, MAX_SEED, MAX_THREADS, EvidenceChoice, RunSettings

MOST_THREADS_UNASKED = 8
"""Each thread holds a batch of draws in memory, so a large machine is not filled without being asked."""

THREADS_HELP = "Threads; they change the time a run takes and not its result.  [default: one per processor, up to 8]"

HELP = """Compute a forecast from a scenario and show it.

FILE is a scenario file, the id of a scenario that comes with branchcast (such as trump-kim-2025), or - for standard
input. The same file, settings and seed give the same numbers, whatever the number of threads.

What to publish is the mean. The interval beside it is what the analysts do not know; the error of the simulation is
shown apart and shrinks with more draws.

\b
Examples:
  branchcast run my-scenario.yaml
  branchcast run trump-kim-2025 --as-of 2026-08-20   what time has changed
  branchcast run my.yaml --horizon-dates 2026-06-30,2026-12-31
  branchcast run my.yaml --assume talks=deal         as if observed
  branchcast run my.yaml --do talks=deal             as if brought about
  branchcast run my.yaml --evidence none             the priors alone
  branchcast run my.yaml --evidence tip-off,denial   these entries only
  branchcast run my.yaml --draws 4M --json forecast.json
  branchcast run my.yaml --json - | jq .headline.deal.mean
"""


def threads_unasked() -> int:
    """Return one thread for each processor this process may use, within bounds."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(own, MOST_THREADS_UNASKED)


@click.command(
    "run", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.INTERRUPTED, Exit.NOBODY_READS)
)
@click.argument("file", metavar="FILE")
@click.option(
    "--as-of", callback=one(day), metavar="DAY", help="Day the forecast speaks from.  [default: the scenario's]"
)
@click.option(
    "--horizon-dates",
    callback=several(days),
    multiple=True,
    metavar="DAY,DAY,...",
    help="Report dates at these days too, besides the checkpoints.",
)
@click.option(
    "--draws",
    callback=one(count(1, MAX_DRAWS)),
    metavar="COUNT",
    help=f"Sampled sets of beliefs; 1e6, 1_000_000 and 1M are the same.  [default: {DEFAULT_DRAWS:,}]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    metavar="N",
    help="Start of the random numbers.  [default: by scenario id]",
)
@click.option("--threads", type=click.IntRange(1, MAX_THREADS), metavar="N", help=THREADS_HELP)
@click.option(
    "--sampler",
    type=click.Choice(get_args(SamplerName)),
    default="sobol",
    show_default=True,
    help="Randomised Sobol' points, or plain random ones for comparison.",
)
@click.option(
    "--assume",
    callback=several(branch),
    multiple=True,
    metavar="NODE=BRANCH",
    help="Condition on a branch: it was taken.  May be repeated.",
)
@click.option(
    "--do",
    callback=several(branch),
    multiple=True,
    metavar="NODE=BRANCH",
    help="Intervene: make a branch be taken.  May be repeated.",
)
@click.option(
    "--evidence",
    callback=one(evidence),
    default="accepted",
    show_default=True,
    metavar="accepted|all|none|ID,ID,...",
    help="Which entries dated up to --as-of act: accepted ones, also proposed ones, none, or these.",
)
@click.option(
    "--json", "json_path", metavar="OUT", help="Write the forecast to OUT; - is standard output, without table."
)
@click.option("--all", "everything", is_flag=True, help="Show long lists whole.")
@click.option("--quiet", "-q", is_flag=True, help="Show neither table nor progress.")
def command(
    file: str,
    as_of: date | None,
    horizon_dates: tuple[tuple[date, ...], ...],
    draws: int | None,
    seed: int | None,
    threads: int | None,
    sampler: SamplerName,
    assume: tuple[str, ...],
    do: tuple[str, ...],
    evidence: EvidenceChoice,
    json_path: str | None,
    everything: bool,
    quiet: bool,
) -> None:
    """Run the scenario of a file."""
    if json_path is not None:
        require_writable(json_path)
        require_other(json_path, file)
    scenario = _scenario(file)
    settings = RunSettings(
        draws=DEFAULT_DRAWS if draws is None else draws,
        seed=seed,
        sampler=sampler,
        as_of=as_of,
        dates=tuple(chain.from_iterable(horizon_dates)),
        assume=assume,
        do=do,
        evidence=evidence,
        threads=threads_unasked() if threads is None else threads,
    )
    for_machines = quiet or json_path == STANDARD
    with LateProgress(notices(), enabled=not for_machines) as progress:
        forecast = run(scenario, settings, progress=progress.update)
    if json_path is not None:
        write_text(json_path, forecast.to_json(indent=2) + "\n")
    if not for_machines:
        console = output()
        render(forecast, console, everything=everything)
        if json_path is not None:
            console.print(f"Written to {called(json_path)}; `branchcast replay` makes it again.", soft_wrap=True)


def _scenario(source: str) -> Scenario:
    """Read the scenario, or refuse with all its faults."""
    try:
        return read_scenario(read_text(source), name=called(source))
    except UnreadableError as error:
        raise Refusal(located(source, error.fault), Exit.FAULT) from error
    except ScenarioError as error:
        faults = [located(source, fault) for fault in error.faults]
        raise Refusal("the scenario cannot be run\n" + "\n".join(faults), Exit.FAULT) from error

"""``branchcast run``: a scenario in, a forecast out, as a table and as JSON."""

from typing import Unpack

import click

from api.cli.consoles import notices, output
from api.cli.exits import Exit, epilog
from api.cli.files import STANDARD, called, require_other, require_writable, write_text
from api.cli.progress import LateProgress
from api.cli.render import render
from api.cli.run_options import RunOptions, run_options, settings_of
from api.cli.scenario_sources import read_source
from api.processors import usable_processors
from forecast.run import run
from forecast.settings import DEFAULT_DRAWS, MAX_THREADS, RunSettings

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
    return min(usable_processors(), MOST_THREADS_UNASKED)


@click.command(
    "run", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.INTERRUPTED, Exit.NOBODY_READS)
)
@click.argument("file", metavar="FILE")
@run_options(DEFAULT_DRAWS)
@click.option("--threads", type=click.IntRange(1, MAX_THREADS), metavar="N", help=THREADS_HELP)
@click.option(
    "--json", "json_path", metavar="OUT", help="Write the forecast to OUT; - is standard output, without table."
)
@click.option("--all", "everything", is_flag=True, help="Show long lists whole.")
@click.option("--quiet", "-q", is_flag=True, help="Show neither table nor progress.")
def command(
    file: str,
    threads: int | None,
    json_path: str | None,
    everything: bool,
    quiet: bool,
    **options: Unpack[RunOptions],
) -> None:
    """Run the scenario of a file."""
    if json_path is not None:
        require_writable(json_path)
        require_other(json_path, file)
    scenario, _ = read_source(file, "run")
    settings = RunSettings(
        **settings_of(options, DEFAULT_DRAWS), threads=threads_unasked() if threads is None else threads
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

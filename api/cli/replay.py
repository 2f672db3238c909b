"""``branchcast replay``: a stored forecast made again, and compared."""

import click

from api.cli.consoles import notices, output
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import called
from api.cli.progress import LateProgress
from api.cli.run import THREADS_HELP, threads_unasked
from api.cli.stored import read_forecast
from api.wording.figures import number
from forecast.comparison import figures
from forecast.errors import ForecastFileError, ScenarioError
from forecast.result import Forecast, Versions
from forecast.run import replay
from forecast.settings import MAX_THREADS

LAST_BITS = 1e-12
"""What is promised across processors: their exp, log and power may differ in the last bits."""

HELP = """Make a stored forecast again and compare.

FORECAST.json is what `branchcast run --json` wrote (- for standard input); it carries its scenario and settings. The
digests are equal if every number is, to the last bit, whatever the number of threads. If they are not, the versions
that differ are named, and the largest difference between means.

\b
Examples:
  branchcast replay forecast.json
  branchcast replay forecast.json --threads 1
"""


@click.command(
    "replay",
    help=HELP,
    epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.DIFFERS, Exit.INTERRUPTED, Exit.NOBODY_READS),
)
@click.argument("file", metavar="FORECAST.json")
@click.option("--threads", type=click.IntRange(1, MAX_THREADS), metavar="N", help=THREADS_HELP)
@click.pass_context
def command(ctx: click.Context, file: str, threads: int | None) -> None:
    """Replay a file and end with 4 if the result differs."""
    stored = read_forecast(file)
    with LateProgress(notices(), enabled=True) as progress:
        again = _again(file, stored, threads or threads_unasked(), progress)
    console = output()
    lines = [f"stored    {stored.digest}", f"replayed  {again.digest}"]
    if again.digest == stored.digest:
        lines.append("The same, to the last bit.")
    else:
        lines += _what_differs(stored, again)
    for line in lines:
        console.print(line, soft_wrap=True)
    ctx.exit(Exit.OK if again.digest == stored.digest else Exit.DIFFERS)


def _again(source: str, stored: Forecast, threads: int, progress: LateProgress) -> Forecast:
    try:
        return replay(stored, threads=threads, progress=progress.update)
    except ScenarioError as error:
        raise Refusal(f"{called(source)}: this version cannot read the scenario in it: {error}", Exit.FAULT) from error
    except ForecastFileError as error:
        raise Refusal(f"{called(source)}: {error}", Exit.FAULT) from error


def _what_differs(stored: Forecast, again: Forecast) -> list[str]:
    place, gap = largest_difference(stored, again)
    lines = ["NOT the same.", *_versions(stored.versions, again.versions)]
    if gap is None:
        return [*lines, f"They do not hold the same numbers: '{place}' is in one only."]
    if gap == 0.0:
        return [*lines, "All means are the same: intervals, errors or settings differ."]
    lines.append(f"Largest difference between means: {number(gap, digits=2)}, at {place}.")
    if gap <= LAST_BITS:
        lines.append("That is the last bits, which may differ between kinds of processor.")
    return lines


def _versions(stored: Versions, running: Versions) -> list[str]:
    then, now = stored.model_dump(), running.model_dump()
    lines = [f"{name}: {then[name]} then, {now[name]} now" for name in then if then[name] != now[name]]
    return lines or ["The versions are the same."]


def largest_difference(one: Forecast, other: Forecast) -> tuple[str, float | None]:
    """Return where two forecasts' means differ most, and by how much; quantities count relative to their spread.

    None stands for the difference if one of them lacks the number.
    """
    first, second = figures(one), figures(other)
    lacking = sorted(first.keys() ^ second.keys())
    if lacking:
        return lacking[0], None
    gaps = {place: abs(first[place].mean - second[place].mean) / first[place].spread for place in first}
    place = max(gaps, key=lambda each: gaps[each])
    return place, gaps[place]

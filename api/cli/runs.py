"""``branchcast runs``: forecasts that take their time, followed and cancelled."""

import click
from rich.console import Console

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import notices, output
from api.cli.groups import Subcommands
from api.cli.listing import as_lines, listed, moment
from api.cli.progress import LateProgress
from api.cli.render_grid import Column, Row, paragraph
from api.cli.server_options import ALL, JSON
from api.client.runs import require_done
from api.messages.forecasts import RunPage
from api.wording.text import one_line

HELP = """Follow or cancel runs: forecasts that a server has been asked for and that take their time.

\b
Examples:
  branchcast runs list
  branchcast runs follow RUN
  branchcast runs cancel RUN
"""

LIST_HELP = """List runs, newest first, whatever became of them.

\b
Examples:
  branchcast runs list
  branchcast runs list talks
"""

SHOW_HELP = """Show how far a run is, and what it came to.

\b
Examples:
  branchcast runs show RUN
"""

FOLLOW_HELP = """Show the progress of a run until it ends, and the forecast that it came to.

Ctrl-C ends the following and not the run.

\b
Examples:
  branchcast runs follow RUN
  branchcast runs follow RUN --json | jq --unbuffered .done
"""

CANCEL_HELP = """Cancel a run that waits, or ask the process that works on it to stop.

\b
Examples:
  branchcast runs cancel RUN
"""


@click.group("runs", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on runs."""


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="[SCENARIO]", required=False)
@ALL
@JSON
@asks_server
def list_runs(scenario: str | None, everything: bool, as_json: bool) -> None:
    """List runs."""
    with server() as client:
        found = client.runs.list(scenario=scenario)
        if as_json:
            as_lines(found)
            return
        columns = [Column("run"), Column("ordered (UTC)"), Column("status"), Column("scenario", spare=True)]
        listed(found, columns, _row, everything=everything, nothing="No run has been ordered.")


def _row(run: RunPage) -> Row:
    cells = [run.id, moment(run.created_at), _status(run), run.scenario]
    return Row(cells, note=f"{one_line(run.author)}: {one_line(run.reason)}")


def _status(run: RunPage) -> str:
    return f"running, {run.done / run.draws:.0%}" if run.status == "running" else run.status


@command.command("show", help=SHOW_HELP, epilog=EPILOG)
@click.argument("run", metavar="RUN")
@JSON
@asks_server
def show_run(run: str, as_json: bool) -> None:
    """Show a run."""
    with server() as client:
        found = client.runs.get(run)
    if as_json:
        as_lines([found])
    else:
        _show(output(), found)


def _show(console: Console, run: RunPage) -> None:
    paragraph(console, f"Run {run.id} of {run.scenario}, version {run.version}: {_status(run)}", style="bold")
    paragraph(console, f"Ordered {moment(run.created_at)} UTC, by {one_line(run.author)}: {one_line(run.reason)}")
    paragraph(console, f"{run.done:,} of {run.draws:,} draws are done.")
    if run.forecast is not None:
        paragraph(console, f"`branchcast forecasts show {run.forecast.rpartition('/')[2]}` shows the forecast.")
    if run.problem is not None:
        paragraph(console, one_line(run.problem.detail), style="bold red")


@command.command("follow", help=FOLLOW_HELP, epilog=EPILOG)
@click.argument("run", metavar="RUN")
@JSON
@asks_server
def follow_run(run: str, as_json: bool) -> None:
    """Follow a run to its end."""
    with server() as client:
        if as_json:
            as_lines(client.runs.follow(run))
            return
        with LateProgress(notices(), enabled=True) as progress:
            for now in client.runs.follow(run):
                progress.update(now.done, now.draws)
        _show(output(), require_done(now))


@command.command("cancel", help=CANCEL_HELP, epilog=EPILOG)
@click.argument("run", metavar="RUN")
@JSON
@asks_server
def cancel_run(run: str, as_json: bool) -> None:
    """Cancel a run."""
    with server() as client:
        found = client.runs.cancel(run)
    if as_json:
        as_lines([found])
    else:
        _show(output(), found)

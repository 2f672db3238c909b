"""``branchcast forecasts``: made, recorded, listed, shown, compared, and taken away as files."""

from typing import Unpack

import click

from api.cli import forecast_files
from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import notices, output
from api.cli.exits import Exit, Refusal
from api.cli.groups import Subcommands
from api.cli.listing import as_lines, listed, moment
from api.cli.progress import LateProgress
from api.cli.render import render
from api.cli.render_explained import explained, require_place
from api.cli.render_grid import Column, Row, paragraph
from api.cli.render_moves import comparison
from api.cli.run_options import RunOptions, run_options, settings_of
from api.cli.server_options import ALL, AS_OF, AUTHOR, JSON, VERSION
from api.client import RecordedForecast
from api.messages.forecasts import ForecastGlance
from api.routes.forecasts import DRAWS
from api.wording.text import one_line
from forecast.comparison import compare

HELP = """Make forecasts that are recorded, with everything needed to make them again; list, show and compare them.

\b
Examples:
  branchcast forecasts make talks
  branchcast forecasts list talks
  branchcast forecasts report FORECAST report.html
"""

MAKE_HELP = """Make a forecast of a stored scenario with the evidence in force, record it, and show it.

One that takes its time becomes a run: its progress is shown, and Ctrl-C leaves it to the server.

\b
Examples:
  branchcast forecasts make talks
  branchcast forecasts make talks --as-of 2026-08-20 --reason "Monthly review"
  branchcast forecasts make talks --draws 4M --order   leave it to the server
"""

LIST_HELP = """List recorded forecasts, newest first.

\b
Examples:
  branchcast forecasts list
  branchcast forecasts list talks --as-of 2026-08-20   recorded by then
"""

SHOW_HELP = """Show a recorded forecast, as `branchcast run` shows one.

\b
Examples:
  branchcast forecasts show FORECAST
"""

LATEST_HELP = """Show the newest forecast of a scenario, or the one that stood at a moment.

\b
Examples:
  branchcast forecasts latest talks
  branchcast forecasts latest talks --as-of 2026-08-20
"""

COMPARE_HELP = """Say what moved between two recorded forecasts, as `branchcast compare` does.

\b
Examples:
  branchcast forecasts compare BEFORE AFTER
"""

EXPLAIN_HELP = """Say why a forecast moved, cause by cause, as `branchcast explain` does.

\b
Examples:
  branchcast forecasts explain BEFORE AFTER
  branchcast forecasts explain BEFORE AFTER questions.deal-this-year
"""


@click.group("forecasts", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on forecasts."""


@command.command("make", help=MAKE_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@VERSION
@run_options(DRAWS, speaks_from="today")
@click.option("--reason", metavar="TEXT", help="Why it is made, for whoever asks in a year.")
@AUTHOR
@click.option("--order", is_flag=True, help="Only order it: print its run and leave.")
@ALL
@JSON
@asks_server
def make_forecast(
    scenario: str,
    version: int | None,
    reason: str | None,
    author: str | None,
    order: bool,
    everything: bool,
    as_json: bool,
    **options: Unpack[RunOptions],
) -> None:
    """Make a forecast."""
    settings = settings_of(options, DRAWS)
    with server() as client:
        if order:
            run = client.forecasts.order(scenario, version=version, reason=reason, author=author, **settings)
            if as_json:
                as_lines([run])
            else:
                paragraph(output(), f"Ordered as run {run.id}: `branchcast runs follow {run.id}` tells how far it is.")
            return
        with LateProgress(notices(), enabled=not as_json) as progress:
            made = client.forecasts.create(
                scenario, version=version, reason=reason, author=author, progress=progress.update, **settings
            )
    _show(made, everything, as_json)


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="[SCENARIO]", required=False)
@AS_OF
@ALL
@JSON
@asks_server
def list_forecasts(scenario: str | None, as_of: str | None, everything: bool, as_json: bool) -> None:
    """List forecasts."""
    with server() as client:
        found = client.forecasts.list(scenario=scenario, as_of=as_of)
        if as_json:
            as_lines(found)
            return
        columns = [
            Column("forecast"),
            Column("recorded (UTC)"),
            Column("as of"),
            Column("scenario", spare=True),
            Column("version", right=True, spare=True),
        ]
        listed(found, columns, _row, everything=everything, nothing="No forecast is recorded.")


def _row(glance: ForecastGlance) -> Row:
    cells = [glance.id, moment(glance.recorded_at), str(glance.as_of), glance.scenario, str(glance.version)]
    return Row(cells, note=f"{one_line(glance.author)}: {one_line(glance.reason)}")


@command.command("show", help=SHOW_HELP, epilog=EPILOG)
@click.argument("forecast", metavar="FORECAST")
@ALL
@JSON
@asks_server
def show_forecast(forecast: str, everything: bool, as_json: bool) -> None:
    """Show a forecast."""
    with server() as client:
        found = client.forecasts.get(forecast)
    _show(found, everything, as_json)


@command.command("latest", help=LATEST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@AS_OF
@ALL
@JSON
@asks_server
def show_latest(scenario: str, as_of: str | None, everything: bool, as_json: bool) -> None:
    """Show the newest forecast."""
    with server() as client:
        found = client.forecasts.latest(scenario, as_of=as_of)
    _show(found, everything, as_json)


def _show(found: RecordedForecast, everything: bool, as_json: bool) -> None:
    if as_json:
        as_lines([found])
        return
    console = output()
    render(found.forecast, console, everything=everything)
    console.print()
    recorded = f"Forecast {found.id}, recorded {moment(found.recorded_at)} UTC from version {found.version}"
    paragraph(console, f"{recorded}, by {one_line(found.author)}: {one_line(found.reason)}", style="dim")


@command.command("compare", help=COMPARE_HELP, epilog=EPILOG)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@ALL
@JSON
@asks_server
def compare_forecasts(before: str, after: str, everything: bool, as_json: bool) -> None:
    """Compare two forecasts."""
    with server() as client:
        if as_json:
            as_lines([client.forecasts.compare(before, after)])
            return
        first, second = client.forecasts.get(before).forecast, client.forecasts.get(after).forecast
    found = compare(first, second)
    if not found.moves:
        raise Refusal(f"{before} and {after} have no number in common to compare", Exit.REFUSED)
    comparison(output(), first, second, found, everything)


@command.command("explain", help=EXPLAIN_HELP, epilog=EPILOG)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.argument("place", metavar="[PLACE]", required=False)
@ALL
@JSON
@asks_server
def explain_forecasts(before: str, after: str, place: str | None, everything: bool, as_json: bool) -> None:
    """Explain one forecast by another."""
    with server() as client:
        page = client.forecasts.explain(before, after)
    require_place(page.explanation, place)
    if as_json:
        as_lines([page])
    else:
        explained(output(), page.after.scenario, page.explanation, place, everything)


for each in (
    forecast_files.get_forecast,
    forecast_files.report_forecast,
    forecast_files.write_draws,
    forecast_files.write_worlds,
):
    command.add_command(each)

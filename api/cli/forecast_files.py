"""What ``branchcast forecasts`` takes away as files: the forecast itself, its report, its draws, its worlds."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.exits import Exit, Refusal
from api.cli.files import STANDARD, called, require_writable
from api.client import Client
from api.client.downloads import To
from api.tabular import FORMATS

Format = Literal["csv", "npy", "parquet"]

GET_HELP = """Write a recorded forecast to a file, as `branchcast run --json` would have written it.

\b
Examples:
  branchcast forecasts get FORECAST forecast.json
  branchcast replay forecast.json
  branchcast forecasts get FORECAST - | jq .headline.deal.mean
"""

REPORT_HELP = """Write the report of a recorded forecast: one HTML page that stands alone.

\b
Examples:
  branchcast forecasts report FORECAST report.html
"""

DRAWS_HELP = """Write the draws of a recorded forecast, made again from its seed: one row each, one column per belief.

\b
Examples:
  branchcast forecasts draws FORECAST draws.csv
  branchcast forecasts draws FORECAST draws.parquet
  branchcast forecasts draws FORECAST - | head
"""

WORLDS_HELP = """Write the worlds of a recorded forecast, made again from its seed: one complete history for each draw.

\b
Examples:
  branchcast forecasts worlds FORECAST worlds.csv
  branchcast forecasts worlds FORECAST worlds.npy
"""

_FORMAT = click.option(
    "--format", "stated", type=click.Choice(list(FORMATS)), help="Kind of file.  [default: by the end of OUT, else csv]"
)


@click.command("get", help=GET_HELP, epilog=EPILOG)
@click.argument("forecast", metavar="FORECAST")
@click.argument("out", metavar="OUT")
@asks_server
def get_forecast(forecast: str, out: str) -> None:
    """Write a forecast."""
    _write(out, lambda client, to: client.forecasts.file(forecast, to))


@click.command("report", help=REPORT_HELP, epilog=EPILOG)
@click.argument("forecast", metavar="FORECAST")
@click.argument("out", metavar="OUT")
@asks_server
def report_forecast(forecast: str, out: str) -> None:
    """Write a report."""
    _write(out, lambda client, to: client.forecasts.report(forecast, to))


@click.command("draws", help=DRAWS_HELP, epilog=EPILOG)
@click.argument("forecast", metavar="FORECAST")
@click.argument("out", metavar="OUT")
@_FORMAT
@asks_server
def write_draws(forecast: str, out: str, stated: Format | None) -> None:
    """Write draws."""
    form = stated or _format_of(out)
    _write(out, lambda client, to: client.forecasts.draws(forecast, to, format=form))


@click.command("worlds", help=WORLDS_HELP, epilog=EPILOG)
@click.argument("forecast", metavar="FORECAST")
@click.argument("out", metavar="OUT")
@_FORMAT
@asks_server
def write_worlds(forecast: str, out: str, stated: Format | None) -> None:
    """Write worlds."""
    form = stated or _format_of(out)
    _write(out, lambda client, to: client.forecasts.worlds(forecast, to, format=form))


def _format_of(out: str) -> Format:
    suffix = Path(out).suffix
    return cast(Format, next((name for name, form in FORMATS.items() if form.suffix == suffix), "csv"))


def _write(out: str, write: Callable[[Client, To], None]) -> None:
    """Let a client write to a path, or to standard output for ``-``."""
    require_writable(out)
    with server() as client:
        if out == STANDARD:
            sys.stdout.flush()
            write(client, sys.stdout.buffer)
            return
        try:
            write(client, out)
        except OSError as error:
            raise Refusal(f"{called(out)} cannot be written: {error.strerror or error}", Exit.FAULT) from error

"""``branchcast history``: the course of one figure over a scenario's forecasts."""

import json
from collections.abc import Callable

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import glyphs, output
from api.cli.listing import as_lines, listed, moment
from api.cli.render_grid import Column, Row, paragraph
from api.cli.server_options import ALL, AS_OF, JSON
from api.client import Client
from api.routes.history import HistoryPoint
from api.wording.figures import interval_end, number
from forecast.words import percent

ENDS = ("0.05", "0.95")

HELP = """Show the course of one figure over the recorded forecasts of a scenario, newest first.

PLACE is where the figure stands in a forecast, such as outcomes.deal or dates.summit.2026-12-31; without it, the
places are listed.

\b
Examples:
  branchcast history talks
  branchcast history talks outcomes.deal
  branchcast history talks outcomes.deal --as-of 2026-08-20   as known then
"""


@click.command("history", help=HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("place", metavar="[PLACE]", required=False)
@AS_OF
@ALL
@JSON
@asks_server
def command(scenario: str, place: str | None, as_of: str | None, everything: bool, as_json: bool) -> None:
    """Show the course of a figure."""
    with server() as client:
        if place is None:
            _places(client, scenario, as_of, as_json)
            return
        found = client.history(scenario, place, as_of=as_of)
        if as_json:
            as_lines(found)
            return
        columns = [
            Column("forecast"),
            Column("recorded (UTC)"),
            Column("as of"),
            Column("mean", right=True, style="bold"),
            Column("90 %", right=True),
            Column("version", right=True, spare=True),
        ]
        show = _quantity if place.startswith("quantities.") else _chance
        nothing = f"No forecast had the figure {place} then."
        listed(found, columns, lambda point: _row(point, show), everything=everything, nothing=nothing)


def _places(client: Client, scenario: str, as_of: str | None, as_json: bool) -> None:
    places = client.places(scenario, as_of=as_of)
    if not places and not as_json:
        paragraph(output(), f"Scenario {scenario} has no forecast: `branchcast forecasts make {scenario}` makes one.")
    for place in places:
        click.echo(json.dumps(place) if as_json else place)


def _row(point: HistoryPoint, show: Callable[[HistoryPoint, str], tuple[str, str]]) -> Row:
    figures = show(point, glyphs(output()).dash)
    return Row([point.forecast, moment(point.recorded_at), str(point.as_of), *figures, str(point.version)])


def _chance(point: HistoryPoint, dash: str) -> tuple[str, str]:
    """Return a probability's mean, and the interval of what is not known about it."""
    mean = percent(min(max(_best(point), 0.0), 1.0), 0.0 if point.exact is not None else point.mc_error)
    if point.quantiles is None:
        return mean, ""
    low, high = (interval_end(point.quantiles[level]) for level in ENDS)
    return mean, f"{low}{dash}{high} %"


def _quantity(point: HistoryPoint, dash: str) -> tuple[str, str]:
    """Return a quantity's mean, and the interval that nine in ten worlds fall into."""
    mean = number(_best(point), 0.0 if point.exact is not None else point.mc_error)
    if point.quantiles is None:
        return mean, ""
    low, high = (number(point.quantiles[level], digits=3) for level in ENDS)
    return mean, f"{low}{dash}{high}"


def _best(point: HistoryPoint) -> float:
    return point.mean if point.exact is None else point.exact

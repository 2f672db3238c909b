"""``branchcast compare``: what moved between two stored forecasts."""

import math

import click
from rich.console import Console

from api.cli.consoles import glyphs, one_line, output
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import STANDARD, called, require_other, require_writable, write_text
from api.cli.render_figures import number
from api.cli.render_grid import Column, Row, grid, paragraph
from api.cli.stored import read_forecast
from forecast.comparison import Comparison, Figure, Move, compare
from forecast.result import Forecast
from forecast.words import percent

MOST_MOVES = 20
SMALLEST_SHOWN = 5e-7
"""Moves below this, in probability or standard deviations, are no move that a reader could see."""

UNSEEN_POINTS = 0.005
"""Errors below this, in points of percent, are less than the last digit that is printed."""

ROUNDING_DIGITS = 11
"""Certainties that sums in double precision miss by their rounding are certainties."""

HELP = """Say what moved between two stored forecasts.

BEFORE.json and AFTER.json are what `branchcast run --json` wrote. The largest moves come first, quantities measured in
their standard deviations. A move of exact values is exact; otherwise ± says how far the simulation may be off at most.

\b
Examples:
  branchcast compare monday.json tuesday.json
  branchcast compare monday.json tuesday.json --all --json moves.json
"""


@click.command("compare", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.NOBODY_READS))
@click.argument("before", metavar="BEFORE.json")
@click.argument("after", metavar="AFTER.json")
@click.option("--json", "json_path", metavar="OUT", help="Write all moves to OUT; - is standard output, without table.")
@click.option("--all", "everything", is_flag=True, help="Show every move, however small.")
def command(before: str, after: str, json_path: str | None, everything: bool) -> None:
    """Compare two files."""
    if json_path is not None:
        require_writable(json_path)
        require_other(json_path, before)
        require_other(json_path, after)
    if before == after == STANDARD:
        raise Refusal("standard input cannot be both forecasts: name a file for one", Exit.USAGE)
    first, second = read_forecast(before), read_forecast(after)
    found = compare(first, second)
    if not found.moves:
        raise Refusal(f"{called(before)} and {called(after)} have no number in common to compare", Exit.FAULT)
    if json_path is not None:
        write_text(json_path, found.model_dump_json(indent=2) + "\n")
    if json_path != STANDARD:
        _show(output(), first, second, found, everything)


def _show(console: Console, before: Forecast, after: Forecast, found: Comparison, everything: bool) -> None:
    paragraph(console, one_line(after.title), style="bold")
    for line in _differing(before, after):
        paragraph(console, line, style="dim")
    moved = [move for move in found.moves if everything or abs(move.difference) / move.before.spread > SMALLEST_SHOWN]
    if not moved:
        paragraph(console, "Nothing moved.")
    else:
        shown = moved if everything else moved[:MOST_MOVES]
        figures = (Column(title, right=True) for title in ("before", "after"))
        columns = [Column(""), *figures, Column("move", style="bold"), Column("odds", spare=True)]
        console.print()
        grid(console, columns, [_row(console, move) for move in shown])
        if len(shown) < len(moved):
            paragraph(console, f"{len(moved) - len(shown)} smaller moves are left out: --all shows them.", style="dim")
    for places, which in ((found.only_before, "before"), (found.only_after, "after")):
        if places:
            paragraph(console, f"Only {which}: {', '.join(places)}.", style="dim")


def _differing(before: Forecast, after: Forecast) -> list[str]:
    """Say in which of their inputs two forecasts differ."""
    sides = {
        "Scenario": (before.scenario, after.scenario),
        "What the scenario says": (before.scenario_digest[:19], after.scenario_digest[:19]),
        "As of": (before.as_of, after.as_of),
        "Horizon": (before.horizon, after.horizon),
        "Assumed": (_listed(before.request.assume), _listed(after.request.assume)),
        "Made to happen": (_listed(before.request.do), _listed(after.request.do)),
        "Evidence used": (_listed(before.evidence), _listed(after.evidence)),
        "Seed": (before.sampling.seed, after.sampling.seed),
        "Draws": (f"{before.sampling.draws:,}", f"{after.sampling.draws:,}"),
    }
    return [f"{name}: {one}, then {other}." for name, (one, other) in sides.items() if one != other]


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(names) or "nothing"


def _row(console: Console, move: Move) -> Row:
    odds = move.odds_ratio
    times = "" if odds is None else f"{glyphs(console).times} {number(odds, digits=3)}"
    cells = [move.place, _figure(move.before), _figure(move.after), _difference(console, move), times]
    return Row(cells, note="" if move.before.unit is None else one_line(move.before.unit))


def _figure(figure: Figure) -> str:
    error = 0.0 if figure.exact is not None else figure.mc_error
    if figure.unit is not None:
        return number(figure.best, error)
    return percent(min(max(round(figure.best, ROUNDING_DIGITS), 0.0), 1.0), error)


def _difference(console: Console, move: Move) -> str:
    """Return a move with its sign, in points of percent or in the quantity's unit, and its error if that shows."""
    chance = move.before.unit is None
    scale = 100.0 if chance else 1.0
    difference, error = scale * move.difference, scale * move.mc_error
    if error == 0.0 or (chance and error < UNSEEN_POINTS):
        finest = _decimals(abs(difference) / 100.0)
        return f"{difference:+,.{max(finest, 2) if chance else finest}f}{' points' if chance else ''}"
    decimals = _decimals(error)
    off = f"{glyphs(console).plus_minus} {error:.{decimals}f}"
    return f"{difference:+,.{decimals}f} {off}{' points' if chance else ''}"


def _decimals(resolution: float) -> int:
    """Return the decimals that show one digit of ``resolution``."""
    return 0 if resolution >= 1.0 else min(6, -math.floor(math.log10(resolution))) if resolution > 0.0 else 2

"""What moved between two forecasts, as a table: the largest first, each with the error that the simulation leaves."""

import math

from rich.console import Console

from api.cli.consoles import glyphs
from api.cli.render_grid import Column, Row, grid, paragraph
from api.wording.figures import number
from api.wording.text import one_line
from forecast.comparison import Comparison, Figure, Move
from forecast.result import Forecast
from forecast.words import percent

MOST_MOVES = 20
SMALLEST_SHOWN = 5e-7
"""Moves below this, in probability or standard deviations, are no move that a reader could see."""

UNSEEN_POINTS = 0.005
"""Errors below this, in points of percent, are less than the last digit that is printed."""

ROUNDING_DIGITS = 11
"""Certainties that sums in double precision miss by their rounding are certainties."""


def comparison(console: Console, before: Forecast, after: Forecast, found: Comparison, everything: bool) -> None:
    """Print in what two forecasts differ, and what moved from one to the other."""
    paragraph(console, one_line(after.title), style="bold")
    for line in _differing(before, after):
        paragraph(console, line, style="dim")
    console.print()
    moves(console, found, everything)


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


def moves(console: Console, found: Comparison, everything: bool = False) -> None:
    """Print what moved; small moves and long lists are cut short unless ``everything``."""
    moved = [move for move in found.moves if everything or abs(move.difference) / move.before.spread > SMALLEST_SHOWN]
    if not moved:
        paragraph(console, "Nothing moved.")
    else:
        shown = moved if everything else moved[:MOST_MOVES]
        figures = (Column(title, right=True) for title in ("before", "after"))
        columns = [Column(""), *figures, Column("move", style="bold"), Column("odds", spare=True)]
        grid(console, columns, [_row(console, move) for move in shown])
        if len(shown) < len(moved):
            paragraph(console, f"{len(moved) - len(shown)} smaller moves are left out: --all shows them.", style="dim")
    for places, which in ((found.only_before, "before"), (found.only_after, "after")):
        if places:
            paragraph(console, f"Only {which}: {', '.join(places)}.", style="dim")


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

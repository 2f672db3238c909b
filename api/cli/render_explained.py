"""Why a forecast moved: a sentence for each number, or every part of one."""

from rich.console import Console

from api.cli.consoles import glyphs
from api.cli.exits import Exit, Refusal
from api.cli.render_grid import Column, Row, grid, paragraph
from api.suggestions import did_you_mean
from api.wording.text import one_line
from forecast.attribution.records import Attribution, Explained, Share
from forecast.attribution.sentences import cause_in_words, sentence, summary

MOST_PLACES = 12
SMALLEST_SHOWN = 5e-4
"""Changes below this, as a probability, are left out unless everything is asked for."""


def require_place(found: Attribution, place: str | None) -> None:
    """Refuse a place that the forecasts do not have."""
    places = [each.place for each in found.places]
    if place is not None and place not in places:
        raise Refusal(f"the forecasts have no number '{place}'{did_you_mean(place, places, 'they have')}", Exit.FAULT)


def explained(console: Console, title: str, found: Attribution, place: str | None, everything: bool) -> None:
    """Print why a forecast moved; of one place, every part."""
    paragraph(console, one_line(title), style="bold")
    paragraph(console, f"From {found.before_as_of} to {found.after_as_of}. {summary(found)}", style="dim")
    console.print()
    if place is None:
        _sentences(console, found, everything)
    else:
        _parts(console, next(each for each in found.places if each.place == place))


def _sentences(console: Console, found: Attribution, everything: bool) -> None:
    moved = [
        each
        for each in found.places
        if everything or (abs(each.change) >= SMALLEST_SHOWN if each.unit is None else each.change != 0.0)
    ]
    if not moved:
        paragraph(console, "Nothing moved.")
    shown = moved if everything else moved[:MOST_PLACES]
    for each in shown:
        paragraph(console, _told(each))
    if len(shown) < len(moved):
        paragraph(console, f"{len(moved) - len(shown)} smaller moves are left out: --all shows them.", style="dim")


def _told(place: Explained) -> str:
    return one_line(f"{place.place}: {sentence(place)}.")


def _parts(console: Console, place: Explained) -> None:
    paragraph(console, _told(place))
    columns = [Column("cause"), Column("part", right=True, style="bold"), Column("error", right=True)]
    rows = [_row(console, each, place) for each in place.parts]
    if place.noise:
        rows.append(Row([cause_in_words("noise", ""), _figure(place.noise, place), ""]))
    grid(console, columns, rows)


def _row(console: Console, part: Share, place: Explained) -> Row:
    error = part.mc_error + part.order_error
    off = f"{glyphs(console).plus_minus} {_figure(error, place, signed=False)}" if error else ""
    return Row([cause_in_words(part.kind, part.name), _figure(part.change, place), off])


def _figure(value: float, place: Explained, *, signed: bool = True) -> str:
    scale, unit = (100.0, " points") if place.unit is None else (1.0, "")
    return f"{scale * value:{'+.3g' if signed else '.1g'}}{unit}"

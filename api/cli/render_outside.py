"""The outside view as a table: under each question ours, then what each place says; the terms below it all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from rich.console import Console

from api.cli.listing import moment
from api.cli.render_grid import Column, Row, grid, paragraph
from api.messages.quotes import (
    BesidePage,
    OurDays,
    OurOptions,
    OurProbability,
    OurQuantiles,
    OutsidePage,
    QuotePage,
    SaidOptions,
    SaidProbability,
    SaidQuantiles,
    TheirsPage,
)
from api.wording.figures import number
from api.wording.text import one_line
from api.work.quoted_values import SECONDS
from forecast.scorecards.parts import part_in_words
from forecast.words import percent

_COLUMNS = (
    Column("question"),
    Column("by"),
    Column("says", right=True, style="bold"),
    Column("less ours\n(points)", right=True),
    Column("days\nold", right=True),
)

_INSET = "  "

Cells = Sequence[tuple[str, str, str]]
"""Of each option or level its name, what is said of it, and how far that is from ours; of a probability, unnamed."""

_NOTHING: Cells = (("", "nothing", ""),)


def outside(console: Console, page: OutsidePage) -> None:
    """Show ours beside theirs."""
    if not page.questions:
        paragraph(console, f"Nothing is quoted: `branchcast import {page.scenario} QUESTION --from SOURCE` does it.")
        return
    grid(console, _COLUMNS, [row for each in page.questions for row in _rows(each)])
    console.print()
    if page.forecast is None:
        paragraph(console, f"We say nothing yet: `branchcast forecasts make {page.scenario}` does it.", style="dim")
    else:
        made = page.forecast
        paragraph(console, f"Ours: forecast {made.id}, recorded {moment(made.recorded_at)} UTC.", style="dim")
    terms(console, [one.quote for each in page.questions for one in each.theirs])


def terms(console: Console, quotes: list[QuotePage]) -> None:
    """Say on which terms each source gives its numbers away, once for each."""
    for source, said in {quote.source: quote.terms for quote in quotes}.items():
        paragraph(console, f"{source}: {one_line(said)}", style="dim")


def in_short(quote: QuotePage) -> str:
    """Return what a quote says in one line."""
    cells = _theirs(quote, None)
    return one_line(", ".join(f"{name}: {said}" if name else said for name, said, _ in cells))


def _rows(each: BesidePage) -> Iterator[Row]:
    """Yield ours and theirs of a whole question, and of each part of it that is quoted, each once."""
    of_whole = [one for one in each.theirs if one.quote.part is None]
    if of_whole:
        yield from _block(each.question, "ours", _NOTHING if each.ours is None else _ours(each.ours), "")
        yield from _of_them(of_whole)
    of_parts: dict[str, list[TheirsPage]] = {}
    for one in each.theirs:
        if one.quote.part is not None:
            of_parts.setdefault(part_in_words(one.quote.part), []).append(one)
    for words, theirs in of_parts.items():
        ours, why_not = theirs[0].ours, theirs[0].not_ours
        cells: Cells = _NOTHING if ours is None else [("", percent(min(ours, 1.0)), "")]
        yield from _block(one_line(f"{each.question}, {words}"), "ours", cells, "", one_line(why_not or ""))
        yield from _of_them(theirs)


def _of_them(theirs: Sequence[TheirsPage]) -> Iterator[Row]:
    for one in theirs:
        yield from _block("", one.quote.source, _theirs(one.quote, one), f"{one.age_days:.1f}", _note(one.quote))


def _note(quote: QuotePage) -> str:
    said = quote.said
    unit = f" ({said.unit})" if isinstance(said, SaidQuantiles) and said.unit not in (None, SECONDS) else ""
    return one_line("; ".join([f"{quote.place}{unit}: {quote.wording}", *quote.notes, f"quote {quote.id}"]))


def _block(name: str, by: str, cells: Cells, age: str, note: str = "") -> Iterator[Row]:
    if len(cells) == 1 and not cells[0][0]:
        yield Row([name, by, *cells[0][1:], age], note=note)
        return
    yield Row([name, by, "", "", age], note=note)
    for inner, said, difference in cells:
        yield Row([_INSET + one_line(inner), "", said, difference, ""])


def _ours(ours: OurProbability | OurOptions | OurQuantiles | OurDays) -> Cells:
    match ours:
        case OurProbability():
            return [("", percent(min(ours.probability, 1.0), ours.mc_error), "")]
        case OurOptions():
            return [(label, percent(min(each, 1.0)), "") for label, each in ours.options.items()]
        case OurQuantiles():
            return [(_level(level), number(value), "") for level, value in ours.quantiles.items()]
        case OurDays():
            return [(_level(level), _day(day), "") for level, day in ours.quantiles.items()]


def _theirs(quote: QuotePage, one: TheirsPage | None) -> Cells:
    said, difference = quote.said, None if one is None else one.difference
    match said:
        case SaidProbability():
            return [("", percent(said.probability), _points(difference))]
        case SaidOptions():
            apart = difference if isinstance(difference, Mapping) else {}
            return [(label, percent(each), _points(apart.get(label))) for label, each in said.options.items()]
        case SaidQuantiles():
            shown = _instant if said.unit == SECONDS else number
            return [(_level(level), shown(value), "") for level, value in said.quantiles.items()]


def _points(difference: object) -> str:
    return f"{100.0 * difference:+.2f}" if isinstance(difference, float) else ""


def _level(level: str) -> str:
    return f"{100.0 * float(level):.6g} % by"


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _day(day: date | None) -> str:
    return "not by then" if day is None else day.isoformat()

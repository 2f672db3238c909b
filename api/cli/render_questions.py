"""Questions and our answers, each in the form its type asks for."""

from api.cli.render_grid import Column, Row, grid, paragraph, section
from api.cli.render_page import Page
from api.cli.render_probabilities import intervals
from api.wording.figures import OUTSIDE_NOTE, OUTSIDE_TABLE, chance, conditional, frequency, interval, word
from api.wording.numbers import NAMED_LEVELS, days_to_show, figures, not_by_horizon
from api.wording.text import one_line
from forecast.result import (
    Answer,
    BinaryAnswer,
    ConditionalAnswer,
    DateAnswer,
    MultipleChoiceAnswer,
    NumericAnswer,
    Probability,
)

INDENT = 2


def questions(page: Page) -> None:
    """Show every question with its answer."""
    asked = page.forecast.questions
    if not asked:
        return
    section(page.console, "Questions")
    shown = page.folded(dict.fromkeys(asked, 0.0))
    for i, name in enumerate(shown):
        if i:
            page.console.print()
        closes = page.labels.text("questions", name, "closes")
        kind = asked[name].type.replace("_", " ")
        facts = f", closes {closes}" if closes else ""
        paragraph(page.console, f"{name} ({kind}{facts})", style="dim")
        paragraph(page.console, one_line(asked[name].text))
        _answer(page, asked[name])
    if any(OUTSIDE_TABLE in word(p) for p in asked.values() if isinstance(p, BinaryAnswer)):
        paragraph(page.console, OUTSIDE_NOTE, style="dim")
    if len(shown) < len(asked):
        paragraph(
            page.console, f"{page.glyphs.ellipsis} and {len(asked) - len(shown):,} more: --all shows them", style="dim"
        )


def _answer(page: Page, answer: Answer) -> None:
    if isinstance(answer, BinaryAnswer):
        _say(page, probability(page, answer))
    elif isinstance(answer, MultipleChoiceAnswer):
        _options(page, answer)
    elif isinstance(answer, NumericAnswer):
        _number(page, answer)
    elif isinstance(answer, DateAnswer):
        _date(page, answer)
    else:
        _conditional(page, answer)


def _options(page: Page, answer: MultipleChoiceAnswer) -> None:
    named = answer.options
    rows = [
        Row([label, chance(p, page.draws), between, frequency(p, page.draws)])
        for (label, p), between in zip(named.items(), intervals(page, named.values()), strict=True)
    ]
    columns = [Column(""), Column("", right=True, style="bold"), Column(""), Column("")]
    grid(page.console, columns, rows, indent=INDENT)


def _number(page: Page, answer: NumericAnswer) -> None:
    mean, median, spread, single = figures(answer, page.draws, page.glyphs)
    _say(page, f"median {median}", f"mean {mean}", f"90 % interval {spread}", one_line(answer.unit))
    if single:
        paragraph(page.console, f"single values: {single}", indent=INDENT)


def _date(page: Page, answer: DateAnswer) -> None:
    shown = (f"by {day}: {chance(answer.by[day], page.draws)}" for day in days_to_show(page.forecast, [answer]))
    _say(page, *shown, f"later or never: {not_by_horizon(answer)}")
    days = [f"{said} {answer.quantiles[level]}" for level, said in NAMED_LEVELS.items() if answer.quantiles[level]]
    if days:
        paragraph(page.console, f" {page.glyphs.dot} ".join(days), indent=INDENT)


def _conditional(page: Page, answer: ConditionalAnswer) -> None:
    _say(page, f"if so: {conditional(answer.if_true)}", f"if not: {conditional(answer.if_false)}")
    paragraph(page.console, f"the condition itself: {probability(page, answer.given)}", indent=INDENT)


def _say(page: Page, *parts: str) -> None:
    """Print the parts of an answer, set off by dots."""
    paragraph(page.console, f" {page.glyphs.dot} ".join(part for part in parts if part), indent=INDENT, style="bold")


def probability(page: Page, p: Probability) -> str:
    """Return a probability in one line: number, word, interval, frequency."""
    low, high = interval(p)
    between = f"90 % interval {low}{page.glyphs.dash}{high} %" if low else ""
    parts = (chance(p, page.draws), word(p), between, frequency(p, page.draws))
    return f" {page.glyphs.dot} ".join(part for part in parts if part)

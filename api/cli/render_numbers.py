"""Tables of quantities and of dates."""

import math
from collections.abc import Sequence
from datetime import date

from rich.cells import cell_len

from api.cli.consoles import one_line
from api.cli.render_figures import chance, estimate, number
from api.cli.render_grid import GAP, Column, Row, grid, paragraph, section
from api.cli.render_page import Page
from forecast.result import DateSummary, QuantitySummary
from forecast.words import percent

MOST_ATOMS = 2
DAY_CELLS = len("2029-01-20")
LONGEST_ROW = "not by horizon"
ATOM_DIGITS = 6
QUANTILE_DIGITS = 3
NAMED_LEVELS = {"0.05": "5 % by", "0.25": "25 % by", "0.5": "half by", "0.75": "75 % by", "0.95": "95 % by"}


def quantities(page: Page) -> None:
    """Show numbers: mean, median, 5 to 95 %, and single values that have probability of their own."""
    if not page.forecast.quantities:
        return
    section(page.console, "Quantities")
    rows = []
    for name in page.folded(dict.fromkeys(page.forecast.quantities, 0.0)):
        summary = page.forecast.quantities[name]
        title = page.labels.text("quantities", name, "title")
        unit = one_line(summary.unit)
        note = f"{title} ({unit})" if title else unit
        rows.append(Row([name, *figures(page, summary)], note))
    columns = [
        Column(""),
        Column("mean", right=True, style="bold"),
        Column("median", right=True),
        Column(f"5{page.glyphs.dash}95 %"),
        Column("single values"),
    ]
    grid(page.console, columns, rows)
    _say_left_out(page, len(page.forecast.quantities) - len(rows))


def figures(page: Page, summary: QuantitySummary) -> tuple[str, str, str, str]:
    """Return mean, median, range and single values as text."""
    low, middle, high = (_quantile(summary, level) for level in ("0.05", "0.5", "0.95"))
    mean = estimate(summary.mean, summary.mc_error, page.glyphs)
    if len(summary.atoms) == 1 and summary.atoms[0].probability >= 1.0 - 1e-12:
        mean = middle
    return mean, middle, f"{low} {page.glyphs.dash} {high}", single_values(page, summary)


def _quantile(summary: QuantitySummary, level: str) -> str:
    value = summary.quantiles[level]
    exactly = any(atom.value == value for atom in summary.atoms)
    return number(value, digits=ATOM_DIGITS if exactly else QUANTILE_DIGITS)


def single_values(page: Page, summary: QuantitySummary) -> str:
    """Return the values that have most probability of their own."""
    atoms = sorted(summary.atoms, key=lambda atom: -atom.probability)
    said = [
        f"{number(a.value, digits=ATOM_DIGITS)}: {percent(a.probability, _counting_error(a.probability, page.draws))}"
        for a in atoms[:MOST_ATOMS]
    ]
    if len(atoms) > MOST_ATOMS:
        said.append(page.glyphs.ellipsis)
    return ", ".join(said)


def _counting_error(p: float, draws: int) -> float:
    """Return the standard error of a share counted over so many independent worlds; Sobol' points do no worse."""
    return math.sqrt(p * (1.0 - p) / draws)


def dates(page: Page) -> None:
    """Show when branches are taken: the probability by each reported day, and the days that quantiles fall on."""
    found = page.forecast.dates
    if not found:
        return
    section(page.console, "Dates: taken by the day named")
    names = page.folded(
        {name: found[name].by[max(found[name].by)].mean for name in page.labels.branches_in_order(found)}
    )
    for i, together in enumerate(_side_by_side(names, page.console.width - len(LONGEST_ROW))):
        if i:
            page.console.print()
        _dates_table(page, together)
    _say_left_out(page, len(found) - len(names))


def _side_by_side(names: list[str], width: int) -> list[list[str]]:
    """Split the branches into tables that fit the width."""
    tables: list[list[str]] = []
    room = 0
    for name in names:
        needed = GAP + max(DAY_CELLS, *map(cell_len, _in_lines(name).split("\n")))
        if needed > room:
            tables.append([])
            room = width
        tables[-1].append(name)
        room -= needed
    return tables


def _dates_table(page: Page, names: list[str]) -> None:
    columns = [Column("")] + [Column(_in_lines(name), right=True) for name in names]
    summaries = [page.forecast.dates[name] for name in names]
    rows = [
        Row([day, *(chance(summary.by[day], page.draws) for summary in summaries)])
        for day in days_to_show(page, summaries)
    ]
    rows.append(Row([LONGEST_ROW, *(_not_by_horizon(summary) for summary in summaries)]))
    for level, said in NAMED_LEVELS.items():
        days = [summary.quantiles[level] for summary in summaries]
        if any(days):
            rows.append(Row([said, *(_day(day) for day in days)], style="dim"))
    grid(page.console, columns, rows)


def days_to_show(page: Page, summaries: Sequence[DateSummary]) -> list[str]:
    """Return the reported days, without past ones by which nothing had happened."""
    as_of = page.forecast.as_of.isoformat()
    return [day for day in summaries[0].by if day > as_of or any(summary.by[day].mean for summary in summaries)]


def _not_by_horizon(summary: DateSummary) -> str:
    return percent(summary.not_by_horizon, summary.by[max(summary.by)].mc_error)


def _day(day: date | None) -> str:
    return "later" if day is None else day.isoformat()


def _in_lines(name: str, width: int = 16) -> str:
    lines = [""]
    for part in name.replace("_", "_\n").replace(".", ".\n").split("\n"):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _say_left_out(page: Page, many: int) -> None:
    if many > 0:
        paragraph(page.console, f"{page.glyphs.ellipsis} and {many:,} more: --all shows them", style="dim")

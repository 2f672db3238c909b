"""Tables of quantities and of dates."""

from datetime import date

from rich.cells import cell_len

from api.cli.render_grid import GAP, Column, Row, grid, paragraph, section
from api.cli.render_page import Page
from api.wording.figures import chance
from api.wording.numbers import NAMED_LEVELS, days_to_show, figures, not_by_horizon
from api.wording.text import one_line

DAY_CELLS = len("2029-01-20")
LONGEST_ROW = "not by horizon"


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
        rows.append(Row([name, *figures(summary, page.draws, page.glyphs)], note))
    columns = [
        Column(""),
        Column("mean", right=True, style="bold"),
        Column("median", right=True),
        Column(f"5{page.glyphs.dash}95 %"),
        Column("single values"),
    ]
    grid(page.console, columns, rows)
    _say_left_out(page, len(page.forecast.quantities) - len(rows))


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
        for day in days_to_show(page.forecast, summaries)
    ]
    rows.append(Row([LONGEST_ROW, *(not_by_horizon(summary) for summary in summaries)]))
    for level, said in NAMED_LEVELS.items():
        days = [summary.quantiles[level] for summary in summaries]
        if any(days):
            rows.append(Row([said, *(_day(day) for day in days)], style="dim"))
    grid(page.console, columns, rows)


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

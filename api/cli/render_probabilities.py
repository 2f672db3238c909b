"""Tables of probabilities: the headline, groups, outcomes, attributes, and the chain beside its end by any path."""

from collections.abc import Iterable, Mapping

from api.cli.render_grid import Column, Row, grid, paragraph, section
from api.cli.render_page import Page
from api.wording.chains import LONELY, conditionals, other_paths
from api.wording.figures import OUTSIDE_NOTE, OUTSIDE_TABLE, chance, frequency, interval, times, word
from api.wording.folding import left_out
from api.wording.glyphs import Glyphs
from forecast.result import Probability

BAR_CELLS = 6
WIDE_BAR_CELLS = 12
WIDE = 100

Named = Mapping[str, Probability]


def headline(page: Page, title: str, named: Named, notes: Mapping[str, str]) -> None:
    """Show what exclude each other and leave nothing out: number, bar, word, interval, frequency."""
    _table(page, title, named, notes=notes, with_bar=True, exclusive=True)


def probabilities(page: Page, title: str, named: Named, notes: Mapping[str, str] | None = None) -> None:
    """Show probabilities that need not exclude each other."""
    _table(page, title, named, notes=notes)


def outcomes(page: Page, title: str, named: Named, notes: Mapping[str, str]) -> None:
    """Show where histories end."""
    _table(page, title, named, notes=notes, with_word=False, exclusive=True)


def _table(
    page: Page,
    title: str,
    named: Named,
    *,
    notes: Mapping[str, str] | None = None,
    with_bar: bool = False,
    with_word: bool = True,
    exclusive: bool = False,
) -> None:
    if not named:
        return
    section(page.console, title)
    shown = page.folded({name: p.mean for name, p in named.items()})
    rows = []
    spread = intervals(page, [named[name] for name in shown])
    cells = WIDE_BAR_CELLS if page.console.width >= WIDE else BAR_CELLS
    for name, between in zip(shown, spread, strict=True):
        p = named[name]
        row = [name, chance(p, page.draws)]
        row += [bar(p.mean, cells, page.glyphs)] if with_bar else []
        row += [word(p)] if with_word else []
        rows.append(Row([*row, between, frequency(p, page.draws)], note=(notes or {}).get(name, "")))
    columns = [Column(""), Column("mean", right=True, style="bold")]
    columns += [Column("", spare=True, style="cyan")] if with_bar else []
    columns += [Column("ICD 203 word")] if with_word else []
    columns += [Column("90 %\ninterval"), Column("frequency")]
    grid(page.console, columns, rows)
    _left_out(page, named, shown, exclusive=exclusive)
    if with_word and any(OUTSIDE_TABLE in cell for row in rows for cell in row.cells[2:4]):
        paragraph(page.console, OUTSIDE_NOTE, style="dim")


def _left_out(page: Page, named: Named, shown: list[str], *, exclusive: bool) -> None:
    rest = [p for name, p in named.items() if name not in shown]
    if rest:
        said = left_out(rest, exclusive=exclusive)
        paragraph(page.console, f"{page.glyphs.ellipsis} {said}: --all shows them", style="dim")


def intervals(page: Page, named: Iterable[Probability]) -> list[str]:
    """Return the intervals with their dashes one below the other."""
    ends = [interval(p) for p in named]
    width = max((len(low) for low, _ in ends), default=0)
    dash = page.glyphs.dash
    return [f"{low.rjust(width)}{dash}{high} %" if low else "".rjust(width) + dash for low, high in ends]


def bar(p: float, width: int, glyphs: Glyphs) -> str:
    """Return a bar of ``width`` cells for a probability of 1; anything above 0 shows."""
    eighths = glyphs.eighths
    steps = round(p * width * 8)
    if p > 0.0:
        steps = max(steps, 1)
    full, rest = divmod(steps, 8)
    return (eighths[8] * full + (eighths[rest] if rest else "")).ljust(width)


def chain(page: Page) -> None:
    """Show the stated chain link by link, and the groups that hold its end however it is reached."""
    stated = page.forecast.chain
    if stated is None:
        return
    section(page.console, "The chain, link by link, and the same end by any path")
    same_end = other_paths(stated)
    spread = iter(intervals(page, [*(link.cumulative for link in stated.links), *same_end.values()]))
    rows = []
    for link, given in zip(stated.links, conditionals(stated), strict=True):
        p = link.cumulative
        cells = [link.branch, given, chance(p, page.draws), next(spread), frequency(p, page.draws)]
        rows.append(Row(cells, page.labels.branch(link.branch)))
    columns = [
        Column(""),
        Column("given the\none before", right=True),
        Column("all so\nfar", right=True, style="bold"),
        Column("90 %\ninterval"),
        Column("frequency"),
    ]
    if same_end:
        rows.append(Row(["the same end by any path", "", "", "", ""], style="bold"))
    before = stated.links[-1].cumulative.mean
    for name, p in same_end.items():
        more = f"{times(p.mean / before)} {page.glyphs.times} chain" if before > 0.0 else ""
        rows.append(Row([f"  {name}", more, chance(p, page.draws), next(spread), frequency(p, page.draws)]))
    grid(page.console, columns, rows)
    if not same_end:
        paragraph(page.console, LONELY, style="yellow")

"""Aligned columns with notes under the rows, folded to the width of the console."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

GAP = 2
NARROWEST_NAME = 12
NOTE_INDENT = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``spare`` ones are left out, the last first, where the console is too narrow."""

    title: str
    right: bool = False
    spare: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of cells (the first is a name and may fold), with a note under it that takes the whole width."""

    cells: Sequence[str]
    note: str = ""
    style: str = ""


def section(console: Console, title: str) -> None:
    """Start a section: a blank line, the title, a rule."""
    line = "-" if console.options.ascii_only else "─"
    console.print()
    ruler = Text.assemble((title, "bold"), " ", (line * max(console.width - cell_len(title) - 1, 0), "dim"))
    console.print(ruler, overflow="crop", no_wrap=True)


def paragraph(console: Console, text: str | Text, *, indent: int = 0, style: str = "") -> None:
    """Print text folded at words, without blanks at the ends of lines."""
    said = Text(text, style=style) if isinstance(text, str) else text
    for line in said.wrap(console, max(console.width - indent, NARROWEST_NAME)):
        line.rstrip()
        console.print(Text(" " * indent) + line, soft_wrap=True)


def grid(console: Console, columns: Sequence[Column], rows: Sequence[Row], *, indent: int = 0) -> None:
    """Print rows under their columns' titles (a newline in a title makes two lines)."""
    kept, widths = _fitted(columns, rows, console.width - indent)
    margin = " " * indent
    for titles in _heading(kept, columns, widths):
        console.print(Text(margin + titles, style="dim"), soft_wrap=True)
    for row in rows:
        for i, cells in enumerate(_folded([row.cells[c] if c < len(row.cells) else "" for c in kept], widths[0])):
            line = Text(margin, style=row.style)
            for c, cell, width in zip(kept, cells, widths, strict=True):
                line.append(_padded(cell, width, columns[c].right), style=columns[c].style if i == 0 else "")
                line.append(" " * GAP)
            line.rstrip()
            console.print(line, soft_wrap=True)
        if row.note:
            paragraph(console, row.note, indent=indent + NOTE_INDENT, style="dim")


def _fitted(columns: Sequence[Column], rows: Sequence[Row], width: int) -> tuple[list[int], list[int]]:
    """Return the columns that fit and their widths; the first column takes what the others leave."""
    kept = list(range(len(columns)))
    while True:
        widths = [_width(columns[c], [row.cells[c] for row in rows if c < len(row.cells)]) for c in kept]
        room = width - sum(widths[1:]) - GAP * (len(kept) - 1)
        longest_part = max([NARROWEST_NAME, *(cell_len(part) for row in rows for part in _parts(row.cells[0]))])
        spare = [c for c in kept if columns[c].spare]
        if room >= min(widths[0], longest_part) or not spare:
            return kept, [min(widths[0], max(room, NARROWEST_NAME)), *widths[1:]]
        kept.remove(spare[-1])


def _width(column: Column, cells: Sequence[str]) -> int:
    return max(cell_len(text) for text in [*column.title.split("\n"), *cells])


def _heading(kept: Sequence[int], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    titles = [columns[c].title.split("\n") for c in kept]
    height = max(map(len, titles))
    lines = []
    for i in range(height):
        cells = [title[i - height + len(title)] if i >= height - len(title) else "" for title in titles]
        padded = (_padded(cell, width, columns[c].right) for c, cell, width in zip(kept, cells, widths, strict=True))
        lines.append((" " * GAP).join(padded).rstrip())
    return [line for line in lines if line]


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * max(width - cell_len(cell), 0)
    return space + cell if right else cell + space


def _folded(cells: list[str], width: int) -> list[list[str]]:
    """Fold the first cell over as many lines as it needs; the others stand beside its first line."""
    first, *more = _fold(cells[0], width)
    return [[first, *cells[1:]], *([part, *([""] * (len(cells) - 1))] for part in more)]


def _fold(name: str, width: int) -> list[str]:
    lines = [""]
    for part in _parts(name):
        if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines.append("  ")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def _parts(name: str) -> list[str]:
    """Split a name where a reader would: after ``_``, ``-``, ``.`` and blanks."""
    parts = [""]
    for letter in name:
        parts[-1] += letter
        if letter in "_-. ":
            parts.append("")
    return [part for part in parts if part]

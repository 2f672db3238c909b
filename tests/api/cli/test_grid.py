"""Aligned columns: folding, alignment, what is given up first."""

import io

from rich.console import Console

from api.cli.render_grid import Column, Row, grid, paragraph, section


def printed(columns: list[Column], rows: list[Row], width: int) -> list[str]:
    """Return the lines of a grid."""
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as captured:
        grid(console, columns, rows)
    return captured.get().splitlines()


NAME, NUMBER = Column(""), Column("mean", right=True)


def test_numbers_are_aligned_right_under_their_title() -> None:
    assert printed([NAME, NUMBER], [Row(["a", "1.00 %"]), Row(["bcd", "10.00 %"])], 40) == [
        "        mean",
        "a     1.00 %",
        "bcd  10.00 %",
    ]


def test_names_fold_where_a_reader_would() -> None:
    rows = [Row(["peace_declaration_no_drawdown", "5.20 %"])]
    assert printed([NAME, NUMBER], rows, 30)[1:] == ["peace_declaration_no_   5.20 %", "  drawdown"]
    assert printed([NAME, NUMBER], rows, 24)[1:] == ["peace_            5.20 %", "  declaration_", "  no_drawdown"]


def test_notes_take_the_whole_width() -> None:
    lines = printed([NAME, NUMBER], [Row(["a", "1 %"], note="one two three four five")], 20)
    assert lines[1:] == ["a   1 %", "    one two three", "    four five"]


def test_spare_columns_go_when_names_cannot_fold_enough() -> None:
    columns = [NAME, Column("bar", spare=True), NUMBER]
    rows = [Row(["unfoldablename", "######", "1.00 %"])]
    assert "######" in printed(columns, rows, 40)[1]
    assert printed(columns, rows, 24)[1] == "unfoldablename  1.00 %"


def test_wide_letters_count_twice() -> None:
    lines = printed([NAME, NUMBER], [Row(["会談", "1 %"]), Row(["abcd", "2 %"])], 40)
    assert lines[1:] == ["会談   1 %", "abcd   2 %"]


def test_titles_of_two_lines_stand_at_the_bottom() -> None:
    lines = printed([NAME, Column("90 %\ninterval"), NUMBER], [Row(["a", "1–2 %", "1 %"])], 40)
    assert lines == ["   90 %", "   interval  mean", "a  1–2 %      1 %"]


def test_sections_and_paragraphs_fill_the_width_and_no_more() -> None:
    console = Console(file=io.StringIO(), width=20)
    with console.capture() as captured:
        section(console, "Title")
        paragraph(console, "one two three four five", indent=2)
    assert captured.get() == "\nTitle ──────────────\n  one two three four\n  five\n"

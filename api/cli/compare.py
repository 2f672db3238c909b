"""``branchcast compare``: what moved between two stored forecasts."""

import click

from api.cli.consoles import output
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import STANDARD, called, write_text
from api.cli.render_moves import comparison
from api.cli.stored import read_two
from forecast.comparison import compare

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
    first, second = read_two(before, after, json_path)
    found = compare(first, second)
    if not found.moves:
        raise Refusal(f"{called(before)} and {called(after)} have no number in common to compare", Exit.FAULT)
    if json_path is not None:
        write_text(json_path, found.model_dump_json(indent=2) + "\n")
    if json_path != STANDARD:
        comparison(output(), first, second, found, everything)

"""``branchcast explain``: why a forecast moved, cause by cause."""

import click

from api.cli.consoles import output
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import STANDARD, called, write_text
from api.cli.render_explained import explained, require_place
from api.cli.stored import read_two
from forecast.attribution.explaining import USUAL_DRAWS, explain
from forecast.errors import ScenarioError

HELP = """Say why a forecast moved: its change split among the causes.

BEFORE.json and AFTER.json are what `branchcast run --json` wrote. Time passing, each entry of evidence, each node's
prior, the experts' weights and another structure get the part that they have on average over the orders in which they
may come; the parts add up to the change. Of PLACE every part is told, else of each number in a sentence.

\b
Examples:
  branchcast explain april.json august.json
  branchcast explain april.json august.json questions.meet-before-2027
  branchcast explain april.json august.json --json why.json
"""


@click.command("explain", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.NOBODY_READS))
@click.argument("before", metavar="BEFORE.json")
@click.argument("after", metavar="AFTER.json")
@click.argument("place", metavar="[PLACE]", required=False)
@click.option(
    "--draws",
    type=click.IntRange(16, 1 << 20),
    default=USUAL_DRAWS,
    show_default=True,
    help="Draws of each forecast that is computed for it.",
)
@click.option("--json", "json_path", metavar="OUT", help="Write all of it to OUT; - is standard output, without text.")
@click.option("--all", "everything", is_flag=True, help="Show every number, however little it moved.")
def command(before: str, after: str, place: str | None, draws: int, json_path: str | None, everything: bool) -> None:
    """Explain one file by another."""
    first, second = read_two(before, after, json_path)
    try:
        found = explain(first, second, draws=draws)
    except ScenarioError as error:
        raise Refusal(f"this version cannot read the scenario of a forecast: {error}", Exit.FAULT) from error
    if not found.places:
        raise Refusal(f"{called(before)} and {called(after)} have no number in common to explain", Exit.FAULT)
    require_place(found, place)
    if json_path is not None:
        write_text(json_path, found.model_dump_json(indent=2) + "\n")
    if json_path != STANDARD:
        explained(output(), second.title, found, place, everything)

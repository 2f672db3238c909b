"""``branchcast whatif``: what would move under other priors, assumptions or interventions. Nothing is kept."""

from typing import Any, Unpack

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.inline import mapping
from api.cli.listing import as_lines
from api.cli.render_moves import comparison
from api.cli.run_options import RunOptions, run_options, settings_of
from api.cli.server_options import ALL, JSON, VERSION
from api.cli.values import several

DRAWS = 16_384

HELP = """Show what would move under other priors, assumptions, interventions or evidence. Nothing is kept.

The scenario as it is, on the same day, is the base. Both sides share their draws, so that a difference is known far
better than either side. PRIOR is YAML or JSON in quotes, or the file that holds it.

\b
Examples:
  branchcast whatif talks --assume summit=deal
  branchcast whatif talks --do summit=deal
  branchcast whatif talks --evidence none
  branchcast whatif talks \\
    --prior 'summit={family: beta, branch: deal, a: 3, b: 5}'
"""


def _override(text: str) -> tuple[str, dict[str, Any]]:
    node, separator, prior = text.partition("=")
    if not separator or not node.strip():
        raise click.BadParameter(f"'{text[:60]}' names no node: write node={{family: beta, ...}}, or node=FILE")
    return node.strip(), mapping(prior)


@click.command("whatif", help=HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@VERSION
@click.option(
    "--prior",
    "priors",
    callback=several(_override),
    multiple=True,
    metavar="NODE=PRIOR",
    help="Another prior for a node.  May be repeated.",
)
@run_options(DRAWS)
@ALL
@JSON
@asks_server
def command(
    scenario: str,
    version: int | None,
    priors: tuple[tuple[str, dict[str, Any]], ...],
    everything: bool,
    as_json: bool,
    **options: Unpack[RunOptions],
) -> None:
    """Compare a scenario with itself under other suppositions."""
    settings = settings_of(options, DRAWS)
    with server() as client:
        found = client.what_if(scenario, version=version, priors=dict(priors), **settings)
    if as_json:
        as_lines([found])
    else:
        comparison(output(), found.base, found.alternative, found.comparison, everything)

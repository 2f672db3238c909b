"""``branchcast prior``: one node's prior, and what moves when it is set."""

from typing import Any

import click
from rich.console import Console

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.groups import Subcommands
from api.cli.inline import mapping
from api.cli.listing import as_lines
from api.cli.render_changes import revised
from api.cli.render_grid import paragraph
from api.cli.server_options import ALL, AS_OF, AUTHOR, BASED_ON, JSON, REASON, VERSION
from api.cli.values import one
from api.client import TaggedPrior
from api.wording.text import one_line
from forecast.documents.writer import entry_lines

HELP = """Show or set one node's prior, and see what moves.

\b
Examples:
  branchcast prior show talks summit
  branchcast prior set talks summit --reason "Envoys met" \\
    --prior '{family: beta, branch: deal, a: 3, b: 5}'
"""

SHOW_HELP = """Show a node's prior: what it is, since when, by whom and why.

\b
Examples:
  branchcast prior show talks summit
  branchcast prior show talks summit --as-of 2026-08-20   as believed then
"""

SET_HELP = """Set a node's prior: store the next version of the scenario, and show what changed and what that moves.

PRIOR is YAML or JSON in quotes, or the file that holds it. If somebody else sets the same prior meanwhile, nothing is
changed, and what they changed is said.

\b
Examples:
  branchcast prior set talks summit --reason "Envoys met" \\
    --prior '{family: beta, branch: deal, a: 3, b: 5}'
  branchcast prior set talks summit --prior new.yaml --reason "Envoys met"
  branchcast prior set talks summit --prior new.yaml --reason "Envoys met" \\
    --based-on 3
"""


@click.group("prior", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on a prior."""


@command.command("show", help=SHOW_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@VERSION
@AS_OF
@JSON
@asks_server
def show_prior(scenario: str, node: str, version: int | None, as_of: str | None, as_json: bool) -> None:
    """Show a prior."""
    with server() as client:
        found = client.prior(scenario, node).get(version=version, as_of=as_of)
    if as_json:
        as_lines([found])
    else:
        _show(output(), found)


def _show(console: Console, found: TaggedPrior) -> None:
    paragraph(console, f"{found.scenario}, node {found.node}", style="bold")
    for line in entry_lines("prior", found.prior, 0):
        console.print(line, soft_wrap=True)
    since = f"Since version {found.since}, by {one_line(found.author)}: {one_line(found.reason)}"
    paragraph(console, since, style="dim")


@command.command("set", help=SET_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@click.option("--prior", required=True, callback=one(mapping), metavar="PRIOR", help="What it is from now on.")
@REASON
@AUTHOR
@BASED_ON
@ALL
@JSON
@asks_server
def set_prior(
    scenario: str,
    node: str,
    prior: dict[str, Any],
    reason: str,
    author: str | None,
    based_on: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Set a prior."""
    way_out = f"`branchcast prior show {scenario} {node}` shows what it is now: set it again if you still would"
    with server(way_out) as client:
        noun = client.prior(scenario, node)
        seen = noun.get(version=based_on)
        revision = noun.set(prior, reason=reason, author=author, if_match=seen.tag)
    if as_json:
        as_lines([revision])
    else:
        revised(output(), revision, everything)

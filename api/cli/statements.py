"""``branchcast statements``: what the experts of a panel stated for a node, and pooling that into its prior."""

from typing import Any, Literal, get_args

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.groups import Subcommands
from api.cli.inline import mapping
from api.cli.listing import as_lines, listed, moment
from api.cli.render_changes import revised
from api.cli.render_grid import Column, Row, paragraph
from api.cli.server_options import ALL, AS_OF, AUTHOR, BASED_ON, JSON, REASON
from api.cli.values import one
from api.client.statements import Pool
from api.routes.statements import StatementPage
from api.wording.text import one_line
from forecast.documents.writer import flow_text

HELP = """List what experts stated for a node, record a statement or a quote, or pool them into the node's prior.

A statement alone changes no scenario; pooling stores the next version.

\b
Examples:
  branchcast statements list talks summit
  branchcast statements add talks summit ana --prior ana.yaml --reason "Asked"
  branchcast statements quote talks summit market QUOTE --branch deal
  branchcast statements pool talks summit --reason "All have been asked"
"""

LIST_HELP = """List the newest statement of each expert for a node.

\b
Examples:
  branchcast statements list talks summit
  branchcast statements list talks summit --history   all that was stated
"""

ADD_HELP = """Record what an expert states for a node.

PRIOR is YAML or JSON in quotes, or the file that holds it.

\b
Examples:
  branchcast statements add talks summit ana --reason "Interview of May" \\
    --prior '{family: beta, branch: deal, a: 3, b: 5}'
"""

QUOTE_HELP = """Let an expert state what a community or a market said: a quote of `branchcast import`, by its id.

A probability is of one of two branches, which --branch names; options go with a node whose branches are called as they
are. The reason states the source, the moment and the terms.

\b
Examples:
  branchcast statements quote talks summit market 01k8zq4h7v... \\
    --branch deal --size 20
"""

POOL_HELP = """Pool the newest statements into the node's prior: store the next version, and show what moves.

\b
Examples:
  branchcast statements pool talks summit --reason "All have been asked"
  branchcast statements pool talks summit --reason "Asked" --pool log_pool
  branchcast statements pool talks summit --reason "Asked" \\
    --weights '{ana: 0.6, ben: 0.4}'
"""


@click.group("statements", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on statements."""


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@click.option("--history", is_flag=True, help="Everything that was stated, newest first.")
@AS_OF
@ALL
@JSON
@asks_server
def list_statements(
    scenario: str, node: str, history: bool, as_of: str | None, everything: bool, as_json: bool
) -> None:
    """List statements."""
    with server() as client:
        found = client.statements(scenario, node).list(history=history, as_of=as_of)
        if as_json:
            as_lines(found)
            return
        columns = [Column("expert"), Column("recorded (UTC)"), Column("by")]
        listed(found, columns, _row, everything=everything, nothing="Nobody has stated anything for this node.")


def _row(stated: StatementPage) -> Row:
    cells = [stated.expert, moment(stated.recorded_at), one_line(stated.author)]
    return Row(cells, note=f"{one_line(flow_text(stated.prior))}: {one_line(stated.reason)}")


@command.command("add", help=ADD_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@click.argument("expert", metavar="EXPERT")
@click.option("--prior", required=True, callback=one(mapping), metavar="PRIOR", help="What the expert states.")
@REASON
@AUTHOR
@JSON
@asks_server
def add_statement(
    scenario: str, node: str, expert: str, prior: dict[str, Any], reason: str, author: str | None, as_json: bool
) -> None:
    """Record a statement."""
    with server() as client:
        made = client.statements(scenario, node).add(expert, prior, reason=reason, author=author)
    _tell(made, as_json)


@command.command("quote", help=QUOTE_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@click.argument("expert", metavar="EXPERT")
@click.argument("quote", metavar="QUOTE")
@click.option("--branch", metavar="NAME", help="Branch, of two, that a probability is of.")
@click.option(
    "--size",
    type=click.FloatRange(0.0, min_open=True),
    metavar="N",
    help="How many observations it is worth.  [default: known exactly]",
)
@AUTHOR
@JSON
@asks_server
def state_quote(
    scenario: str,
    node: str,
    expert: str,
    quote: str,
    branch: str | None,
    size: float | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Record a quote as a statement."""
    with server() as client:
        made = client.quotes(scenario).state(
            quote, node, expert, branch=branch, equivalent_sample_size=size, author=author
        )
    _tell(made, as_json)


def _tell(made: StatementPage, as_json: bool) -> None:
    if as_json:
        as_lines([made])
        return
    said = f"Recorded: {made.expert} states {flow_text(made.prior)} for node {made.node}."
    paragraph(output(), f"{one_line(said)} The scenario stays as it is until the panel is pooled.")


def _exponent(text: str) -> float | Literal["neyman_roughgarden"]:
    if text == "neyman_roughgarden":
        return "neyman_roughgarden"
    try:
        return float(text)
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is neither a number nor neyman_roughgarden") from error


@command.command("pool", help=POOL_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("node", metavar="NODE")
@click.option(
    "--pool",
    type=click.Choice(get_args(Pool)),
    default="mixture",
    show_default=True,
    help="Mix whole trees, or take the geometric mean of the odds.",
)
@click.option(
    "--exponent", callback=one(_exponent), metavar="X", help="What log-odds are multiplied by; with extremised."
)
@click.option("--expert", "experts", multiple=True, metavar="NAME", help="Pool these only.  May be repeated.")
@click.option("--weights", callback=one(mapping), metavar="WEIGHTS", help="Expert → weight, for every panel.")
@REASON
@AUTHOR
@BASED_ON
@ALL
@JSON
@asks_server
def pool_statements(
    scenario: str,
    node: str,
    pool: Pool,
    exponent: float | Literal["neyman_roughgarden"] | None,
    experts: tuple[str, ...],
    weights: dict[str, Any] | None,
    reason: str,
    author: str | None,
    based_on: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Pool statements."""
    way_out = f"`branchcast scenarios diff {scenario}` shows the newest change: pool again if you still would"
    with server(way_out) as client:
        # Weights count at every panel, so they are based on the scenario as a whole.
        prior = client.prior(scenario, node)
        seen = prior.get(version=based_on) if weights is None else client.scenarios.get(scenario, version=based_on)
        revision = client.statements(scenario, node).pool(
            reason=reason,
            if_match=seen.tag,
            pool=pool,
            exponent=exponent,
            experts=experts or None,
            weights=weights,
            author=author,
        )
    if as_json:
        as_lines([revision])
    else:
        revised(output(), revision, everything)

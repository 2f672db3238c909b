"""``branchcast listings``: which question of which platform ours answers."""

from typing import Any

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.groups import Subcommands
from api.cli.inline import mapping
from api.cli.listing import as_lines, listed, moment
from api.cli.render_grid import Column, Row, paragraph
from api.cli.render_listings import asked_of_ours, platform_of, their_id
from api.cli.server_options import ALL, AS_OF, AUTHOR, JSON, REASON
from api.cli.values import one
from api.routes.listings import ListingPage
from api.wording.text import one_line

HELP = """Say which question of which platform ours answers.

\b
Examples:
  branchcast listings list talks
  branchcast listings set talks deal --listing deal.yaml --reason "Ours"
  branchcast listings end talks deal --reason "The platform has closed it"
"""

SET_HELP = """Record a listing under a name of yours; what the name stood for before stays on record.

LISTING is YAML or JSON, or a file of it: the platform, our question, and what its format needs to know of its own.

\b
Examples:
  branchcast listings set talks deal --reason "Same clause" \\
    --listing '{platform: table, question: deal}'
"""

LIST_HELP = """List what is listed where.

\b
Examples:
  branchcast listings list talks
  branchcast listings list talks --as-of 2026-08-20
"""

END_HELP = """Let a listing no longer count; it stays on record.

\b
Examples:
  branchcast listings end talks deal --reason "The platform has closed it"
"""


@click.group("listings", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on listings."""


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@AS_OF
@ALL
@JSON
@asks_server
def list_listings(scenario: str, as_of: str | None, everything: bool, as_json: bool) -> None:
    """List listings."""
    with server() as client:
        found = client.listings(scenario).list(as_of=as_of)
    if as_json:
        as_lines(found)
        return
    columns = [
        *(Column("listing"), Column("platform"), Column("question"), Column("their id")),
        Column("recorded (UTC)", spare=True),
    ]
    listed(iter(found), columns, _row, everything=everything, nothing="Nothing is listed.")


def _row(page: ListingPage) -> Row:
    cells = [page.name, platform_of(page), asked_of_ours(page), their_id(page)]
    return Row([*cells, moment(page.recorded_at)])


@command.command("set", help=SET_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("name", metavar="NAME")
@click.option("--listing", required=True, callback=one(mapping), metavar="LISTING", help="What the listing states.")
@REASON
@AUTHOR
@JSON
@asks_server
def set_listing(
    scenario: str, name: str, listing: dict[str, Any], reason: str, author: str | None, as_json: bool
) -> None:
    """Record a listing."""
    with server() as client:
        made = client.listings(scenario).set(name, listing, reason=reason, author=author)
    _show(made, "Recorded", as_json)


@command.command("end", help=END_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("name", metavar="NAME")
@REASON
@AUTHOR
@JSON
@asks_server
def end_listing(scenario: str, name: str, reason: str, author: str | None, as_json: bool) -> None:
    """End a listing."""
    with server() as client:
        made = client.listings(scenario).end(name, reason=reason, author=author)
    _show(made, "Ended", as_json)


def _show(made: ListingPage, done: str, as_json: bool) -> None:
    if as_json:
        as_lines([made])
        return
    said = made.listing or {}
    where = f" ({said['platform']}, '{said['question']}')" if said else ""
    paragraph(output(), f"{made.name}{where}: {done.lower()} by {one_line(made.author)}: {one_line(made.reason)}")

"""``branchcast evidence``: what is on file for a scenario, and how the ledger grows."""

from typing import Any

import click
from rich.console import Console

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.groups import Subcommands
from api.cli.inline import mapping
from api.cli.listing import as_lines, listed
from api.cli.render_changes import moved
from api.cli.render_grid import Column, Row, paragraph
from api.cli.server_options import ALL, AS_OF, AUTHOR, JSON, REASON, VERSION
from api.cli.values import one
from api.messages.evidence import EvidenceChangePage, EvidencePage
from api.wording.text import one_line

HELP = """List the evidence on file for a scenario, record an entry, or retract one.

Entries are never deleted: one that is retracted no longer counts, and stays on file with the reason.

\b
Examples:
  branchcast evidence list talks
  branchcast evidence add talks tip-off --entry tip-off.yaml --reason "Leaked"
  branchcast evidence retract talks tip-off --reason "It was forged"
"""

LIST_HELP = """List every entry on file, the latest first: what a document states and what was recorded since.

\b
Examples:
  branchcast evidence list talks
  branchcast evidence list talks --as-of 2026-08-20   on file then
"""

ADD_HELP = """Record an entry, and show what it moves.

ENTRY is what a document states under `evidence`, as YAML or JSON in quotes, or the file that holds it. What comes
twice with one --dedupe-key is recorded once.

\b
Examples:
  branchcast evidence add talks envoy --reason "Seen at the airport" \\
    --entry '{date: 2026-03-01, what: Envoy, likelihood_ratio: {deal: 2}}'
"""

RETRACT_HELP = """Let an entry no longer count, and show what that moves.

\b
Examples:
  branchcast evidence retract talks envoy --reason "It was a tourist"
"""


@click.group("evidence", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on evidence."""


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@VERSION
@AS_OF
@ALL
@JSON
@asks_server
def list_evidence(scenario: str, version: int | None, as_of: str | None, everything: bool, as_json: bool) -> None:
    """List entries."""
    with server() as client:
        found = client.evidence(scenario).list(version=version, as_of=as_of)
        if as_json:
            as_lines(found)
            return
        columns = [Column("entry"), Column("date"), Column("in force"), Column("on file in", spare=True)]
        listed(found, columns, _row, everything=everything, nothing="No evidence is on file.")


def _row(entry: EvidencePage) -> Row:
    cells = [entry.name, str(entry.entry["date"]), "yes" if entry.in_force else "no", entry.origin]
    note = one_line(entry.entry["what"])
    return Row(cells, note=note if entry.why_not is None else f"{note} ({one_line(entry.why_not)})")


@command.command("add", help=ADD_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("name", metavar="NAME")
@click.option("--entry", required=True, callback=one(mapping), metavar="ENTRY", help="What the entry states.")
@REASON
@AUTHOR
@click.option("--dedupe-key", metavar="TEXT", help="Your own id of the news, such as the address it is from.")
@ALL
@JSON
@asks_server
def add_evidence(
    scenario: str,
    name: str,
    entry: dict[str, Any],
    reason: str,
    author: str | None,
    dedupe_key: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Record an entry."""
    with server() as client:
        made = client.evidence(scenario).add(name, entry, reason=reason, author=author, dedupe_key=dedupe_key)
    if as_json:
        as_lines([made])
    else:
        _show(output(), made, everything)


@command.command("retract", help=RETRACT_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("name", metavar="NAME")
@REASON
@AUTHOR
@ALL
@JSON
@asks_server
def retract_evidence(
    scenario: str, name: str, reason: str, author: str | None, everything: bool, as_json: bool
) -> None:
    """Retract an entry."""
    with server() as client:
        made = client.evidence(scenario).retract(name, reason=reason, author=author)
    if as_json:
        as_lines([made])
    else:
        _show(output(), made, everything)


def _show(console: Console, made: EvidenceChangePage, everything: bool) -> None:
    paragraph(console, f"{made.entry['date']}  {made.name}  {one_line(made.entry['what'])}", style="bold")
    if made.retraction is not None:
        paragraph(console, f"Retracted by {one_line(made.retraction.author)}: {one_line(made.retraction.reason)}")
    else:
        paragraph(console, f"Recorded by {one_line(made.author)}: {one_line(made.reason)}")
        if made.why_not is not None:
            paragraph(console, f"It is not in force: {one_line(made.why_not)}")
    moved(console, made.moved, everything)

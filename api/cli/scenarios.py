"""``branchcast scenarios``: which are stored, what each says and said, and new versions."""

from collections.abc import Iterable

import click
from rich.console import Console

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.exits import Exit, Refusal
from api.cli.files import called
from api.cli.groups import Subcommands
from api.cli.listing import as_lines, listed, moment
from api.cli.render_changes import changes, moved, provenance, revised, stored
from api.cli.render_grid import Column, Row, grid, paragraph, section
from api.cli.scenario_sources import read_source
from api.cli.server_options import ALL, AS_OF, AUTHOR, JSON, REASON, VERSION
from api.client import AnswerError, Client, TaggedVersion
from api.http.problem_kinds import UNKNOWN_SCENARIO
from api.messages.versions import VersionGlance, VersionPage
from api.routes.diff import DiffPage
from api.wording.text import one_line
from forecast.documents.writer import flow_text

HELP = """List, show and store the scenarios of a server, and compare their versions.

A version never changes: whoever stores the next one says why, and what was believed before stays readable.

\b
Examples:
  branchcast scenarios list
  branchcast scenarios push talks.yaml --reason "First version"
  branchcast scenarios diff talks
"""

LIST_HELP = """List the newest version of each scenario.

\b
Examples:
  branchcast scenarios list
  branchcast scenarios list --json | jq .id
"""

SHOW_HELP = """Show what a scenario states: the newest version, an earlier one, or the one of a moment.

\b
Examples:
  branchcast scenarios show talks
  branchcast scenarios show talks --as-of 2026-08-20
  branchcast scenarios show talks --yaml > talks.yaml
"""

PUSH_HELP = """Store the scenario of a file: a new one, or the next version of one that is stored.

A next version says with --based-on which version its file was made from, so that nobody's work is undone unseen.
FILE is as for `branchcast run`.

\b
Examples:
  branchcast scenarios push talks.yaml --reason "First version"
  branchcast scenarios push talks.yaml --reason "Talks begin" --based-on 3
"""

VERSIONS_HELP = """List the versions of a scenario: who stored which, when and why.

\b
Examples:
  branchcast scenarios versions talks
"""

DIFF_HELP = """Say what changed between two versions of a scenario, in words, and what that moves.

\b
Examples:
  branchcast scenarios diff talks                the newest and the one before
  branchcast scenarios diff talks --from 3 --to 7
  branchcast scenarios diff talks --no-numbers   in words only
"""


@click.group("scenarios", cls=Subcommands, help=HELP, epilog=EPILOG)
def command() -> None:
    """Group the commands on scenarios."""


@command.command("list", help=LIST_HELP, epilog=EPILOG)
@ALL
@JSON
@asks_server
def list_scenarios(everything: bool, as_json: bool) -> None:
    """List scenarios."""
    with server() as client:
        found = client.scenarios.list()
        if as_json:
            as_lines(found)
            return
        columns = [Column(""), Column("version", right=True), Column("stored (UTC)"), Column("by", spare=True)]
        listed(found, columns, _scenario_row, everything=everything, nothing="No scenario is stored yet.")


def _scenario_row(glance: VersionGlance) -> Row:
    cells = [glance.id, str(glance.version), moment(glance.recorded_at), one_line(glance.author)]
    return Row(cells, note=one_line(glance.title))


@command.command("show", help=SHOW_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@VERSION
@AS_OF
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the YAML as it was written, comments and all.")
@JSON
@asks_server
def show_scenario(scenario: str, version: int | None, as_of: str | None, as_yaml: bool, as_json: bool) -> None:
    """Show a version."""
    with server() as client:
        if as_yaml:
            click.echo(client.scenarios.yaml(scenario, version=version, as_of=as_of), nl=False)
            return
        found = client.scenarios.get(scenario, version=version, as_of=as_of)
    if as_json:
        as_lines([found])
    else:
        _show(output(), found)


def _show(console: Console, found: VersionPage) -> None:
    paragraph(console, one_line(found.title), style="bold")
    paragraph(console, f"As of {found.as_of}, about the time up to {found.horizon}.")
    paragraph(console, f"Version {found.version} of {found.id}, stored {provenance(found)}", style="dim")
    section(console, "Priors")
    nodes = found.document["nodes"]
    rows = [
        Row([name, str(found.priors[name])], note=one_line(flow_text(node["prior"]))) for name, node in nodes.items()
    ]
    grid(console, [Column(""), Column("since version", right=True)], rows)


@command.command("push", help=PUSH_HELP, epilog=EPILOG)
@click.argument("file", metavar="FILE")
@REASON
@AUTHOR
@click.option("--based-on", type=click.IntRange(1), metavar="N", help="Version that the file was made from.")
@ALL
@JSON
@asks_server
def push_scenario(
    file: str, reason: str, author: str | None, based_on: int | None, everything: bool, as_json: bool
) -> None:
    """Store a version."""
    scenario, text = read_source(file, "stored")
    way_out = f"`branchcast scenarios diff {scenario.scenario}` shows the newest change: bring it into {called(file)}"
    with server(way_out) as client:
        newest = _newest(client, scenario.scenario)
        if newest is None:
            made = client.scenarios.create(text, reason=reason, author=author)
            if as_json:
                as_lines([made])
            else:
                stored(output(), made)
            return
        if based_on is None:
            raise Refusal(
                f"scenario '{newest.id}' is stored already: version {newest.version} is of {provenance(newest)}\n"
                f"Add --based-on {newest.version} if the file was made from that version; else look with `branchcast "
                f"scenarios diff` and `scenarios show {newest.id} --yaml` at what has changed",
                Exit.USAGE,
            )
        tag = client.scenarios.get(newest.id, version=based_on).tag
        revision = client.scenarios.put(newest.id, text, reason=reason, author=author, if_match=tag)
    if as_json:
        as_lines([revision])
    else:
        revised(output(), revision, everything)


def _newest(client: Client, scenario: str) -> TaggedVersion | None:
    try:
        return client.scenarios.get(scenario)
    except AnswerError as error:
        if error.kind == UNKNOWN_SCENARIO.slug:
            return None
        raise


@command.command("versions", help=VERSIONS_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@AS_OF
@ALL
@JSON
@asks_server
def list_versions(scenario: str, as_of: str | None, everything: bool, as_json: bool) -> None:
    """List versions."""
    with server() as client:
        found = client.scenarios.versions(scenario, as_of=as_of)
        if as_json:
            as_lines(found)
            return
        columns = [Column("version"), Column("stored (UTC)"), Column("by"), Column("digest", spare=True)]
        listed(found, columns, _version_row, everything=everything, nothing="No version is stored.")


def _version_row(glance: VersionGlance) -> Row:
    digest = glance.digest.removeprefix("sha256:")[:12]
    cells = [str(glance.version), moment(glance.recorded_at), one_line(glance.author), digest]
    return Row(cells, note=one_line(glance.reason))


@command.command("diff", help=DIFF_HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.option(
    "--from", "before", type=click.IntRange(1), metavar="N", help="Earlier version.  [default: the one before --to]"
)
@click.option("--to", "after", type=click.IntRange(1), metavar="N", help="Later version.  [default: the newest]")
@click.option("--no-numbers", is_flag=True, help="Compute nothing: say only what the documents state differently.")
@ALL
@JSON
@asks_server
def diff_versions(
    scenario: str, before: int | None, after: int | None, no_numbers: bool, everything: bool, as_json: bool
) -> None:
    """Compare two versions."""
    with server() as client:
        found = client.scenarios.diff(scenario, before=before, after=after, numbers=not no_numbers)
    if as_json:
        as_lines([found])
    else:
        _show_diff(output(), found, everything)


def _show_diff(console: Console, found: DiffPage, everything: bool) -> None:
    paragraph(
        console, f"{found.scenario}, version {found.before.version} to version {found.after.version}", style="bold"
    )
    for line in _between(found):
        paragraph(console, line, style="dim")
    changes(console, found.changes)
    if found.moved is not None:
        moved(console, found.moved, everything)


def _between(found: DiffPage) -> Iterable[str]:
    yield f"Version {found.after.version} was stored {provenance(found.after)}"
    for entry in found.recorded:
        yield f"In between, {one_line(entry.author)} recorded evidence {entry.name}: {one_line(entry.entry['what'])}"
    for entry in found.retracted:
        assert entry.retraction is not None
        by, why = one_line(entry.retraction.author), one_line(entry.retraction.reason)
        yield f"In between, {by} retracted evidence {entry.name}: {why}"

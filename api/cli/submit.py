"""``branchcast submit``: a recorded forecast sent to a platform, once somebody says so; and what became of it."""

import json
from collections.abc import Sequence
from typing import Any

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import notices, output
from api.cli.inline import mapping
from api.cli.listing import as_lines, listed, moment
from api.cli.render_distortions import distortions
from api.cli.render_grid import Column, Row, grid, paragraph
from api.cli.server_options import ALL, AUTHOR, JSON
from api.cli.values import one
from api.client import Client
from api.routes.submissions import ReceiptPage, SubmissionGlance, SubmissionsAsked
from api.wording.text import one_line

HELP = """Send a recorded forecast to a platform, once you say --send; until then, show exactly what would be sent.

Without PLATFORM, FORECAST is the id of a submission, and what became of it is shown; without both, all are listed. With
--withdraw it is the id of a scenario, whose forecasts are withdrawn from the platform, by the same steps.

\b
Examples:
  branchcast submit FORECAST metaculus               what would be sent
  branchcast submit FORECAST metaculus --send --reason "Monthly"
  branchcast submit --withdraw SCENARIO metaculus    what would withdraw it
  branchcast submit --withdraw SCENARIO metaculus --send --reason "A slip"
  branchcast submit                                  what was sent
  branchcast submit SUBMISSION                       what became of it
"""

_A_LOOK = "a look before sending"


@click.command("submit", help=HELP, epilog=EPILOG)
@click.argument("forecast", metavar="[FORECAST]", required=False)
@click.argument("platform", metavar="[PLATFORM]", required=False)
@click.option("--listing", "names", multiple=True, metavar="NAME", help="Only this listing; repeat for more.")
@click.option("--settings", callback=one(mapping), metavar="SETTINGS", help="What the format wants to know once.")
@click.option("--withdraw", is_flag=True, help="Withdraw a scenario's forecasts instead; FORECAST is its id.")
@click.option("--send", is_flag=True, help="Send it. Without this, nothing is sent.")
@click.option("--reason", metavar="TEXT", help="Why, for whoever asks in a year; needed to send.")
@AUTHOR
@ALL
@JSON
@asks_server
def command(
    forecast: str | None,
    platform: str | None,
    names: tuple[str, ...],
    settings: dict[str, Any] | None,
    withdraw: bool,
    send: bool,
    reason: str | None,
    author: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Send, or show."""
    if platform is None and (send or names or settings or withdraw):
        what = "scenario" if withdraw else "forecast"
        raise click.UsageError(f"name the platform to send to, after the {what}")
    if withdraw and settings:
        raise click.UsageError("--settings are for a forecast that is sent: a withdrawal has none")
    if send and reason is None:
        raise click.UsageError("state a --reason, for whoever asks in a year why this was sent")
    with server() as client:
        if forecast is None:
            _list(client, everything, as_json)
        elif platform is None:
            _show(client, forecast, as_json)
        elif withdraw:
            asked = client.listings(forecast).withdraw(
                platform, reason=reason or _A_LOOK, dry_run=not send, listings=list(names) or None, author=author
            )
            _tell(asked, as_json)
        else:
            asked = client.submissions.ask(
                forecast,
                platform,
                reason=reason or _A_LOOK,
                dry_run=not send,
                listings=list(names) or None,
                settings=settings,
                author=author,
            )
            _tell(asked, as_json)


def _tell(asked: SubmissionsAsked, as_json: bool) -> None:
    if as_json:
        as_lines([asked])
        return
    for request in asked.requests:
        click.echo(f"{request['method']} {request['path']}")
        click.echo(json.dumps(json.loads(request["body"]), ensure_ascii=False))
    distortions(notices(), ((each.listing, each.reason, each.figures) for each in asked.distortions))
    for note in asked.notes:
        paragraph(notices(), f"Note: {note}.")
    if asked.dry_run:
        paragraph(notices(), "Nothing was sent: say --send to send it.", style="bold")
    for each in asked.submissions:
        paragraph(output(), f"Submission {each.id}: {each.status}. `branchcast submit {each.id}` says how it goes.")


def _list(client: Client, everything: bool, as_json: bool) -> None:
    found = client.submissions.list()
    if as_json:
        as_lines(found)
        return
    columns = [
        Column("submission"),
        Column("asked (UTC)"),
        Column("platform"),
        Column("kind"),
        Column("status", style="bold"),
    ]
    listed(found, columns, _row, everything=everything, nothing="Nothing was sent.")


def _row(each: SubmissionGlance) -> Row:
    cells = [each.id, moment(each.created_at), each.platform, each.kind, each.status]
    return Row(cells, note=f"{', '.join(each.listings)}; {one_line(each.author)}: {one_line(each.reason)}")


def _show(client: Client, submission: str, as_json: bool) -> None:
    found = client.submissions.get(submission)
    if as_json:
        as_lines([found])
        return
    console = output()
    paragraph(console, f"{found.platform}, {found.kind}: {found.status}", style="bold")
    paragraph(console, f"Asked for by {one_line(found.author)}: {one_line(found.reason)}")
    _steps(found.receipts)


def _steps(receipts: Sequence[ReceiptPage]) -> None:
    columns = [Column("step"), Column("at (UTC)"), Column("outcome", style="bold"), Column("status", right=True)]
    rows = [
        Row(
            [
                each.step,
                moment(each.at),
                each.outcome.replace("_", " "),
                "" if each.status is None else str(each.status),
            ],
            note=one_line(str(each.answer.get("why") or each.answer.get("said") or "")),
        )
        for each in receipts
    ]
    if rows:
        grid(output(), columns, rows)

"""``branchcast questions``: what a scenario's newest forecast answers, and where it is asked."""

import json
from collections.abc import Sequence

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.listing import moment
from api.cli.render_grid import Column, Row, grid, paragraph, section
from api.cli.render_listings import asked_of_ours, platform_of, their_id
from api.cli.render_page import Page
from api.cli.render_questions import questions
from api.cli.server_options import ALL, AS_OF, JSON
from api.routes.listings import ListingPage
from forecast.result import Answer

HELP = """Show what the newest forecast of a scenario answers to each question, and which platforms ask it.

\b
Examples:
  branchcast questions talks
  branchcast questions talks --as-of 2026-08-20   as on record then
"""


@click.command("questions", help=HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@AS_OF
@ALL
@JSON
@asks_server
def command(scenario: str, as_of: str | None, everything: bool, as_json: bool) -> None:
    """Show questions."""
    with server() as client:
        found = client.forecasts.latest(scenario, as_of=as_of)
        listed = client.listings(scenario).list(as_of=as_of)
    if as_json:
        for name, answer in found.forecast.questions.items():
            _as_line(name, answer, [each for each in listed if (each.listing or {}).get("question") == name])
        return
    console = output()
    paragraph(console, f"As of {found.as_of}, by forecast {found.id}, recorded {moment(found.recorded_at)} UTC.")
    if not found.forecast.questions:
        paragraph(console, "The scenario asks no questions.")
    questions(Page(found.forecast, console, everything))
    if listed:
        section(console, "Where they are asked")
        columns = [Column("question"), Column("platform"), Column("listing", spare=True), Column("their id")]
        grid(console, columns, [_row(each) for each in listed])


def _as_line(name: str, answer: Answer, listed: Sequence[ListingPage]) -> None:
    """Print a question's answer as JSON: its name first, and its listings last."""
    told = {"question": name, **answer.model_dump(mode="json")}
    told["listings"] = [each.model_dump(mode="json") for each in listed]
    click.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))


def _row(page: ListingPage) -> Row:
    return Row([asked_of_ours(page), platform_of(page), page.name, their_id(page)])

"""``branchcast import``: what communities and markets say of our questions, quoted and shown beside ours."""

# ruff: noqa: N999 -- a command's module has the name of the command, also where Python has another use for it

from typing import Any, get_args

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.files import UnreadableError, located, read_text
from api.cli.inline import mapping
from api.cli.listing import as_lines, moment
from api.cli.render_grid import paragraph
from api.cli.render_outside import in_short, outside, terms
from api.cli.server_options import AS_OF, AUTHOR, JSON
from api.cli.values import one
from api.messages.quotes import QuotePage
from api.routes.quotes import MOST_TEXT, QuotesTaken, Source
from api.wording.text import one_line
from api.work.quotes import TABLE
from forecast.scorecards.parts import part_in_words

HELP = """Quote what a source says of a QUESTION of ours; without QUESTION, show ours beside what every source says.

The server reads the source. What it quotes stands beside ours and changes no forecast.

\b
SOURCE      PLACE
metaculus   post, or post/question
manifold    market, or market/answer
polymarket  condition id, or event:slug
kalshi      ticker, or event:ticker

\b
PART                      of our answer, if the quote is not of the whole
{option: LABEL}           that this option comes about
{by: DAY}                 that it has happened by the end of a day
{given: true}             the half of a pair whose condition holds, or false
{at_least: 3, below: 5}   that the number lies there; one of them may do

\b
Examples:
  branchcast import talks
  branchcast import talks deal --from metaculus --place 39876/40123
  branchcast import talks which --from manifold --place Ab3dEf \\
    --options '{They sign: A deal, Other: Anything else}'
  branchcast import talks deal --csv quotes.csv
  branchcast import talks when --from kalshi --place KXDEAL-27 \\
    --part '{by: 2027-01-01}'
"""

FROM = tuple(source for source in get_args(Source) if source != TABLE)


@click.command("import", help=HELP, epilog=EPILOG)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("question", metavar="[QUESTION]", required=False)
@click.option("--from", "source", type=click.Choice(FROM), metavar="SOURCE", help="Whom to quote.")
@click.option("--place", metavar="PLACE", help="The source's own id of its question.")
@click.option("--csv", "table", metavar="FILE", help="Quotes of your own, as CSV; - for standard input.")
@click.option("--options", callback=one(mapping), metavar="OPTIONS", help="Their option → ours, if called otherwise.")
@click.option("--part", callback=one(mapping), metavar="PART", help="What part of our answer it is the probability of.")
@click.option("--reason", metavar="TEXT", help="Why this is asked beside that.")
@AUTHOR
@AS_OF
@JSON
@asks_server
def command(
    scenario: str,
    question: str | None,
    source: str | None,
    place: str | None,
    table: str | None,
    options: dict[str, Any] | None,
    part: dict[str, Any] | None,
    reason: str | None,
    author: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Quote a source, or show what is quoted."""
    if question is None:
        _require_none("quotes a source", place=place, csv=table, options=options, part=part, reason=reason)
        _require_none("quotes a source", author=author, **{"from": source})
        _show(scenario, as_of, as_json)
        return
    _require_none("shows what is quoted, without QUESTION", as_of=as_of)
    with server() as client:
        quotes = client.quotes(scenario)
        if table is not None and source is None and place is None:
            text = _text(table)
            taken = quotes.add_table(question, text, options=options, part=part, reason=reason, author=author)
        elif table is None and source is not None and place is not None:
            taken = quotes.add(question, source, place, options=options, part=part, reason=reason, author=author)
        else:
            raise click.UsageError("state --from and --place of a source that the server reads, or --csv")
    if as_json:
        as_lines(taken.quotes)
    else:
        _tell(taken)


def _require_none(way: str, **stated: object) -> None:
    for name, value in stated.items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} is for a command that {way}")


def _show(scenario: str, as_of: str | None, as_json: bool) -> None:
    with server() as client:
        page = client.quotes(scenario).outside(as_of=as_of)
    if as_json:
        as_lines([page])
    else:
        outside(output(), page)


def _text(table: str) -> str:
    try:
        return read_text(table, MOST_TEXT)
    except UnreadableError as error:
        raise click.BadParameter(located(table, error.fault), param_hint="--csv") from error


def _tell(taken: QuotesTaken) -> None:
    console = output()
    for quote in taken.quotes:
        paragraph(console, _said(quote), style="bold")
        paragraph(console, f"{one_line(quote.wording)}", indent=4)
        for note in quote.notes:
            paragraph(console, f"Note: {note}.", indent=4)
        paragraph(console, f"Quote {quote.id}", indent=4, style="dim")
    known = len(taken.quotes) - taken.recorded
    if known:
        what = "It was" if len(taken.quotes) == 1 else f"{known:,} of them were"
        paragraph(console, f"{what} on record already.")
    terms(console, taken.quotes)


def _said(quote: QuotePage) -> str:
    where = one_line(f"{quote.source} {quote.place}")
    of = "" if quote.part is None else f", {part_in_words(quote.part)}"
    return f"{quote.question}{one_line(of)}: {where} says {in_short(quote)}, since {moment(quote.valid_at)} UTC."

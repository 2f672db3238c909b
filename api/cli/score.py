"""``branchcast score``: how good the forecasts were, of one scenario or of all."""

from datetime import date
from typing import Any

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.listing import as_lines
from api.cli.render_scores import card_in_full, overall, whole_page
from api.cli.server_options import ALL, AS_OF, JSON
from api.cli.values import day, one
from forecast.scorecards.groups import By
from forecast.scorecards.records import Each

HELP = """Show how good the forecasts of a scenario were, at all that has resolved or in full at one PLACE.

Without SCENARIO: how often things happened that were said to be about as likely, over all scenarios.

A place is scored from its first forecast to the end, in UTC, of the day on which it closes or was settled. What was
recorded later does not count, nor do forecasts that assume something.

\b
Examples:
  branchcast score talks
  branchcast score talks questions.deal-this-year    every prediction
  branchcast score talks --by analyst                averages
  branchcast score talks --as-of 2026-08-20          as known then
  branchcast score                                   calibration over all
"""


@click.command("score", help=HELP, epilog=EPILOG)
@click.argument("scenario", metavar="[SCENARIO]", required=False)
@click.argument("place", metavar="[PLACE]", required=False)
@click.option(
    "--by",
    type=click.Choice(["analyst", "depth", "type", "topic", "platform"]),
    help="Average by the author of forecasts, the depth of nodes, the type or topic of question, or who asks.",
)
@click.option(
    "--opens", callback=one(day), metavar="DAY", help="Day with which lives begin.  [default: first forecast]"
)
@click.option(
    "--base-rate",
    type=click.FloatRange(0.0, 1.0, max_open=True),
    metavar="P",
    help="Of yes at the opening, for skill.  [default: that of the first forecast]",
)
@click.option("--ordered", is_flag=True, help="Options are in order: off by one costs less than off by two.")
@click.option(
    "--each",
    type=click.Choice(["every", "first"]),
    default="every",
    show_default=True,
    help="Predictions of a question that count for calibration.",
)
@AS_OF
@ALL
@JSON
@asks_server
def command(
    scenario: str | None,
    place: str | None,
    by: By | None,
    opens: date | None,
    base_rate: float | None,
    ordered: bool,
    each: Each,
    as_of: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show scores."""
    if scenario is None:
        _require_none(by=by, opens=opens, base_rate=base_rate, ordered=ordered or None)
        with server() as client:
            found = client.calibration(each=each, as_of=as_of)
        if as_json:
            as_lines([found])
        else:
            overall(output(), found)
        return
    with server() as client:
        page = client.scores(
            scenario,
            of=place,
            by=by,
            opens=opens,
            base_rate=base_rate,
            ordered=ordered,
            each=each,
            as_of=as_of,
        )
    if as_json:
        as_lines([page])
    elif place is not None:
        card_in_full(output(), page.places[0], everything)
    else:
        whole_page(output(), page, everything)


def _require_none(**stated: Any) -> None:  # noqa: ANN401 -- values of options
    for name, value in stated.items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} is about the scores of one scenario: name it")

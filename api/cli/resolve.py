"""``branchcast resolve``: what happened in a scenario, listed and recorded."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from api.cli.asking import EPILOG, asks_server, server
from api.cli.consoles import output
from api.cli.exits import Exit, Refusal
from api.cli.listing import as_lines, listed
from api.cli.render_grid import Column, Row, paragraph
from api.cli.render_scores import card_in_full, short
from api.cli.server_options import ALL, AS_OF, AUTHOR, JSON
from api.cli.values import day, one
from api.client import Client
from api.messages.resolutions import ResolutionPage
from api.wording.text import one_line
from forecast.resolutions import MOST, branches_of, kind_at, outcomes_of
from forecast.scenario import Scenario, parse_scenario
from forecast.spelling import nearest
from forecast.statements.questions import MultipleChoiceQuestion

HELP = """Say what happened at a PLACE of a scenario, and see what that scores; without PLACE, list what happened.

\b
PLACE             VALUE
questions.NAME    yes or no; an option's label; a number; a day or never;
                  of a conditional pair, `held,yes`, `held,no`, `failed,yes`
                  or `failed,no`: the condition first
nodes.NAME        the branch that was taken, or never if it was not reached
outcomes          the outcome in which the history ended
any of them       annulled, if there is no answer; nothing is scored then

A correction is recorded beside what it corrects.

\b
Examples:
  branchcast resolve talks
  branchcast resolve talks questions.deal-this-year yes --on 2026-08-20 \\
    --reason "Both signed" --source "Reuters, 20 August"
  branchcast resolve talks nodes.meeting met --on 2026-05-02 --reason "Seen"
  branchcast resolve talks outcomes deal --on 2026-08-20 --reason "Signed"
"""

NEVER, ANNULLED = "never", "annulled"


# A number below 0 looks like an option, and is none.
@click.command("resolve", help=HELP, epilog=EPILOG, context_settings={"ignore_unknown_options": True})
@click.argument("scenario", metavar="SCENARIO")
@click.argument("place", metavar="[PLACE]", required=False)
@click.argument("value", metavar="[VALUE]", required=False)
@click.option("--on", "on", callback=one(day), metavar="DAY", help="Day on which it was settled, in UTC.")
@click.option("--reason", metavar="TEXT", help="Why, for whoever asks in a year.")
@click.option("--source", metavar="TEXT", help="Where it can be looked up.")
@AUTHOR
@click.option("--history", is_flag=True, help="List all that was recorded, newest first.")
@AS_OF
@ALL
@JSON
@asks_server
def command(
    scenario: str,
    place: str | None,
    value: str | None,
    on: date | None,
    reason: str | None,
    source: str | None,
    author: str | None,
    history: bool,
    as_of: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Record a resolution, or list them."""
    _require_no_option(scenario, place, value)
    if place is None:
        _require_none("record", on=on, reason=reason, source=source, author=author)
        with server() as client:
            _list(client, scenario, history=history, as_of=as_of, everything=everything, as_json=as_json)
        return
    _require_none("list", history=history or None, as_of=as_of)
    if value is None or on is None or reason is None:
        raise click.UsageError("state PLACE, VALUE, --on and --reason together, or SCENARIO alone to list")
    with server() as client:
        said = _typed(client, scenario, place, value)
        made = client.resolutions(scenario).add(
            place, said, happened_on=on, reason=reason, source=source, author=author
        )
    if as_json:
        as_lines([made])
        return
    console = output()
    paragraph(console, f"Recorded by {one_line(made.author)}: {one_line(made.reason)}")
    for note in made.notes:
        paragraph(console, f"Note: {one_line(note)}.", style="bold")
    if made.score is None:
        paragraph(console, f"Not scored: {one_line(made.not_scored or '')}.")
    else:
        card_in_full(console, made.score, everything)


def _require_no_option(*arguments: str | None) -> None:
    """Refuse a misspelt option that was taken for an argument."""
    for text in arguments:
        if text is not None and text.startswith("--"):
            ctx = click.get_current_context()
            known = [name for param in ctx.command.params for name in param.opts if name.startswith("--")]
            close = nearest(text, known)
            raise click.NoSuchOption(text, possibilities=None if close is None else [close], ctx=ctx)


def _require_none(way: str, **stated: object) -> None:
    for name, value in stated.items():
        if value is not None:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} is for those who {way} what happened: state PLACE and VALUE to record it")


def _list(client: Client, scenario: str, *, history: bool, as_of: str | None, everything: bool, as_json: bool) -> None:
    found = client.resolutions(scenario).list(history=history, as_of=as_of)
    if as_json:
        as_lines(found)
        return
    columns = [Column("place"), Column("what happened", style="bold"), Column("on"), Column("by", spare=True)]
    listed(found, columns, _row, everything=everything, nothing="Nothing has been resolved.")


def _row(found: ResolutionPage) -> Row:
    words, under = short(found.words)
    cells = [found.place, words, str(found.happened_on), one_line(found.author)]
    source = "" if found.source is None else f" ({one_line(found.source)})"
    return Row(cells, note=": ".join([*under, f"{one_line(found.reason)}{source}"]))


def _typed(client: Client, scenario_id: str, place: str, text: str) -> Mapping[str, Any]:
    """Return what was typed as a resolution of the kind that the place has."""
    scenario = parse_scenario(client.scenarios.get(scenario_id).document)
    try:
        kind = kind_at(scenario, place)
    except LookupError as error:
        raise Refusal(str(error.args[0]), Exit.REFUSED) from error
    labels = _labels(scenario, place, kind)
    # A label that is spelt like one of our words is a label.
    if text.strip().lower() == ANNULLED and text not in labels:
        return {"type": ANNULLED}
    return {"type": kind, **_READERS[kind](text.strip(), labels)}


def _labels(scenario: Scenario, place: str, kind: str) -> tuple[str, ...]:
    name = place.partition(".")[2]
    if kind == "node":
        return branches_of(scenario, name)
    if kind == "outcome":
        return outcomes_of(scenario)
    question = scenario.questions[name]
    return tuple(question.options) if isinstance(question, MultipleChoiceQuestion) else ()


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise click.BadParameter(f"'{text}' is neither yes nor no", param_hint="VALUE")
    return text.lower() == "yes"


def _binary(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    return {"happened": _yes_or_no(text)}


def _choice(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    return {"option": text}


def _numeric(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    plain = text.replace("_", "").replace(",", "")
    try:
        value = float(plain)
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is no number: write it as 27500 or 0.3", param_hint="VALUE") from error
    # Written so that NaN fails.
    if not abs(value) <= MOST:
        said = f"'{text}' is no number from {-MOST:g} to {MOST:g}: write it as 27500 or 0.3"
        raise click.BadParameter(said, param_hint="VALUE")
    return {"value": value}


def _date(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    return {"day": None if text.lower() == NEVER else day(text).isoformat()}


def _conditional(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    given, _comma, happened = (part.strip().lower() for part in text.partition(","))
    if given not in ("held", "failed"):
        raise click.BadParameter(
            f"'{text}' does not say whether the condition held: write held,yes or failed,no", param_hint="VALUE"
        )
    return {"given": given == "held", "happened": _yes_or_no(happened)}


def _node(text: str, labels: tuple[str, ...]) -> dict[str, Any]:
    return {"branch": None if text.lower() == NEVER and text not in labels else text}


def _outcome(text: str, _: tuple[str, ...]) -> dict[str, Any]:
    return {"outcome": text}


_READERS = {
    "binary": _binary,
    "multiple_choice": _choice,
    "numeric": _numeric,
    "date": _date,
    "conditional": _conditional,
    "node": _node,
    "outcome": _outcome,
}
"""Kind of a place → how what was typed is read."""

"""What the tests of the command line share: how a command is called, and a small scenario with every part."""

import importlib
import io
import re
from collections.abc import Callable, Mapping

import click
import click.testing
from rich.console import Console

from api.cli.render import render
from api.cli.root import COMMANDS
from forecast.result import Forecast

Cli = Callable[..., click.testing.Result]

TALKS = """\
scenario: talks
title: Will the talks end in a deal?
prior_status: made up
as_of: 2026-01-01
horizon: 2026-12-31
checkpoints: [2026-06-30]
nodes:
  meeting:
    branches: {met: talks, never_met: }
    prior: {family: hazard, event: met, rate: {family: gamma, shape: 2, rate_years: 2}}
    exhaustive: They meet or they do not.
    source: made up
  talks:
    branches:
      deal: {title: A text that both sign}
      no_deal: {}
    prior: {family: beta, branch: deal, a: 2, b: 5}
    exhaustive: A deal or none.
    source: made up
attributes:
  storm:
    title: A storm by the horizon
    default: {family: beta, a: 1, b: 400}
    source: made up
quantities:
  price:
    title: Price of the deal
    unit: crowns
    by_branch: {deal: {family: lognormal, median: 180000, p90: 320000}}
    default: {family: fixed, value: 0}
    source: made up
headline: {deal: [deal], none: [no_deal, never_met]}
groups:
  deal_in_calm: {all: [deal, {not: {attribute: storm}}]}
  deal_or_storm: {any: [deal, {attribute: storm}]}
chain: [met, deal]
questions:
  deal-this-year:
    type: binary
    text: Will there be a deal in 2026?
    resolution: By the text.
    closes: 2026-12-30
    event: deal
  dear-deal:
    type: binary
    text: Will a deal in 2026 cost more than 200,000?
    resolution: By the text.
    closes: 2026-12-30
    event: {quantity: price, above: 200000}
  cost:
    type: numeric
    text: What will it cost by the end of 2026?
    resolution: By the text.
    closes: 2026-12-30
    quantity: price
  when:
    type: date
    text: When do they meet?
    resolution: By the news.
    closes: 2026-12-30
    branch: met
  which:
    type: multiple_choice
    text: What comes of it in 2026?
    resolution: By the news.
    closes: 2026-12-30
    options: {A deal: deal, Anything else: rest}
  deal-if-met:
    type: conditional
    text: If they meet in the first half of 2026, is there a deal?
    resolution: By the news.
    closes: 2026-12-30
    given: {branch: met, by: 2026-06-30}
    event: deal
evidence:
  rumour:
    date: 2026-03-01
    what: A rumour of talks
    source: made up
    why: Rumours come before talks.
    likelihood_ratio: {met: 2}
  denial:
    date: 2026-03-02
    what: A denial
    source: made up
    status: proposed
    likelihood_ratio: {met: 0.5}
  visit:
    date: 2026-09-01
    what: A visit
    source: made up
    likelihood_ratio: {met: 3}
"""
"""A small scenario with every part that a table shows."""

COLDER = "{family: beta, branch: opens, a: 4, b: 6}"
"""Another prior for the one node of the minimal scenario, whose own is 7 : 3."""


def leaves() -> Mapping[str, click.Command]:
    """Return every command that does something by its whole name, such as ``run`` or ``scenarios list``."""
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command: click.Command = importlib.import_module(f"api.cli.{name}").command
        if isinstance(command, click.Group):
            found.update({f"{name} {inner}": each for inner, each in command.commands.items()})
        else:
            found[name] = command
    return found


def groups() -> Mapping[str, click.Group]:
    """Return the commands that only hold others."""
    commands = {name: importlib.import_module(f"api.cli.{name}").command for name in COMMANDS}
    return {name: command for name, command in commands.items() if isinstance(command, click.Group)}


def show(forecast: Forecast, width: int = 80, *, everything: bool = False, encoding: str = "utf-8") -> str:
    """Return the page as text."""
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, write_through=True)
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    render(forecast, console, everything=everything)
    return buffer.getvalue().decode(encoding)


def part(page: str, title: str) -> str:
    """Return a section of the page."""
    return re.split(r"\n\n(?=[A-Z][^\n]*[─-]$)", page.split(f"\n{title}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]

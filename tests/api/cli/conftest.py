"""Commands run in this process, and one forecast that the tests of the table share."""

from collections.abc import Callable

import click.testing
import pytest

from api.cli.root import root
from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import run
from forecast.settings import RunSettings

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


@pytest.fixture
def cli() -> Cli:
    """Return a function that runs a command line in this process and returns how it ended."""
    runner = click.testing.CliRunner(env={"COLUMNS": "80"})

    def invoke(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> click.testing.Result:
        return runner.invoke(root, list(arguments), input=stdin, env=environment, prog_name="branchcast")

    return invoke


@pytest.fixture(scope="session")
def talks() -> Forecast:
    """Return a forecast of the small scenario."""
    return run(read_scenario(TALKS), RunSettings(draws=4096))


@pytest.fixture(scope="session")
def later_talks() -> Forecast:
    """Return the forecast of a later day, with evidence and silence."""
    from datetime import date

    return run(read_scenario(TALKS), RunSettings(draws=4096, as_of=date(2026, 4, 1)))


@pytest.fixture
def talks_text() -> str:
    """Return the small scenario's text."""
    return TALKS

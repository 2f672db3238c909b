"""Commands run in this process, and forecasts that the tests of the table share."""

from datetime import date

import click.testing
import pytest

from api.cli.root import root
from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import run
from forecast.settings import RunSettings
from tests.api.cli.support import TALKS, Cli


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
    return run(read_scenario(TALKS), RunSettings(draws=4096, as_of=date(2026, 4, 1)))


@pytest.fixture
def talks_text() -> str:
    """Return the small scenario's text."""
    return TALKS

"""Commands run in this process, and forecasts that the tests of the table share."""

from collections.abc import Iterator
from datetime import date

import click.testing
import pytest

from api.cli.root import root
from api.settings import Settings
from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import run
from forecast.settings import RunSettings
from tests.api.cli.support import COLDER, TALKS, Cli
from tests.api.live import LiveServer, running


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


@pytest.fixture
def live_server(sqlite_address: str) -> Iterator[LiveServer]:
    """Yield a server that asks for no key, on a database of its own with the packaged scenarios."""
    settings = Settings(database=sqlite_address, scenarios=(), port=0, keyless=True, threads=2, max_work=2_000_000)
    with running(settings) as live:
        yield live


@pytest.fixture
def asking(cli: Cli, live_server: LiveServer) -> Cli:
    """Return a function that runs a command line against that server."""

    def invoke(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> click.testing.Result:
        return cli(*arguments, stdin=stdin, **{"BRANCHCAST_SERVER": live_server.url, **environment})

    return invoke


@pytest.fixture
def colder(asking: Cli) -> None:
    """Set the prior of the bridge from 7 : 3 to 4 : 6, so that there is a version 2."""
    done = asking("prior", "set", "minimal", "opening", "--prior", COLDER, "--reason", "frost", "--author", "ana")
    assert done.exit_code == 0, done.output

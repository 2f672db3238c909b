"""``branchcast serve``: the HTTP service in this process, until it is told to stop."""

import errno
import os
import signal
import socket
import sys
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_address

import click

from api.cli.exits import Exit, Refusal, epilog
from api.errors import StoreUnavailableError
from api.logs import configure
from api.server import Server
from api.settings import Settings, SettingsError, read_settings, variable
from api.store.database import Database, database_url, discreet_address
from api.store.schema import SchemaError
from api.work.first_key import first_key
from api.work.preparation import prepared_database
from api.work.scenario_files import ScenarioFileError

HELP = """Answer over HTTP: the same forecasts as `branchcast run`, as JSON.

Serves until Ctrl-C or SIGTERM; requests in flight are finished first, and runs under way go back into the queue.

Everything is kept in one database: a file, or PostgreSQL for a team. Several servers may share one. Who asks needs a
key; the first one is made and printed when a database has none. On this machine alone, --keyless asks for none.

\b
Examples:
  branchcast serve                         then open 127.0.0.1:8000/docs
  branchcast serve --keyless               no key, on this machine only
  branchcast serve --database team.db
  branchcast serve --database postgresql://analyst@db/team --host 0.0.0.0
  branchcast serve --scenarios forecasts/  stores your scenarios and no others

Options not given are read from the environment (BRANCHCAST_HOST, BRANCHCAST_PORT, ...), then from their defaults.
"""

BACKLOG = 2048

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@click.command("serve", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED))
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65_535), metavar="N", help="Port; 0 lets the system choose.  [default: 8000]"
)
@click.option(
    "--scenarios",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="Store the scenarios of FOLDER at the start, if they are new.  [default: those that come with branchcast]",
)
@click.option(
    "--database", metavar="DB", help="SQLite file, or URL of a PostgreSQL database.  [default: branchcast.db]"
)
@click.option("--keyless", is_flag=True, help="Ask for no key; on a loopback address only.")
def command(host: str | None, port: int | None, scenarios: str | None, database: str | None, keyless: bool) -> None:
    """Serve until a signal comes."""
    settings = _settings(host, port, scenarios, database, keyless)
    addresses = _addresses(settings)
    if settings.keyless and not all(ip_address(address).is_loopback for _, address in addresses):
        raise click.UsageError(
            f"{settings.host} can be reached from other machines, and --keyless would let them all in: "
            "leave --keyless out, or --host"
        )
    try:
        with (
            closing(prepared_database(settings)) as opened,
            _listening(*addresses[0], settings.port) as listener,
        ):
            # A key made before the port is known to be free might be shown to nobody.
            first = None if settings.keyless else first_key(opened)
            configure(settings.log_level, settings.log_format)
            _stop_cleanly_when_told()
            _say_who_may_ask(settings, first)
            _AnnouncedServer(settings, opened).run(sockets=[listener])
    except (ScenarioFileError, SchemaError, StoreUnavailableError) as error:
        raise Refusal(str(error), Exit.FAULT) from error


def _say_who_may_ask(settings: Settings, first: str | None) -> None:
    if settings.keyless:
        click.echo("No key is asked for: whoever can reach this port on this machine may read and change everything.")
    elif first is not None:
        click.echo(f"The first key, with every right, shown this once: {first}")


def _settings(
    host: str | None, port: int | None, scenarios: str | None, database: str | None, keyless: bool
) -> Settings:
    try:
        settings = read_settings(os.environ)
        if database is not None:
            database_url(database)
    except ValueError as error:
        raise click.UsageError(f"--database is '{discreet_address(str(database))}', but it {error}") from error
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        scenarios=settings.scenarios if scenarios is None else (scenarios,),
        database=settings.database if database is None else database,
        keyless=settings.keyless or keyless,
    )


def _addresses(settings: Settings) -> list[tuple[socket.AddressFamily, str]]:
    """Return what the host's name stands for; an empty one would mean every network of the machine."""
    try:
        found = socket.getaddrinfo(settings.host or "0.0.0.0", settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refusal(
            f"there is no address '{settings.host}' on this machine: write 127.0.0.1", Exit.REFUSED
        ) from error
    return [(family, str(address[0]).partition("%")[0]) for family, _, _, _, address in found]


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        away = f"choose another with --port or {variable('port')}"
        if error.errno == errno.EADDRNOTAVAIL:
            away = f"choose an address of this machine with --host or {variable('host')}"
        elif error.errno == errno.EADDRINUSE:
            away = f"stop what uses it, or {away}"
        raise Refusal(f"port {port} on {address} cannot be used ({reason}): {away}", Exit.REFUSED) from error


def _stop_cleanly_when_told() -> None:
    """A server that was told to stop has done its work: exit 0.

    While it runs, uvicorn handles both signals itself, and afterwards sends what it got once more to
    the handlers from before.
    """
    for number in _STOPPING:
        signal.signal(number, _leave)


def _leave(_number: int, _frame: object) -> None:
    for number in _STOPPING:
        # Another one now would only break off the last lines of a process that is ending.
        signal.signal(number, signal.SIG_IGN)
    sys.exit(Exit.OK)


class _AnnouncedServer(Server):
    """A server that says where it answers once it does."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(settings, database)
        self._host = settings.host

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        host = f"[{self._host}]" if ":" in self._host else self._host
        url = f"http://{host}:{sockets[0].getsockname()[1]}"
        click.echo(f"branchcast answers at {url} (try {url}/v1/scenarios); documentation at {url}/docs")
        click.echo("Ctrl-C stops it.")

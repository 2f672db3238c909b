"""``branchcast serve``: the HTTP service in this process, or in several behind one port, until it is told to stop."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import click

from api.cli.databases import unusable
from api.cli.exits import Exit, Refusal, epilog
from api.errors import StoreUnavailableError
from api.logs import configure
from api.memory import share_one_heap
from api.processes.errors import ProcessesError
from api.processes.peers import meeting_folder
from api.processes.signals import stop_cleanly_when_told
from api.processes.sockets import listening
from api.processes.supervisor import Supervisor
from api.server import Server
from api.settings import Settings, SettingsError, read_settings, variable
from api.store.database import Database, database_url, discreet_address
from api.store.schema import SchemaError
from api.work.first_key import first_key
from api.work.prepared_database import prepared_database
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
  branchcast serve --processes 4           at one port, on four processors
  branchcast serve --scenarios forecasts/  stores your scenarios and no others

Options not given are read from the environment (BRANCHCAST_HOST, BRANCHCAST_PORT, ...), then from their defaults.
"""


@click.command("serve", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.NO_ANSWER))
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65_535), metavar="N", help="Port; 0 lets the system choose.  [default: 8000]"
)
@click.option(
    "--processes", type=click.IntRange(1, 64), metavar="N", help="Processes that share the port.  [default: 1]"
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
def command(
    host: str | None,
    port: int | None,
    processes: int | None,
    scenarios: str | None,
    database: str | None,
    keyless: bool,
) -> None:
    """Serve until a signal comes."""
    settings = _settings(keyless, host=host, port=port, processes=processes, scenarios=scenarios, database=database)
    addresses = _addresses(settings)
    if settings.keyless and not all(ip_address(address).is_loopback for _, address in addresses):
        raise click.UsageError(
            f"{settings.host} can be reached from other machines, and --keyless would let them all in: "
            "leave --keyless out, or --host"
        )
    try:
        with (
            # What is stored for a server that cannot start would keep the database from being restored into.
            _listening(*addresses[0], settings) as sockets,
            closing(prepared_database(settings)) as opened,
        ):
            # A key made before the port is known to be free might be shown to nobody.
            first = None if settings.keyless else first_key(opened)
            stop_cleanly_when_told()
            _say_who_may_ask(settings, first)
            if settings.processes == 1:
                configure(settings.log_level, settings.log_format)
                share_one_heap()
                _AnnouncedServer(settings, opened).run(sockets=sockets)
            else:
                # The processes open it for themselves.
                opened.close()
                _supervise(settings, sockets)
    except StoreUnavailableError as error:
        raise unusable(database_url(settings.database), error) from error
    except (ScenarioFileError, SchemaError) as error:
        raise Refusal(str(error), Exit.FAULT) from error
    except ProcessesError as error:
        raise Refusal(str(error), Exit.NO_ANSWER) from error


def _supervise(settings: Settings, sockets: list[socket.socket]) -> None:
    configure(settings.log_level, settings.log_format, on_every_line={"pid": os.getpid()})
    # Sockets that were closed meanwhile have no name any more.
    port = sockets[0].getsockname()[1]
    with meeting_folder() as folder:
        Supervisor(settings, sockets, folder, lambda: _announce(settings.host, port)).run()


def _say_who_may_ask(settings: Settings, first: str | None) -> None:
    if settings.keyless:
        click.echo("No key is asked for: whoever can reach this port on this machine may read and change everything.")
    elif first is not None:
        click.echo(f"The first key, with every right, shown this once: {first}")


def _settings(keyless: bool, **options: str | int | None) -> Settings:
    """Read the environment; an option that was given has precedence."""
    stated: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    try:
        settings = read_settings(os.environ)
        if "database" in stated:
            database_url(stated["database"])
    except ValueError as error:
        raise click.UsageError(f"--database is '{discreet_address(stated['database'])}', but it {error}") from error
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if "scenarios" in stated:
        stated["scenarios"] = (stated["scenarios"],)
    return replace(settings, keyless=settings.keyless or keyless, **stated)


def _addresses(settings: Settings) -> list[tuple[socket.AddressFamily, str]]:
    """Return what the host's name stands for; an empty one would mean every network of the machine."""
    try:
        found = socket.getaddrinfo(settings.host or "0.0.0.0", settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refusal(
            f"there is no address '{settings.host}' on this machine: write 127.0.0.1", Exit.REFUSED
        ) from error
    return [(family, str(address[0]).partition("%")[0]) for family, _, _, _, address in found]


@contextmanager
def _listening(family: socket.AddressFamily, address: str, settings: Settings) -> Iterator[list[socket.socket]]:
    port = settings.port
    with ExitStack() as stack:
        try:
            sockets = stack.enter_context(listening(family, address, port, settings.processes))
        except OSError as error:
            raise _unusable(address, port, error) from error
        yield sockets


def _unusable(address: str, port: int, error: OSError) -> Refusal:
    reason = os.strerror(error.errno or 0).lower()
    away = f"choose another with --port or {variable('port')}"
    if error.errno == errno.EADDRNOTAVAIL:
        away = f"choose an address of this machine with --host or {variable('host')}"
    elif error.errno == errno.EADDRINUSE:
        away = f"stop what uses it, or {away}"
    return Refusal(f"port {port} on {address} cannot be used ({reason}): {away}", Exit.REFUSED)


class _AnnouncedServer(Server):
    """A server that says where it answers once it does."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(settings, database)
        self._host = settings.host

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        _announce(self._host, sockets[0].getsockname()[1])


def _announce(host: str, port: int) -> None:
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    click.echo(f"branchcast answers at {url} (try {url}/v1/scenarios); documentation at {url}/docs")
    click.echo("Ctrl-C stops it.")

"""``branchcast serve``: the HTTP service in this process, until it is told to stop."""

import errno
import logging
import os
import signal
import socket
import sys
from dataclasses import replace
from ipaddress import ip_address

import click
import uvicorn

from api.catalogue import CatalogueError
from api.cli.exits import Exit, Refusal, epilog
from api.server import server_config
from api.settings import Settings, SettingsError, read_settings, variable

HELP = """Answer over HTTP: the same forecasts as `branchcast run`, as JSON.

Serves until Ctrl-C or SIGTERM; requests in flight are finished first. There are no keys yet: whoever reaches the port
may use it. So only this machine can reach it, unless --allow-public says that others may.

\b
Examples:
  branchcast serve                       then open http://127.0.0.1:8000/docs
  branchcast serve --port 0                the system chooses a free port
  branchcast serve --scenarios forecasts/  your scenario files, and no others
  branchcast serve --host 0.0.0.0 --allow-public

Options not given are read from the environment (BRANCHCAST_HOST, BRANCHCAST_PORT, ...), then from their defaults.
"""

BACKLOG = 2048


@click.command("serve", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED))
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65_535), metavar="N", help="Port; 0 lets the system choose.  [default: 8000]"
)
@click.option(
    "--scenarios",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="Serve the scenario files of FOLDER.  [default: those that come with branchcast]",
)
@click.option("--allow-public", is_flag=True, help="Let other machines reach the service, which asks for no key.")
def command(host: str | None, port: int | None, scenarios: str | None, allow_public: bool) -> None:
    """Serve until a signal comes."""
    settings = _settings(host, port, scenarios)
    addresses = _addresses(settings)
    if not allow_public and not all(ip_address(address).is_loopback for _, address in addresses):
        raise click.UsageError(
            f"{settings.host} can be reached from other machines, and the service asks for no key yet: "
            "leave --host out, or add --allow-public if that is meant"
        )
    try:
        config = server_config(settings)
    except CatalogueError as error:
        raise Refusal(str(error), Exit.FAULT) from error
    with _listening(*addresses[0], settings.port) as listener:
        logging.basicConfig(level=settings.log_level.upper(), format="%(message)s")
        _stop_cleanly_when_told()
        _Server(config, settings.host).run(sockets=[listener])


def _settings(host: str | None, port: int | None, scenarios: str | None) -> Settings:
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        scenarios=settings.scenarios if scenarios is None else (scenarios,),
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
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: sys.exit(Exit.OK))


class _Server(uvicorn.Server):
    """A server that says where it answers once it does."""

    def __init__(self, config: uvicorn.Config, host: str) -> None:
        super().__init__(config)
        self._host = host

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        host = f"[{self._host}]" if ":" in self._host else self._host
        url = f"http://{host}:{sockets[0].getsockname()[1]}"
        click.echo(f"branchcast answers at {url} (try {url}/v1/scenarios); documentation at {url}/docs")
        click.echo("Ctrl-C stops it.")

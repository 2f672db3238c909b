"""Commands that ask a server: the options that say which, and every way that asking can fail, put in words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from api.cli.exits import Exit, Refusal, epilog
from api.client import (
    AnswerError,
    ArgumentError,
    ChangedSinceError,
    Client,
    ClientError,
    ClientSettingsError,
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

SERVER, KEY_FILE = "--server", "--key-file"

EPILOG = epilog(
    Exit.OK,
    Exit.FAULT,
    Exit.USAGE,
    Exit.REFUSED,
    Exit.CHANGED,
    Exit.NO_ANSWER,
    Exit.INTERRUPTED,
    Exit.NOBODY_READS,
)
"""Exit codes of every command that asks a server."""

_SAID = "api.cli.asking"
"""Where click keeps what the two options say, for ``server``."""


def asks_server(command: Decorated) -> Decorated:
    """Give a command the options that say which server to ask, and with which key."""
    for name, metavar, text in (
        (KEY_FILE, "FILE", "File that holds your key.  [default: BRANCHCAST_KEY_FILE, or the key in BRANCHCAST_KEY]"),
        (SERVER, "URL", "Address of the server.  [default: BRANCHCAST_SERVER, or http://127.0.0.1:8000]"),
    ):
        command = click.option(name, metavar=metavar, help=text, expose_value=False, callback=_keep)(command)
    return command


def _keep(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    ctx.meta.setdefault(_SAID, {})[parameter.name] = value


@contextmanager
def server(if_changed: str = "") -> Iterator[Client]:
    """Yield a client of the server that the command line or the environment names.

    ``if_changed`` says how to go on if somebody else was faster with a change.

    Raises
    ------
    Refusal
        If it cannot be asked, or what it is asked for cannot be had.
    """
    said = click.get_current_context().meta[_SAID]
    try:
        with Client(said["server"], key_file=said["key_file"]) as client:
            yield client
    except ClientError as error:
        raise refusal(error, if_changed) from error


_HERE = (
    (r"GET /v1/forecasts\?scenario=(\S+)", r"`branchcast forecasts list \1`"),
    (r"GET /v1/forecasts", "`branchcast forecasts list`"),
    (r"POST /v1/forecasts", "`branchcast forecasts make`"),
    (r"GET /v1/runs", "`branchcast runs list`"),
    (r"GET /v1/submissions", "`branchcast submit`"),
    (r"POST …/resolutions", "`branchcast resolve`"),
)
"""A way out as a server states it → the command that goes it."""


def _in_commands(said: str) -> str:
    """Return what a server says, with commands where it names what to ask of it over REST."""
    for over_rest, command in _HERE:
        said = re.sub(rf"\b{over_rest}(?![\w/?])", command, said)
    return said


def refusal(error: ClientError, if_changed: str = "") -> Refusal:
    """Return the end of a command whose server was not asked, did not answer, or refused."""
    if isinstance(error, ClientSettingsError | ArgumentError):
        return Refusal(str(error), Exit.USAGE)
    if isinstance(error, ChangedSinceError):
        lines = [str(error), *(f"  {words}" for words in error.changed), *([if_changed] if if_changed else [])]
        return Refusal("\n".join(lines), Exit.CHANGED)
    if isinstance(error, AnswerError) and error.status < 500:
        return Refusal(_in_commands("\n".join([str(error), *_places(error)])), Exit.REFUSED)
    return Refusal(str(error), Exit.NO_ANSWER)


def _places(error: AnswerError) -> list[str]:
    """Return where the faults of a request are, a line for each; one that the message tells already needs none."""
    places = [(each.pointer or each.parameter or "", each.detail) for each in error.errors]
    return [f"  {place}: {detail}" for place, detail in places] if len(places) > 1 else []

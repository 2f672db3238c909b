"""``branchcast keys``: API keys made, listed and revoked in the database itself, so that no key is needed for it."""

import getpass
import os
import re
from datetime import UTC, date, datetime, time, timedelta

import click
from pydantic import TypeAdapter, ValidationError

from api.cli.consoles import notices, output
from api.cli.databases import DATABASE, current_database
from api.cli.exits import Exit, Refusal, epilog
from api.cli.groups import Subcommands
from api.cli.listing import moment
from api.cli.render_grid import Column, Row, grid, paragraph
from api.cli.values import one
from api.errors import ConflictError, RequestRefusedError, UnknownRecordError
from api.store import keys
from api.store.audit import COMMAND_LINE
from api.store.keys import SCOPES, ApiKey
from api.wording.text import one_line
from api.work.key_names import KeyName
from api.work.keyring import ADMIN, KeyWish, make_key, revoke_key
from forecast.statements.wording import faults_of

_EPILOG = epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.NOBODY_READS)

HELP = """Make, list and revoke the keys that a server asks for.

These commands work on the database itself, beside a running server or without one, and whoever may open it may use
them. Each is noted in the audit log under the name of whoever is logged in.

\b
Examples:
  branchcast keys create ann --scope write
  branchcast keys list
  branchcast keys revoke k3xq7mza
"""

CREATE_HELP = """Make a key and print it, this once: only its digest is kept.

What the holder does is logged under NAME, so that each person and each machine has a key of its own. The key alone
goes to standard output, everything else to standard error.

\b
Examples:
  branchcast keys create ann --scope write
  branchcast keys create nightly-job --scope read --expires 2027-01-01
  branchcast keys create boss --scope admin --database team.db > boss.key
"""

LIST_HELP = """List the keys there are and were, oldest first.

\b
Examples:
  branchcast keys list
  branchcast keys list --database postgresql://analyst@db/team
"""

REVOKE_HELP = """Let a key never work again.

PREFIX is the part of the key between its underscores, which `branchcast keys list` shows. Servers know at once.

\b
Examples:
  branchcast keys revoke k3xq7mza
"""

_NAME: TypeAdapter[str] = TypeAdapter(KeyName)
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def _name(text: str) -> str:
    """Read a name that people can read and tell from others."""
    try:
        return _NAME.validate_python(text)
    except ValidationError as error:
        raise click.BadParameter(faults_of(error, text)[0].message.replace("the document", "the name", 1)) from error


def _until(text: str) -> datetime:
    """Read a day, which means its end in UTC, or a moment with its zone."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC)) + _DAY - _INSTANT
        stated = datetime.fromisoformat(text)
        if stated.tzinfo is not None:
            return stated.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise click.BadParameter(f"'{text}' is not a moment: write a day such as 2027-01-01, or 2027-01-01T17:00:00+02:00")


def _actor() -> str:
    """Return under which name the audit log has what is done here."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        who = str(os.getuid())
    return f"{COMMAND_LINE} ({who})"


@click.group("keys", cls=Subcommands, help=HELP, epilog=_EPILOG)
def command() -> None:
    """Group the commands on keys."""


@command.command("create", help=CREATE_HELP, epilog=_EPILOG)
@click.argument("name", metavar="NAME", callback=one(_name))
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    required=True,
    help="read answers questions; write also changes things; admin also handles keys.",
)
@click.option(
    "--expires",
    metavar="DAY",
    callback=one(_until),
    help="Last day, in UTC, on which it works, or a moment with its zone.  [default: it does not expire]",
)
@DATABASE
def create_key(name: str, scope: str, expires: datetime | None, database: str | None) -> None:
    """Make a key."""
    with current_database(database) as opened:
        try:
            with opened.writing() as connection:
                made, whole = make_key(connection, opened.now(connection), KeyWish(name, scope, expires), _actor())
        except RequestRefusedError as error:
            raise click.UsageError(error.faults[0].message) from error
        except ConflictError as error:
            raise Refusal(str(error), Exit.REFUSED) from error
    until = "for ever" if made.expires_at is None else f"until {moment(made.expires_at)} UTC"
    paragraph(notices(), f"Key '{one_line(made.name)}' with scope {made.scope} works {until}. It is shown this once:")
    click.echo(whole)


@command.command("list", help=LIST_HELP, epilog=_EPILOG)
@DATABASE
def list_keys(database: str | None) -> None:
    """List keys."""
    with current_database(database) as opened, opened.reading() as connection:
        found, now = keys.page(connection, limit=None), opened.now(connection)
    console = output()
    if not found:
        paragraph(console, "There is no key yet: `branchcast keys create` makes one.")
        return
    titles = ("name", "prefix", "scope", "state", "last used (UTC)")
    columns = [*map(Column, titles), Column("made by", spare=True)]
    grid(console, columns, [_row(key, now) for key in found])


def _row(key: ApiKey, now: datetime) -> Row:
    state = key.state(now)
    if state == "works" and key.expires_at is not None:
        state = f"until {moment(key.expires_at)}"
    used = "never" if key.last_used_at is None else moment(key.last_used_at)
    return Row([one_line(key.name), key.prefix, key.scope, state, used, one_line(key.created_by)])


@command.command("revoke", help=REVOKE_HELP, epilog=_EPILOG)
@click.argument("prefix", metavar="PREFIX")
@DATABASE
def revoke_one(prefix: str, database: str | None) -> None:
    """Revoke a key."""
    with current_database(database) as opened:
        try:
            with opened.writing() as connection:
                now = opened.now(connection)
                revoked = revoke_key(connection, now, prefix, _actor())
                left = any(key.scope == ADMIN for key in keys.working(connection, now))
        except (UnknownRecordError, ConflictError) as error:
            raise Refusal(str(error), Exit.REFUSED) from error
    console = output()
    paragraph(console, f"Key '{one_line(revoked.name)}' ({revoked.prefix}) works no more.")
    if not left:
        paragraph(console, "No key with scope admin works now: `branchcast keys create NAME --scope admin` makes one.")

"""Commands that work on a database itself, no server needed: the option that names it, every failure put in words."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy.engine import URL

from api.cli.exits import Exit, Refusal
from api.cli.files import called
from api.errors import ServiceError, StoreUnavailableError
from api.logs import redacted
from api.settings import SettingsError, read_settings
from api.store import schema
from api.store.audit_chain import BrokenLogError
from api.store.database import Database, database_url, discreet_address, discreet_name
from api.store.schema import SchemaError
from api.wording.text import one_line

DATABASE = click.option(
    "--database",
    metavar="DB",
    help="SQLite file, or URL of a PostgreSQL database.  [default: BRANCHCAST_DATABASE, else branchcast.db]",
)


@contextmanager
def current_database(stated: str | None) -> Iterator[Database]:
    """Yield the database that the command line or the environment names; it must be up to date.

    Raises
    ------
    Refusal
        If it is not, or whatever is done with it fails on purpose.
    """
    with existing_database(stated) as database:
        schema.require_current(database)
        yield database


@contextmanager
def existing_database(stated: str | None) -> Iterator[Database]:
    """Yield a database that is there, however old it is."""
    url = _url(stated)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise Refusal(
            f"there is no database {called(str(url.database))}: name another with --database, "
            "or make it with `branchcast db upgrade`",
            Exit.FAULT,
        )
    with _opened(url) as database:
        yield database


@contextmanager
def any_database(stated: str | None) -> Iterator[Database]:
    """Yield a database; an SQLite file that is not there is made."""
    with _opened(_url(stated)) as database:
        yield database


@contextmanager
def fresh_database(stated: str | None) -> Iterator[Database]:
    """Yield a database to fill; an SQLite file that is not there is made, and removed again if filling it fails."""
    url = _url(stated)
    made = False
    try:
        with _opened(url) as database:
            made = database.is_sqlite and _made(Path(str(url.database)))
            try:
                yield database
            except BaseException:
                # Somebody else may have filled it since.
                made = made and _is_empty(database)
                raise
            made = False
    finally:
        if made:
            for ending in ("", "-wal", "-shm"):
                Path(f"{url.database}{ending}").unlink(missing_ok=True)


def _made(file: Path) -> bool:
    """Make a file, and tell whether it is this process that made it; why it cannot be made, SQLite says later."""
    try:
        file.touch(exist_ok=False)
    except OSError:
        return False
    return True


def _is_empty(database: Database) -> bool:
    try:
        with database.reading() as connection:
            return schema.revision(connection) is None
    except (StoreUnavailableError, SchemaError):
        return False


def _url(stated: str | None) -> URL:
    try:
        address = read_settings(os.environ).database if stated is None else stated
        return database_url(address)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(f"--database is '{called(discreet_address(str(stated)))}', but it {error}") from error


@contextmanager
def _opened(url: URL) -> Iterator[Database]:
    try:
        with closing(Database(url)) as database:
            yield database
    except (StoreUnavailableError, BrokenLogError) as error:
        raise unusable(url, error) from error
    except (ServiceError, SchemaError) as error:
        raise Refusal(str(error), Exit.FAULT) from error


def unusable(url: URL, error: StoreUnavailableError | BrokenLogError) -> Refusal:
    """Return the end of a command whose database cannot be used, with its name."""
    return Refusal(redacted(f"{discreet_name(url)}: {error}{_reason(error)}"), Exit.FAULT)


def _reason(error: Exception) -> str:
    """Return what the database itself said, unless the message has it already."""
    said = getattr(error.__cause__, "orig", None)
    return "" if said is None or str(said) in str(error) else f" ({one_line(str(said))})"

"""``branchcast db``: the database brought up to date, checked, saved, and made again from what was saved."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from api.cli.consoles import output
from api.cli.databases import DATABASE, any_database, current_database, existing_database, fresh_database
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import STANDARD, called, require_writable
from api.cli.groups import Subcommands
from api.cli.render_grid import paragraph
from api.store import schema
from api.store.soundness import faults
from api.whole_files import whole_file
from api.wording.numbers import counted
from api.work.archives.archive import Archive, ArchiveError, Manifest
from api.work.archives.backup import Backup, write_backup
from api.work.archives.export import Export, write_export
from api.work.archives.restore import OccupiedError, restore
from api.work.archives.table_files import FORMATS

_EPILOG = epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.INTERRUPTED, Exit.NOBODY_READS)

HELP = """Bring the database up to date, check it, save it, and make it again from what was saved.

All of it works while servers run, except that restore fills an empty database only.

\b
Examples:
  branchcast db backup team-2026-08-20.gz
  branchcast db restore team-2026-08-20.gz --database other.db
  branchcast db export everything/ --format parquet
"""

UPGRADE_HELP = """Bring the database up to date.

Its tables are made, or those of an older release changed. A server does this itself when it starts. Several may do it
at once: one does it, the others wait.

\b
Examples:
  branchcast db upgrade
  branchcast db upgrade --database postgresql://analyst@db/team
"""

CHECK_HELP = """Say whether the database is up to date and sound.

The exit code is 1 if not. Soundness is that of the file, where it is SQLite. Whether anybody tampered with what is in
it, `branchcast audit` says.

\b
Examples:
  branchcast db check
"""

BACKUP_HELP = """Save everything to one file, as it is at one moment.

Servers may go on writing. FILE is written whole or not at all; - is standard output. It holds the hashes of keys, so
that keys work on after a restore: keep it as you keep the database. It is gzipped NDJSON, and says by itself whether
it is whole.

\b
Examples:
  branchcast db backup team-2026-08-20.gz
  branchcast db backup - | ssh elsewhere 'cat > team.gz'
"""

RESTORE_HELP = """Fill an empty database from a backup or an export.

SOURCE is a file that `branchcast db backup` wrote (- for standard input) or a folder of `branchcast db export`. The
database may be of the other kind: so a team moves from SQLite to PostgreSQL. What is read is compared with what was
written, and the audit log is verified, before anything is kept: it is all there afterwards, or nothing. From an export
come no keys that work.

\b
Examples:
  branchcast db restore team-2026-08-20.gz --database restored.db
  branchcast db restore everything/ --database postgresql://analyst@db/team
"""

EXPORT_HELP = """Write everything that a team owns to a new folder.

It has one file a table, for people and other programs, and manifest.json, which says what each column is. Moments are
in UTC, documents are JSON text. The hashes of keys stay behind. Parquet needs the extra branchcast[parquet].

\b
Examples:
  branchcast db export everything/
  branchcast db export everything/ --format parquet
"""


@click.group("db", cls=Subcommands, help=HELP, epilog=_EPILOG)
def command() -> None:
    """Group the commands on databases."""


@command.command("upgrade", help=UPGRADE_HELP, epilog=_EPILOG)
@DATABASE
def upgrade_database(database: str | None) -> None:
    """Apply the steps that are missing."""
    with any_database(database) as opened:
        before, after = schema.upgrade(opened)
    if before == after:
        click.echo(f"{opened.name} is at step {after}, the newest: nothing is left to do.")
    else:
        click.echo(f"{opened.name} is at step {after} now; it was {'empty' if before is None else f'at {before}'}.")


@command.command("check", help=CHECK_HELP, epilog=_EPILOG)
@DATABASE
def check_database(database: str | None) -> None:
    """Look at steps and soundness."""
    with existing_database(database) as opened:
        with opened.reading() as connection:
            found = list(faults(connection))
        for fault in found:
            click.echo(f"{opened.name}: {fault}", err=True)
        if found:
            raise Refusal("the file is damaged: restore the newest backup into a new one", Exit.FAULT)
        schema.require_current(opened)
    click.echo(f"{opened.name} is at step {schema.NEWEST}, the newest, and nothing is wrong with it.")


@command.command("backup", help=BACKUP_HELP, epilog=_EPILOG)
@click.argument("file", metavar="FILE")
@DATABASE
def backup_database(file: str, database: str | None) -> None:
    """Save everything to a file."""
    require_writable(file)
    with current_database(database) as opened, _written(file) as target, opened.reading() as connection:
        manifest = write_backup(connection, opened.now(connection), target)
    _say_what_was_written(file, manifest)


@contextmanager
def _written(file: str) -> Iterator[BinaryIO]:
    if file == STANDARD:
        if sys.stdout.isatty():
            raise click.UsageError("a terminal cannot show a backup: name a file, or send the output on")
        yield sys.stdout.buffer
        return
    try:
        with whole_file(file) as target:
            yield target
    except OSError as error:
        raise Refusal(f"{called(file)} cannot be written: {error.strerror or error}", Exit.FAULT) from error


def _say_what_was_written(path: str, manifest: Manifest) -> None:
    where, other = ("the output", True) if path == STANDARD else (called(path), False)
    held = f"{counted(manifest.rows, 'row', 'rows')} of {len(manifest.tables)} tables"
    click.echo(f"In {where}: {held}.\nThe audit log in it ends with:\n{manifest.end}", err=other)


@command.command("restore", help=RESTORE_HELP, epilog=_EPILOG)
@click.argument("source", metavar="SOURCE")
@DATABASE
def restore_database(source: str, database: str | None) -> None:
    """Fill a database."""
    with _read(source) as archive, fresh_database(database) as opened:
        try:
            restored = restore(opened, archive)
        except OccupiedError as error:
            raise Refusal(str(error), Exit.REFUSED) from error
    found = restored.verified
    rows = sum(found.rows.values())
    held = f"{counted(rows, 'row', 'rows')} and {counted(found.entries, 'entry', 'entries')} of the audit log"
    click.echo(f"{opened.name} holds {held}.")
    if restored.void_keys:
        said = "An export holds no hashes, so that no key works any more: `branchcast keys create` makes new ones."
        paragraph(output(), said)
    click.echo(f"Log and rows were verified. The log ends with:\n{found.end}")


@contextmanager
def _read(source: str) -> Iterator[Archive]:
    try:
        if source == STANDARD:
            yield Backup(sys.stdin.buffer)
        elif Path(source).is_dir():
            yield Export(Path(source))
        else:
            with open(source, "rb") as file:
                yield Backup(file)
    except ArchiveError as error:
        raise Refusal(f"{called(source)}: {error}", Exit.FAULT) from error
    except OSError as error:
        raise Refusal(f"{called(source)} cannot be read: {error.strerror or error}", Exit.FAULT) from error


@command.command("export", help=EXPORT_HELP, epilog=_EPILOG)
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="ndjson", help="Of the files.  [default: ndjson]"
)
@DATABASE
def export_database(folder: str, form: str, database: str | None) -> None:
    """Write everything to a folder."""
    parent = Path(folder).absolute().parent
    if not parent.is_dir():
        raise Refusal(f"{called(folder)}: there is no folder {called(str(parent))}: create it first", Exit.FAULT)
    try:
        with current_database(database) as opened, opened.reading() as connection:
            manifest = write_export(connection, opened.now(connection), Path(folder), form)
    except ArchiveError as error:
        raise Refusal(f"{called(folder)}: {error}", Exit.FAULT) from error
    except OSError as error:
        raise Refusal(f"{called(folder)} cannot be written: {error.strerror or error}", Exit.FAULT) from error
    _say_what_was_written(folder, manifest)

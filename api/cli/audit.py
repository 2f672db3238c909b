"""``branchcast audit``: the audit log and the database held together."""

import re

import click

from api.cli.consoles import output
from api.cli.databases import DATABASE, current_database
from api.cli.exits import Exit, epilog
from api.cli.render_grid import Column, Row, grid, paragraph
from api.store.audit import End
from api.store.verification import verify
from api.wording.numbers import counted

HELP = """Hold the audit log and the database together.

Every entry of the log must hold the hash of the one before; every row that an entry names must be what was written;
and every row must be named. The first thing that is wrong is said, and the exit code is 1.

Who can change the database can write a whole new log too. So note the end that is printed, somewhere else, and give
the newest note with --expect: a log that was cut off or written anew since then lacks that entry.

\b
Examples:
  branchcast audit
  branchcast audit --database team.db --expect 1024:6be8673ecb50...
"""

_END = re.compile(r"(\d{1,10}):([0-9a-f]{64})", re.ASCII)


def _noted(_ctx: click.Context, _param: click.Parameter, text: str | None) -> End | None:
    """Read an end of the log that was noted."""
    if text is None:
        return None
    found = _END.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"'{text}' is not the end of a log: copy it whole, a number, ':' and 64 characters")
    return End(int(found[1]), found[2])


@click.command("audit", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.INTERRUPTED, Exit.NOBODY_READS))
@click.option("--expect", "noted", metavar="SEQ:HASH", callback=_noted, help="End of the log that was noted before.")
@DATABASE
def command(noted: End | None, database: str | None) -> None:
    """Verify a database."""
    with current_database(database) as opened, opened.reading() as connection:
        found = verify(connection, noted)
    console = output()
    click.echo(f"{opened.name}: {counted(found.entries, 'entry', 'entries')}, none missing or changed.")
    paragraph(console, "Every row is as it was written, and named by the log:")
    rows = [Row([name, f"{count:,}"]) for name, count in found.rows.items()]
    grid(console, [Column("table"), Column("rows", right=True)], rows, indent=2)
    if noted is not None:
        paragraph(console, f"Entry {noted.seq} is the one that was noted.")
    paragraph(console, "The end of the log, to be noted down:")
    console.print(str(found.end), soft_wrap=True)

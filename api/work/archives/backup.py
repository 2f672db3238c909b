"""A backup: one state of the whole database in one file that says by itself whether it is whole.

The file is NDJSON (one JSON value a line), compressed with gzip. The first line says what the file is; a line
with a table's name and columns stands before its rows, each of which is an array; the last line is the
manifest: rows and digest of each table, and where the audit log ends. Bytes are written as base64.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, LargeBinary, Table

from api.store.audit import End, end
from api.store.database import let_pause
from api.store.kept_rows import kept_rows
from api.store.schema import NEWEST
from api.store.tables import METADATA
from api.work.archives.archive import ArchiveError, Manifest, Tally, Written
from forecast.version import VERSION

FORM = 1
"""Number of the file's form; a release reads those up to its own."""

_KIND = "branchcast backup"
_LEVEL = 6
_DAMAGED = "it was cut off, altered or damaged; take another one, or use an older one"


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands before the rows of a table; ``encoded`` names the columns whose values are base64."""

    table: str
    columns: Sequence[str]
    encoded: Sequence[str]

    def row(self, said: Sequence[Any]) -> dict[str, Any]:
        """Return a row from its line."""
        values = dict(zip(self.columns, said, strict=True))
        return values | {name: base64.b64decode(values[name]) for name in self.encoded if values[name] is not None}


def write_backup(connection: Connection, now: datetime, file: BinaryIO) -> Manifest:
    """Write everything to a file.

    Parameters
    ----------
    connection : to a database that is up to date; it must see one state of it throughout
    now : when the backup is made, which it says
    file : is written from where it stands, and not closed
    """
    let_pause(connection)
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=_LEVEL, mtime=0) as packed:
        head = {"kind": _KIND, "form": FORM, "step": NEWEST, "version": VERSION, "made_at": now.isoformat()}
        packed.write(_line(head))
        tables = {table.name: _write_table(connection, table, packed) for table in METADATA.sorted_tables}
        manifest = Manifest(tables, end(connection))
        packed.write(_line({"tables": manifest.tables, "audit": manifest.end._asdict()}))
    return manifest


def _write_table(connection: Connection, table: Table, file: gzip.GzipFile) -> Written:
    columns, tally = table.c.keys(), Tally()
    encoded = [column.name for column in table.c if isinstance(column.type, LargeBinary)]
    file.write(_line({"table": table.name, "columns": columns, "encoded": encoded}))
    with kept_rows(connection, table) as rows:
        for row in rows:
            line = _line([_said(row[name]) for name in columns])
            tally.add(line)
            file.write(line)
    return tally.written()


def _said(value: Any) -> Any:  # noqa: ANN401 -- any value of a row
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Backup:
    """A backup that is being read, from where its file stands.

    Raises
    ------
    ArchiveError
        If the file is no backup, or one of a newer release.
    """

    whole = True

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        said = _json(next(self._lines, b""))
        if not isinstance(said, dict) or said.get("kind") != _KIND:
            raise ArchiveError("this is not a backup of branchcast: name a file that `branchcast db backup` wrote")
        try:
            form, version, self.step = int(said["form"]), str(said["version"]), str(said["step"])
        except (KeyError, TypeError, ValueError) as error:
            raise ArchiveError(f"the first line of the backup says something strange: {_DAMAGED}") from error
        if form > FORM:
            raise ArchiveError(f"this was made by branchcast {version}: restore it with that release or later")

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield every row with the name of its table; what was read is compared with the manifest after the last."""
        try:
            yield from self._rows()
        except (KeyError, TypeError, ValueError) as error:
            raise ArchiveError(f"a line of the backup says something strange: {_DAMAGED}") from error

    def _rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        tallies: dict[str, Tally] = {}
        section = _Section("", (), ())
        for line in self._lines:
            said = _json(line)
            if isinstance(said, list):
                tallies[section.table].add(line)
                yield section.table, section.row(said)
            elif "columns" in said:
                section = _Section(**said)
                tallies[section.table] = Tally()
            else:
                self._compare(Manifest(said["tables"], End(**said["audit"])), tallies)
                return
        raise ArchiveError(f"the backup ends before its last line: {_DAMAGED}")

    def _compare(self, manifest: Manifest, tallies: Mapping[str, Tally]) -> None:
        for name in manifest.tables.keys() | tallies.keys():
            manifest.require(name, tallies[name].written() if name in tallies else None)
        if next(self._lines, None) is not None:
            raise ArchiveError(f"something follows the last line of the backup: {_DAMAGED}")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            yield from unpacked
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"the backup cannot be read ({error}): {_DAMAGED}") from error


def _json(line: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return json.loads(line)
    except ValueError as error:
        raise ArchiveError(f"a line of the backup is not JSON: {_DAMAGED}") from error

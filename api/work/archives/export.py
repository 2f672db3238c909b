"""An export: a folder with one file a table that people and other programs read, and a manifest that explains them.

The hashes of keys stay behind, and answers that are kept for repeated requests: neither is anybody's to read.
Everything else is there, so that an export becomes a database again, in which no key works.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from api.store.audit import end
from api.store.database import let_pause
from api.store.kept_rows import kept_rows
from api.store.schema import NEWEST
from api.store.tables import METADATA, api_key
from api.work.archives.archive import ArchiveError, Manifest
from api.work.archives.export_manifest import FILE, LEFT_OUT, AuditNote, ExportManifest, TableNote, read_manifest
from api.work.archives.kinds import kept_row, kind_of, shown_row
from api.work.archives.table_files import FORMATS
from forecast.version import VERSION

_NO_HASH = {"hash": ""}
"""What a key has for a hash that came without one: no key has it."""


def write_export(connection: Connection, now: datetime, folder: Path, form: str) -> Manifest:
    """Write everything that a team owns to a folder, whole or not at all.

    Parameters
    ----------
    connection : to a database that is up to date; it must see one state of it throughout
    now : when the export is made, which it says
    folder : must be new or empty; its parent must be there
    form : one of ``FORMATS``

    Raises
    ------
    ArchiveError
        If there is something in the folder.
    MissingExtraError
        If the format needs a library that is not installed.
    OSError
        If a file cannot be written.
    """
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise ArchiveError("there is something already: name a new folder")
    let_pause(connection)
    with _whole_folder(folder) as draft:
        manifest = ExportManifest(
            step=NEWEST,
            version=VERSION,
            made_at=now,
            format=form,
            audit=AuditNote(**end(connection)._asdict()),
            left_out=LEFT_OUT,
            tables={
                table.name: _write_table(connection, table, draft, form)
                for table in METADATA.sorted_tables
                if table.name not in LEFT_OUT
            },
        )
        (draft / FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest.checks()


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder to write to; it takes its name when the context ends without an error."""
    draft = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=folder.absolute().parent))
    try:
        yield draft
        draft.chmod(_permissions())
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft)
        raise


def _permissions() -> int:
    """Return the permissions that a new folder gets; that of a draft is its writer's alone."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask


def _write_table(connection: Connection, table: Table, folder: Path, form: str) -> TableNote:
    """Write one table, without the columns that stay behind."""
    columns = {column.name: kind_of(column) for column in table.c if str(column) not in LEFT_OUT}
    path = folder / f"{table.name}{FORMATS[form].suffix}"
    with kept_rows(connection, table) as rows:
        count = FORMATS[form].write(path, columns, (shown_row(columns, row) for row in rows))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    names = {name: kind.name for name, kind in columns.items()}
    return TableNote(rows=count, digest=digest, meaning=table.comment or "", columns=names)


class Export:
    """An export that is being read.

    Raises
    ------
    ArchiveError
        If the folder is no export, or one of a newer release.
    """

    whole = False

    def __init__(self, folder: Path) -> None:
        self._folder, self._manifest = folder, read_manifest(folder)
        self.step = self._manifest.step

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield every row with the name of its table; each file is compared with the manifest before its first row."""
        checks, form = self._manifest.checks(), FORMATS[self._manifest.format]
        for name, note in self._manifest.tables.items():
            path = self._folder / f"{name}{form.suffix}"
            checks.require(name, {"rows": note.rows, "digest": _file_digest(path)})
            columns, added = note.kinds(), _NO_HASH if name == api_key.name else {}
            for row in form.read(path, columns):
                yield name, {**kept_row(columns, row), **added}


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveError(f"{path.name} cannot be read ({error.strerror}): the export is not whole") from error

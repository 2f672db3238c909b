"""The file ``manifest.json`` of an export: what the folder holds, what each column is, and what stayed behind."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.store.audit import End
from api.store.tables import api_key, idempotency
from api.work.archives.archive import ArchiveError, Manifest, Written
from api.work.archives.kinds import KINDS, Kind
from api.work.archives.table_files import FORMATS

FILE = "manifest.json"

FORM = 1
"""Number of the folder's form; a release reads those up to its own."""

LEFT_OUT = {
    f"{api_key.name}.hash": "What proves a key. After a restore from this folder, keys have to be made anew.",
    idempotency.name: "Answers kept for requests that are repeated within days.",
}


_Known = Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")]
_Format = Annotated[str, Field(pattern=f"^({'|'.join(FORMATS)})$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableNote(_Part):
    """One table: rows, the SHA-256 of its file, what it is for, and column → kind."""

    rows: int
    digest: str
    meaning: str
    columns: dict[str, _Known]

    def kinds(self) -> dict[str, Kind]:
        """Return column → kind."""
        return {name: KINDS[kind] for name, kind in self.columns.items()}


class AuditNote(_Part):
    """Where the audit log ended."""

    seq: int
    hash: str


class ExportManifest(_Part):
    """Everything that an export says about itself."""

    kind: Literal["branchcast export"] = "branchcast export"
    form: int = FORM
    step: Annotated[str, Field(description="Of the schema.")]
    version: Annotated[str, Field(description="Of branchcast.")]
    made_at: datetime
    format: _Format
    audit: AuditNote
    left_out: dict[str, str]
    tables: dict[Annotated[str, Field(pattern="^[a-z_]+$")], TableNote]

    def checks(self) -> Manifest:
        """Return what every archive states of its tables."""
        tables: dict[str, Written] = {
            name: {"rows": note.rows, "digest": note.digest} for name, note in self.tables.items()
        }
        return Manifest(tables, End(self.audit.seq, self.audit.hash))


def read_manifest(folder: Path) -> ExportManifest:
    """Read the manifest of a folder.

    Raises
    ------
    ArchiveError
        If the folder is no export, or one of a newer release.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(
            f"there is no readable {FILE} in it: name a folder that `branchcast db export` wrote"
        ) from error
    try:
        found = ExportManifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(f"/{step}" for step in first["loc"])
        raise ArchiveError(f"{FILE} is not that of an export at {place or '/'}: {first['msg']}") from error
    if found.form > FORM:
        raise ArchiveError(f"it was made by branchcast {found.version}: restore it with that release or later")
    return found

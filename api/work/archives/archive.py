"""What a backup and an export have in common: rows that can be read back, and what is stated of each table."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from api.store.audit import End


class ArchiveError(Exception):
    """A backup or an export that cannot be written or read; the message says what to do."""


class Written(TypedDict):
    """What is stated of a table: how many rows, and the SHA-256 of the bytes that say them."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds, table by table, and where the audit log ends."""

    tables: Mapping[str, Written]
    end: End

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(each["rows"] for each in self.tables.values())

    def require(self, name: str, read: Written | None) -> None:
        """Refuse a table that is not what was written.

        Raises
        ------
        ArchiveError
            With the name of the table.
        """
        if read != self.tables.get(name):
            raise ArchiveError(f"table {name} is not what was written: the archive was altered or damaged, use another")


class Tally:
    """Counts rows while they are written or read, and digests the bytes that say them."""

    def __init__(self) -> None:
        self._rows, self._digest = 0, hashlib.sha256()

    def add(self, said: bytes) -> None:
        """Take a row."""
        self._rows += 1
        self._digest.update(said)

    def written(self) -> Written:
        """Return what there is to state so far."""
        return {"rows": self._rows, "digest": self._digest.hexdigest()}


class Archive(Protocol):
    """An archive that is being read.

    ``step`` is the schema's; ``whole`` tells whether nothing was left out, the hashes of keys included.
    """

    step: str
    whole: bool

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield every row, as a database keeps it, with the name of its table; tables before those that refer to them.

        Raises
        ------
        ArchiveError
            If what is read is not what was written, which may show only at the end.
        """

"""Archives of PostgreSQL databases may pause for as long as a pipe makes them; nothing else may."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text

from api.work.archives.backup import Backup, write_backup
from api.work.archives.export import write_export
from api.work.archives.restore import restore
from tests.api.work.archives.support import opened
from tests.databases import PostgresqlDatabases

ALLOWED = text("SHOW idle_in_transaction_session_timeout")


def _allowed(connection: Connection) -> str:
    found: str = connection.execute(ALLOWED).scalar_one()
    return found


def test_whoever_takes_a_backup_or_an_export_may_pause(
    postgresql_databases: PostgresqlDatabases, tmp_path: Path
) -> None:
    """In that transaction alone: the next one on the same connection is held to the usual."""
    address = postgresql_databases.address()
    with opened(address) as database:
        for form in ("backup", "export"):
            with database.reading() as connection:
                now = database.now(connection)
                assert _allowed(connection) == "1min"
                if form == "backup":
                    write_backup(connection, now, io.BytesIO())
                else:
                    write_export(connection, now, tmp_path / "export", "ndjson")
                assert _allowed(connection) == "0"
        with database.reading() as connection:
            assert _allowed(connection) == "1min"
    postgresql_databases.drop(address)


class _Watched(Backup):
    """A backup that looks, at each row that is read of it, how long the transaction that it fills may pause."""

    def __init__(self, file: io.BytesIO, begun: list[Connection]) -> None:
        super().__init__(file)
        self.begun, self.seen = begun, set[str]()

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for row in super().rows():
            self.seen.add(_allowed(self.begun[-1]))
            yield row


def test_whoever_hands_in_a_backup_may_pause(postgresql_databases: PostgresqlDatabases, backup: bytes) -> None:
    address, begun = postgresql_databases.empty(), list[Connection]()
    with opened(address) as database:
        event.listen(database._write, "begin", begun.append)
        archive = _Watched(io.BytesIO(backup), begun)
        restore(database, archive)
        assert archive.seen == {"0"}
        with database.writing() as connection:
            assert _allowed(connection) == "1min"
    postgresql_databases.drop(address)

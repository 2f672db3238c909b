"""Backups: the whole of one moment, byte for byte, in either kind of database; and no other file passes for one."""

import gzip
import io
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from api.store import audit, schema
from api.store.database import Database
from api.store.tables import METADATA
from api.work.archives.archive import ArchiveError
from api.work.archives.backup import Backup, write_backup
from api.work.archives.restore import restore
from tests.api.work.archives.support import all_rows, opened, saved
from tests.databases import SqliteDatabases


def test_a_backup_becomes_the_same_database_again(owned_address: str, target: str) -> None:
    """From either kind to either kind, and a backup of the restored database says the same."""
    file = saved(owned_address)
    with opened(target) as database:
        restored = restore(database, Backup(io.BytesIO(file)))
    assert all_rows(target) == all_rows(owned_address)
    assert restored.void_keys == 0
    assert sum(restored.verified.rows.values()) > 20
    assert _tables(saved(target)) == _tables(file)


def _lines(file: bytes) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file).splitlines()]


def _tables(file: bytes) -> dict[str, int]:
    """Return the number of rows of each table that a backup states."""
    return {name: said["rows"] for name, said in _lines(file)[-1]["tables"].items()}


def test_a_backup_says_what_it_is_and_what_it_holds(owned_address: str) -> None:
    """The first line and the last, for whoever looks into it in ten years."""
    head, *_, manifest = _lines(saved(owned_address))
    assert (head["kind"], head["form"], head["step"]) == ("branchcast backup", 1, schema.NEWEST)
    assert manifest["tables"].keys() == METADATA.tables.keys()
    with opened(owned_address) as database, database.reading() as connection:
        assert manifest["audit"] == audit.end(connection)._asdict()


def test_the_same_state_gives_the_same_bytes(owned_address: str) -> None:
    """But for the moment in the first line."""
    once, again = (gzip.decompress(saved(owned_address)).splitlines()[1:] for _ in range(2))
    assert once == again


def test_a_backup_holds_one_moment(owned_address: str, target: str) -> None:
    """What is written after it has begun is not in it."""
    file = io.BytesIO()
    with opened(owned_address) as database, opened(owned_address) as other, database.reading() as connection:
        before = audit.end(connection)
        _write(other, 0)
        write_backup(connection, database.now(connection), file)
    file.seek(0)
    with opened(target) as database:
        assert restore(database, Backup(file)).verified.end == before


def _write(database: Database, number: int) -> None:
    with database.writing() as connection:
        now = database.now(connection)
        connection.execute(text("UPDATE api_key SET last_used_at = coalesce(last_used_at, 0) + 1"))
        audit.append(connection, now, "ann", "test", f"tests/{number}", {"number": number})


def test_backups_while_others_write_are_each_of_one_moment(
    owned_address: str, sqlite_databases: SqliteDatabases
) -> None:
    """Every one of them is whole: the log's last entry and what was written with it go together."""
    stop = threading.Event()
    files: list[bytes] = []

    def keep_writing() -> None:
        number = 0
        with opened(owned_address) as database:
            while not stop.is_set():
                _write(database, number := number + 1)

    writers = [threading.Thread(target=keep_writing) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        with opened(owned_address) as database:
            while len(files) < 5:
                with database.reading() as connection:
                    end = audit.end(connection)
                files.append(saved(owned_address))
                while _end(database) == end:  # until somebody has written in between
                    assert any(writer.is_alive() for writer in writers)
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
    ends = []
    for file in files:
        address = sqlite_databases.empty()
        with opened(address) as database:
            ends.append(restore(database, Backup(io.BytesIO(file))).verified.end.seq)
        rows = all_rows(address)
        written = rows["api_key"][0]["last_used_at"] or 0
        assert written == sum(entry["action"] == "test" for entry in rows["audit"])
        sqlite_databases.drop(address)
    assert ends == sorted(set(ends))


def _end(database: Database) -> audit.End:
    with database.reading() as connection:
        return audit.end(connection)


def edited(file: bytes, edit: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Return a backup whose lines somebody has edited."""
    return gzip.compress(b"".join(edit(gzip.decompress(file).splitlines(keepends=True))))


EDITS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "a row changed": (lambda lines: [line.replace(b"Ann", b"Bob") for line in lines], "is not what was written"),
    "a row gone": (lambda lines: [line for line in lines if not line.startswith(b"[1,")], "is not what was written"),
    "a row twice": (
        lambda lines: [each for line in lines for each in [line] * (2 if line.startswith(b"[1,") else 1)],
        "refuses a row of table|is not what was written",
    ),
    "no manifest": (lambda lines: lines[:-1], "ends before its last line"),
    "a line more": (lambda lines: [*lines, b"{}\n"], "something follows the last line"),
    "a table unknown": (
        lambda lines: [line.replace(b'"statement"', b'"opinion"') for line in lines],
        "a table opinion",
    ),
    "no JSON": (lambda lines: [*lines[:3], b"{\n", *lines[3:]], "is not JSON"),
    "a short row": (
        lambda lines: [line if line[:3] != b"[1," else b"[1]\n" for line in lines],
        "says something strange",
    ),
    "a strange line": (lambda lines: [lines[0], b"5\n", *lines[1:]], "says something strange"),
    "a newer form": (
        lambda lines: [lines[0].replace(b'"form":1', b'"form":2'), *lines[1:]],
        "restore it with that release or later",
    ),
    "a newer step": (
        lambda lines: [lines[0].replace(b'"0002"', b'"9999"'), *lines[1:]],
        "is of step 9999, this release knows",
    ),
    "another file": (lambda lines: lines[1:], "is not a backup of branchcast"),
    "nothing": (lambda _: [], "is not a backup of branchcast|is not JSON"),
}


def test_a_backup_that_was_edited_is_refused_and_nothing_is_kept(backup: bytes, target: str) -> None:
    with opened(target) as database:
        for name, (edit, said) in EDITS.items():
            file = io.BytesIO(edited(backup, edit))
            with pytest.raises(ArchiveError) as caught:
                restore(database, Backup(file))
            assert re.search(said, str(caught.value)), (name, str(caught.value))
            with database.reading() as connection:
                assert schema.revision(connection) is None, name
        assert restore(database, Backup(io.BytesIO(backup))).void_keys == 0


@pytest.mark.parametrize("name", ["form", "version", "step"])
def test_a_backup_whose_first_line_lacks_something_is_refused(backup: bytes, name: str) -> None:
    first, _, rest = gzip.decompress(backup).partition(b"\n")
    said = json.loads(first)
    del said[name]
    with pytest.raises(ArchiveError, match="the first line of the backup says something strange"):
        Backup(io.BytesIO(gzip.compress(json.dumps(said).encode() + b"\n" + rest)))


def test_a_backup_that_was_cut_off_or_damaged_is_refused(backup: bytes, sqlite_databases: SqliteDatabases) -> None:
    """Wherever it ends, and whichever byte is another."""
    address = sqlite_databases.empty()
    cut = [backup[:size] for size in range(0, len(backup), len(backup) // 20)]
    flipped = [
        bytes([*backup[:at], backup[at] ^ 1, *backup[at + 1 :]]) for at in range(20, len(backup), len(backup) // 20)
    ]
    with opened(address) as database:
        for file in (*cut, *flipped):
            # A flipped bit may also make it one of another release, or one that the database's own rules refuse.
            with pytest.raises(ArchiveError):
                restore(database, Backup(io.BytesIO(file)))
        with database.reading() as connection:
            assert schema.revision(connection) is None
    sqlite_databases.drop(address)

"""``branchcast db``: up to date, checked, saved and made again, with a sentence for everything that goes wrong."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest
from sqlalchemy import create_engine, text

from api.store import audit
from api.store.database import Database, database_url
from api.work.archives.archive import Archive
from api.work.archives.backup import Backup
from api.work.archives.restore import restore
from tests.api.cli.support import Cli
from tests.api.work.archives.support import all_rows, opened
from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases

ROOT = Path(__file__).parents[3]
LIMIT = 120.0


def ok(done: click.testing.Result) -> str:
    """Return what a command printed that went well."""
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def refused(done: click.testing.Result, code: int = 1) -> str:
    """Return the one sentence of a command that refused."""
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    return done.stderr


def test_an_empty_database_is_brought_up_to_date_once(cli: Cli, empty_address: str) -> None:
    assert "is at step 0002 now; it was empty." in ok(cli("db", "upgrade", "--database", empty_address))
    assert "is at step 0002, the newest: nothing is left" in ok(cli("db", "upgrade", "--database", empty_address))


def test_two_processes_bring_one_database_up_to_date_at_once(empty_address: str) -> None:
    """One does it, the other waits and finds nothing left to do."""
    command = [sys.executable, "-m", "api.cli", "db", "upgrade", "--database", empty_address]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=LIMIT)[0].partition(" is at step ")[2] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == ["0002 now; it was empty.\n", "0002, the newest: nothing is left to do.\n"]


def test_a_sound_database_is_said_to_be(cli: Cli, owned_address: str) -> None:
    said = ok(cli("db", "check", "--database", owned_address))
    assert said.endswith("is at step 0002, the newest, and nothing is wrong with it.")


def test_a_database_that_is_not_current_is_said_to_be(cli: Cli, empty_address: str, sqlite_address: str) -> None:
    with opened(empty_address) as database, database.reading():
        pass  # so that the file of the SQLite one is there
    assert "is empty: run `branchcast db upgrade`" in refused(cli("db", "check", "--database", empty_address))
    with opened(sqlite_address) as database, database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert "at step 0000, not 0002: run" in refused(cli("db", "check", "--database", sqlite_address))


@pytest.mark.parametrize(
    ("pragma", "statement", "said"),
    [
        (
            "foreign_keys=OFF",
            "DELETE FROM document WHERE digest = (SELECT max(digest) FROM document)",
            "of table scenario_version refers to a document that is not there",
        ),
        (
            "ignore_check_constraints=ON",
            "INSERT INTO audit_head VALUES (2, 0, 'x')",
            "CHECK constraint failed in audit_head",
        ),
    ],
)
def test_a_file_whose_rows_do_not_fit_is_not_sound(
    cli: Cli, sqlite_address: str, pragma: str, statement: str, said: str
) -> None:
    engine = create_engine(database_url(sqlite_address))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()
    told = refused(cli("db", "check", "--database", sqlite_address))
    assert said in told
    assert "the file is damaged: restore the newest backup into a new one" in told


def test_a_damaged_file_is_not_sound(cli: Cli, sqlite_address: str) -> None:
    """Somebody has written over its middle."""
    file = Path(sqlite_address)
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = os.urandom(20_000)
    file.write_bytes(bytes(data))
    done = cli("db", "check", "--database", sqlite_address)
    assert done.exit_code == 1
    assert "damaged" in done.stderr


def test_a_backup_goes_from_one_kind_to_the_other(cli: Cli, owned_address: str, target: str, tmp_path: Path) -> None:
    file = tmp_path / "team.gz"
    said = ok(cli("db", "backup", str(file), "--database", owned_address))
    with opened(owned_address) as database, database.reading() as connection:
        end = str(audit.end(connection))
    assert said.startswith(f"In {file}: ")
    assert said.endswith(f"The audit log in it ends with: {end}")
    restored = ok(cli("db", "restore", str(file), "--database", target))
    assert restored.endswith(f"Log and rows were verified. The log ends with: {end}")
    assert all_rows(target) == all_rows(owned_address)


@pytest.fixture
def target(
    sqlite_databases: SqliteDatabases, postgresql_databases: PostgresqlDatabases, owned_address: str
) -> Iterator[str]:
    """Yield the address of an empty database of the other kind than the one that is owned."""
    databases: Databases = sqlite_databases if "://" in owned_address else postgresql_databases
    address = databases.empty()
    yield address
    databases.drop(address)


def test_a_backup_goes_through_pipes(cli: Cli, owned_address: str, tmp_path: Path) -> None:
    """Nothing but the backup is on standard output."""
    done = cli("db", "backup", "-", "--database", owned_address)
    assert done.exit_code == 0
    assert done.stderr.startswith("In the output: ")
    other = str(tmp_path / "other.db")
    ok(cli("db", "restore", "-", "--database", other, stdin=done.stdout_bytes))
    assert all_rows(other) == all_rows(owned_address)


def test_a_backup_that_fails_leaves_the_older_one(
    cli: Cli, sqlite_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "team.gz"
    file.write_bytes(b"older")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.work.archives.backup._write_table", fail)
    said = refused(cli("db", "backup", str(file), "--database", sqlite_address))
    assert said == f"Error: {file} cannot be written: No space left on device\n"
    assert [each.name for each in tmp_path.iterdir()] == ["team.gz"]
    assert file.read_bytes() == b"older"


@pytest.mark.parametrize(
    ("path", "said"),
    [("no/such/x.gz", "there is no folder"), (".", "is a folder: name a file in it")],
)
def test_a_backup_that_cannot_be_written_is_refused_at_once(
    cli: Cli, sqlite_address: str, tmp_path: Path, path: str, said: str
) -> None:
    assert said in refused(cli("db", "backup", str(tmp_path / path), "--database", sqlite_address))


def test_nothing_is_restored_over_anything(cli: Cli, owned_address: str, sqlite_address: str, tmp_path: Path) -> None:
    ok(cli("db", "backup", str(tmp_path / "x.gz"), "--database", owned_address))
    before = all_rows(sqlite_address)
    said = refused(cli("db", "restore", str(tmp_path / "x.gz"), "--database", sqlite_address), 3)
    assert "is not empty, its table audit has rows: restore into a new one" in said
    assert all_rows(sqlite_address) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "x.gz: this is not a backup of branchcast|x.gz: a line of the backup is not JSON"),
        (b"PK\x03\x04", "x.gz: the backup cannot be read"),
        (None, "x.gz cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_backup_is_refused(cli: Cli, tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "x.gz").write_bytes(content)
    done = refused(cli("db", "restore", str(tmp_path / "x.gz"), "--database", str(tmp_path / "new.db")))
    assert any(each in done for each in said.split("|")), done


@pytest.mark.parametrize("breaks", ["its first line", "its last table"])
def test_a_restore_that_fails_leaves_no_file(cli: Cli, owned_address: str, tmp_path: Path, breaks: str) -> None:
    """An empty database would look as if something had been restored."""
    whole, cut, new = tmp_path / "whole.gz", tmp_path / "cut.gz", tmp_path / "new.db"
    ok(cli("db", "backup", str(whole), "--database", owned_address))
    if breaks == "its first line":
        cut.write_bytes(gzip.compress(b"{}\n"))
    else:
        cut.write_bytes(gzip.compress(b"".join(gzip.decompress(whole.read_bytes()).splitlines(keepends=True)[:-1])))
    refused(cli("db", "restore", str(cut), "--database", str(new)))
    assert sorted(each.name for each in tmp_path.glob("new*")) == []
    ok(cli("db", "restore", str(whole), "--database", str(new)))


def test_a_restore_that_fails_leaves_a_file_that_was_there(cli: Cli, owned_address: str, tmp_path: Path) -> None:
    whole, new = tmp_path / "whole.gz", tmp_path / "new.db"
    ok(cli("db", "backup", str(whole), "--database", owned_address))
    ok(cli("db", "upgrade", "--database", str(new)))
    (tmp_path / "cut.gz").write_bytes(whole.read_bytes()[:-200])
    refused(cli("db", "restore", str(tmp_path / "cut.gz"), "--database", str(new)))
    assert new.exists()


def test_a_restore_that_fails_leaves_what_somebody_else_has_filled(
    cli: Cli, owned_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is this command's, what is in it is not."""
    whole, new = tmp_path / "whole.gz", str(tmp_path / "new.db")
    ok(cli("db", "backup", str(whole), "--database", owned_address))

    def overtaken(database: Database, archive: Archive) -> object:
        with open(whole, "rb") as file:
            restore(database, Backup(file))
        return restore(database, archive)

    monkeypatch.setattr("api.cli.db.restore", overtaken)
    refused(cli("db", "restore", str(whole), "--database", new), 3)
    assert all_rows(new) == all_rows(owned_address)


def test_a_file_of_something_else_is_called_so_once(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not one " * 100, encoding="utf-8")
    said = refused(cli("db", "check", "--database", str(tmp_path / "notes.txt")))
    assert said.count("file is not a database") == said.count("notes.txt") == 1


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_an_export_is_read_back_without_its_keys(cli: Cli, owned_address: str, tmp_path: Path, form: str) -> None:
    """And says so."""
    folder, other = str(tmp_path / "everything"), str(tmp_path / "other.db")
    said = ok(cli("db", "export", folder, "--format", form, "--database", owned_address))
    assert said.startswith(f"In {folder}: ")
    assert json.loads(Path(folder, "manifest.json").read_text(encoding="utf-8"))["format"] == form
    restored = ok(cli("db", "restore", folder, "--database", other))
    assert "no key works any more: `branchcast keys create` makes new ones" in restored
    assert ok(cli("audit", "--database", other)).rpartition(" ")[2] == restored.rpartition(" ")[2]
    assert all_rows(other)["scenario_version"] == all_rows(owned_address)["scenario_version"]


def test_an_export_needs_a_new_folder(cli: Cli, sqlite_address: str, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    said = refused(cli("db", "export", str(tmp_path), "--database", sqlite_address))
    assert said == f"Error: {tmp_path}: there is something already: name a new folder\n"
    said = refused(cli("db", "export", str(tmp_path / "no" / "such"), "--database", sqlite_address))
    assert f"there is no folder {tmp_path}/no: create it first" in said


def test_an_export_that_cannot_be_written_is_said(
    cli: Cli, sqlite_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.work.archives.export._write_table", fail)
    said = refused(cli("db", "export", str(tmp_path / "x"), "--database", sqlite_address))
    assert said == f"Error: {tmp_path}/x cannot be written: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_its_library_says_what_to_install(
    cli: Cli, sqlite_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    arguments = ("db", "export", str(tmp_path / "x"), "--format", "parquet", "--database", sqlite_address)
    assert "install branchcast[parquet], or choose another format" in refused(cli(*arguments))
    assert not (tmp_path / "x").exists()


def test_a_terminal_gets_no_backup(cli: Cli, sqlite_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    assert "a terminal cannot show a backup" in refused(cli("db", "backup", "-", "--database", sqlite_address), 2)


@pytest.mark.parametrize("command", [("backup", "x.gz"), ("export", "x"), ("check",)])
def test_a_database_that_is_not_there_is_not_made(cli: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = cli("db", *command, "--database", str(tmp_path / "taem.db"))
    assert f"there is no database {tmp_path}/taem.db" in refused(done)
    assert list(tmp_path.iterdir()) == []


def test_a_database_out_of_reach_is_said(cli: Cli) -> None:
    done = cli("db", "upgrade", "--database", "postgresql://ann:hunter2@127.0.0.1:1/x")
    said = refused(done)
    assert said.startswith("Error: postgresql+psycopg://ann:***@127.0.0.1:1/x: the database cannot be reached")
    assert "refused" in said.lower()
    assert "hunter2" not in said

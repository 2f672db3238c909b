"""Exports: files that other programs read, without what is nobody's to read, and the way back to a database."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from api.errors import ServiceError
from api.store import audit, keys, schema
from api.store.tables import METADATA
from api.tabular import MissingExtraError
from api.work.archives import table_files
from api.work.archives.archive import ArchiveError, Manifest
from api.work.archives.export import Export, write_export
from api.work.archives.restore import restore
from api.work.archives.table_files import FORMATS
from tests.api.owned import SAYING
from tests.api.work.archives.support import all_rows, opened
from tests.databases import Databases, SqliteDatabases

EXPORTED = METADATA.tables.keys() - {"idempotency"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def export(address: str, folder: Path, form: str = "ndjson") -> Manifest:
    with opened(address) as database, database.reading() as connection:
        return write_export(connection, database.now(connection), folder, form)


@pytest.fixture
def owned(sqlite_databases: SqliteDatabases, owned_copy: Callable[[Databases], str]) -> str:
    """Return the address of an SQLite database whose every table has rows."""
    return owned_copy(sqlite_databases)


def _ndjson(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{table}.ndjson").read_text(encoding="utf-8").splitlines()]


def test_every_table_is_a_file_that_says_what_a_person_reads(owned_address: str, tmp_path: Path) -> None:
    """Moments as RFC 3339 has them, documents and texts as they are."""
    folder = tmp_path / "everything"
    manifest = export(owned_address, folder)
    assert {file.name for file in folder.iterdir()} == {"manifest.json", *(f"{name}.ndjson" for name in EXPORTED)}
    (version,) = (row for row in _ndjson(folder, "scenario_version") if row["version"] == 2)
    assert RFC_3339.fullmatch(version["recorded_at"])
    assert version["text"].startswith("scenario: coin\n")
    assert version["reason"] == SAYING
    assert {json.loads(row["body"])["scenario"] for row in _ndjson(folder, "document")} >= {"coin", "minimal"}
    (rumour,) = (row for row in _ndjson(folder, "evidence") if row["name"] == "rumour")
    assert json.loads(rumour["entry"])["what"] == SAYING
    assert all("headline" in json.loads(row["result"]) for row in _ndjson(folder, "forecast"))
    assert manifest.tables["figure"]["rows"] == len(_ndjson(folder, "figure")) > 0


def test_the_manifest_explains_every_column(owned: str, tmp_path: Path) -> None:
    export(owned, tmp_path / "x")
    said = json.loads((tmp_path / "x" / "manifest.json").read_text(encoding="utf-8"))
    assert said["tables"].keys() == EXPORTED
    for name, note in said["tables"].items():
        left_out = {each.partition(".")[2] for each in said["left_out"] if each.startswith(f"{name}.")}
        assert note["columns"].keys() | left_out == set(METADATA.tables[name].c.keys())
        assert note["meaning"] == METADATA.tables[name].comment
    assert said["left_out"].keys() == {"api_key.hash", "idempotency"}


@pytest.mark.parametrize("form", FORMATS)
def test_no_hash_of_a_key_leaves_the_database(owned: str, tmp_path: Path, form: str) -> None:
    export(owned, tmp_path / "x", form)
    hashes = [row["hash"] for row in all_rows(owned)["api_key"]]
    assert len(hashes) == 2
    everything = b"".join(file.read_bytes() for file in (tmp_path / "x").iterdir())
    assert not [each for each in hashes if each.encode() in everything]


def test_parquet_has_types(owned: str, tmp_path: Path) -> None:
    """Numbers are numbers and moments moments, in UTC, also where a table is long."""
    export(owned, tmp_path / "x", "parquet")
    parquet = import_module("pyarrow.parquet")
    figures = parquet.read_table(tmp_path / "x" / "figure.parquet")
    assert [str(figures.schema.field(name).type) for name in ("mean", "place", "recorded_at")] == [
        "double",
        "string",
        "timestamp[us, tz=UTC]",
    ]
    rows = all_rows(owned)["figure"]
    assert sorted(figures["mean"].to_pylist()) == sorted(row["mean"] for row in rows)
    versions = parquet.read_table(tmp_path / "x" / "scenario_version.parquet")
    assert str(versions.schema.field("version").type) == "int64"


def test_parquet_is_written_in_groups_that_fit_in_memory(
    owned: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group ends when it has many rows or long ones, and what is read back is the same."""
    monkeypatch.setattr(table_files, "MOST_IN_GROUP", 2)
    monkeypatch.setattr(table_files, "MOST_TEXT_IN_GROUP", 5_000)
    export(owned, tmp_path / "x", "parquet")
    opened_as = import_module("pyarrow.parquet").ParquetFile
    groups = {name: opened_as(tmp_path / "x" / f"{name}.parquet").metadata for name in ("audit", "document")}
    audits, documents = groups["audit"], groups["document"]
    assert audits.num_row_groups == -(-audits.num_rows // 2)
    assert documents.num_row_groups > documents.num_rows / 2


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_becomes_a_database_in_which_no_key_works(
    owned_address: str, target: str, tmp_path: Path, form: str
) -> None:
    """All else is the same, and the audit log says what became of the keys."""
    export(owned_address, tmp_path / "x", form)
    with opened(target) as database:
        restored = restore(database, Export(tmp_path / "x"))
        with database.reading() as connection:
            assert keys.working(connection, database.now(connection)) == []
            voided = audit.page(connection, restored.void_keys)
    before, after = all_rows(owned_address), all_rows(target)
    assert {entry.action for entry in voided} == {"key.void"}
    assert len(voided) == len(before["api_key"]) == 2
    assert after.pop("audit")[: -len(voided)] == before.pop("audit")
    for rows in (before, after):
        for name in ("audit_head", "idempotency", "api_key"):
            rows.pop(name)
    assert after == before


def test_a_folder_that_holds_something_is_left_alone(owned: str, tmp_path: Path) -> None:
    """An empty one is used; a file is not a folder."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("full", "file", "link"):
        with pytest.raises(ArchiveError, match="there is something already"):
            export(owned, tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert export(owned, tmp_path / "empty").rows > 0


def test_an_export_that_fails_leaves_nothing_behind(
    owned: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("api.work.archives.export._write_table", fail)
        with pytest.raises(OSError, match="No space left"):
            export(owned, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_its_library_says_what_to_install(
    owned: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"install branchcast\[parquet\]"):
        export(owned, tmp_path / "x", "parquet")
    assert issubclass(MissingExtraError, ServiceError)
    assert list(tmp_path.iterdir()) == []


def _renamed(folder: Path) -> None:
    _edit(folder, "manifest.json", '"statement": {', '"opinion": {')
    (folder / "statement.ndjson").rename(folder / "opinion.ndjson")


def _edit(folder: Path, name: str, before: str, after: str) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


EDITS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a row changed": (
        lambda folder: _edit(folder, "statement.ndjson", "bob", "eve"),
        "table statement is not what was",
    ),
    "a file gone": (lambda folder: (folder / "run.ndjson").unlink(), "run.ndjson cannot be read"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "there is no readable manifest.json in it"),
    "another manifest": (
        lambda folder: (folder / "manifest.json").write_text("[]", encoding="utf-8"),
        "manifest.json is not that of an export at /",
    ),
    "a newer form": (lambda folder: _edit(folder, "manifest.json", '"form": 1', '"form": 2'), "that release or later"),
    "a newer step": (lambda folder: _edit(folder, "manifest.json", '"step": "0002"', '"step": "9999"'), "of step 9999"),
    "another kind": (
        lambda folder: _edit(folder, "manifest.json", '"version": "integer"', '"version": "colour"'),
        "/tables/scenario_version/columns/version",
    ),
    "a path for a table": (
        lambda folder: _edit(folder, "manifest.json", '"statement": {', '"../statement": {'),
        "manifest.json is not that of an export",
    ),
    "a table unknown": (_renamed, "a table opinion, which step 0002 does not know"),
}


def test_an_export_that_was_edited_is_refused_and_nothing_is_kept(owned: str, target: str, tmp_path: Path) -> None:
    export(owned, tmp_path / "whole")
    with opened(target) as database:
        for number, (name, (edit, said)) in enumerate(EDITS.items()):
            folder = tmp_path / str(number)
            shutil.copytree(tmp_path / "whole", folder)
            edit(folder)
            with pytest.raises(ArchiveError) as caught:
                restore(database, Export(folder))
            assert said in str(caught.value), name
            with database.reading() as connection:
                assert schema.revision(connection) is None, name

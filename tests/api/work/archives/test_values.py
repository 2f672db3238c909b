"""Whatever a column may hold comes back the same from a backup and from an export, in either kind of database."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Connection, Float, Integer, LargeBinary, Table, Text, delete, insert
from sqlalchemy.types import TypeEngine

from api.store import audit, documents
from api.store.audit import ROW, row_digest, row_subject, rows_digest
from api.store.columns import Instant, Json
from api.store.database import Database
from api.store.forecasts import FIGURES
from api.store.schema import upgrade
from api.store.tables import (
    METADATA,
    audit_head,
    document,
    evidence,
    figure,
    forecast,
    idempotency,
    run,
    scenario,
    scenario_version,
    statement,
)
from api.work.archives.archive import Archive
from api.work.archives.backup import Backup
from api.work.archives.export import Export, write_export
from api.work.archives.restore import restore
from api.work.archives.table_files import FORMATS
from tests.api.work.archives.support import Rows, all_rows, opened, saved
from tests.databases import KINDS, Databases

NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Finding the smallest example would fill databases for minutes; the first says as much.
PHASES = (Phase.explicit, Phase.generate)

# PostgreSQL keeps no NUL, and no half of a character can be written at all.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(-(2**63), 2**63 - 1)
MOMENTS = st.datetimes(timezones=st.just(UTC))
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | WHOLE | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


ITEMS: tuple[tuple[type[TypeEngine[Any]], st.SearchStrategy[Any]], ...] = (
    (Instant, MOMENTS),
    (Json, st.dictionaries(TEXTS, PLAIN, max_size=3)),
    (LargeBinary, TEXTS.map(documents.packed)),
    (BigInteger, WHOLE),
    (Integer, st.integers(0, 2**31 - 1)),
    (Float, NUMBERS),
    (Text, TEXTS),
)


def values(table: Table, **fixed: object) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a row: anything that its columns may hold, but for those that are fixed."""
    drawn = {}
    for column in table.c:
        strategy = next(items for kind, items in ITEMS if isinstance(column.type, kind))
        drawn[column.name] = strategy | st.none() if column.nullable else strategy
    return st.fixed_dictionaries(drawn | {name: st.just(value) for name, value in fixed.items()})


VERSION = {"scenario_id": "x", "version": 1}
DIGEST = documents.text_digest(documents.document_text({"scenario": "x"}))
PLACED = {**VERSION, "document": DIGEST}
Drawn = dict[str, list[dict[str, Any]]]


def several(table: Table, *key: str, **fixed: object) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw rows of which no two have the same key."""
    return st.lists(values(table, **fixed), min_size=1, max_size=15, unique_by=lambda row: tuple(row[k] for k in key))


SAVED = st.fixed_dictionaries(
    {
        "scenario_version": several(scenario_version, "version", **PLACED, recorded_at=NOW),
        "evidence": several(evidence, "name", scenario_id="x", name="e"),
        "statement": several(statement, "id", scenario_id="x", id="s"),
        "run": several(run, "id", id="r", **PLACED, status="done"),
        "forecast": several(forecast, "id", id="f", run_id="r", **PLACED),
        "figure": several(figure, "place", "recorded_at", scenario_id="x", forecast_id="f"),
        "idempotency": several(idempotency, "owner", "key"),
    }
)


def fill(database: Database, drawn: Drawn) -> None:
    """Make a database hold these rows and nothing else, each with its entry in the log."""
    with database.writing() as connection:
        clear(connection)
        connection.execute(insert(document).values(digest=DIGEST, body=documents.packed('{"scenario":"x"}')))
        connection.execute(insert(scenario).values(id="x", head=1, created_at=NOW))
        for table in METADATA.sorted_tables:
            if table.name in drawn:
                connection.execute(insert(table), drawn[table.name])
        figures = rows_digest(row_digest(figure, each) for each in drawn["figure"])
        for name in drawn.keys() - {"figure", "idempotency"}:
            table, (row,) = METADATA.tables[name], drawn[name]
            details = {ROW: row_digest(table, row), FIGURES: figures}
            audit.append(connection, NOW, "test", name, row_subject(table, row), details)


def clear(connection: Connection) -> None:
    """Make a database one without rows."""
    for table in reversed(METADATA.sorted_tables):
        connection.execute(delete(table))
    connection.execute(insert(audit_head).values(id=1, seq=0, hash=audit.START))


@pytest.fixture(scope="module", params=KINDS)
def source(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the address of a database of each kind that is up to date."""
    with _upgraded(request.getfixturevalue(f"{request.param}_databases")) as address:
        yield address


@pytest.fixture(scope="module")
def targets(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Yield the addresses of a database of each kind, to be filled again and again."""
    with ExitStack() as stack:
        sources = (request.getfixturevalue(f"{kind}_databases") for kind in KINDS)
        yield [stack.enter_context(_upgraded(databases)) for databases in sources]


@contextmanager
def _upgraded(databases: Databases) -> Iterator[str]:
    address = databases.empty()
    with opened(address) as database:
        upgrade(database)
    yield address
    databases.drop(address)


def restored(address: str, archive: Archive) -> Rows:
    """Return the rows of a database that was filled from an archive, whatever was in it before."""
    with opened(address) as database:
        with database.writing() as connection:
            clear(connection)
        restore(database, archive)
    return all_rows(address)


@settings(max_examples=5, phases=PHASES)
@given(drawn=SAVED)
def test_a_backup_keeps_every_value(source: str, targets: list[str], drawn: Drawn) -> None:
    with opened(source) as database:
        fill(database, drawn)
    file = saved(source)
    for target in targets:
        assert restored(target, Backup(io.BytesIO(file))) == all_rows(source)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=3, phases=PHASES)
@given(drawn=SAVED)
def test_an_export_keeps_every_value(source: str, targets: list[str], form: str, drawn: Drawn) -> None:
    """But for the answers to repeated requests, which are not in it."""
    with opened(source) as database, TemporaryDirectory() as name:
        fill(database, drawn)
        folder = Path(name, "export")
        with database.reading() as connection:
            write_export(connection, NOW, folder, form)
        for target in targets:
            assert restored(target, Export(folder)) == {**all_rows(source), "idempotency": []}

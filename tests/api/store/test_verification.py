"""The audit log and the rows held together: whatever is changed behind the service's back is found and named."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from api.store import audit, documents
from api.store.audit import End, end
from api.store.audit_chain import BrokenLogError
from api.store.database import database_url
from api.store.tables import METADATA
from api.store.verification import verify
from tests.api.store.support import NEW_YEAR


@pytest.fixture
def engine(owned_address: str) -> Iterator[Engine]:
    """Yield a way into a database whose every table has rows, past everything that the service takes care of."""
    engine = create_engine(database_url(owned_address))
    yield engine
    engine.dispose()


def tamper(connection: Connection, statement: str) -> None:
    """Change rows as somebody would who may open the database; no constraint stands in the way."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    for each in statement.split(";"):
        assert connection.exec_driver_sql(each).rowcount > 0, each


def wrong(connection: Connection, noted: End | None = None) -> str:
    """Return what verification says is wrong, nothing if all is well."""
    try:
        verify(connection, noted)
    except BrokenLogError as error:
        return str(error)
    return ""


def unfound(engine: Engine, cases: dict[str, str]) -> dict[str, str]:
    """Make each change in a transaction of its own, which is undone; return what was said where it is not expected."""
    others = {}
    for statement, expected in cases.items():
        with engine.connect() as connection:
            tamper(connection, statement)
            said = wrong(connection)
        if expected not in said:
            others[statement] = said
    return others


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_an_untouched_database_is_whole(engine: Engine) -> None:
    """Every table has rows, and all of them are counted."""
    with engine.connect() as connection:
        verified = verify(connection)
        assert verified.rows == {name: _count(connection, name) for name in verified.rows}
        assert all(verified.rows.values()), verified
        assert verified.end == end(connection)
        assert verified.entries == _count(connection, "audit") == verified.end.seq
        assert verify(connection, verified.end) == verified
    assert verified.rows.keys() | {"audit", "audit_head", "idempotency"} == METADATA.tables.keys()


def test_whatever_is_changed_is_found(engine: Engine) -> None:
    """One column of one row is enough, down to the last bit of a number."""
    cases = {
        "UPDATE scenario_version SET reason = 'x' WHERE version = 2": "coin/versions/2, which was changed",
        "UPDATE scenario_version SET priors = '{}' WHERE version = 2": "coin/versions/2, which was changed",
        "UPDATE scenario_version SET card = card || ' ' WHERE version = 2": "coin/versions/2, which was changed",
        "UPDATE scenario_version SET author = 'x' WHERE scenario_id = 'minimal'": "minimal/versions/1, which was",
        "UPDATE evidence SET entry = replace(entry, '3.0', '3.5') WHERE name = 'rumour'": "evidence/rumour, which was",
        "UPDATE evidence SET recorded_at = recorded_at - 1 WHERE name = 'rumour'": "evidence/rumour, which was",
        "UPDATE evidence SET dedupe_key = NULL WHERE name = 'rumour'": "evidence/rumour, which was changed",
        "UPDATE retraction SET author = 'bob'": "evidence/denial/retraction, which was changed",
        "UPDATE statement SET prior = replace(prior, '3.0', '3.00')": "which was changed in table statement",
        "UPDATE statement SET expert = 'ann'": "which was changed in table statement",
        "UPDATE statement SET scenario_id = 'minimal'": "which was changed in table statement",
        "UPDATE run SET settings = '{}'": "which was changed in table run",
        "UPDATE run SET price = price + 1": "which was changed in table run",
        "UPDATE forecast SET digest = 'sha256:0'": "which was changed in table forecast",
        "UPDATE forecast SET as_of = '2026-01-02'": "which was changed in table forecast",
        "UPDATE figure SET mean = mean + 1e-15": "whose figures in table figure were changed",
        "UPDATE figure SET exact = NULL": "whose figures in table figure were changed",
        "UPDATE api_key SET scope = 'admin' WHERE name = 'ann'": "which was changed in table api_key",
        "UPDATE api_key SET revoked_at = NULL WHERE name = 'ann'": "which was changed in table api_key",
        "UPDATE api_key SET expires_at = NULL WHERE name = 'ann'": "which was changed in table api_key",
        "UPDATE api_key SET hash = 'x' WHERE name = 'boss'": "which was changed in table api_key",
        "UPDATE scenario SET head = 1 WHERE id = 'coin'": "scenario 'coin' is said to have version 1 as its newest",
        "UPDATE scenario SET created_at = 0 WHERE id = 'coin'": "scenario 'coin' is said to begin at another moment",
    }
    assert unfound(engine, cases) == {}


def test_what_is_kept_compressed_is_read(engine: Engine) -> None:
    """Another text, half a text and no text at all, of a version, a document and a forecast."""
    half = "substr({column}, 1, length({column}) / 2)"  # substr counts bytes of bytes in both
    cases = {}
    for table, column, condition, expected in (
        ("scenario_version", "text", "version = 2", "coin/versions/2, which was changed"),
        ("forecast", "result", "1 = 1", "which was changed in table forecast"),
        ("document", "body", "digest = (SELECT max(digest) FROM document)", "was changed: its text has another digest"),
    ):
        other = "(SELECT text FROM scenario_version WHERE scenario_id = 'minimal')"
        for value in (half.format(column=column), other):
            cases[f"UPDATE {table} SET {column} = {value} WHERE {condition}"] = expected
    assert unfound(engine, cases) == {}


def test_whatever_is_deleted_is_found(engine: Engine) -> None:
    last_figure = "place = (SELECT max(place) FROM figure)"
    cases = {
        "DELETE FROM scenario_version WHERE version = 2": "coin/versions/2, which is gone from table scenario_version",
        "DELETE FROM evidence WHERE name = 'denial'": "coin/evidence/denial, which is gone from table evidence",
        "DELETE FROM retraction": "which is gone from table retraction",
        "DELETE FROM statement": "which is gone from table statement",
        "DELETE FROM run": "which is gone from table run",
        "DELETE FROM forecast": "which is gone from table forecast",
        "DELETE FROM figure": "whose figures in table figure were changed",
        f"DELETE FROM figure WHERE {last_figure}": "whose figures in table figure were changed",
        "DELETE FROM api_key WHERE name = 'boss'": "which is gone from table api_key",
        "DELETE FROM document": "refers to a document that is not there",
        "DELETE FROM scenario WHERE id = 'coin'": "refers to a scenario that is not there",
    }
    assert unfound(engine, cases) == {}


def slipped_in(table: str, condition: str, **changed: str) -> str:
    """Return the statement that adds a row which is like another one but for some columns."""
    columns = {column.name: f'"{column.name}"' for column in METADATA.tables[table].c}
    values = ", ".join((columns | changed).values())
    return f"INSERT INTO {table} ({', '.join(columns.values())}) SELECT {values} FROM {table} WHERE {condition}"


def test_whatever_is_slipped_in_is_found(engine: Engine) -> None:
    """Although it looks like what is there."""
    newest = "id = (SELECT max(id) FROM {0})"
    one_figure = "place = (SELECT max(place) FROM figure) AND forecast_id = (SELECT max(id) FROM forecast)"
    of_another = {"id": "'x'", "run_id": "'x'"}
    cases = {
        slipped_in("scenario_version", "version = 2", version="3"): "no entry names scenarios/coin/versions/3",
        slipped_in("evidence", "name = 'rumour'", name="'x'", dedupe_key="NULL"): "names scenarios/coin/evidence/x",
        slipped_in("retraction", "name = 'denial'", name="'rumour'"): "names scenarios/coin/evidence/rumour/retraction",
        slipped_in("statement", "expert = 'bob'", id="'x'"): "no entry names scenarios/coin/statements/x",
        slipped_in("run", newest.format("run"), id="'x'", status="'queued'"): "no entry names runs/x",
        slipped_in("forecast", newest.format("forecast"), **of_another): "no entry names forecasts/x",
        slipped_in("figure", one_figure, place="'x'"): "whose figures in table figure were changed",
        slipped_in("figure", one_figure, forecast_id="'x'"): "refers to a forecast that is not there",
        slipped_in("api_key", "name = 'boss'", prefix="'x'"): "no entry names keys/x",
        slipped_in("document", "digest = (SELECT max(digest) FROM document)", digest="'x'"): "document x was changed",
        slipped_in("scenario", "id = 'coin'", id="'x'"): "'x' is said to have version 2 as its newest, and it has 0",
    }
    assert unfound(engine, cases) == {}


def test_a_document_that_belongs_to_nothing_is_found(engine: Engine) -> None:
    """Though its digest is that of its text."""
    with engine.connect() as connection:
        digest = documents.put(connection, {"scenario": "x"})
        assert wrong(connection).startswith(f"document {digest} belongs to nothing")


def test_a_row_that_this_release_does_not_know_is_said(engine: Engine) -> None:
    """An entry of a newer release may speak of one."""
    with engine.connect() as connection:
        audit.append(connection, NEW_YEAR, "ann", "tea.pour", "teas/7", {audit.ROW: "x"})
        assert wrong(connection).endswith("names a row by 'teas/7', which this release does not know")


def test_a_log_that_was_changed_is_found_at_the_first_entry_that_shows_it(engine: Engine) -> None:
    swapped = "; ".join(f"UPDATE audit SET seq = {to} WHERE seq = {of}" for of, to in ((4, 999), (5, 4), (999, 5)))
    added = slipped_in("audit", "seq = (SELECT max(seq) FROM audit)", seq="seq + 1", previous="hash", hash="'x'")
    cases = {
        "UPDATE audit SET actor = 'nobody' WHERE seq = 5": "entry 5 was changed",
        "UPDATE audit SET details = replace(details, ':', ': ') WHERE seq = 5": "entry 5 was changed",
        "UPDATE audit SET subject = 'x' WHERE seq = 5": "entry 5 was changed",
        "UPDATE audit SET at = at + 1 WHERE seq = 7": "entry 7 was changed",
        "UPDATE audit SET hash = previous WHERE seq = 6": "entry 6 was changed",
        "UPDATE audit SET previous = hash WHERE seq = 6": "entry 6 does not hold the hash of the entry before it",
        "UPDATE audit SET details = replace(details, ':', ': ') WHERE seq IN (9, 6)": "entry 6 was changed",
        "UPDATE audit_head SET seq = seq + 1": "entries were cut off or put in",
        "UPDATE audit_head SET hash = 'x'": "entries were cut off or put in",
        "DELETE FROM audit_head": "table audit_head has lost its row",
        "DELETE FROM audit WHERE seq = 1": "entry 1 is missing",
        "DELETE FROM audit WHERE seq = 8": "entry 8 is missing",
        "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)": "entries were cut off or put in",
        "DELETE FROM audit": "entries were cut off or put in",
        swapped: "entry 4 does not hold the hash of the entry before it",
        added: "was changed: its hash is not that of what it says",
        "UPDATE scenario_version SET reason = 'x' WHERE scenario_id = 'minimal'; "
        "DELETE FROM audit WHERE seq = 8": "minimal/versions/1, which was changed",
    }
    assert unfound(engine, cases) == {}


def test_a_tail_that_was_cut_off_with_all_its_rows_needs_a_note(engine: Engine) -> None:
    """Nothing in the database tells any more, but whoever noted the end does."""
    with engine.connect() as connection:
        noted = end(connection)
        tamper(
            connection,
            "DELETE FROM api_key WHERE name = 'boss'; "
            f"DELETE FROM audit WHERE seq = {noted.seq}; "
            f"UPDATE audit_head SET seq = seq - 1, hash = (SELECT hash FROM audit WHERE seq = {noted.seq - 1})",
        )
        assert wrong(connection) == ""
        assert wrong(connection, noted) == (
            f"entry {noted.seq} was noted, and the log ends with entry {noted.seq - 1}: its end was cut off"
        )


def test_a_log_that_was_written_anew_needs_a_note(engine: Engine) -> None:
    """From the third entry on, somebody has hashed everything again, with another name in the last."""
    with engine.connect() as connection:
        noted = end(connection)
        _write_anew(connection)
        assert wrong(connection) == ""
        assert "was noted: the log was written anew" in wrong(connection, noted)
        assert wrong(connection, End(2, _hash(connection, 2))) == ""


def _hash(connection: Connection, seq: int) -> str:
    return str(connection.execute(text(f"SELECT hash FROM audit WHERE seq = {seq}")).scalar_one())


def _write_anew(connection: Connection) -> None:
    entries = sorted(audit.page(connection, 1_000), key=lambda entry: entry.seq)
    connection.execute(text("DELETE FROM audit WHERE seq > 2"))
    connection.execute(text(f"UPDATE audit_head SET seq = 2, hash = '{_hash(connection, 2)}'"))
    for entry in entries[2:]:
        audit.append(connection, entry.at, "somebody else", entry.action, entry.subject, entry.details)


def test_a_long_log_is_read_a_page_at_a_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three rows come to the same, also where an entry and the row it names stand on different pages."""
    with engine.connect() as connection:
        whole = verify(connection)
        monkeypatch.setattr("api.store.verification.READ_AT_ONCE", 3)
        monkeypatch.setattr("api.store.kept_rows.READ_AT_ONCE", 3)
        assert verify(connection) == whole
        tamper(connection, "UPDATE api_key SET scope = 'admin' WHERE name = 'ann'")
        assert "which was changed in table api_key" in wrong(connection)

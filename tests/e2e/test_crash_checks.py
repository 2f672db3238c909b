"""The crash test sees what it is there to see: each fault, planted in a database, is found and named."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, update

from api.messages.versions import whole_page
from api.platforms.metaculus_requests import forecast_request
from api.store import audit, evidence, idempotency, scenarios, submissions, tables
from api.store.database import Database, database_url
from api.store.evidence import LedgerEntry
from api.store.idempotency import Ticket
from api.store.scenarios import Draft, Version
from forecast.documents import scenario_to_yaml
from forecast.scenario import parse_scenario
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.world import World
from tests.api.stored_runs import create_run
from tests.api.work.courier.carried import asked
from tests.e2e.crash.beliefs import entry, scenario
from tests.e2e.crash.checks import Kept, broken, doubled, lost
from tests.e2e.crash.clients import Acknowledged, Ledger, Request
from tests.e2e.crash.platform import astray

KEY, OTHER = "client-0-00001", "client-1-00001"


@pytest.fixture
def connection(sqlite_address: str) -> Iterator[Connection]:
    """Yield a connection whose changes nobody else sees."""
    database = Database(database_url(sqlite_address))
    with database.writing() as connection:
        yield connection
    database.close()


def _store(connection: Connection, reason: str, scenario_id: str) -> Acknowledged:
    """Store a scenario and return what a client would hold of it."""
    parsed = parse_scenario(scenario(scenario_id))
    text = scenario_to_yaml(parsed)
    now = scenarios.head(connection, "minimal").recorded_at + timedelta(seconds=1)
    card = scenarios.create(connection, now, Draft(parsed, text, "ann", reason))
    audit.append(connection, now, "team", *scenarios.audited(card, text))
    version = scenarios.whole(connection, card)
    body = whole_page(Version(card, version.document, version.text)).model_dump_json().encode()
    return Acknowledged(Request("scenario", reason, "POST", "/v1/scenarios", {}), 201, body)


def _add(connection: Connection, reason: str, name: str) -> Acknowledged:
    now = scenarios.head(connection, "minimal").recorded_at
    said = entry("talks", 1.1)
    evidence.record(connection, LedgerEntry("talks-9", name, said, None, "ann", reason, now))
    body = json.dumps({"scenario": "talks-9", "name": name, "entry": said}).encode()
    return Acknowledged(Request("evidence", reason, "POST", "/v1/scenarios/talks-9/evidence", {}), 201, body)


def _broken(connection: Connection, *acknowledged: Acknowledged) -> list[str]:
    return list(broken(connection, Kept(connection), [Ledger(acknowledged=list(acknowledged))]))


def test_what_is_whole_is_not_complained_about(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    kept = Kept(connection)
    assert lost(connection, kept, [stored]) == doubled(kept, [stored.request]) == _broken(connection, stored) == []


def test_a_write_that_is_gone_is_lost(connection: Connection) -> None:
    _store(connection, KEY, "talks-9")
    added = _add(connection, OTHER, "report")
    assert lost(connection, Kept(connection), [added]) == []
    connection.execute(delete(tables.evidence))
    assert lost(connection, Kept(connection), [added]) == [OTHER]


def test_a_write_that_is_not_what_was_acknowledged_is_lost(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    said = json.loads(stored.body)
    said["document"]["title"] = "Another title"
    changed = Acknowledged(stored.request, 201, json.dumps(said).encode())
    assert lost(connection, Kept(connection), [changed]) == [KEY]


def test_a_request_that_was_done_twice_is_doubled(connection: Connection) -> None:
    _store(connection, KEY, "talks-9")
    added = _add(connection, OTHER, "report")
    _add(connection, OTHER, "report-again")
    assert doubled(Kept(connection), [added.request]) == [f"{OTHER}: {{'evidence': 2}}"]


def test_a_write_that_nobody_was_told_of_is_seen(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    assert _broken(connection) == [f"{KEY} was refused or never answered, but has written {{'scenario_version': 1}}"]
    assert _broken(connection, stored) == []


def test_two_changes_of_the_same_thing_are_seen(connection: Connection) -> None:
    both = [
        Acknowledged(Request("prior", key, "PUT", "/v1/x/prior", {}, {"If-Match": '"p1-0"'}), 200, b"{}")
        for key in (KEY, OTHER)
    ]
    assert _broken(connection, *both) == [f'/v1/x/prior: {KEY}, {OTHER} were all stored on "p1-0"']


def test_a_gap_between_versions_is_seen(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    connection.execute(update(tables.scenario_version).where(tables.scenario_version.c.reason == KEY).values(version=2))
    connection.execute(update(tables.scenario).where(tables.scenario.c.id == "talks-9").values(head=2))
    assert "scenario talks-9 has versions [2]" in _broken(connection, stored)


def test_a_version_that_is_not_whole_is_seen(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    other = scenarios.head(connection, "minimal").document
    mine = tables.scenario_version.c.reason == KEY
    connection.execute(update(tables.scenario_version).where(mine).values(document=other))
    assert "version 1 of scenario talks-9 is not whole" in _broken(connection, stored)


def test_a_run_without_its_forecast_is_seen(sqlite_address: str) -> None:
    database = Database(database_url(sqlite_address))
    with database.reading() as connection:
        now = scenarios.head(connection, "minimal").recorded_at
    create_run(database, now, "stuck", holder="dead")
    with database.reading() as connection:
        assert "run stuck (a test) is running, attempt 1, with 0 forecasts" in _broken(connection)
    database.close()


def test_a_request_in_flight_for_ever_is_seen(connection: Connection) -> None:
    now = scenarios.head(connection, "minimal").recorded_at
    assert idempotency.claim(connection, now, Ticket("team", KEY, "what was asked"), "no-run")
    assert _broken(connection) == [f"request {KEY} is in flight for ever"]


def test_a_changed_row_is_seen_by_the_log(connection: Connection) -> None:
    stored = _store(connection, KEY, "talks-9")
    connection.execute(update(tables.scenario_version).values(author="eve"))
    assert [fault for fault in _broken(connection, stored) if fault.startswith("audit log: ")]


def _sent(connection: Connection, submission_id: str, probability: float, status: str) -> None:
    request = forecast_request(json.dumps([{"question": 7, "probability_yes": probability}]), {7: 70})
    now = scenarios.head(connection, "minimal").recorded_at
    submissions.add(connection, asked(request, now, submission_id, status=status))


def test_what_was_sent_twice_or_never_is_seen(connection: Connection) -> None:
    site = FakeMetaculus(World(), Question(7, 70))
    _sent(connection, "s1", 0.25, "confirmed")
    assert list(astray(connection, site)) == ["sent and not told: {}; told and not sent: {(7, 0.25): 1}"]
    forecast = {"start_time": 0.0, "end_time": None, "forecast_values": [0.75, 0.25]}
    site.questions[7].forecasts.append(forecast)
    assert list(astray(connection, site)) == []
    site.questions[7].forecasts.append(forecast)
    assert list(astray(connection, site)) == ["sent and not told: {(7, 0.25): 1}; told and not sent: {}"]


def test_a_submission_of_which_nobody_knows_is_seen(connection: Connection) -> None:
    site = FakeMetaculus(World(), Question(7, 70))
    _sent(connection, "s1", 0.25, "waiting")
    _sent(connection, "s2", 0.25, "unclear")
    assert list(astray(connection, site)) == [
        "submission s1 (a test) is waiting: []",
        "submission s2 (a test) is unclear: []",
    ]

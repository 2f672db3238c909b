"""Lists, histories and as-of reads find their rows by an index: nothing is read that is not asked for, nor sorted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from api.store import forecasts, runs, scenarios
from api.store.database import Database, database_url
from api.store.plans import plans
from tests.api.store.crowds import record_crowd
from tests.api.store.support import coin, draft
from tests.databases import KINDS, PostgresqlDatabases, SqliteDatabases

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
FORECASTS, VERSIONS = 6_000, 150
MIDDLE = BEGINNING + timedelta(minutes=FORECASTS // 2)
PLACES = ("headline.deal", "outcomes.deal", "dates.deal.2026-06-30")


@pytest.fixture(scope="module", params=KINDS)
def crowded(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Yield a database with a scenario of 150 versions and 6,000 forecasts, a minute apart, beside a smaller one."""
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"{request.param}_databases")
    address = databases.address()
    database = Database(database_url(address))
    moments = [BEGINNING + timedelta(minutes=minute) for minute in range(FORECASTS)]
    with database.writing() as connection:
        for name, share in (("coin", 1), ("die", 10)):
            _store_versions(connection, name, VERSIONS // share)
            record_crowd(connection, name, moments[: FORECASTS // share], PLACES)
    with database.writing() as connection:
        connection.execute(text("ANALYZE"))
    yield database
    database.close()
    databases.drop(address)


def _store_versions(connection: Connection, name: str, count: int) -> None:
    card = scenarios.create(connection, BEGINNING, draft(coin(scenario=name)))
    for number in range(1, count):
        base = scenarios.whole(connection, card)
        moment = BEGINNING + timedelta(minutes=number * FORECASTS // count)
        made = scenarios.add_version(connection, moment, draft(coin(2.0 + number, scenario=name)), base)
        assert made is not None
        card = made


Query = Callable[[Connection], object]

BEFORE = (MIDDLE, "00000000000000000000000000")

QUERIES: dict[str, Query] = {
    "forecasts": lambda c: forecasts.page(c, 51),
    "forecasts, further": lambda c: forecasts.page(c, 51, BEFORE),
    "forecasts, then": lambda c: forecasts.page(c, 51, moment=MIDDLE),
    "forecasts of one scenario": lambda c: forecasts.page(c, 51, scenario_id="coin"),
    "forecasts of one scenario, further": lambda c: forecasts.page(c, 51, BEFORE, "coin"),
    "forecasts of one scenario, then": lambda c: forecasts.page(c, 51, scenario_id="coin", moment=MIDDLE),
    "the forecast that stands": lambda c: forecasts.newest(c, "coin"),
    "the forecast that stood": lambda c: forecasts.newest(c, "coin", MIDDLE),
    "a history": lambda c: forecasts.series(c, "coin", "outcomes.deal", 201),
    "a history, long": lambda c: forecasts.series(c, "coin", "outcomes.deal", 1_001),
    "a history, further": lambda c: forecasts.series(c, "coin", "outcomes.deal", 201, BEFORE),
    "a history, then": lambda c: forecasts.series(c, "coin", "outcomes.deal", 201, moment=MIDDLE),
    "a history, then, further": lambda c: forecasts.series(c, "coin", "outcomes.deal", 201, BEFORE, MIDDLE),
    "the places of a history": lambda c: forecasts.places(c, "coin"),
    "the places of a history, then": lambda c: forecasts.places(c, "coin", MIDDLE),
    "whether there is a place": lambda c: forecasts.has_place(c, "coin", "outcomes.war"),
    "a version": lambda c: scenarios.get(c, "coin", 7),
    "the newest version": lambda c: scenarios.head(c, "coin"),
    "the newest version, then": lambda c: scenarios.head(c, "coin", MIDDLE),
    "versions": lambda c: scenarios.versions(c, "coin", 51),
    "versions, further": lambda c: scenarios.versions(c, "coin", 51, before=200),
    "runs": lambda c: runs.page(c, 51, None, None),
    "runs, further": lambda c: runs.page(c, 51, BEFORE, None),
    "runs of one scenario": lambda c: runs.page(c, 51, None, "coin"),
    "runs of one scenario, further": lambda c: runs.page(c, 51, BEFORE, "coin"),
    "whether a run is free": lambda c: runs.any_free(c, MIDDLE),
    "how many runs wait": lambda c: runs.queued(c),
}


@pytest.mark.parametrize("asked", QUERIES)
def test_rows_are_found_by_an_index_in_their_order(crowded: Database, asked: str) -> None:
    with crowded.reading() as connection, plans(connection) as found:
        QUERIES[asked](connection)
    assert found
    for plan in found:
        assert "Seq Scan" not in plan, plan
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        assert all("INDEX" in line for line in plan.splitlines() if line.startswith(("SCAN", "SEARCH"))), plan


@pytest.mark.parametrize("moment", [None, MIDDLE])
def test_the_list_of_scenarios_can_look_up_one_version_of_each(crowded: Database, moment: datetime | None) -> None:
    """By an index, which PostgreSQL is made to take here: it would rather read the whole of so small a table."""
    with crowded.reading() as connection:
        if not crowded.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with plans(connection) as found:
            page = scenarios.page(connection, 51, moment=moment)
    assert {card.scenario_id for card in page} >= {"coin", "die"}
    (plan,) = found
    assert "Seq Scan" not in plan, plan
    assert "SCAN scenario_version" not in plan, plan

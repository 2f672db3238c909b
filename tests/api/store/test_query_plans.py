"""Lists, histories and as-of reads find their rows by an index: nothing is read that is not asked for, nor sorted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from api.store import forecasts, listings, quotes, resolutions, runs, scenarios, submissions
from api.store.database import Database, database_url
from api.store.plans import plans
from api.store.submissions import Submission
from tests.api.store.crowds import record_crowd, record_tournament
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
            some = moments[: FORECASTS // share]
            record_tournament(connection, name, some, record_crowd(connection, name, some, PLACES))
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


def _last_submission(connection: Connection) -> Submission:
    return submissions.get(connection, f"coin-{FORECASTS - 100:06d}")


def _last_comment(connection: Connection) -> Submission:
    """Return a submission as that of a comment would be, after a forecast."""
    return replace(_last_submission(connection), kind="comment", created_at=BEGINNING + timedelta(minutes=FORECASTS))


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
    "records of a listing": lambda c: listings.page(c, "coin", "n3", 51),
    "records of a listing, further": lambda c: listings.page(c, "coin", "n3", 51, BEFORE),
    "quotes": lambda c: quotes.page(c, "coin", 51),
    "quotes, further": lambda c: quotes.page(c, "coin", 51, BEFORE),
    "quotes, then": lambda c: quotes.page(c, "coin", 51, moment=MIDDLE),
    "quotes of a question": lambda c: quotes.page(c, "coin", 51, question="q3"),
    "what was quoted of a question": lambda c: quotes.course(c, "coin", "q3", MIDDLE, 101),
    "what was quoted of a question, then": lambda c: quotes.course(c, "coin", "q3", MIDDLE, 101, MIDDLE),
    "resolutions": lambda c: resolutions.page(c, "coin", 51),
    "resolutions, further": lambda c: resolutions.page(c, "coin", 51, BEFORE),
    "resolutions, then": lambda c: resolutions.page(c, "coin", 51, moment=MIDDLE),
    "submissions": lambda c: submissions.page(c, 51),
    "submissions, further": lambda c: submissions.page(c, 51, BEFORE),
    "submissions of one scenario": lambda c: submissions.page(c, 51, scenario_id="coin"),
    "submissions of one scenario, further": lambda c: submissions.page(c, 51, BEFORE, "coin"),
    "whether a submission is due": lambda c: submissions.any_due(c, MIDDLE),
    "receipts": lambda c: submissions.receipts(c, "coin-000007"),
    "what was asked for later": lambda c: submissions.newer(c, _last_submission(c)),
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


FEW: dict[str, Query] = {
    "the list of scenarios": lambda c: scenarios.page(c, 51),
    "the list of scenarios, then": lambda c: scenarios.page(c, 51, moment=MIDDLE),
    "what each place says": lambda c: quotes.standing(c, "coin"),
    "what each place said": lambda c: quotes.standing(c, "coin", MIDDLE),
    "the forecast of a comment": lambda c: submissions.forecast_before(c, _last_comment(c)),
    "what others left behind": lambda c: submissions.ids_left_behind(c, _last_submission(c)),
}
"""Queries of a few rows out of many, which may be put in order afterwards."""


@pytest.mark.parametrize("asked", FEW)
def test_a_few_rows_can_be_looked_up(crowded: Database, asked: str) -> None:
    """By an index, which PostgreSQL is made to take here: it would rather read the whole of so small a table."""
    with crowded.reading() as connection:
        if not crowded.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with plans(connection) as found:
            assert FEW[asked](connection)
    assert found
    for plan in found:
        assert "Seq Scan" not in plan, plan
        tables = [line for line in plan.splitlines() if line.startswith("SCAN") and line != "SCAN place"]
        assert all("INDEX" in line for line in tables), plan

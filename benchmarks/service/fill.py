"""A store as a team has it after years: one scenario of many versions, and many more forecasts of it.

Versions are stored as the service stores them. Forecasts are a few real ones again and again, written by the
driver straight into the tables: run, forecast and figures. The audit log, which none of the reads looks at, has no
entries of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, text

from api.settings import Settings
from api.store import documents, scenarios
from api.store.columns import kept
from api.store.database import Database
from api.store.forecasts import quantiles_by_place
from api.store.ids import new_id
from api.store.scenarios import Draft, VersionCard
from api.store.tables import figure, forecast, run
from api.work.prepared_database import prepared_database
from benchmarks.documents import scenario_document
from benchmarks.trees import load_tree
from forecast.comparison import figures
from forecast.documents import scenario_to_yaml
from forecast.run import run as forecast_of
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings

BEGINNING, SPAN = datetime(2025, 1, 1, tzinfo=UTC), timedelta(days=360)
DRAWS = 4_096
REAL = 16
"""Forecasts that are computed, to be recorded again and again."""

AT_ONCE = 2_000
"""Forecasts written in one go: bounds memory."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was stored: the scenario, a place of its figures, and each forecast's moment and id in their order."""

    scenario: str
    place: str
    versions: int
    figures: int
    forecasts: tuple[tuple[datetime, str], ...]


def fill(database: str, versions: int, count: int) -> Filled:
    """Fill a new database with so many versions of one scenario, and so many forecasts of them, evenly in time."""
    opened = prepared_database(Settings(database=database))
    with opened.writing() as connection:
        cards = _store_versions(connection, versions)
    moments = [BEGINNING + SPAN * number / count for number in range(count)]
    real = [_rows_of(_version(number), number) for number in range(REAL)]
    recorded = _record(opened, cards, moments, real)
    with opened.writing() as connection:
        if not opened.is_sqlite:
            # What PostgreSQL does by itself after so many rows, though at a moment of its own.
            connection.execute(text("ANALYZE"))
    opened.close()
    place = f"outcomes.{load_tree().outcome_names()[0]}"
    return Filled(cards[0].scenario_id, place, versions, count * len(real[0]["figure"]), recorded)


def _version(number: int) -> Scenario:
    """Return the 8-node tree with another belief about its root in each version."""
    document = scenario_document(load_tree())
    alpha = document["nodes"][document["root"]]["prior"]["alpha"]
    first = next(iter(alpha))
    alpha[first] = round(alpha[first] + number / 1_000, 3)
    return parse_scenario(document)


def _store_versions(connection: Connection, count: int) -> Sequence[VersionCard]:
    cards: list[VersionCard] = []
    for number in range(count):
        scenario, moment = _version(number), BEGINNING + SPAN * number / count
        draft = Draft(scenario, scenario_to_yaml(scenario), "analyst", f"Version {number + 1} of a benchmark.")
        made = (
            scenarios.add_version(connection, moment, draft, scenarios.whole(connection, cards[-1]))
            if cards
            else scenarios.create(connection, moment, draft)
        )
        assert made is not None
        cards.append(made)
    return cards


def _record(
    database: Database,
    cards: Sequence[VersionCard],
    moments: Sequence[datetime],
    real: Sequence[dict[str, list[Row]]],
) -> tuple[tuple[datetime, str], ...]:
    recorded = tuple((moment, new_id(moment)) for moment in moments)
    numbered = enumerate(recorded)
    while batch := list(islice(numbered, AT_ONCE)):
        rows: dict[str, list[Row]] = {"run": [], "forecast": [], "figure": []}
        for number, (moment, name) in batch:
            card = cards[number * len(cards) // len(moments)]
            for table, row in _placed(real[number % REAL], card, moment, name):
                rows[table].append(row)
        with database.writing() as connection:
            for each in (run, forecast, figure):
                _insert(connection, each, rows[each.name])
    return recorded


def _rows_of(scenario: Scenario, seed: int) -> dict[str, list[Row]]:
    """Compute a forecast and return what of its rows does not depend on where it is recorded."""
    made = forecast_of(scenario, RunSettings(draws=DRAWS, seed=seed))
    spreads = quantiles_by_place(made)
    said = {"draws": DRAWS, "author": "analyst", "reason": "A forecast of a benchmark."}
    return {
        "run": [{**said, "settings": {"draws": DRAWS, "seed": seed}, "price": DRAWS * 19, "actor": "benchmark"}],
        "forecast": [
            {
                **said,
                "seed": seed,
                "digest": made.digest,
                "result": documents.packed(made.model_dump_json(exclude={"document"})),
            }
        ],
        "figure": [
            {
                "place": place,
                "mean": found.mean,
                "mc_error": found.mc_error,
                "exact": found.exact,
                "quantiles": spreads.get(place),
            }
            for place, found in figures(made).items()
        ],
    }


def _placed(real: dict[str, list[Row]], card: VersionCard, moment: datetime, name: str) -> Iterator[tuple[str, Row]]:
    """Yield the rows of one forecast, each with the name of its table."""
    of = {"scenario_id": card.scenario_id, "version": card.version}
    run_id, day = new_id(moment), moment.date().isoformat()
    ended = {"status": "done", "attempt": 1, "done": DRAWS, "cancel_requested": 0, "forecast_id": name}
    times = {"created_at": moment, "finished_at": moment}
    for row in real["run"]:
        yield "run", {**row, **of, **ended, **times, "id": run_id, "document": card.document}
    for row in real["forecast"]:
        made = {"id": name, "run_id": run_id, "document": card.document, "as_of": day, "recorded_at": moment}
        yield "forecast", {**row, **of, **made}
    for row in real["figure"]:
        yield "figure", {**row, **of, "forecast_id": name, "as_of": day, "recorded_at": moment}


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows by the driver itself, which for so many takes a fraction of the time."""
    columns = [column for column in table.c if column.name in rows[0]]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values: Iterable[tuple[Any, ...]] = (tuple(kept(each, row[each.name]) for each in columns) for row in rows)
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for value in values:
            copy.write_row(value)

"""What must hold when the crashes are over: everything acknowledged is there, once and whole, and nothing else is."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from api.messages.forecasts import forecast_body
from api.store import documents, evidence, forecasts, listings, runs, scenarios, tables
from api.store.audit_chain import BrokenLogError
from api.store.verification import verify
from forecast.documents import read_scenario
from forecast.scenario import parse_scenario
from tests.e2e.crash.clients import Acknowledged, Ledger, Request

WRITTEN = {
    "prior": tables.scenario_version,
    "scenario": tables.scenario_version,
    "evidence": tables.evidence,
    "forecast": tables.forecast,
    "run": tables.run,
    "listing": tables.listing,
    "submission": tables.submission,
}
"""Kind of request → where it is kept; there its reason is its key."""


class Kept:
    """Everything that clients have written, by the key of the request that wrote it."""

    def __init__(self, connection: Connection) -> None:
        self._rows: Mapping[str, Mapping[str, list[Row[Any]]]] = {
            table.name: _by_reason(connection, table) for table in WRITTEN.values()
        }

    def rows(self, kind: str, key: str) -> list[Row[Any]]:
        """Return the rows of a request's own table."""
        return self._rows[WRITTEN[kind].name].get(key, [])

    def times(self, key: str) -> Counter[str]:
        """Return how many rows of each table a request has written."""
        return Counter({name: len(rows[key]) for name, rows in self._rows.items() if key in rows})

    @property
    def keys(self) -> set[str]:
        """Keys of all requests that have written something."""
        return {key for rows in self._rows.values() for key in rows}


def _by_reason(connection: Connection, table: Any) -> dict[str, list[Row[Any]]]:  # noqa: ANN401 -- a table
    rows = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.reason.startswith("client-"))):
        rows[row.reason].append(row)
    return dict(rows)


def lost(connection: Connection, kept: Kept, acknowledged: Sequence[Acknowledged]) -> list[str]:
    """Return every acknowledged write that is gone, or is not what was acknowledged."""
    return [each.request.key for each in acknowledged if not _is_there(connection, kept, each)]


def _is_there(connection: Connection, kept: Kept, each: Acknowledged) -> bool:
    said = json.loads(each.body)
    rows = kept.rows(each.request.kind, each.request.key)
    if each.request.kind == "forecast" and each.status == 202:  # another process had taken it over
        rows = kept.rows("run", each.request.key)
        return [row.id for row in rows] == [said["id"]]
    if len(rows) != 1:
        return False
    row = rows[0]
    if each.request.kind in ("prior", "scenario"):
        card = scenarios.get(connection, said["id"], said["version"])
        document = scenarios.whole(connection, card).document
        return (row.scenario_id, row.version) == (said["id"], said["version"]) and document == said["document"]
    if each.request.kind == "evidence":
        (entry,) = (e for e in evidence.ledger(connection, row.scenario_id).entries if e.name == said["name"])
        return (said["scenario"], said["entry"]) == (entry.scenario_id, dict(entry.entry))
    if each.request.kind == "forecast":
        card_of_forecast = forecasts.get(connection, said["id"])
        return forecast_body(card_of_forecast, forecasts.result_text(connection, card_of_forecast)) == each.body
    if each.request.kind == "listing":
        listed = listings.in_force(connection, row.scenario_id)[row.name]
        return (said["name"], said["listing"]) == (listed.name, listed.body) and listed.id == row.id
    if each.request.kind == "submission":
        (shown,), (request,) = said["submissions"], said["requests"]
        return (shown["id"], request) == (row.id, row.request)
    return (row.id, row.price, row.settings) == (said["id"], said["price"], said["settings"])


def doubled(kept: Kept, requests: Sequence[Request]) -> list[str]:
    """Return every key that has written something twice; a forecast that is asked for is one run and one forecast."""
    once = {
        "prior": {"scenario_version": 1},
        "scenario": {"scenario_version": 1},
        "evidence": {"evidence": 1},
        "forecast": {"run": 1, "forecast": 1},
        "run": {"run": 1, "forecast": 1},
        "listing": {"listing": 1},
        "submission": {"submission": 1},
    }
    times = {each.key: kept.times(each.key) for each in requests}
    return [
        f"{each.key}: {dict(times[each.key])}"
        for each in requests
        if any(number > once[each.kind].get(table, 0) for table, number in times[each.key].items())
    ]


def broken(connection: Connection, kept: Kept, ledgers: Sequence[Ledger]) -> Iterator[str]:
    """Yield whatever else is not as it must be."""
    acknowledged = {each.request.key for ledger in ledgers for each in ledger.acknowledged}
    for key in sorted(kept.keys - acknowledged):
        yield f"{key} was refused or never answered, but has written {dict(kept.times(key))}"
    yield from _several_winners(ledgers)
    yield from _versions(connection)
    yield from _runs(connection)
    yield from _unanswered(connection)
    try:
        verify(connection)
    except BrokenLogError as error:
        yield f"audit log: {error}"


def _several_winners(ledgers: Sequence[Ledger]) -> Iterator[str]:
    """Yield every tag on which more than one change was stored."""
    winners: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for ledger in ledgers:
        for each in ledger.acknowledged:
            if "If-Match" in each.request.headers:
                winners[each.request.path, each.request.headers["If-Match"]].append(each.request.key)
    for (path, tag), keys in winners.items():
        if len(keys) > 1:
            yield f"{path}: {', '.join(keys)} were all stored on {tag}"


def _versions(connection: Connection) -> Iterator[str]:
    """Yield every gap between versions, and every version that is not whole."""
    for card in scenarios.page(connection, 100_000):
        numbers = [each.version for each in scenarios.versions(connection, card.scenario_id, 100_000)]
        if numbers != list(range(card.version, 0, -1)):
            yield f"scenario {card.scenario_id} has versions {numbers}"
        for each in scenarios.versions(connection, card.scenario_id, 100_000):
            version = scenarios.whole(connection, each)
            stated = documents.text_digest(documents.document_text(version.document)) == each.document
            parsed = parse_scenario(version.document).digest == read_scenario(version.text).digest == each.digest
            if not (stated and parsed):
                yield f"version {each.version} of scenario {card.scenario_id} is not whole"


def _runs(connection: Connection) -> Iterator[str]:
    """Yield every run that is not done exactly once."""
    made = Counter(connection.execute(select(tables.forecast.c.run_id)).scalars())
    for run_id in connection.execute(select(tables.run.c.id)).scalars():
        run = runs.get(connection, run_id)
        if (run.status, made[run_id]) != ("done", 1):
            yield f"run {run_id} ({run.reason}) is {run.status}, attempt {run.attempt}, with {made[run_id]} forecasts"


def _unanswered(connection: Connection) -> Iterator[str]:
    """Yield every request that is still in flight: neither an answer is kept, nor has its run come to a forecast."""
    row = tables.idempotency
    query = select(row.c.key, tables.run.c.forecast_id).outerjoin(tables.run, tables.run.c.id == row.c.run_id)
    for key, forecast_id in connection.execute(query.where(row.c.status.is_(None))):
        if forecast_id is None:
            yield f"request {key} is in flight for ever"

"""Forecasts and tournaments in numbers: recorded at stated moments without computing each, as the tables hold them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert

from api.store import documents, scenarios
from api.store.columns import microseconds
from api.store.ids import new_id
from api.store.tables import figure, forecast, listing, quote, receipt, resolution, run, submission

RESULT = documents.packed('{"schema_version":1}')


def mean_at(moment: datetime) -> float:
    """Return the mean that a forecast has at every place: between 0 and 1, and another one in every second."""
    return (microseconds(moment) // 1_000_000 % 1_000_003) / 1_000_003


def record_crowd(
    connection: Connection, scenario_id: str, moments: Sequence[datetime], places: Sequence[str] = ("outcomes.deal",)
) -> Sequence[str]:
    """Record a forecast of the newest version at each moment, with a figure at each place; return their ids."""
    card = scenarios.head(connection, scenario_id)
    of_version = {"scenario_id": scenario_id, "version": card.version}
    ids = [new_id(moment) for moment in moments]
    said = {**of_version, "document": card.document, "author": "ann", "reason": "a test", "draws": 4_096}
    for each, moment in zip(ids, moments, strict=True):
        assert moment.tzinfo is not None, each
    _insert(
        connection,
        run,
        [
            {
                **said,
                "id": f"run-{each}",
                "settings": {},
                "price": 8_192,
                "created_at": moment,
                "started_at": moment,
                "finished_at": moment,
                "actor": "team",
                "status": "done",
                "attempt": 1,
                "done": 4_096,
                "cancel_requested": 0,
                "forecast_id": each,
            }
            for each, moment in zip(ids, moments, strict=True)
        ],
    )
    _insert(
        connection,
        forecast,
        [
            {
                **said,
                "id": each,
                "run_id": f"run-{each}",
                "as_of": moment.date().isoformat(),
                "seed": 5,
                "digest": f"sha256:{each}",
                "result": RESULT,
                "recorded_at": moment,
            }
            for each, moment in zip(ids, moments, strict=True)
        ],
    )
    _insert(
        connection,
        figure,
        [
            {
                **of_version,
                "place": place,
                "recorded_at": moment,
                "forecast_id": each,
                "as_of": moment.date().isoformat(),
                "mean": mean_at(moment),
                "mc_error": 0.001,
                "exact": None,
                "quantiles": {"0.05": 0.1, "0.95": 0.9},
            }
            for each, moment in zip(ids, moments, strict=True)
            for place in places
        ],
    )
    return ids


def record_tournament(
    connection: Connection, scenario_id: str, moments: Sequence[datetime], forecasts: Sequence[str]
) -> None:
    """Record a listing, a quote, a resolution, and a confirmed submission of a forecast with its receipt each time."""
    said = {"scenario_id": scenario_id, "author": "ann"}
    ids = [(f"{scenario_id}-{number:06d}", moment) for number, moment in enumerate(moments)]
    because = {**said, "reason": "a test"}
    recorded = [{**because, "id": each, "recorded_at": moment} for each, moment in ids]
    _insert(connection, listing, [{**row, "name": f"n{i % 40}", "body": {}} for i, row in enumerate(recorded)])
    happened = {"value": {"type": "annulled"}, "happened_on": "2026-01-01", "source": None}
    _insert(
        connection, resolution, [{**row, **happened, "place": f"questions.q{i % 40}"} for i, row in enumerate(recorded)]
    )
    quoted = {**said, "source": "manifold", "value": {"said": {}}, "licence": "manifold", "raw": RESULT}
    _insert(
        connection,
        quote,
        [
            {**quoted, "id": each, "question": f"q{i % 10}", "place": str(i % 40), "valid_at": at, "recorded_at": at}
            for i, (each, at) in enumerate(ids)
        ],
    )
    asked: dict[str, Any] = {
        "platform": "manifold",
        "kind": "forecast",
        "listings": ["m"],
        "request": {},
    }
    ended = {"status": "confirmed", "attempt": 1, "holder": None, "lease_until": None, "distortions": []}
    _insert(
        connection,
        submission,
        [
            {
                **because,
                **asked,
                **ended,
                "id": each,
                "forecast_id": forecast_id,
                "dedupe_key": each,
                "actor": "team",
                "created_at": moment,
                "not_before": moment,
                "finished_at": moment,
            }
            for (each, moment), forecast_id in zip(ids, forecasts, strict=True)
        ],
    )
    step = {"number": 1, "step": "send", "outcome": "accepted", "status": 200, "answer": {"ids": {"m": "bet"}}}
    _insert(connection, receipt, [{**step, "submission_id": each, "at": moment} for each, moment in ids])


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)

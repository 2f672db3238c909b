"""Forecasts that were recorded, and the history of every figure in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from api.errors import UnknownRecordError
from api.store import documents
from api.store.audit import ROW, row_digest, row_subject, rows_digest
from api.store.records import Place, older
from api.store.tables import document, figure, forecast
from forecast.comparison import figures
from forecast.result import Forecast, Probability, QuantitySummary


@dataclass(frozen=True, slots=True)
class ForecastCard:
    """A recorded forecast at a glance."""

    id: str
    run_id: str
    scenario_id: str
    version: int
    document: str
    as_of: str
    seed: int
    draws: int
    digest: str
    author: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One figure in one forecast: ``quantiles`` by level, None where it has none."""

    forecast_id: str
    version: int
    recorded_at: datetime
    as_of: str
    mean: float
    mc_error: float
    exact: float | None
    quantiles: Mapping[str, float] | None


FIGURES = "figures"
"""Key in the details of an audit entry: the digest of all figures of a forecast."""


def record(connection: Connection, card: ForecastCard, made: Forecast) -> dict[str, str]:
    """Record a forecast and all its figures; return the digests of what was written."""
    result = made.model_dump_json(exclude={"document"})
    values = {name: getattr(card, name) for name in ForecastCard.__slots__}
    connection.execute(insert(forecast).values(result=documents.packed(result), **values))
    spreads = quantiles_by_place(made)
    rows = [
        {
            "scenario_id": card.scenario_id,
            "place": place,
            "recorded_at": card.recorded_at,
            "forecast_id": card.id,
            "version": card.version,
            "as_of": card.as_of,
            "mean": found.mean,
            "mc_error": found.mc_error,
            "exact": found.exact,
            "quantiles": spreads.get(place),
        }
        for place, found in figures(made).items()
    ]
    connection.execute(insert(figure), rows)
    return {
        ROW: row_digest(forecast, {**values, "result": result}),
        FIGURES: rows_digest(row_digest(figure, each) for each in rows),
    }


def quantiles_by_place(made: Forecast) -> dict[str, Mapping[str, float]]:
    """Return the quantiles of every figure that has some, by its place."""
    found: dict[str, Probability | QuantitySummary] = {}
    for section in ("headline", "groups", "outcomes", "attributes", "quantities"):
        found |= {f"{section}.{name}": each for name, each in getattr(made, section).items()}
    for name, dated in made.dates.items():
        found |= {f"dates.{name}.{day}": each for day, each in dated.by.items()}
    for name, answer in made.questions.items():
        if answer.type == "binary":
            found[f"questions.{name}"] = answer
        elif answer.type == "multiple_choice":
            found |= {f"questions.{name}.{label}": each for label, each in answer.options.items()}
    return {place: each.quantiles for place, each in found.items() if each.quantiles is not None}


_CARD = tuple(forecast.c[name] for name in ForecastCard.__slots__)

# What nearly every request asks is put together once: that costs more than the database's answer.
_BY_ID = select(*_CARD).where(forecast.c.id == bindparam("id"))
_RESULT = select(forecast.c.result).where(forecast.c.id == bindparam("id"))


def _card(row: Sequence[Any]) -> ForecastCard:
    return ForecastCard(*row)


def get(connection: Connection, forecast_id: str) -> ForecastCard:
    """Return a forecast at a glance.

    Raises
    ------
    UnknownRecordError
        If there is none of this id.
    """
    row = connection.execute(_BY_ID, {"id": forecast_id}).first()
    if row is None:
        raise UnknownRecordError(f"there is no forecast '{forecast_id[:100]}': GET /v1/forecasts lists them")
    return _card(row)


def result_text(connection: Connection, card: ForecastCard) -> str:
    """Return a forecast's JSON without its document, as it was recorded."""
    return documents.unpacked(connection.execute(_RESULT, {"id": card.id}).scalar_one())


def whole(connection: Connection, card: ForecastCard) -> Forecast:
    """Return the forecast itself, its document included."""
    query = (
        select(forecast.c.result, document.c.body)
        .join(document, document.c.digest == forecast.c.document)
        .where(forecast.c.id == card.id)
    )
    row = connection.execute(query).one()
    data = json.loads(documents.unpacked(row.result))
    return Forecast.model_validate_json(json.dumps({**data, "document": documents.read(row.body)}))


def page(
    connection: Connection,
    limit: int,
    before: Place | None = None,
    scenario_id: str | None = None,
    moment: datetime | None = None,
) -> Sequence[ForecastCard]:
    """Return forecasts, the newest first, from the one before ``before``; up to a moment, if one is stated."""
    query = select(*_CARD)
    if scenario_id is not None:
        query = query.where(forecast.c.scenario_id == scenario_id)
    if moment is not None:
        query = query.where(forecast.c.recorded_at <= moment)
    if before is not None:
        query = query.where(older(forecast.c.recorded_at, forecast.c.id, before))
    rows = connection.execute(query.order_by(forecast.c.recorded_at.desc(), forecast.c.id.desc()).limit(limit))
    return [_card(row) for row in rows]


def series(
    connection: Connection,
    scenario_id: str,
    place: str,
    limit: int,
    before: Place | None = None,
    moment: datetime | None = None,
) -> Sequence[Point]:
    """Return the history of one figure, newest first, from the point before ``before``; up to a moment if stated."""
    # Read in the order of the fields: with a thousand points, naming each value costs as much as reading it.
    query: Select[Any] = select(*(figure.c[name] for name in Point.__slots__)).where(
        figure.c.scenario_id == scenario_id, figure.c.place == place
    )
    if moment is not None:
        query = query.where(figure.c.recorded_at <= moment)
    if before is not None:
        query = query.where(older(figure.c.recorded_at, figure.c.forecast_id, before))
    rows = connection.execute(query.order_by(figure.c.recorded_at.desc(), figure.c.forecast_id.desc()).limit(limit))
    return [Point(*row) for row in rows.all()]


def newest(connection: Connection, scenario_id: str, moment: datetime | None = None) -> ForecastCard | None:
    """Return the forecast of a scenario that stands, or that stood at a moment; None if there is none."""
    found = page(connection, 1, scenario_id=scenario_id, moment=moment)
    return found[0] if found else None


def places(connection: Connection, scenario_id: str, moment: datetime | None = None) -> Sequence[str]:
    """Return the places that the newest forecast of a scenario, up to a moment, has figures for; sorted."""
    last = newest(connection, scenario_id, moment)
    if last is None:
        return []
    query = select(figure.c.place).where(figure.c.forecast_id == last.id)
    return sorted(connection.execute(query).scalars())


def has_place(connection: Connection, scenario_id: str, place: str) -> bool:
    """Tell whether any forecast of a scenario has a figure of this place."""
    query = select(figure.c.place).where(figure.c.scenario_id == scenario_id, figure.c.place == place).limit(1)
    return connection.execute(query).first() is not None


def audited(card: ForecastCard, digests: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a forecast: action, subject, details; ``digests`` is what ``record`` wrote."""
    details = {
        **digests,
        "digest": card.digest,
        "document": card.document,
        "run": card.run_id,
        "scenario": card.scenario_id,
        "version": card.version,
        "reason": card.reason,
    }
    return "forecast.record", row_subject(forecast, {"id": card.id}), details

"""What is read of a filled store: as requests over HTTP at random places, and as the queries behind them."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from api.http.pages import cursor_after, list_asked
from api.store import forecasts, scenarios
from api.store.database import Database
from api.store.plans import plans
from benchmarks.service.cases import Case
from benchmarks.service.fill import Filled
from benchmarks.service.processes import Served
from benchmarks.service.wire import request

SEED = 1
REQUESTS = 400
"""Different requests of each kind."""

Targets = Callable[[], str]


def read_cases(filled: Filled, served: Served) -> tuple[Case, ...]:
    """Return requests of each kind; where one asks about a moment or a place, it is another one in each."""
    return tuple(
        Case(name, served, tuple(request("GET", make()) for _ in range(REQUESTS)), 200)
        for name, make in _targets(filled, random.Random(SEED)).items()
    )


def _targets(filled: Filled, chance: random.Random) -> Mapping[str, Targets]:
    scenario, listed = f"/v1/scenarios/{filled.scenario}", {"scenario": filled.scenario}
    history, course = {"of": filled.place}, f"{scenario}/history"

    def version() -> int:
        return chance.randint(1, filled.versions)

    def moment() -> dict[str, str]:
        return {"as_of": chance.choice(filled.forecasts)[0].isoformat()}

    def place(path: str, filters: Mapping[str, str]) -> dict[str, str]:
        return {"cursor": cursor_after(list_asked(path, filters.items()), *chance.choice(filled.forecasts))}

    def before(path: str) -> dict[str, str]:
        return {"cursor": cursor_after(list_asked(path, ()), version())}

    return {
        "forecasts, first page": lambda: _target("/v1/forecasts", listed),
        "forecasts, deep page": lambda: _target("/v1/forecasts", listed, place("/v1/forecasts", listed)),
        "history, first page": lambda: _target(course, history),
        "history, deep page": lambda: _target(course, history, place(course, history)),
        "history, deep page of 1,000": lambda: _target(course, history, place(course, history), {"limit": "1000"}),
        "history as of": lambda: _target(course, history, moment()),
        "scenario as of": lambda: _target(scenario, moment()),
        "latest forecast as of": lambda: _target(f"{scenario}/forecasts/latest", moment()),
        "forecasts as of": lambda: _target("/v1/forecasts", listed, moment()),
        "latest forecast": lambda: f"{scenario}/forecasts/latest",
        "forecast by id": lambda: f"/v1/forecasts/{chance.choice(filled.forecasts)[1]}",
        "versions, first page": lambda: f"{scenario}/versions",
        "versions, deep page": lambda: _target(f"{scenario}/versions", before(f"{scenario}/versions")),
        "version by number": lambda: _target(scenario, {"version": str(version())}),
    }


def _target(path: str, *queries: Mapping[str, str]) -> str:
    return f"{path}?{urlencode({name: said for query in queries for name, said in query.items()})}"


def query_plans(filled: Filled, database: Database) -> dict[str, tuple[str, ...]]:
    """Return how the database finds what each kind of request reads, in its own words."""
    found: dict[str, tuple[str, ...]] = {}
    for name, query in _queries(filled).items():
        with database.reading() as connection, plans(connection) as explained:
            query(connection)
        found[name] = tuple(explained)
    return found


def _queries(filled: Filled) -> Mapping[str, Callable[[Connection], object]]:
    of, place, half = filled.scenario, filled.place, filled.forecasts[len(filled.forecasts) // 2]
    moment: datetime = half[0]
    return {
        "forecasts, deep page": lambda c: forecasts.page(c, 51, half, of),
        "forecasts as of": lambda c: forecasts.page(c, 51, scenario_id=of, moment=moment),
        "history, deep page": lambda c: forecasts.series(c, of, place, 201, half),
        "history as of": lambda c: forecasts.series(c, of, place, 201, moment=moment),
        "scenario as of": lambda c: scenarios.head(c, of, moment),
        "latest forecast as of": lambda c: forecasts.newest(c, of, moment),
        "forecast by id": lambda c: forecasts.get(c, half[1]),
        "versions, deep page": lambda c: scenarios.versions(c, of, 51, filled.versions // 2),
        "version by number": lambda c: scenarios.get(c, of, filled.versions // 2),
    }

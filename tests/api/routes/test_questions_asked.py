"""How often the commonest requests ask the database: each question costs more than its answer, and none is needless."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from api.service import Service

pytestmark = pytest.mark.anyio

SCENARIO = "/v1/scenarios/minimal"


@contextmanager
def _asked(service: Service) -> Iterator[list[str]]:
    """Yield the statements that reads send while the context lasts."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 -- the driver's
        asked.append(statement)

    event.listen(service.database._read, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(service.database._read, "before_cursor_execute", note)


async def _told(client: httpx.AsyncClient, service: Service, status: int, target: str, **headers: str) -> list[str]:
    with _asked(service) as asked:
        answer = await client.get(target, headers=headers)
    assert answer.status_code == status, answer.text
    return asked


async def test_an_unchanged_scenario_is_known_by_its_card(client: httpx.AsyncClient, service: Service) -> None:
    tag = (await client.get(SCENARIO)).headers["ETag"]
    (asked,) = await _told(client, service, 304, SCENARIO, **{"If-None-Match": tag})
    assert "document.body" not in asked
    assert len(await _told(client, service, 200, SCENARIO)) == 2


async def test_a_forecast_is_its_card_and_its_result(client: httpx.AsyncClient, service: Service) -> None:
    made = await client.post("/v1/forecasts", json={"scenario": "minimal", "draws": 4_096})
    target, tag = made.headers["Location"], f'"{made.json()["id"]}"'
    assert len(await _told(client, service, 200, target)) == 2
    assert len(await _told(client, service, 304, target, **{"If-None-Match": tag})) == 1


async def test_a_scenario_that_was_forecast_lately_is_not_read_again(
    client: httpx.AsyncClient, service: Service
) -> None:
    """Its newest version and the names in its ledger tell that it is the same."""
    body = {"scenario": "minimal", "draws": 4_096}
    first = await client.post("/v1/preview", json=body)
    with _asked(service) as asked:
        again = await client.post("/v1/preview", json=body)
    assert len(asked) == 2
    assert (again.status_code, again.content) == (200, first.content)


async def test_a_key_is_looked_up_in_every_request(
    client: httpx.AsyncClient,
    service: Service,
    new_key: Callable[[str], str],
) -> None:
    """Once, and however often it was found before: another process may have revoked it meanwhile."""
    key = {"Authorization": new_key("read")}
    for _ in range(2):
        asked = await _told(client, service, 200, SCENARIO, **key)
        assert sum("api_key" in each for each in asked) == 1

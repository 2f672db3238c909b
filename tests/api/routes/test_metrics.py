"""Metrics of the whole service: who may read them, that they tell what happened, and that each is explained."""

import asyncio
import math
import re
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.metrics_core import Metric

from api.metrics import Metrics
from api.service import Service
from api.settings import Settings
from api.store.observing import Transaction
from api.work.computations import Stopper
from forecast.version import VERSION
from tests.api.out_of_reach import out_of_reach
from tests.api.scraped import Scraped
from tests.waiting import PATIENCE

pytestmark = pytest.mark.anyio

REFERENCE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")


async def _scrape(client: httpx.AsyncClient, **headers: str) -> Scraped:
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return Scraped(answer.text)


async def test_the_text_is_what_prometheus_reads(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    labels: dict[str, str] = dict(*Scraped(answer.text).labels("branchcast_build_info"))
    assert labels["version"] == VERSION
    assert labels.keys() == {"version", "python", "numpy", "scipy"}


async def test_requests_are_counted_by_route(client: httpx.AsyncClient) -> None:
    """Also HEAD, which goes by the route of GET; unknown addresses share one label."""
    for path in ("/v1/scenarios/minimal", "/v1/scenarios/nowhere", "/nowhere", "/nowhere/else"):
        await client.get(path)
    await client.head("/v1/scenarios/minimal")
    found, name, route = await _scrape(client), "branchcast_http_requests_total", "/v1/scenarios/{scenario_id}"
    assert found.value(name, method="GET", route=route, status="200") == 1
    assert found.value(name, method="HEAD", route=route, status="200") == 1
    assert found.value(name, method="GET", route=route, status="404") == 1
    assert found.value(name, method="GET", route="none", status="404") == 2
    assert found.value("branchcast_http_requests_in_progress") == 1


async def test_a_forecast_is_counted_and_so_are_the_transactions_that_made_it(client: httpx.AsyncClient) -> None:
    before = await _scrape(client)
    body, key = {"scenario": "minimal"}, {"Idempotency-Key": "once"}
    answers = [await client.post("/v1/forecasts", json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    found = await _scrape(client)
    assert found.value("branchcast_runs_ended_total", end="done") == 1
    assert found.value("branchcast_run_duration_seconds_count") == 1
    assert found.value("branchcast_idempotent_replays_total") == 1
    name = "branchcast_store_transaction_duration_seconds_count"
    assert found.value(name, kind="write") - before.value(name, kind="write") >= 2
    assert found.value(name, kind="read") > before.value(name, kind="read")
    assert found.value("branchcast_store_failures_total", kind="write") == 0


async def test_computations_are_told_as_they_are(client: httpx.AsyncClient, service: Service) -> None:
    """Two threads compute, a third computation waits."""
    started, released = [threading.Event() for _ in range(2)], threading.Event()

    class Asker:
        async def receive(self) -> dict[str, object]:
            await asyncio.Event().wait()
            return {}

    def block(stop: Stopper) -> None:
        if not started[0].is_set():
            started[0].set()
        else:
            started[1].set()
        assert released.wait(PATIENCE)

    asked = [asyncio.create_task(service.computations.run(Asker(), block)) for _ in range(3)]  # type: ignore[arg-type]
    for each in started:
        assert await asyncio.to_thread(each.wait, PATIENCE)
    found = await _scrape(client)
    released.set()
    await asyncio.gather(*asked)
    assert found.value("branchcast_computations", state="running") == 2
    assert found.value("branchcast_computations", state="waiting") == 1
    assert (await _scrape(client)).value("branchcast_computations", state="running") == 0


async def test_runs_that_wait_are_told(client: httpx.AsyncClient, service: Service) -> None:
    """Those of the whole database, whichever process was asked."""
    service.runner.retire()
    for _ in range(3):
        answer = await client.post("/v1/forecasts", json={"scenario": "minimal"}, headers={"Prefer": "respond-async"})
        assert answer.status_code == 202
    found = await _scrape(client)
    assert found.value("branchcast_runs_queued") == 3
    assert found.value("branchcast_runs_held") == 0


async def test_a_database_that_is_away_does_not_take_the_metrics_with_it(
    client: httpx.AsyncClient, database_address: str
) -> None:
    await _scrape(client)
    with out_of_reach(database_address):
        found = await _scrape(client)
    assert math.isnan(found.value("branchcast_runs_queued"))
    assert found.value("branchcast_store_failures_total", kind="read") >= 1
    assert found.value("branchcast_http_requests_total", method="GET", route="/metrics", status="200") == 1


def test_a_transaction_that_failed_is_counted_as_one() -> None:
    metrics = Metrics()
    for failed in (True, False, False):
        metrics.count_transaction(Transaction("write", 0.02, failed))
    found = Scraped(metrics.text().decode())
    assert found.value("branchcast_store_failures_total", kind="write") == 1
    assert found.value("branchcast_store_transaction_duration_seconds_count", kind="write") == 3
    assert found.value("branchcast_store_transaction_duration_seconds_sum", kind="write") == pytest.approx(0.06)
    assert found.value("branchcast_store_transaction_duration_seconds_bucket", kind="write", le="0.01") == 0
    assert found.value("branchcast_store_transaction_duration_seconds_bucket", kind="write", le="0.025") == 3


def _exposed(family: Metric) -> str:
    return family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")


def _families() -> list[Metric]:
    return list(Metrics().registry.collect())


@pytest.mark.parametrize("family", _families(), ids=_exposed)
def test_every_metric_has_its_row_in_the_reference(family: Metric) -> None:
    """Name, type and meaning in the document are those of the code."""
    kind = "gauge" if family.type == "info" else family.type
    row = rf"^\| `{_exposed(family)}` \| {kind} \| [^|]+ \| {re.escape(family.documentation)} \|$"
    assert re.search(row, REFERENCE, re.MULTILINE), row


def test_the_reference_has_no_other_row() -> None:
    """A metric that was taken out leaves the document."""
    rows = re.findall(r"^\| `((?:branchcast|process)_\w+)`", REFERENCE, re.MULTILINE)
    assert sorted(rows) == sorted(map(_exposed, _families()))


async def test_labels_are_those_of_the_reference(client: httpx.AsyncClient) -> None:
    """After requests, forecasts and transactions every labelled metric has samples."""
    await client.post("/v1/forecasts", json={"scenario": "minimal"})
    await client.get("/nowhere")
    await _scrape(client)
    for family in (await _scrape(client)).families:
        (row,) = (line for line in REFERENCE.splitlines() if line.startswith(f"| `{_exposed(family)}`"))
        stated = set(re.findall(r"`(\w+)`", row.split("|")[3]))
        found = {name for sample in family.samples for name in sample.labels} - {"le"}
        assert found == stated, family.name


class TestWithKeys:
    """On a server that asks for keys, metrics need one that may read."""

    @pytest.fixture
    def settings(self, database_address: str) -> Settings:
        return Settings(database=database_address, scenarios=(), threads=1)

    async def test_a_key_is_needed(self, client: httpx.AsyncClient, new_key: Callable[[str], str]) -> None:
        assert (await client.get("/metrics")).status_code == 401
        await _scrape(client, Authorization=new_key("read"))

    async def test_refused_keys_are_counted_by_reason(
        self, client: httpx.AsyncClient, new_key: Callable[[str], str]
    ) -> None:
        key = new_key("read")
        await client.get("/v1/scenarios")
        await client.get("/v1/scenarios", headers={"Authorization": "Basic x"})
        for _ in range(2):
            await client.get("/v1/scenarios", headers={"Authorization": "Bearer nonsense"})
        found = await _scrape(client, Authorization=key)
        name = "branchcast_keys_refused_total"
        reasons = {"missing": 1, "malformed": 1, "unknown": 2, "expired": 0, "revoked": 0}
        assert {reason: found.value(name, reason=reason) for reason in reasons} == reasons
        assert found.value("branchcast_http_requests_total", method="GET", route="none", status="401") == 4

"""Draws and worlds: the very files that the engine's tables give, from the seed, or a problem before the first byte."""

import importlib
from collections.abc import Generator
from dataclasses import replace
from typing import Any, NoReturn

import httpx
import numpy as np
import pytest
from sqlalchemy import update

from api.service import Service
from api.settings import Settings
from api.store import documents, forecasts, tables
from api.tabular import FORMATS
from api.work.samples import SAMPLES
from forecast.errors import RunError
from forecast.result import Forecast
from forecast.samples import Rows, SampleTable

pytestmark = pytest.mark.anyio

KOREA = {"scenario": "trump-kim-2025", "as_of": "2026-08-20", "draws": 4_096}
MINIMAL = {"scenario": "minimal", "as_of": "2026-01-01", "draws": 4_096}
MEDIA_TYPES = {"csv": "text/csv", "npy": "application/x-npy", "parquet": "application/vnd.apache.parquet"}


async def _recorded(client: httpx.AsyncClient, asked: dict[str, Any]) -> str:
    """Make and record a forecast; return its address."""
    answer = await client.post("/v1/forecasts", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def _whole(service: Service, address: str) -> Forecast:
    with service.database.reading() as connection:
        return forecasts.whole(connection, forecasts.get(connection, address.rpartition("/")[2]))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("what", SAMPLES)
async def test_the_file_is_that_of_the_table(
    client: httpx.AsyncClient, service: Service, what: str, format: str
) -> None:
    """To the last byte, with a type, a name to save it by, and nothing left open."""
    address = await _recorded(client, KOREA)
    answer = await client.get(f"{address}/{what}", params={"format": format})
    assert answer.status_code == 200, answer.text
    assert answer.content == b"".join(FORMATS[format].chunks(SAMPLES[what](_whole(service, address))))
    assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[format]
    name = f"trump-kim-2025-{address.rpartition('/')[2]}-{what}.{format}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert service.computations.unfinished <= 1
    assert (await client.get("/readyz")).status_code == 200


async def test_the_mean_of_the_draws_is_the_forecast(client: httpx.AsyncClient) -> None:
    """CSV is what comes if no format is asked for."""
    address = await _recorded(client, MINIMAL)
    header, *lines = (await client.get(f"{address}/draws")).text.splitlines()
    opens = [float(line.split(",")[header.split(",").index("outcomes.opens")]) for line in lines]
    published = (await client.get(address)).json()["forecast"]["outcomes"]["opens"]["mean"]
    assert len(opens) == 4_096
    assert float(np.mean(opens)) == pytest.approx(published, rel=0, abs=1e-12)


@pytest.mark.parametrize("path", ["draws", "worlds", "draws?format=npy"])
async def test_what_the_client_holds_is_not_drawn_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    address = await _recorded(client, MINIMAL)
    first = await client.get(f"{address}/{path}")

    def fail(*_: object) -> NoReturn:
        pytest.fail("it is drawn")

    monkeypatch.setattr("api.routes.samples.table_chunks", fail)
    again = await client.get(f"{address}/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_every_table_has_a_tag_of_its_own(client: httpx.AsyncClient) -> None:
    address = await _recorded(client, MINIMAL)
    tags = [
        (await client.get(f"{address}/{what}", params={"format": format})).headers["etag"]
        for what in SAMPLES
        for format in FORMATS
    ]
    assert len(set(tags)) == len(tags)


async def test_head_tells_the_type_and_draws_no_more_than_the_beginning(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = []

    def watched(found: Forecast) -> SampleTable:
        table = SAMPLES["worlds"](found)

        def blocks() -> Generator[Rows, None, None]:
            for rows in table.blocks():
                batches.append(len(rows["draw"]))
                yield rows

        return replace(table, blocks=blocks)

    address = await _recorded(client, MINIMAL)
    monkeypatch.setattr("api.routes.samples.SAMPLES", {"draws": watched})
    answer = await client.head(f"{address}/draws", params={"format": "npy"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-npy"
    assert batches == []
    assert (await client.get(f"{address}/draws", params={"format": "npy"})).status_code == 200
    assert sum(batches) == 4_096


@pytest.mark.parametrize("format", ["xml", "CSV", ""])
async def test_an_unknown_format_is_refused(client: httpx.AsyncClient, format: str) -> None:
    address = await _recorded(client, MINIMAL)
    answer = await client.get(f"{address}/worlds", params={"format": format})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "format"
    assert "csv, npy, parquet" in answer.json()["detail"]


@pytest.mark.parametrize("what", SAMPLES)
async def test_an_unknown_forecast_has_no_table(client: httpx.AsyncClient, what: str) -> None:
    answer = await client.get(f"/v1/forecasts/nope/{what}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")


async def test_a_library_that_is_missing_is_named(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first byte, so that the answer is a problem."""
    address = await _recorded(client, MINIMAL)
    importing = importlib.import_module

    def without_pyarrow(name: str) -> object:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return importing(name)

    monkeypatch.setattr(importlib, "import_module", without_pyarrow)
    answer = await client.get(f"{address}/draws", params={"format": "parquet"})
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/missing-extra")
    assert "branchcast[parquet]" in answer.json()["detail"]


async def test_what_this_release_cannot_run_is_told(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forecast stays readable; only its draws need a release that knows them."""
    address = await _recorded(client, MINIMAL)

    def refuse(_: Forecast) -> NoReturn:
        raise RunError(("assume",), "there is no branch 'opens'")

    monkeypatch.setattr("api.routes.samples.SAMPLES", {"draws": refuse})
    answer = await client.get(f"{address}/draws")
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/outdated-forecast")
    assert "there is no branch 'opens'" in answer.json()["detail"]
    assert "errors" not in answer.json()


async def test_a_failure_before_the_first_byte_is_a_problem(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await _recorded(client, MINIMAL)

    def fail(_: Forecast) -> NoReturn:
        raise ZeroDivisionError("password=hunter2")

    monkeypatch.setattr("api.routes.samples.SAMPLES", {"draws": fail})
    answer = await client.get(f"{address}/draws")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert "hunter2" not in answer.text
    assert service.streams.open == 0


async def test_a_forecast_that_was_altered_is_not_drawn_again(client: httpx.AsyncClient, service: Service) -> None:
    """Its draws would be those of another; the log says what the client need not know."""
    address = await _recorded(client, MINIMAL)
    with service.database.writing() as connection:
        card = forecasts.get(connection, address.rpartition("/")[2])
        text = forecasts.result_text(connection, card).replace('"seed":', '"seed":1', 1)
        connection.execute(update(tables.forecast).values(result=documents.packed(text)))
    answer = await client.get(f"{address}/draws")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")


class TestALimit:
    """Rows × columns have one."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Allow the six columns of 4,096 draws of the smallest scenario."""
        return replace(settings, max_table_values=4_096 * 6)

    async def test_a_larger_table_is_refused_with_its_price(
        self, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is drawn for it."""
        small, large = [await _recorded(client, {**MINIMAL, "draws": draws}) for draws in (4_096, 8_192)]
        columns = len((await client.get(f"{small}/draws")).text.partition("\r\n")[0].split(","))
        assert columns == 6
        answer = await client.get(f"{large}/draws")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-much-work")
        assert (answer.json()["price"], answer.json()["limit"]) == (8_192 * 6, 4_096 * 6)
        assert "errors" not in answer.json()
        assert "8,192 rows × 6 columns" in answer.json()["detail"]

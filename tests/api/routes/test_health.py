"""Alive, ready, and where to start."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from api.service import Service
from api.store.database import Database
from forecast.version import VERSION

pytestmark = pytest.mark.anyio


async def test_the_start_leads_somewhere(client: httpx.AsyncClient) -> None:
    """Every link exists: it answers, or it wants another method."""
    start = (await client.get("/")).json()
    assert (start["name"], start["version"]) == ("branchcast", VERSION)
    statuses = {name: (await client.get(path)).status_code for name, path in start["links"].items()}
    assert statuses == {name: 405 if name == "preview" else 200 for name in statuses}


async def test_the_process_is_alive(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"status": "ok"}, "no-store")


async def test_a_server_with_room_is_ready(client: httpx.AsyncClient, database: Database) -> None:
    answer = (await client.get("/readyz")).json()
    kind = "sqlite" if database.is_sqlite else "postgresql"
    assert answer == {"status": "ready", "database": kind, "unfinished_computations": 0}


async def test_a_closing_server_is_not_ready_but_alive(
    client: httpx.AsyncClient, app: FastAPI, service: Service
) -> None:
    await asyncio.to_thread(service.computations.close)
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["type"]) == (503, "/problems/busy")
    assert (await client.get("/healthz")).status_code == 200

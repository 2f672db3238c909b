"""The application: settings and database in, an ASGI app out."""

import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api.http.access import Access, KeyCheck
from api.http.addresses import AddressCheck
from api.http.methods import HeadAndOptions
from api.http.metrics import RequestMetrics
from api.http.openapi import openapi_document
from api.http.problems import install_problem_handlers
from api.http.request_log import REQUEST_ID, RequestLog
from api.metrics import Metrics
from api.platforms.platform import Platform
from api.platforms.registry import connect
from api.platforms.tokens import find_tokens
from api.platforms.wire import Outside
from api.processes.peers import Peers, Place
from api.routes import ROUTES
from api.service import Service
from api.settings import Settings
from api.store.database import Database
from api.work.asked_scenario import AskedScenarios
from api.work.computations import Computations
from api.work.courier import Courier
from api.work.forecasting import Desk
from api.work.housekeeping import Housekeeping
from api.work.kept import Kept
from api.work.predictions import KEPT_BYTES as PREDICTIONS_BYTES
from api.work.prepared_database import prepared_database
from api.work.prepared_scenarios import PreparedScenarios
from api.work.runner import Runner
from api.work.sources import Sources
from api.work.stored_scenarios import KEPT_BYTES, StoredScenarios
from api.work.streams import Streams
from forecast.scenario import Scenario
from forecast.version import VERSION

_READABLE_HEADERS = (
    *("ETag", "Idempotent-Replayed", "Location", "Preference-Applied"),
    *("Retry-After", "Server-Timing", REQUEST_ID),
)


def create_app(
    settings: Settings | None = None,
    open_database: Callable[[], Database] | None = None,
    place: Place | None = None,
    courier_of: Callable[[Database], Courier] | None = None,
) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : the server's settings; all defaults if left out
    open_database : gives the database when the application starts; if left out, that of the settings is opened,
        brought up to date, and given the scenarios of the settings' folders that it lacks
    place : which of several processes of one server this is; left out if it is the only one
    courier_of : gives what carries submissions to platforms; if left out, one with the tokens of the environment
    """
    settings, metrics = settings or Settings(), Metrics(None if place is None else place.number)
    peers = None if place is None else Peers(place)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = prepared_database(settings) if open_database is None else open_database()
        courier = Courier(database, _connected) if courier_of is None else courier_of(database)
        service = _service(settings, database, metrics, peers, courier)
        app.state.service = service
        housekeeping = Housekeeping(database, service.access.take_used)
        service.runner.start()
        service.courier.start()
        housekeeping.start()
        try:
            yield
        finally:
            service.retire()
            service.computations.close()
            service.runner.close()
            service.courier.close()
            service.sources.close()
            housekeeping.close()
            database.close()

    app = _App(
        title="branchcast",
        version=VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        routes=list(ROUTES),
    )
    install_problem_handlers(app)
    _add_middleware(app, settings, metrics)
    return app


def _service(
    settings: Settings, database: Database, metrics: Metrics, peers: Peers | None, courier: Courier
) -> Service:
    database.observer = metrics.count_transaction
    kept: Kept[str, Scenario] = Kept(KEPT_BYTES)
    stored = StoredScenarios(kept)
    computations = Computations(settings.computing_threads, settings.max_waiting)
    desk = Desk(database, settings, metrics)
    return Service(
        settings=settings,
        database=database,
        access=Access(database, settings.keyless),
        stored=stored,
        scenarios=AskedScenarios(database, stored, kept),
        prepared=PreparedScenarios(),
        predicted=Kept(PREDICTIONS_BYTES),
        computations=computations,
        streams=Streams(computations, settings.max_streams),
        desk=desk,
        runner=Runner(database, desk.carry_out, settings.run_threads, timedelta(seconds=settings.lease_seconds)),
        courier=courier,
        sources=Sources(os.environ),
        metrics=metrics,
        peers=peers,
        closing=threading.Event(),
    )


def _connected(platform: str) -> Platform:
    """Return a platform with the token that the environment states, or a file that it names."""
    return connect(platform, os.environ, find_tokens(os.environ), Outside())


class _App(FastAPI):
    """The framework's application with our OpenAPI document."""

    @cached_property
    def _document(self) -> dict[str, Any]:
        return openapi_document(self)

    def openapi(self) -> dict[str, Any]:
        return self._document


def _add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Wrap the app from the inside out: log and metrics come last, so that they see every request and every failure."""
    app.add_middleware(AddressCheck)
    app.add_middleware(HeadAndOptions)
    app.add_middleware(KeyCheck)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT"),
            allow_headers=(
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Prefer",
                REQUEST_ID,
            ),
            expose_headers=_READABLE_HEADERS,
        )
    app.add_middleware(RequestLog)
    app.add_middleware(RequestMetrics, metrics=metrics)

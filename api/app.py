"""The application: settings and catalogue in, an ASGI app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from api.asked_scenario import AskedScenarios
from api.catalogue import ScenarioCatalogue, read_catalogue
from api.computations import Computations
from api.methods import HeadAndOptions
from api.openapi import openapi_document
from api.problems import install_problem_handlers
from api.request_log import REQUEST_ID, RequestLog
from api.routes import ROUTERS
from api.service import Service
from api.settings import Settings
from forecast.version import VERSION

_READABLE_HEADERS = ("ETag", "Retry-After", "Server-Timing", REQUEST_ID)


def create_app(settings: Settings | None = None, catalogue: ScenarioCatalogue | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : the server's settings; all defaults if left out
    catalogue : where scenarios come from; if left out, the folders of the settings are read at start-up
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        scenarios = catalogue if catalogue is not None else read_catalogue(settings.scenarios)
        computations = Computations(settings.computing_threads, settings.max_waiting)
        app.state.service = Service(settings, scenarios, AskedScenarios(scenarios), computations)
        try:
            yield
        finally:
            computations.close()

    app = _App(
        title="branchcast",
        version=VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=_function_name,
    )
    for router in ROUTERS:
        app.include_router(router)
    install_problem_handlers(app)
    _add_middleware(app, settings)
    return app


def _function_name(route: APIRoute) -> str:
    return route.name


class _App(FastAPI):
    """The framework's application with our OpenAPI document."""

    @cached_property
    def _document(self) -> dict[str, Any]:
        return openapi_document(self)

    def openapi(self) -> dict[str, Any]:
        return self._document


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Wrap the app from the inside out: the log comes last, so that it sees every request and every failure."""
    app.add_middleware(HeadAndOptions)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Content-Type", "If-None-Match", REQUEST_ID),
            expose_headers=_READABLE_HEADERS,
        )
    app.add_middleware(RequestLog)

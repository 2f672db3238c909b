"""A server process: uvicorn around the app."""

import uvicorn

from api.app import create_app
from api.catalogue import read_catalogue
from api.settings import Settings


def server_config(settings: Settings) -> uvicorn.Config:
    """Return what uvicorn needs to run the app with these settings.

    Raises
    ------
    CatalogueError
        If a scenario file cannot be served; found before the port is taken.
    """
    return uvicorn.Config(
        create_app(settings, read_catalogue(settings.scenarios)),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        # The app writes its own line per request, with an id and without query strings.
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=settings.grace_seconds,
    )

"""A server process: uvicorn around the app, and an end that loses nothing."""

import asyncio
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.logs import logger
from api.processes.peers import Place
from api.service import Service
from api.settings import Settings
from api.store.database import Database

LAST_SECONDS = 2.0
"""What clients have to read the last answers, once nothing computes any more, before connections are closed."""

_NET_SECONDS = 60
"""After the grace and this, uvicorn cancels what is left: a computation that does not come to its next step."""

_LOG = logger("server")


def server_config(settings: Settings, database: Database, place: Place | None = None) -> uvicorn.Config:
    """Return what uvicorn needs to run the app with these settings on a database that is up to date."""
    return uvicorn.Config(
        create_app(settings, lambda: database, place),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        # Its lines go where ours go; the app writes its own per request, with an id and without query strings.
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=settings.grace_seconds + _NET_SECONDS,
    )


class Server(uvicorn.Server):
    """A server that stops in three steps, so that nothing it acknowledged is lost and nobody waits in vain.

    1. When it is told to stop, it takes no new connections, ends event streams, and hands back runs that
       nobody waits for. Requests in flight are finished.
    2. After the grace, or when it is told a second time, requests that still compute are refused with 503
       as soon as they come to their next step; their forecasts, if an Idempotency-Key asks for them, go back
       into the queue.
    3. ``LAST_SECONDS`` later, connections are closed, whether their clients read or not.
    """

    def __init__(self, settings: Settings, database: Database, place: Place | None = None) -> None:
        super().__init__(server_config(settings, database, place))
        self._grace = float(settings.grace_seconds)
        self._hurried = asyncio.Event()

    @property
    def service(self) -> Service:
        """What the app's routes share, once it has started."""
        assert isinstance(self.config.app, FastAPI)
        service = self.config.app.state.service
        assert isinstance(service, Service)
        return service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal. uvicorn would, at a second Ctrl-C, leave without handing anything back."""
        if self.should_exit:
            asyncio.get_running_loop().call_soon_threadsafe(self.hurry)
        else:
            super().handle_exit(sig, frame)

    def hurry(self) -> None:
        """End the grace now; called in the server's loop."""
        self._hurried.set()

    @property
    def hurried(self) -> bool:
        """Whether it was told a second time."""
        return self._hurried.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, step by step."""
        _LOG.info("stopping", held_runs=self.service.runner.held, requests=len(self.server_state.tasks))
        self.service.retire()
        ending = asyncio.create_task(self._end_waiting())
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()

    async def _end_waiting(self) -> None:
        try:
            async with asyncio.timeout(self._grace):
                await self._hurried.wait()
        except TimeoutError:
            _LOG.warning("requests are refused: the grace is over", requests=len(self.server_state.tasks))
        await asyncio.to_thread(self.service.computations.close)
        await asyncio.sleep(LAST_SECONDS)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()

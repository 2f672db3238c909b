"""A real server in a thread of the test's own process, so that a test can hold the engine and look inside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from api.server import Server
from api.service import Service
from api.settings import Settings
from api.work.prepared_database import prepared_database
from tests.api.clocked import going_on


@dataclass(frozen=True)
class LiveServer:
    """Where the server answers, and what it is made of."""

    url: str
    service: Service
    server: Server


@contextmanager
def running(settings: Settings) -> Iterator[LiveServer]:
    """Run a server with these settings, on a free port, while the context lasts."""
    server = Server(replace(settings, port=0), prepared_database(settings, going_on))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield LiveServer(f"http://{host}:{port}", server.service, server)
    finally:
        server.should_exit = True
        thread.join(30)

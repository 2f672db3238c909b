"""``python -m api.processes.child``: one process of several, started by their parent and by nobody else.

Standard input brings its assignment and the parent's orders; standard output tells the parent that it answers.
"""

import asyncio
import os
import shutil
import socket
import sys
from contextlib import closing
from types import FrameType

from api.logs import configure, logger
from api.memory import share_one_heap
from api.processes.assignment import READY, Assignment
from api.processes.peers import Place, tell
from api.processes.signals import stop_cleanly_when_told
from api.routes.metrics import own_text
from api.server import Server
from api.settings import Settings
from api.store.database import Database, database_url

_LOG = logger("processes")


class ChildServer(Server):
    """A server that its parent stops: with an order, another to hurry, or by its own end.

    Parameters
    ----------
    settings, database : as for ``Server``
    place : which of the processes this is
    orders : descriptor that orders come from
    answers : descriptor that the parent reads
    """

    def __init__(self, settings: Settings, database: Database, place: Place, orders: int, answers: int) -> None:
        super().__init__(settings, database, place)
        self._place, self._orders, self._answers, self._told = place, orders, answers, 0
        self.orphaned = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal to this process itself, often sent to parent and children alike: none of them means haste."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Heed the parent, start, and tell it."""
        asyncio.get_running_loop().add_reader(self._orders, self._heed)
        await super().startup(sockets)
        self._telling = await tell(self._place, lambda: own_text(self.service))
        os.write(self._answers, READY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the others do not wait for this process's metrics any more."""
        self._telling.close()
        await super().shutdown(sockets)

    def _heed(self) -> None:
        orders = os.read(self._orders, 64)
        self._told += len(orders)
        self.should_exit = True
        if self._told > 1:
            self.hurry()
        if not orders:
            _LOG.warning("the parent is gone")
            self.orphaned = True
            asyncio.get_running_loop().remove_reader(self._orders)


def main() -> None:
    """Serve until the parent says otherwise."""
    stop_cleanly_when_told()
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as orders:
        line = orders.readline()
    if not line.endswith(b"\n"):
        return
    assignment = Assignment.of(line)
    settings, place = assignment.settings, assignment.place
    configure(settings.log_level, settings.log_format, on_every_line={"process": place.number, "pid": os.getpid()})
    share_one_heap()
    try:
        _serve(settings, place, socket.socket(fileno=assignment.listener))
    except Exception:  # the parent starts another; this line is all that is left of the reason
        _LOG.exception("process failed")
        sys.exit(1)


def _serve(settings: Settings, place: Place, listener: socket.socket) -> None:
    with listener, closing(Database(database_url(settings.database))) as database:
        server = ChildServer(settings, database, place, sys.stdin.fileno(), sys.stdout.fileno())
        try:
            server.run(sockets=[listener])
        finally:
            if server.orphaned:
                shutil.rmtree(place.folder, ignore_errors=True)


if __name__ == "__main__":
    main()

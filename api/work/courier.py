"""Submissions on their way: claimed from the outbox, sent once, looked for, and every step noted.

`api.work.carrying` says how each is carried.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable

from api.errors import StoreUnavailableError
from api.logs import logger
from api.platforms.errors import PlatformError, PlatformRequestError
from api.platforms.platform import Platform
from api.platforms.requests import PlatformRequest
from api.store import submissions
from api.store.database import Database
from api.work.carrying import LEASE, Delivery, note_failure
from forecast.tournaments.exports import ExportError

POLL_SECONDS = 1.0

GRACE_SECONDS = 10.0
"""How long a step under way may take when the process is asked to end."""

_LOG = logger("submissions")


class Courier:
    """Carries submissions to their platforms in a thread of its own, from ``start`` to ``close``.

    Parameters
    ----------
    database : where they wait
    connect : returns a platform by name; called once for each
    every : time between two looks into the outbox
    """

    def __init__(self, database: Database, connect: Callable[[str], Platform], every: float = POLL_SECONDS) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._database, self._connect, self._every = database, connect, every
        self._platforms: dict[str, Platform] = {}
        self._lock = threading.Lock()
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="courier", daemon=True)

    def require(self, platform: str) -> None:
        """Refuse a platform that this process cannot ask, before anything is stored for it.

        Raises
        ------
        ExportError
            If its token is not there, or its address cannot be used.
        """
        try:
            self._platform(platform)
        except PlatformError as error:
            raise ExportError(platform, "who submits has an account", str(error)) from error

    def require_sendable(self, requests: Iterable[PlatformRequest]) -> None:
        """Refuse requests that could never be sent, before anything is stored.

        Raises
        ------
        ExportError
            If the token is in one of them.
        """
        for request in requests:
            try:
                self._platform(request.platform).require_sendable(request)
            except PlatformRequestError as error:
                raise ExportError(
                    request.platform, "a token goes into a header, and nowhere else", str(error)
                ) from error

    def start(self) -> None:
        """Begin to look for submissions."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something has just been asked for."""
        self._wake.set()

    def close(self) -> None:
        """Finish the step under way, if it does not take too long, and end; another process goes on with what is left.

        A step that is left in the middle is as that of a process that was killed: the next one looks what came of it.
        """
        self._closing.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(GRACE_SECONDS)
        if self._thread.is_alive():
            _LOG.warning("a submission is left in the middle of a step")
            return
        for platform in self._platforms.values():
            platform.close()

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                busy = self.carry_one()
            except StoreUnavailableError as error:
                _LOG.warning("submissions wait", reason=str(error))
                busy = False
            except Exception:  # one whose failure cannot even be noted keeps its lease
                _LOG.exception("a submission failed")
                busy = False
            if not busy:
                self._wake.wait(self._every)
                self._wake.clear()

    def carry_one(self) -> bool:
        """Take the next submission a step further; return False if none is due."""
        with self._database.reading() as connection:
            if not submissions.any_due(connection, self._database.now(connection)):
                return False
        with self._database.writing() as connection:
            claimed = submissions.claim(connection, self._database.now(connection), self.holder, LEASE)
        if claimed is None:
            return False
        held, taken_over = claimed
        try:
            Delivery(self._database, held, taken_over).carry(self._platform)
        except StoreUnavailableError:
            raise
        except Exception:  # whatever it is, others must not wait for it
            _LOG.exception("a submission failed", submission=held.id)
            note_failure(self._database, held)
        return True

    def _platform(self, name: str) -> Platform:
        with self._lock:
            if name not in self._platforms:
                self._platforms[name] = self._connect(name)
            return self._platforms[name]

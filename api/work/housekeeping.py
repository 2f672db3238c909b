"""What a server writes down now and then: when keys were used, and that old answers need not be kept any longer."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from api.errors import StoreUnavailableError
from api.logs import logger
from api.store import idempotency, keys
from api.store.database import Database

EVERY = timedelta(minutes=1)
FORGETTING_EVERY = timedelta(hours=1)

_LOG = logger("housekeeping")


class Housekeeping:
    """Keeps house in a thread of its own from ``start`` to ``close``.

    Parameters
    ----------
    database : the server's
    take_used : tells when keys were used since it was last asked
    every : time between two rounds
    """

    def __init__(
        self, database: Database, take_used: Callable[[], Mapping[str, datetime]], every: timedelta = EVERY
    ) -> None:
        self._database, self._take_used, self._every = database, take_used, every
        self._used: dict[str, datetime] = {}
        self._forgotten_at: datetime | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def close(self) -> None:
        """End the rounds with a last one, so that no use of a key stays unsaid."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.round()

    def _keep(self) -> None:
        while not self._closing.wait(self._every.total_seconds()):
            self.round()

    def round(self) -> None:
        """Do what is due; what cannot be done now is left for another round, and only the log hears of it."""
        try:
            self._note_use()
            self._forget()
        except StoreUnavailableError as error:
            _LOG.warning("housekeeping was put off", reason=str(error))
        except Exception:  # a chore that fails must neither end the rounds to come nor hold up the end of the server
            _LOG.exception("housekeeping failed")

    def _note_use(self) -> None:
        for prefix, moment in self._take_used().items():
            self._used[prefix] = max(moment, self._used.get(prefix, moment))
        if self._used:
            with self._database.writing() as connection:
                keys.note_use(connection, self._used)
            # Nobody else remembers them: they go when they are written, and not before.
            self._used.clear()

    def _forget(self) -> None:
        """Forget old answers, once an hour; a new process begins with that."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
        if self._forgotten_at is not None and now - self._forgotten_at < FORGETTING_EVERY:
            return
        with self._database.writing() as connection:
            idempotency.forget_old(connection, now)
        self._forgotten_at = now

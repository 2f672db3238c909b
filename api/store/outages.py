"""A database that does not answer, and an SQLite file that is no longer the one that was opened."""

import os
import sqlite3

from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.errors import StoreUnavailableError
from api.logs import logger

RETRY_AFTER_SECONDS = 2

_LOG = logger("store")


class MovedError(Exception):
    """The SQLite file is no longer where it was opened."""


class SameFile:
    """Watches that a path goes on to name the file that it named at first.

    SQLite does not notice when it does not: it would acknowledge writes to a file that nobody finds again.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def require(self) -> None:
        """Refuse to go on with a file that was moved away or replaced.

        Raises
        ------
        MovedError
            With the way out.
        """
        found = _identity(self._path)
        if self._opened is None:
            self._opened = found
        elif found != self._opened:
            raise MovedError(
                "the file of the database is not the one that was opened: put it back, or restart the server"
            )


def _identity(path: str) -> tuple[int, int] | None:
    """Return what stays with a file when its name goes to another; None if there is no file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def unavailable(error: Exception) -> StoreUnavailableError:
    """Tell the log what the database said, and return what the client is told."""
    reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    _LOG.warning("the database does not answer", reason=reason)
    return StoreUnavailableError(_advice(error), RETRY_AFTER_SECONDS)


_LASTING = {
    sqlite3.SQLITE_READONLY: "the database cannot be written to: let this server write its file and folder",
    sqlite3.SQLITE_FULL: "the disk of the database is full, and nothing of this was kept: make room on it",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened: is it a file, and may this server open it?",
    sqlite3.SQLITE_IOERR: "the disk of the database fails: the log says how",
    "53100": "the disk of the database is full, and nothing of this was kept: make room on it",
    "25006": "the database only takes reads: connect to the one that takes writes",
}
"""What to say of failures that asking again does not end, by SQLite's result code or PostgreSQL's SQLSTATE."""


_IDLE_TRANSACTION_ENDED = "25P03"
"""PostgreSQL's SQLSTATE for a connection that it closed, as its transaction had done nothing for too long."""


def is_outage(error: DatabaseError) -> bool:
    """Tell whether an error without a class of its own says that the database cannot be used, now or ever."""
    # Only a file that is something else, or damaged, has no class of its own; the driver calls the other internal.
    return type(error) is DatabaseError or _closed_for_idling(error)


def _closed_for_idling(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _IDLE_TRANSACTION_ENDED


def lasting(error: Exception) -> str | None:
    """Return what to do about a failure that goes on until somebody does it; None if it may pass by itself."""
    if not isinstance(error, DBAPIError):
        return None
    # SQLite's extended codes say more in the higher bits.
    code = getattr(error.orig, "sqlite_errorcode", None)
    return _LASTING.get(getattr(error.orig, "sqlstate", None) if code is None else code & 0xFF)


def _advice(error: Exception) -> str:
    if isinstance(error, MovedError):
        return str(error)
    if (told := lasting(error)) is not None:
        return told
    if isinstance(error, PoolTimeoutError):
        return "every connection to the database is in use: ask again later"
    if _closed_for_idling(error):
        return "the database closed a connection that did nothing for too long: ask again"
    if type(error) is DatabaseError:
        return f"the database cannot be used ({error.orig}): its file is not one of branchcast, or it is damaged"
    return "the database cannot be reached or is locked: ask again later"

"""The first key of a database, so that whoever starts a server can make the others."""

from api.store import audit, keys
from api.store.audit import SERVICE
from api.store.database import Database
from api.work.keyring import ADMIN, KeyWish, make_key

NAME = "first"


def first_key(database: Database) -> str | None:
    """Make a key with every right if the database has none, and return it; None if there are keys.

    Of several processes that start at once, one makes it.
    """
    with database.reading() as connection:
        if keys.page(connection, 1):
            return None
    with database.writing() as connection:
        audit.hold(connection)
        if keys.page(connection, 1):
            return None
        _, whole = make_key(connection, database.now(connection), KeyWish(NAME, ADMIN), SERVICE)
        return whole

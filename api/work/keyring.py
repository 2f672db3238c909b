"""Keys made and revoked, with the entries of the audit log that say so; by a route or by a command alike."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from api.errors import ConflictError, RequestRefusedError
from api.store import audit, keys
from api.store.audit import COMMAND_LINE, KEYLESS, SERVICE
from api.store.keys import ApiKey
from api.work.key_names import alike
from forecast.errors import Fault

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that somebody wants: whose, for what, and until when (None: for ever)."""

    name: str
    scope: str
    expires_at: datetime | None = None


def make_key(connection: Connection, now: datetime, wish: KeyWish, actor: str) -> tuple[ApiKey, str]:
    """Make a key; return it and the whole secret text, which is kept nowhere.

    Raises
    ------
    RequestRefusedError
        If the name is one that the audit log uses itself, or the key would have expired already.
    ConflictError
        If a key of this name, or of one that people take for the same, works: the audit log tells people apart by
        the names of their keys.
    """
    name = alike(wish.name)
    if name in (SERVICE, KEYLESS) or name.startswith(COMMAND_LINE):
        message = f"the audit log uses the name '{wish.name}' for what no key did: choose another"
        raise RequestRefusedError([Fault(("name",), message)])
    if wish.expires_at is not None and wish.expires_at <= now:
        message = f"{wish.expires_at.isoformat()} has passed: state a moment to come, or leave it out"
        raise RequestRefusedError([Fault(("expires_at",), message)])
    audit.hold(connection)
    for key in keys.working(connection, now):
        if alike(key.name) == name:
            raise ConflictError(
                f"key '{key.prefix}' of the name '{key.name}' works: choose another name, or revoke that key first"
            )
    made, whole = keys.create(connection, now, wish.name, wish.scope, wish.expires_at, actor)
    audit.append(connection, now, actor, *keys.audited(connection, made, "key.create"))
    return made, whole


def revoke_key(connection: Connection, now: datetime, prefix: str, actor: str) -> ApiKey:
    """Let a key never work again, and return it.

    Raises
    ------
    UnknownRecordError, ConflictError
        If there is no such key, or it has been revoked already.
    """
    audit.hold(connection)
    revoked = keys.revoke(connection, now, prefix)
    audit.append(connection, now, actor, *keys.audited(connection, revoked, "key.revoke"))
    return revoked


def require_other_admin(connection: Connection, now: datetime, prefix: str) -> None:
    """Refuse to go on without a key that can make others; hold the log first, so that two do not both go.

    Raises
    ------
    ConflictError
        If the key is the only one with scope admin that works.
    """
    audit.hold(connection)
    admins = [key.prefix for key in keys.working(connection, now) if key.scope == ADMIN]
    if admins == [prefix]:
        raise ConflictError(
            f"key '{prefix}' is the only one with scope '{ADMIN}' that works: make another first, "
            f"or use `branchcast keys revoke {prefix}` beside the database"
        )

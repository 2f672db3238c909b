"""API keys: ``bc_PREFIX_SECRET``. The prefix names the key; of the secret only the SHA-256 is kept.

A secret of 256 random bits cannot be guessed, so a fast hash protects it as well as a slow one would.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, or_, select, tuple_, update

from api.errors import ConflictError, UnknownRecordError
from api.store.audit import ROW, row_digest, row_subject
from api.store.tables import api_key

SCOPES = ("read", "write", "admin")
"""What a key may do; each scope includes those before it."""

_TAG = "bc"
_FORM = re.compile(rf"{_TAG}_([a-z2-7]{{8}})_([A-Za-z0-9_-]{{43}})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

USE_NOTED_EVERY = timedelta(minutes=1)
"""How exact ``last_used_at`` is: a write for every request would cost more than the request."""


Place = tuple[datetime, str]
"""Where a page of keys ends: when a key was made, and its prefix."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    prefix: str
    name: str
    scope: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Return ``works``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "works"


def create(
    connection: Connection, now: datetime, name: str, scope: str, expires_at: datetime | None, created_by: str
) -> tuple[ApiKey, str]:
    """Make a key; return it and the whole secret text, which is kept nowhere."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    whole = f"{_TAG}_{prefix}_{secrets.token_urlsafe(32)}"
    made = ApiKey(prefix, name, scope, created_by, now, expires_at, None, None)
    values = {field: getattr(made, field) for field in ApiKey.__slots__}
    connection.execute(insert(api_key).values(hash=_hash(whole), **values))
    return made, whole


def _hash(whole: str) -> str:
    return hashlib.sha256(whole.encode()).hexdigest()


_COLUMNS = tuple(api_key.c[name] for name in ApiKey.__slots__)

# Asked in every request, and therefore put together once: that costs more than the database's answer.
_BY_PREFIX = select(api_key.c.hash, *_COLUMNS).where(api_key.c.prefix == bindparam("prefix"))


def find(connection: Connection, whole: str) -> ApiKey | None:
    """Return the key that a whole secret text belongs to, None if there is none."""
    form = _FORM.fullmatch(whole)
    if form is None:
        return None
    row = connection.execute(_BY_PREFIX, {"prefix": form[1]}).first()
    if row is None or not hmac.compare_digest(row.hash, _hash(whole)):
        return None
    _, *values = row
    return ApiKey(*values)


def get(connection: Connection, prefix: str) -> ApiKey:
    """Return a key.

    Raises
    ------
    UnknownRecordError
        If there is none of this prefix.
    """
    row = connection.execute(select(*_COLUMNS).where(api_key.c.prefix == prefix)).first()
    if row is None:
        raise UnknownRecordError(f"there is no key '{prefix[:100]}': the list of keys has the prefix of each")
    return ApiKey(**row._mapping)


def page(connection: Connection, limit: int | None, after: Place | None = None) -> Sequence[ApiKey]:
    """Return keys, oldest first, from the one after ``after``; all the others if there is no limit."""
    query = select(*_COLUMNS)
    if after is not None:
        query = query.where(tuple_(api_key.c.created_at, api_key.c.prefix) > after)
    rows = connection.execute(query.order_by(api_key.c.created_at, api_key.c.prefix).limit(limit))
    return [ApiKey(**row._mapping) for row in rows]


def working(connection: Connection, now: datetime) -> Sequence[ApiKey]:
    """Return every key that works, oldest first."""
    lasting = or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > now)
    query = select(*_COLUMNS).where(api_key.c.revoked_at.is_(None), lasting)
    rows = connection.execute(query.order_by(api_key.c.created_at, api_key.c.prefix))
    return [ApiKey(**row._mapping) for row in rows]


def revoke(connection: Connection, now: datetime, prefix: str) -> ApiKey:
    """Let a key never work again, and return it.

    Raises
    ------
    UnknownRecordError, ConflictError
        If there is no such key, or it has been revoked already.
    """
    found = get(connection, prefix)
    unrevoked = (api_key.c.prefix == prefix) & api_key.c.revoked_at.is_(None)
    if connection.execute(update(api_key).where(unrevoked).values(revoked_at=now)).rowcount != 1:
        raise ConflictError(f"key '{prefix}' has been revoked already: nothing is left to do")
    return replace(found, revoked_at=now)


def note_use(connection: Connection, used: Mapping[str, datetime]) -> None:
    """Note when keys were last used; a later use that another process has noted stays."""
    for prefix, moment in sorted(used.items()):
        earlier = or_(api_key.c.last_used_at.is_(None), api_key.c.last_used_at < moment)
        connection.execute(update(api_key).where(api_key.c.prefix == prefix, earlier).values(last_used_at=moment))


def audited(connection: Connection, key: ApiKey, action: str) -> tuple[str, str, dict[str, str]]:
    """Return what the audit log says of a key that was created or revoked: action, subject, details."""
    row = connection.execute(select(api_key).where(api_key.c.prefix == key.prefix)).one()._asdict()
    details = {
        ROW: row_digest(api_key, row),
        "name": key.name,
        "scope": key.scope,
        "expires": "never" if key.expires_at is None else key.expires_at.isoformat(),
    }
    return action, row_subject(api_key, row), details

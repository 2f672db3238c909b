"""API keys: made, listed without their secrets, revoked. Only a key with scope admin may."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.http.access import ADMINISTERING
from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.moments import Moment
from api.http.openapi_parts import conditional_answers, guarded_answers, secret_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, WriteOf, reply
from api.messages.versions import Page
from api.service import ServiceOf
from api.store import keys
from api.store.keys import ApiKey
from api.work.key_names import KeyName
from api.work.keyring import KeyWish, make_key, require_other_admin, revoke_key

KEYS = "/v1/keys"

router = routes_under(KEYS, "keys", needs=(ADMINISTERING,))

Prefix = Annotated[str, Path(description="Public part of a key, as the list states it.", max_length=100)]

SHOWN_ONCE = "This is the only time that the key is shown: keep it where only its holder can read it."
SHOWN_BEFORE = "The key was shown in the first answer and is kept nowhere: if it was lost, revoke it and make another."


class KeyPage(Page):
    """A key without its secret."""

    prefix: Annotated[str, Field(description="The part of the key that names it.")]
    name: str
    scope: Annotated[Literal["read", "write", "admin"], Field(description="Each includes those before it.")]
    state: Annotated[Literal["works", "expired", "revoked"], Field(description="What it is now.")]
    created_by: Annotated[str, Field(description="Name of the key that made it.")]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="To about a minute.")]
    href: str


class MadeKeyPage(KeyPage):
    """A key that has just been made."""

    key: Annotated[
        str | None, Field(repr=False, description="The whole key; null in the answer to a repeated request.")
    ]
    notice: str


class KeyList(Page):
    """Keys, oldest first."""

    keys: list[KeyPage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class KeyBody(Body):
    """A key to make."""

    name: Annotated[KeyName, Field(description="Whose it is: what its holder does is logged under this name.")]
    scope: Annotated[
        Literal["read", "write", "admin"],
        Field(description="`read` answers questions, `write` also changes things, `admin` also handles keys."),
    ]
    expires_at: Annotated[Moment | None, Field(description="From then on it does not work; never if left out.")] = None


def _shown(key: ApiKey, now: datetime) -> dict[str, object]:
    stated = {name: getattr(key, name) for name in ApiKey.__slots__}
    return {**stated, "state": key.state(now), "href": f"{KEYS}/{key.prefix}"}


@router.get("", summary="The keys", responses=conditional_answers(KeyList, 401, 403, 422))
def list_keys(request: Request, service: ServiceOf, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """List the keys there are and were, oldest first, without their secrets."""
    after = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        found = keys.page(connection, limit + 1, after)
        now = service.database.now(connection)
    shown, following = on_page(request, found, limit, lambda each: (each.created_at, each.prefix))
    listed = KeyList(keys=[KeyPage.model_validate(_shown(key, now)) for key in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.post(
    "",
    summary="Make a key",
    status_code=201,
    responses={**secret_answers(MadeKeyPage), **guarded_answers(400, 408, 409, 413, 415, 422, 503)},
)
def create_key(body: KeyBody, write: WriteOf) -> Response:
    """Make a key; this answer is the only one that has the whole of it.

    What is kept for a repeated request with the same `Idempotency-Key` lacks the secret and says so.
    """

    def made(connection: Connection, now: datetime, _: None) -> Reply:
        wish = KeyWish(body.name, body.scope, body.expires_at)
        key, whole = make_key(connection, now, wish, write.caller.name)
        page = MadeKeyPage.model_validate({**_shown(key, now), "key": whole, "notice": SHOWN_ONCE})
        repeated = page.model_copy(update={"key": None, "notice": SHOWN_BEFORE})
        answer = reply(201, page, Location=page.href, Cache_Control="no-store")
        return replace(answer, repeated=repeated.model_dump_json().encode())

    return write.once(lambda: None, made)


@router.get("/{prefix}", summary="A key", responses=conditional_answers(KeyPage, 401, 403, 404, 422))
def get_key(prefix: Prefix, request: Request, service: ServiceOf) -> Response:
    """Return a key without its secret."""
    with service.database.reading() as connection:
        page = KeyPage.model_validate(_shown(keys.get(connection, prefix), service.database.now(connection)))
    return conditional(request, page.model_dump_json().encode(), JSON)


@router.post(
    "/{prefix}/revocation",
    summary="Revoke a key",
    responses={
        200: {"description": "The key as it is now", "model": KeyPage},
        **guarded_answers(400, 404, 408, 409, 413, 422, 503),
    },
)
def revoke_api_key(prefix: Prefix, write: WriteOf) -> Response:
    """Let a key never work again; the only working key with scope admin must have a successor first."""

    def revoked(connection: Connection, now: datetime, _: None) -> Reply:
        require_other_admin(connection, now, prefix)
        key = revoke_key(connection, now, prefix, write.caller.name)
        return reply(200, KeyPage.model_validate(_shown(key, now)))

    return write.once(lambda: None, revoked)

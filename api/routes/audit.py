"""The audit log, for those who answer for it: who did what, when, and to what."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from api.http.access import ADMINISTERING
from api.http.conditional import conditional
from api.http.openapi_parts import conditional_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.versions import Page
from api.service import ServiceOf
from api.store import audit

router = routes_under("/v1/audit", "audit", needs=(ADMINISTERING,))

_Subject = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only what was done to this or to what is below it: `scenarios/talks` has every version of it.",
        examples=["scenarios/talks"],
    ),
]


class EntryPage(Page):
    """One thing that was done."""

    seq: Annotated[int, Field(description="Number of the entry; there are no gaps.")]
    at: datetime
    actor: Annotated[str, Field(description="Name of the key that was used.")]
    action: Annotated[str, Field(description="What was done, such as `scenario.version`.")]
    subject: Annotated[str, Field(description="To what.")]
    details: Annotated[dict[str, Any], Field(description="`row` is the digest of the row that was written.")]
    previous: Annotated[str, Field(description="Hash of the entry before.")]
    hash: Annotated[str, Field(description="SHA-256 of this entry, `previous` included.")]


class EntryList(Page):
    """Entries, newest first."""

    entries: list[EntryPage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


@router.get("", summary="The audit log", responses=conditional_answers(EntryList, 401, 403, 422))
def list_entries(
    request: Request, service: ServiceOf, subject: _Subject = None, limit: Limit = USUAL, cursor: Cursor = None
) -> Response:
    """List what was done, newest first. `branchcast audit` holds log and database together."""
    before = read_cursor(request, cursor, (int,))
    with service.database.reading() as connection:
        found = audit.page(connection, limit + 1, None if before is None else before[0], subject)
    shown, following = on_page(request, found, limit, lambda each: (each.seq,))
    listed = EntryList(entries=[EntryPage.model_validate(each, from_attributes=True) for each in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)

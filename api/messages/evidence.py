"""How entries on file as evidence are shown, and what a change of them moves."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from api.http.openapi_parts import ENTRY_SCHEMA
from api.http.writes import Reply, reply
from api.messages.versions import PREFIX, MovedPage, Page
from api.store.scenarios import Version
from api.work.ledgers import Filed
from api.work.moves import Moved


class RetractionPage(Page):
    """Who retracted an entry, when and why."""

    author: str
    reason: str
    recorded_at: datetime


class EvidencePage(Page):
    """One entry on file, and whether it is in force."""

    scenario: str
    name: str
    origin: Annotated[
        Literal["document", "ledger"],
        Field(description="Whether the scenario's document states it, or the ledger beside it holds it."),
    ]
    version: Annotated[int | None, Field(description="The version that an entry of the document is from.")]
    entry: Annotated[dict[str, Any], WithJsonSchema(ENTRY_SCHEMA)]
    author: Annotated[str, Field(description="Who recorded it.")]
    reason: Annotated[str, Field(description="Why.")]
    recorded_at: datetime
    dedupe_key: str | None
    in_force: Annotated[bool, Field(description="Whether forecasts that speak from its date or later use it.")]
    why_not: Annotated[str | None, Field(description="Why it is not in force, if so.")]
    retraction: RetractionPage | None
    href: str


class EvidenceChangePage(EvidencePage):
    """An entry after a change, and what the change moved."""

    moved: MovedPage


def evidence_page(filed: Filed, version: Version) -> EvidencePage:
    """Return an entry as it is on file beside a version."""
    return EvidencePage(**_shown(filed, version))


def evidence_reply(status: int, filed: Filed, version: Version, found: Moved) -> Reply:
    """Return the answer to a change."""
    moved = MovedPage(comparison=found.comparison, reason=found.reason)
    page = EvidenceChangePage(**_shown(filed, version), moved=moved)
    return reply(status, page, Location=page.href)


def _shown(filed: Filed, version: Version) -> dict[str, Any]:
    made, idle = filed.retraction, filed.idle_beside(version)
    scenario_id = version.card.scenario_id
    return {
        "scenario": scenario_id,
        "name": filed.name,
        "origin": "ledger" if filed.version is None else "document",
        "version": filed.version,
        "entry": filed.entry,
        "author": filed.author,
        "reason": filed.reason,
        "recorded_at": filed.recorded_at,
        "dedupe_key": filed.dedupe_key,
        "in_force": idle is None,
        "why_not": idle,
        "retraction": made and RetractionPage(author=made.author, reason=made.reason, recorded_at=made.recorded_at),
        "href": f"{PREFIX}/{scenario_id}/evidence/{filed.name}",
    }

"""The evidence of a scenario: what is on file, and how the ledger grows. Entries are retracted, never deleted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field, WithJsonSchema

from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import ENTRY_SCHEMA, added_answers, conditional_answers, guarded_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, WriteOf
from api.messages.evidence import EvidenceChangePage, EvidencePage, evidence_page
from api.messages.versions import PREFIX, Page
from api.routes.scenarios import ScenarioId, VersionNumber
from api.service import Service, ServiceOf
from api.store import evidence, scenarios
from api.store.evidence import LedgerEntry, Retraction
from api.store.scenarios import Version
from api.work import ledger_changes
from api.work.ledgers import Filed, on_file
from forecast.fields import Label, Name, Remark
from forecast.statements.evidence import Evidence

router = routes_under(f"{PREFIX}/{{scenario_id}}/evidence", "evidence")

EntryName = Annotated[str, Path(description="Name of an entry, as the list states it.", max_length=100)]
_Reason = Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
_Author = Annotated[Label | None, Field(description="Who says so; the name of the key if left out.")]


class EvidenceList(Page):
    """Entries on file, the one with the latest date first."""

    evidence: list[EvidencePage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class EntryBody(Body):
    """A new entry of the ledger, and why it is recorded."""

    name: Annotated[Name, Field(description="What the entry is called from now on; no other may be called so.")]
    entry: Annotated[
        Evidence,
        WithJsonSchema(ENTRY_SCHEMA),
        Field(description="What a document would state under `evidence`, dated by the day on which it became known."),
    ]
    reason: _Reason
    author: _Author = None
    dedupe_key: Annotated[
        Label | None,
        Field(description="Your own id of the news, such as the address it is from: it is recorded once."),
    ] = None


class RetractionBody(Body):
    """Why an entry no longer counts."""

    reason: _Reason
    author: _Author = None


@router.get("", summary="What is on file", responses=conditional_answers(EvidenceList, 401, 403, 404, 422))
def list_evidence(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    version: VersionNumber = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List every entry, whether the document states it or the ledger holds it, and whether it is in force.

    Entries that were retracted stay on file, with who retracted them and why.
    """
    before = read_cursor(request, cursor, (str, str))
    at, known = _read(service, scenario_id, version, moment)
    places = sorted(((each.entry["date"], name) for name, each in known.items()), reverse=True)
    found = [place for place in places if before is None or place < before][: limit + 1]
    shown, following = on_page(request, found, limit, lambda place: place)
    listed = EvidenceList(evidence=[evidence_page(known[name], at) for _, name in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.post(
    "",
    summary="Record an entry",
    status_code=201,
    responses={**added_answers(EvidenceChangePage), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
async def add_evidence(
    scenario_id: ScenarioId, body: EntryBody, request: Request, service: ServiceOf, write: WriteOf
) -> Response:
    """Add an entry to the ledger; answers with the entry and what it moved.

    It is checked with the newest version as if its document stated it. What is there already, by `dedupe_key`
    or by name, is answered with 200 if it says the same, even if it has been retracted since, and else with 409.
    """
    said = body.entry.model_dump(mode="json", exclude_none=True)
    author = body.author or write.caller.name

    def entry_at(now: datetime) -> LedgerEntry:
        return LedgerEntry(scenario_id, body.name, said, body.dedupe_key, author, body.reason, now)

    return await service.computations.run(
        request, lambda stop: ledger_changes.add(service, write, scenario_id, entry_at, stop)
    )


@router.get("/{name}", summary="An entry", responses=conditional_answers(EvidencePage, 401, 403, 404, 422))
def get_evidence(
    scenario_id: ScenarioId,
    name: EntryName,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    version: VersionNumber = None,
) -> Response:
    """Return an entry on file, and whether it is in force."""
    at, known = _read(service, scenario_id, version, moment)
    if name not in known:
        raise ledger_changes.unknown_entry(name, known)
    return conditional(request, evidence_page(known[name], at).model_dump_json().encode(), JSON)


@router.post(
    "/{name}/retraction",
    summary="Retract an entry",
    status_code=201,
    responses={
        201: added_answers(EvidenceChangePage)[201],
        **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503),
    },
)
async def retract_evidence(
    scenario_id: ScenarioId,
    name: EntryName,
    body: RetractionBody,
    request: Request,
    service: ServiceOf,
    write: WriteOf,
) -> Response:
    """Let an entry, of the document or of the ledger, no longer count; answers with the entry and what that moved."""
    author = body.author or write.caller.name

    def retraction_at(now: datetime) -> Retraction:
        return Retraction(scenario_id, name, author, body.reason, now)

    return await service.computations.run(
        request, lambda stop: ledger_changes.retract(service, write, scenario_id, retraction_at, stop)
    )


def _read(
    service: Service, scenario_id: str, version: int | None, moment: datetime | None
) -> tuple[Version, Mapping[str, Filed]]:
    with service.database.reading() as connection:
        card = scenarios.asked(connection, scenario_id, version, moment)
        at = scenarios.whole(connection, card)
        return at, on_file(connection, at, evidence.ledger(connection, scenario_id, moment))

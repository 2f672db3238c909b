"""Listings: which question of which platform each of the scenario's questions answers."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import added_answers, conditional_answers, guarded_answers
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, WriteOf, reply
from api.messages.versions import PREFIX, Page
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import audit, listings, scenarios
from api.store.ids import new_id
from api.store.listings import Listed
from api.work.basis import basis
from api.work.listings import checked_listing, unknown_listing
from forecast.fields import Label, Name, Remark
from forecast.tournaments.registry import FORMATS

router = routes_under(f"{PREFIX}/{{scenario_id}}/listings", "tournaments")

ListingName = Annotated[Name, Path(description="What you call the listing.")]
_Reason = Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
_Author = Annotated[Label | None, Field(description="Who says so; the name of the key if left out.")]


class ListingPage(Page):
    """A listing that counts, or one that has just ended."""

    name: str
    scenario: str
    listing: Annotated[
        dict[str, Any] | None,
        Field(description="What the platform asks and which question answers it; null once ended."),
    ]
    author: str
    reason: str
    recorded_at: datetime
    href: str


class ListingList(Page):
    """Every listing that counts, by name."""

    listings: list[ListingPage]


class ListingBody(Body):
    """A listing, and why it is as it is."""

    listing: Annotated[
        dict[str, Any],
        Field(
            description="`platform`, `question` (ours), `part` of its answer if not all is asked for, and what the "
            f"platform's format needs to know of its own question. Platforms: {', '.join(FORMATS)}."
        ),
    ]
    reason: _Reason
    author: _Author = None


class EndBody(Body):
    """Why a listing ends."""

    reason: _Reason
    author: _Author = None


@router.get("", summary="What is listed where", responses=conditional_answers(ListingList, 401, 403, 404, 422))
def list_listings(scenario_id: ScenarioId, request: Request, service: ServiceOf, moment: AsOf) -> Response:
    """List the listings that count, now or at a moment."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        found = listings.in_force(connection, scenario_id, moment)
    listed = ListingList(listings=[_page(each) for each in found.values()])
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get("/{name}", summary="A listing", responses=conditional_answers(ListingPage, 401, 403, 404, 422))
def get_listing(
    scenario_id: ScenarioId, name: ListingName, request: Request, service: ServiceOf, moment: AsOf
) -> Response:
    """Return a listing that counts, now or at a moment."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        found = listings.in_force(connection, scenario_id, moment)
    if name not in found:
        raise unknown_listing(name, found)
    return conditional(request, _page(found[name]).model_dump_json().encode(), JSON)


@router.put(
    "/{name}",
    summary="Record a listing",
    status_code=201,
    responses={**added_answers(ListingPage), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def put_listing(
    scenario_id: ScenarioId, name: ListingName, body: ListingBody, service: ServiceOf, write: WriteOf
) -> Response:
    """Record a listing under a name; what the name stood for before stays on record.

    It is checked with the newest version of the scenario. One that only repeats what counts is answered with 200.
    """
    author = body.author or write.caller.name

    def prepare() -> dict[str, Any]:
        with service.database.reading() as connection:
            scenario = basis(connection, scenario_id).scenario
        said = checked_listing(scenario, body.listing).model_dump(mode="json", exclude_unset=True)
        return {"platform": body.listing["platform"], **said}

    def commit(connection: Connection, now: datetime, said: dict[str, Any]) -> Reply:
        scenarios.lock(connection, scenario_id)
        known = listings.in_force(connection, scenario_id).get(name)
        if known is not None and known.body == said:
            return _reply(200, known)
        return _reply(
            201, _recorded(connection, now, write, Listed("", scenario_id, name, said, author, body.reason, now))
        )

    return write.once(prepare, commit)


@router.post(
    "/{name}/end",
    summary="End a listing",
    status_code=201,
    responses={201: added_answers(ListingPage)[201], **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def end_listing(
    scenario_id: ScenarioId, name: ListingName, body: EndBody, service: ServiceOf, write: WriteOf
) -> Response:
    """Let a listing no longer count; it stays on record."""
    author = body.author or write.caller.name

    def commit(connection: Connection, now: datetime, _: None) -> Reply:
        scenarios.lock(connection, scenario_id)
        known = listings.in_force(connection, scenario_id)
        if name not in known:
            raise unknown_listing(name, known)
        return _reply(
            201, _recorded(connection, now, write, Listed("", scenario_id, name, None, author, body.reason, now))
        )

    def prepare() -> None:
        with service.database.reading() as connection:
            scenarios.head(connection, scenario_id)

    return write.once(prepare, commit)


def _recorded(connection: Connection, now: datetime, write: WriteOf, said: Listed) -> Listed:
    listed = listings.add(connection, replace(said, id=new_id(now)))
    audit.append(connection, now, write.caller.name, *listings.audited(listed))
    return listed


def _page(listed: Listed) -> ListingPage:
    return ListingPage(
        name=listed.name,
        scenario=listed.scenario_id,
        listing=None if listed.body is None else dict(listed.body),
        author=listed.author,
        reason=listed.reason,
        recorded_at=listed.recorded_at,
        href=f"{PREFIX}/{listed.scenario_id}/listings/{listed.name}",
    )


def _reply(status: int, listed: Listed) -> Reply:
    page = _page(listed)
    return reply(status, page, Location=page.href)

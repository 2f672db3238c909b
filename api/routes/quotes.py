"""Quotes: what communities and markets say of our questions, taken from their source or a CSV, and kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from api.http.bodies import Body
from api.http.conditional import conditional, conditional_by
from api.http.moments import AsOf
from api.http.openapi_parts import (
    Answers,
    added_answers,
    conditional_answers,
    conditional_text_answers,
    guarded_answers,
)
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, Write, WriteOf, reply
from api.messages.quotes import OutsidePage, QuotePage, outside_page, quote_page
from api.messages.versions import PREFIX, Page
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.store import quotes, scenarios
from api.store.quotes import Added
from api.work.outside_views import outside_view
from api.work.quoted_values import refusal
from api.work.quotes import TABLE, Told, Wanted, recorded, told
from forecast.fields import Label, Name, Remark
from forecast.tournaments.listings import Part

router = routes_under(f"{PREFIX}/{{scenario_id}}", "quotes")

Source = Literal["metaculus", "manifold", "polymarket", "kalshi", "csv"]
QuoteId = Annotated[
    str, Path(description="Id of a quote, as the list states it.", max_length=100, pattern="^[0-9a-z]+$")
]

MOST_TEXT = 50_000
BYTES = "application/octet-stream"

_OfQuestion = Annotated[Name | None, Query(description="Quotes of this question of ours only.")]
_OfSource = Annotated[Source | None, Query(description="Quotes of this source only.")]


class QuoteList(Page):
    """Quotes, the last recorded first."""

    quotes: list[QuotePage]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class QuotesTaken(Page):
    """What was quoted, and how much of it was not on record before."""

    quotes: list[QuotePage]
    recorded: Annotated[int, Field(description="How many of them are new; the others were on record already.")]


class QuoteBody(Body):
    """What to quote, and beside which question of ours."""

    question: Annotated[Name, Field(description="Our question that it answers.")]
    source: Annotated[Source, Field(description="Who says it; `csv` if you state it yourself, in `text`.")]
    place: Annotated[
        Label | None,
        Field(
            description="The source's own id: of Metaculus `post` or `post/question`, of Manifold `market` or "
            "`market/answer`, of Polymarket a condition id or `event:slug`, of Kalshi a ticker or `event:ticker`."
        ),
    ] = None
    text: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=MOST_TEXT)] | None,
        Field(
            description="Of `csv`: a table with the columns `place`, `question` (its wording), `kind`, `item`, "
            "`value`, `valid_at` and, if you like, `spread`, `unit` and a part of our answer (`option`, `by`, `given`, "
            "`at_least`, `below`); several quotes at once."
        ),
    ] = None
    options: Annotated[
        dict[Label, Label],
        Field(
            description="Their option → ours, where they are called otherwise. Several of theirs may be one of ours: "
            "they are added up.",
            max_length=1_000,
        ),
    ] = {}
    part: Annotated[
        Part | None,
        Field(
            description="The part of our answer that it is the probability of, as a listing has it: an `option`, `by` "
            "a day, `given` true or false of a conditional pair, a number `at_least` or `below`; the whole if left out."
        ),
    ] = None
    reason: Annotated[Remark | None, Field(description="Why this is asked beside that.")] = None
    author: Annotated[Label | None, Field(description="Who says so; the name of the key if left out.")] = None


_RAW = conditional_text_answers(JSON)
_RAW_ANSWERS: Answers = {
    200: {
        **_RAW[200],
        "description": "The payload",
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: _RAW[304],
    **guarded_answers(404, 422),
}


@router.get("/quotes", summary="What is quoted", responses=conditional_answers(QuoteList, 401, 403, 404, 422))
def list_quotes(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    question: _OfQuestion = None,
    source: _OfSource = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List every quote of a scenario's questions that was recorded, the last first, now or up to a moment."""
    before = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        found = quotes.page(connection, scenario_id, limit + 1, before, moment, question, source)
    shown, following = on_page(request, found, limit, lambda each: (each.recorded_at, each.id))
    listed = QuoteList(quotes=[quote_page(each) for each in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.post(
    "/quotes",
    summary="Quote a source",
    status_code=201,
    responses={**added_answers(QuotesTaken), **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def add_quotes(scenario_id: ScenarioId, body: QuoteBody, service: ServiceOf, write: WriteOf) -> Response:
    """Read what a source says of a question now, or take it from a CSV, and record it beside ours with its payload.

    Nothing is recorded where there is nothing to quote, such as a hidden community prediction or a closed market: that
    is a 422 which says so. A source that cannot be read now is a 503. What repeats a quote, of the same moment and the
    same place, is recorded once; if nothing is new, the answer is 200. No forecast changes.
    """
    wanted = _wanted(scenario_id, body, write)

    def commit(connection: Connection, now: datetime, found: Sequence[Told]) -> Reply:
        return _taken(scenario_id, recorded(connection, now, write.caller.name, wanted, found))

    return write.once(lambda: told(service, wanted), commit)


@router.get("/quotes/{quote_id}", summary="A quote", responses=conditional_answers(QuotePage, 401, 403, 404, 422))
def get_quote(scenario_id: ScenarioId, quote_id: QuoteId, request: Request, service: ServiceOf) -> Response:
    """Return a quote as it was recorded; it never changes."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id)
        found = quotes.get(connection, scenario_id, quote_id)
    return conditional(request, quote_page(found).model_dump_json().encode(), JSON)


@router.get("/quotes/{quote_id}/raw", summary="The payload of a quote", response_class=Response, responses=_RAW_ANSWERS)
def get_quote_payload(scenario_id: ScenarioId, quote_id: QuoteId, request: Request, service: ServiceOf) -> Response:
    """Return what the source answered, byte by byte, or the CSV that it was stated in."""
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id)
        found = quotes.get(connection, scenario_id, quote_id)
        payload = quotes.payload(connection, found).encode()
    # The bytes are somebody else's: nothing may take them for a page.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": f'attachment; filename="{found.id}"'}
    return conditional_by(request, f'"{found.id}-raw"', lambda: payload, BYTES, headers)


@router.get(
    "/outside", summary="Ours beside theirs", responses=conditional_answers(OutsidePage, 401, 403, 404, 422, 503)
)
async def get_outside_view(scenario_id: ScenarioId, request: Request, service: ServiceOf, moment: AsOf) -> Response:
    """Return, for each question that is quoted, our newest answer and what each place says last, side by side.

    Each quote has its terms, its age, and how far it is from ours; nothing is averaged. A quote of a part of our answer
    stands beside our probability of that part. As on record at a moment if one is stated.
    """
    view = await service.computations.run(request, lambda stop: outside_view(service, scenario_id, moment, stop))
    page = outside_page(scenario_id, view)
    return conditional(request, page.model_dump_json().encode(), JSON)


def _wanted(scenario_id: str, body: QuoteBody, write: Write) -> Wanted:
    is_table = body.source == TABLE
    stated: Mapping[str, Any] = {"place": body.place, "text": body.text}
    needed, other = ("text", "place") if is_table else ("place", "text")
    if stated[needed] is None:
        raise refusal((needed,), f"{body.source} needs '{needed}': state it")
    if stated[other] is not None:
        raise refusal((other,), f"{body.source} takes no '{other}': leave it out")
    return Wanted(
        scenario_id=scenario_id,
        question=body.question,
        source=body.source,
        place=body.place,
        text=body.text,
        options=body.options,
        part=body.part,
        author=body.author or write.caller.name,
        reason=body.reason,
    )


def _taken(scenario_id: str, added: Sequence[Added]) -> Reply:
    new = sum(each.is_new for each in added)
    page = QuotesTaken(quotes=[quote_page(each.quoted) for each in added], recorded=new)
    where = page.quotes[0].href if len(added) == 1 else f"{PREFIX}/{scenario_id}/quotes"
    return reply(201 if new else 200, page, Location=where)

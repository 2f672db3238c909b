"""What communities and markets say of our questions: kept with the payload it came in, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, select

from api.errors import ConflictError, UnknownRecordError
from api.store.audit import ROW, row_digest, row_subject
from api.store.documents import packed, unpacked
from api.store.records import Place, after, newest_first, values_of
from api.store.tables import quote

MOST_PLACES = 100
"""Places of sources that are quoted for one question: the outside view is one answer."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a source says of one of our questions, without its payload.

    question : our name of it
    source, place : whose question, and its id there
    value : ``said``, in our options; ``wording`` of the source's question; ``fetched_at``, as ISO text; ``mapped``,
        theirs → ours, of options that are called otherwise; ``part``, that of our answer that it is of, None of the
        whole; ``reason``, None if nobody gave one
    valid_at : since when it says so
    licence : name of its terms, as in ``api.platforms.quotes.licences``
    """

    id: str
    scenario_id: str
    question: str
    source: str
    place: str
    value: Mapping[str, Any]
    valid_at: datetime
    licence: str
    author: str
    recorded_at: datetime


class Added(NamedTuple):
    """A quote that is on record, and whether it is new there."""

    quoted: Quoted
    is_new: bool


_CARD = tuple(quote.c[name] for name in Quoted.__slots__)


def add(connection: Connection, quoted: Quoted, payload: str) -> Added:
    """Record a quote, unless it only repeats one, and return it as it is on record; whoever does holds the scenario.

    Parameters
    ----------
    connection : for writing
    quoted : what is said
    payload : the source's answer, whole

    Raises
    ------
    ConflictError
        If it is from one place more than may be quoted for a question.
    """
    there = _same(connection, quoted)
    if there is not None:
        return Added(there, is_new=False)
    places = _places(connection, quoted)
    if (quoted.source, quoted.place) not in places and len(places) >= MOST_PLACES:
        raise ConflictError(
            f"question '{quoted.question}' has quotes from {MOST_PLACES} places, as many as it may: "
            "quote one of them again, or ask another question"
        )
    # Of two that say something else since the same moment, the one that was recorded last has to be told.
    here = _of(quoted.scenario_id, quoted.question, quoted.source) & (quote.c.place == quoted.place)
    before = _read(connection, newest_first(quote, here, 1).with_only_columns(*_CARD))
    recorded = replace(quoted, recorded_at=after(quoted.recorded_at, *before))
    connection.execute(insert(quote).values(raw=packed(payload), **values_of(recorded)))
    return Added(recorded, is_new=True)


def _same(connection: Connection, quoted: Quoted) -> Quoted | None:
    """Return the quote of the same place and moment that says the same, None if there is none."""
    of_moment = _of(quoted.scenario_id, quoted.question, quoted.source) & (quote.c.valid_at == quoted.valid_at)
    found = _read(connection, select(*_CARD).where(of_moment, quote.c.place == quoted.place).order_by(quote.c.id))
    return next((each for each in found if _says(each) == _says(quoted)), None)


def _says(quoted: Quoted) -> tuple[object, object]:
    # Those of before there were parts are of the whole.
    return quoted.value["said"], quoted.value.get("part")


def _places(connection: Connection, quoted: Quoted) -> set[tuple[str, str]]:
    query = select(quote.c.source, quote.c.place).where(_of(quoted.scenario_id, quoted.question)).distinct()
    return {(row.source, row.place) for row in connection.execute(query)}


def get(connection: Connection, scenario_id: str, quote_id: str) -> Quoted:
    """Return a quote.

    Raises
    ------
    UnknownRecordError
        If the scenario has none of this id.
    """
    found = _read(connection, select(*_CARD).where(_is(scenario_id, quote_id)))
    if not found:
        raise UnknownRecordError(f"there is no quote '{quote_id[:100]}' of '{scenario_id}': GET …/quotes lists them")
    return found[0]


def payload(connection: Connection, quoted: Quoted) -> str:
    """Return the payload that a quote came in."""
    raw: bytes = connection.execute(select(quote.c.raw).where(_is(quoted.scenario_id, quoted.id))).scalar_one()
    return unpacked(raw)


def page(
    connection: Connection,
    scenario_id: str,
    limit: int,
    before: Place | None = None,
    moment: datetime | None = None,
    question: str | None = None,
    source: str | None = None,
) -> Sequence[Quoted]:
    """Return quotes, the last recorded first, from the one before ``before``; of a question or source if stated."""
    whole = newest_first(quote, _of(scenario_id, question, source), limit, before, moment)
    return _read(connection, whole.with_only_columns(*_CARD))


def standing(connection: Connection, scenario_id: str, moment: datetime | None = None) -> Sequence[Quoted]:
    """Return what each place says last of each question, by question, source and place; as recorded up to a moment."""
    asked = select(quote.c.question, quote.c.source, quote.c.place).where(_of(scenario_id)).distinct().subquery("place")
    candidate = quote.alias()
    same = (candidate.c[name] == asked.c[name] for name in ("question", "source", "place"))
    # The last of each place is looked up: to number all quotes would read a hundred thousand to find these few.
    last = select(candidate.c.id).where(candidate.c.scenario_id == scenario_id, *same)
    if moment is not None:
        last = last.where(candidate.c.recorded_at <= moment)
    newest = (candidate.c.valid_at.desc(), candidate.c.recorded_at.desc(), candidate.c.id.desc())
    ids = select(last.order_by(*newest).limit(1).scalar_subquery()).select_from(asked)
    found = _read(connection, select(*_CARD).where(quote.c.id.in_(ids)))
    # Sorted here: databases differ in how they sort text.
    return sorted(found, key=lambda each: (each.question, each.source, each.place))


def course(
    connection: Connection, scenario_id: str, question: str, until: datetime, limit: int, moment: datetime | None = None
) -> Sequence[Quoted]:
    """Return what was said of a question before a moment, in no order.

    Parameters
    ----------
    connection : for reading
    scenario_id, question : our names
    until : what is said from then on is left out
    limit : how many at most
    moment : as recorded up to then; None for now
    """
    query = select(*_CARD).where(_of(scenario_id, question), quote.c.valid_at < until)
    if moment is not None:
        query = query.where(quote.c.recorded_at <= moment)
    return _read(connection, query.limit(limit))


def _of(scenario_id: str, question: str | None = None, source: str | None = None) -> ColumnElement[bool]:
    conditions = [quote.c.scenario_id == scenario_id]
    if question is not None:
        conditions.append(quote.c.question == question)
    if source is not None:
        conditions.append(quote.c.source == source)
    return and_(*conditions)


def _is(scenario_id: str, quote_id: str) -> ColumnElement[bool]:
    return and_(quote.c.id == quote_id, quote.c.scenario_id == scenario_id)


def _read(connection: Connection, query: Select[Any]) -> Sequence[Quoted]:
    return [Quoted(**row._mapping) for row in connection.execute(query)]


def audited(quoted: Quoted, payload: str) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a quote: action, subject, details."""
    values = values_of(quoted)
    told = {name: values[name] for name in ("question", "source", "place", "author")}
    return "quote.record", row_subject(quote, values), {ROW: row_digest(quote, {**values, "raw": payload}), **told}

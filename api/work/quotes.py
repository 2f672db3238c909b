"""Quotes taken on: read from their source or a CSV, checked against our question, said in our options, recorded."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from api.errors import BusyError, RequestRefusedError
from api.platforms.answers import Refused, TryAgain
from api.platforms.errors import PayloadError, PlatformError, PlatformRequestError
from api.platforms.quotes import tables
from api.platforms.quotes.parts import part_as_data
from api.platforms.quotes.quote import NoQuote, Quote, QuotedProbability
from api.service import Service
from api.store import audit, quotes, scenarios
from api.store.ids import new_id
from api.store.quotes import Added
from api.suggestions import did_you_mean
from api.work.basis import basis
from api.work.quoted_parts import why_no_part
from api.work.quoted_values import in_our_words, refusal, require_known, said_probability
from forecast.errors import Pointer, listed
from forecast.fields import Label
from forecast.scenario import Scenario
from forecast.statements.questions import Question
from forecast.tournaments.listings import Part

TABLE = tables.SOURCE
"""Name of the source that is a CSV of one's own."""

MOST_WORDING = 1_000
"""Characters of a source's wording that are shown; the payload has all of it."""

_EVENT = "event:"
"""Begins the place of an event, of which a market has a place of its own."""

_LABEL: TypeAdapter[str] = TypeAdapter(Label)

_WAYS_OUT: Mapping[str, tuple[Pointer, str]] = {
    "credentials": (("source",), "have the server's token for it replaced"),
    "forbidden": (("source",), "ask the source for access, or state what you may see as a CSV"),
    "address": (("source",), "have the server's address of it corrected"),
    "closed": (("place",), "a question that is closed has no quote any more"),
    "missing": (("place",), "take the place from the source itself"),
    "invalid": (("place",), "take the place from the source itself"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to be quoted.

    question : our name of it
    source, place : where, the place None of a CSV
    text : the CSV, None of any other source
    options : theirs → ours, of those that are called otherwise
    part : the part of our answer that it is of; None of the whole, and where a CSV says so
    """

    scenario_id: str
    question: str
    source: str
    place: str | None
    text: str | None
    options: Mapping[str, str]
    part: Part | None
    author: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A quote that fits our question, the same in our options, as plain data, and the part of our answer it is of."""

    quote: Quote
    said: Mapping[str, Any]
    part: Part | None


def told(service: Service, wanted: Wanted) -> Sequence[Told]:
    """Return what the source says, fit to be recorded; blocks for as long as the source takes.

    Raises
    ------
    UnknownScenarioError
        If there is no such scenario.
    RequestRefusedError
        If there is no such question or place, nothing to quote there, or nothing that answers the question.
    BusyError
        If the source does not answer now.
    """
    with service.database.reading() as connection:
        scenario = basis(connection, wanted.scenario_id).scenario
        now = service.database.now(connection)
    question = _question(scenario, wanted.question)
    found = _of_table(wanted, now) if wanted.source == TABLE else [_of_source(service, wanted)]
    require_known(wanted.options, found, question)
    for each in found:
        _require_keepable(each, wanted)
    return [_told(each, scenario, wanted) for each in found]


def _told(quote: Quote, scenario: Scenario, wanted: Wanted) -> Told:
    if quote.part is not None and wanted.part is not None:
        raise refusal(("part",), "the file says which part each quote is of: state it there or here, and not twice")
    part = quote.part if wanted.part is None else wanted.part
    if part is None:
        return Told(quote, in_our_words(quote.value, scenario, wanted.question, wanted.options), None)
    pointer: Pointer = ("part",) if quote.part is None else ("text",)
    why = why_no_part(part, scenario, wanted.question)
    if why is not None:
        raise refusal(pointer, why)
    if not isinstance(quote.value, QuotedProbability):
        what = f"'{quote.place}' quotes {quote.kind}"
        raise refusal(pointer, f"a part is quoted as a probability, and {what}: leave the part out")
    return Told(quote, said_probability(quote.value), part)


def recorded(
    connection: Connection, now: datetime, actor: str, wanted: Wanted, found: Iterable[Told]
) -> Sequence[Added]:
    """Record quotes in a transaction, each unless it only repeats one."""
    scenarios.lock(connection, wanted.scenario_id)
    return [_recorded(connection, now, actor, wanted, each) for each in found]


def _recorded(connection: Connection, now: datetime, actor: str, wanted: Wanted, each: Told) -> Added:
    payload = each.quote.payload.decode()
    value = {
        "said": each.said,
        "wording": _wording(each.quote.question),
        "fetched_at": each.quote.fetched_at.isoformat(),
        "mapped": dict(wanted.options),
        "part": part_as_data(each.part),
        "reason": wanted.reason,
    }
    quoted = quotes.Quoted(
        id=new_id(now),
        scenario_id=wanted.scenario_id,
        question=wanted.question,
        source=each.quote.source,
        place=each.quote.place,
        value=value,
        valid_at=each.quote.valid_at,
        licence=each.quote.licence.name,
        author=wanted.author,
        recorded_at=now,
    )
    added = quotes.add(connection, quoted, payload)
    if added.is_new:
        audit.append(connection, now, actor, *quotes.audited(added.quoted, payload))
    return added


def _wording(text: str) -> str:
    """Return a source's wording without halves of characters, which no answer could carry."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return whole if len(whole) <= MOST_WORDING else whole[: MOST_WORDING - 1] + "…"


def _question(scenario: Scenario, name: str) -> Question:
    if name not in scenario.questions:
        hint = did_you_mean(name, scenario.questions, "the questions are") if scenario.questions else ": it has none"
        raise refusal(("question",), f"the scenario has no question '{name}'{hint}")
    return scenario.questions[name]


def _of_table(wanted: Wanted, now: datetime) -> Sequence[Quote]:
    try:
        found = tables.parse((wanted.text or "").encode(), now)
    except (PayloadError, UnicodeEncodeError) as error:
        why = str(error) if isinstance(error, PayloadError) else "the text holds half a character: save it as UTF-8"
        raise refusal(("text",), why) from error
    if not found:
        raise refusal(("text",), "the file has no line but the columns' names: state a quote")
    return [each for each in found if isinstance(each, Quote)]


def _of_source(service: Service, wanted: Wanted) -> Quote:
    place = wanted.place or ""
    try:
        # What a source has a part of is read whole.
        answer = service.sources.read(wanted.source, place.partition("/")[0])
    except PlatformRequestError as error:
        raise refusal(("place",), str(error)) from error
    except PayloadError as error:
        way_out = "state it as a CSV until a release of branchcast does"
        raise refusal(("source",), f"its answer is not understood: {error}; {way_out}") from error
    except PlatformError as error:
        raise refusal(("source",), str(error)) from error
    match answer:
        case TryAgain():
            raise BusyError(
                f"{wanted.source} cannot be read now ({answer.why}): ask again", max(math.ceil(answer.seconds), 1)
            )
        case Refused():
            raise _refused_by(wanted.source, answer)
    chosen = _chosen(answer, wanted.source, place)
    if isinstance(chosen, NoQuote):
        raise refusal(("place",), f"{wanted.source} has no quote of {chosen.place}: {chosen.why}")
    return chosen


def _refused_by(source: str, refused: Refused) -> RequestRefusedError:
    pointer, way_out = _WAYS_OUT[refused.reason]
    said = "; ".join(fault.message for fault in refused.faults[:3]) or "without a word"
    return refusal(pointer, f"{source} does not say ({refused.status}): {said}; {way_out}")


def _chosen(answer: Sequence[Quote | NoQuote], source: str, place: str) -> Quote | NoQuote:
    """Return the quote of the place asked for, or the only one there is in it."""
    asked = place.casefold()
    exact = [each for each in answer if each.place.casefold() == asked]
    if exact:
        return exact[0]
    inside = [each for each in answer if place.startswith(_EVENT) or each.place.casefold().startswith(f"{asked}/")]
    if len(inside) == 1:
        return inside[0]
    if inside:
        raise refusal(
            ("place",), f"{source} has several questions there: state one of {listed([each.place for each in inside])}"
        )
    seen = f"; it has {listed([each.place for each in answer])}" if answer else ""
    raise refusal(("place",), f"{source} knows nothing of '{place}'{seen}: take the place from the source itself")


def _require_keepable(quote: Quote, wanted: Wanted) -> None:
    """Refuse what no database or answer could hold as it came."""
    pointer = ("text",) if wanted.source == TABLE else ("source",)
    try:
        _LABEL.validate_python(quote.place)
        quote.payload.decode()
    except ValidationError as error:
        why = f"{quote.place[:100]!a} cannot be the place of a quote ({error.errors()[0]['msg']})"
        raise refusal(pointer, why) from error
    except UnicodeDecodeError as error:
        why = f"{quote.source} answers in another code than UTF-8: state it as a CSV"
        raise refusal(pointer, why) from error

"""What an exchange with a platform means for the request that was sent: the outcome, or what was read."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from api.platforms.answers import Accepted, Outcome, Reason, Refused, TryAgain, Unclear
from api.platforms.errors import PayloadError
from api.platforms.faults import faults_in
from api.platforms.found import Fetched
from api.platforms.said import Said, read_json
from api.platforms.wire import PASSING, Answered, Exchange, Lost, NotSent

MOST_SAID = 2_000
"""Characters of an answer that an outcome keeps."""

_REASONS: Mapping[int, Reason] = {401: "credentials", 403: "forbidden", 404: "missing", 405: "address", 410: "missing"}


def usual_reason(answer: Answered) -> Reason:
    """Return why a platform refuses, as the status alone tells it; a redirect means that the address is wrong."""
    return "address" if answer.status < 400 else _REASONS.get(answer.status, "invalid")


def outcome_of(
    exchange: Exchange,
    *,
    title: str,
    settle: float,
    repeatable: bool,
    ids: Callable[[int, Said], Mapping[str, str]],
    reason: Callable[[Answered], Reason] = usual_reason,
) -> Outcome:
    """Return what became of a request that changes something.

    Parameters
    ----------
    exchange : how far it came
    title : of the platform, for messages
    settle : seconds after which it can be told whether it arrived
    repeatable : whether sending it again does no harm, so that nothing about it is unclear
    ids : takes the status and the JSON of an answer to the ids in it; raises PayloadError if that is no acceptance
    reason : why the platform refuses
    """

    def unclear(why: str, status: int | None) -> Outcome:
        return TryAgain(exchange.seconds, why, status) if repeatable else Unclear(settle, why, status)

    match exchange:
        case NotSent():
            return TryAgain(exchange.seconds, exchange.why)
        case Lost():
            return unclear(f"the answer was lost: {exchange.why}", None)
        case Answered(status=status) if status in PASSING:
            return TryAgain(exchange.seconds, f"{title} answers {status}", status)
        case Answered(status=status) if status >= 500:
            return unclear(f"{title} answers {status}: {_gist(exchange)}", status)
        case Answered(status=status) if status >= 300:
            return Refused(reason(exchange), status, faults_in(exchange.text), _said(exchange))
    if not exchange.whole:
        return unclear(f"the answer of {title} broke off after its status, {exchange.status}", exchange.status)
    try:
        found = ids(exchange.status, read_json(exchange.content, title))
    except PayloadError as error:
        return unclear(f"{title} answers {exchange.status}, which is no acceptance: {error}", exchange.status)
    return Accepted(exchange.status, found, _said(exchange))


def scrubbed_outcome(outcome: Outcome, scrubbed: Callable[[str], str]) -> Outcome:
    """Return an outcome without the token: what an answer has apart may come together as it is read."""
    match outcome:
        case Accepted():
            ids = {name: scrubbed(value) for name, value in outcome.ids.items()}
            return replace(outcome, ids=ids, said=scrubbed(outcome.said))
        case Refused():
            faults = tuple(
                replace(fault, message=scrubbed(fault.message), field=fault.field and scrubbed(fault.field))
                for fault in outcome.faults
            )
            return replace(outcome, faults=faults, said=scrubbed(outcome.said))
        case TryAgain() | Unclear():
            return replace(outcome, why=scrubbed(outcome.why))


def fetched_of(
    exchange: Exchange, *, title: str, reason: Callable[[Answered], Reason] = usual_reason
) -> Fetched | Refused | TryAgain:
    """Return what was read from a platform. Reading changes nothing, so that whatever got lost may be tried again.

    So may an answer that is no JSON: it comes from what stands before a platform while that is being repaired.
    """
    match exchange:
        case NotSent():
            return TryAgain(exchange.seconds, exchange.why)
        case Lost():
            return TryAgain(exchange.seconds, f"the answer was lost: {exchange.why}")
        case Answered(status=status) if status in PASSING or status >= 500:
            return TryAgain(exchange.seconds, f"{title} answers {status}", status)
        case Answered(status=status) if status >= 300:
            return Refused(reason(exchange), status, faults_in(exchange.text), _said(exchange))
    if not exchange.whole:
        return TryAgain(exchange.seconds, f"the answer of {title} broke off", exchange.status)
    try:
        said = read_json(exchange.content, title)
    except PayloadError as error:
        return TryAgain(exchange.seconds, str(error), exchange.status)
    return Fetched(exchange.content, said, exchange.date, exchange.received)


def _said(answer: Answered) -> str:
    whither = f"leads to {answer.location} " if answer.location else ""
    return (whither + answer.text)[:MOST_SAID]


def _gist(answer: Answered) -> str:
    faults = faults_in(answer.text)
    return faults[0].message if faults else "without a word"

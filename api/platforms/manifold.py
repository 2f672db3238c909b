"""Manifold: limit orders are sent and cancelled.

Rules as in manifoldmarkets/manifold: common/src/api/schema.ts, backend/api/src/place-bet.ts and cancel-bet.ts. Times
are in milliseconds. Lists of bets may come from a cache for up to 15 seconds (``DEFAULT_CACHE_STRATEGY``), which is why
absence counts only after a minute. A refusal of a key repeats the key.
"""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import ClassVar

from api.platforms.answers import Reason
from api.platforms.bodies import read_body
from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.found import Fetched, Undecided
from api.platforms.judging import usual_reason
from api.platforms.moments import from_milliseconds
from api.platforms.platform import NotReadError, Platform, Sending
from api.platforms.requests import PlatformRequest
from api.platforms.said import Said
from api.platforms.sought import SoughtCancellation, SoughtOrder
from api.platforms.wire import Answered

NAME = "manifold"
MADE = 200

MOST_BETS = 1_000
"""The platform lists no more at once."""

_SAME = 1e-6
"""Mana and probabilities that differ by less are equal."""

_LOOK_BACK = timedelta(days=1)
"""How far back bets are listed: more than any clock is wrong, so that the clocks are compared here and not there."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def order_request(content: bytes | str) -> PlatformRequest:
    """Return the request that places an order, or has one simulated.

    Parameters
    ----------
    content : JSON object with ``contractId``, ``amount`` and ``outcome``, and ``answerId``, ``limitProb`` and
        ``dryRun`` where they apply

    Raises
    ------
    PlatformRequestError
        If it is no such object.
    """
    text, body = read_body(content, "the order")
    try:
        answer, limit, simulated = body.get("answerId"), body.get("limitProb"), body.get("dryRun")
        order = SoughtOrder(
            body.at("contractId").text(),
            None if answer is None else answer.text(),
            body.at("outcome").text(),
            body.at("amount").number(),
            None if limit is None else limit.number(),
        )
        dry = simulated is not None and simulated.flag()
    except PayloadError as error:
        raise PlatformRequestError(str(error)) from None
    return PlatformRequest(NAME, "order", "POST", "/v0/bet", text, () if dry else (order,), repeatable=dry)


def cancel_request(order: str) -> PlatformRequest:
    """Return the request that cancels an order, by its id.

    Raises
    ------
    PlatformRequestError
        If it is no id.
    """
    if not _ID.fullmatch(order):
        raise PlatformRequestError(f"{order[:100]!a} is no id of an order: take it from what the platform accepted")
    return PlatformRequest(NAME, "withdraw", "POST", f"/v0/bet/cancel/{order}", "{}", (SoughtCancellation(order),))


class Manifold(Platform):
    """Manifold, with the account that a key belongs to."""

    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Manifold"
    settle: ClassVar[float] = 60.0  # suggested: well beyond the cache of the list of bets

    def rest(self, request: PlatformRequest, missing: Collection[int]) -> PlatformRequest:
        return request

    def _ids(self, request: PlatformRequest, status: int, said: Said) -> Mapping[str, str]:
        if status != MADE:
            raise PayloadError(f"it does things with {MADE}, not with {status}")
        if request.kind == "order":
            return {"bet": said.at("betId").text()}
        said.members()  # an object; which one differs from release to release
        return {}

    def _reason(self, answer: Answered) -> Reason:
        closed = answer.status == 403 and "closed" in answer.text.lower()
        return "closed" if closed else usual_reason(answer)

    def _looked_for(
        self, request: PlatformRequest, sending: Sending, attempt: int
    ) -> tuple[tuple[int, ...], dict[str, str]]:
        for sought in request.sought:
            if isinstance(sought, SoughtOrder):
                bet = self._order(sought, sending, attempt)
                return ((0,), {}) if bet is None else ((), {"bet": bet})
            if isinstance(sought, SoughtCancellation):
                return () if self._is_cancelled(sought, attempt) else (0,), {}
        return (), {}

    def _order(self, sought: SoughtOrder, sending: Sending, attempt: int) -> str | None:
        """Return the id of an order of ours, None if it is not there."""
        query = {
            "userId": self._read("/v0/me", None, attempt).json.at("id").text(),
            "contractId": sought.contract,
            "afterTime": str(int((sending.first_sent - _LOOK_BACK).timestamp() * 1_000)),
            "limit": str(MOST_BETS),
            "order": "desc",
        }
        fetched = self._read("/v0/bets", query, attempt)
        bets = fetched.json.items()
        for bet in bets:
            number = bet.at("id").text()
            if _is_order(bet, sought, sending, fetched) and number not in sending.known:
                return number
        if len(bets) >= MOST_BETS:
            raise NotReadError(
                Undecided(f"market {sought.contract} has more bets of ours than the platform lists: look for it there")
            )
        return None

    def _is_cancelled(self, sought: SoughtCancellation, attempt: int) -> bool:
        bets = self._read("/v0/bets", {"id": sought.order}, attempt).json.items()
        for bet in bets:
            if bet.at("id").text() == sought.order:
                return bet.at("isCancelled").flag()
        raise NotReadError(Undecided(f"Manifold has no order {sought.order}: look for it there"))


def _is_order(bet: Said, sought: SoughtOrder, sending: Sending, fetched: Fetched) -> bool:
    """Tell whether a bet is what was sent: how much of an order has been filled since makes no difference."""
    answer, limit, amount = bet.get("answerId"), bet.get("limitProb"), bet.get("orderAmount")
    return (
        sending.could_be(from_milliseconds(bet.at("createdTime")), fetched)
        and bet.at("outcome").text() == sought.outcome
        and (None if answer is None else answer.text()) == sought.answer
        and _equal(None if limit is None else limit.number(), sought.limit)
        and _equal((bet.at("amount") if amount is None else amount).number(), sought.amount)
    )


def _equal(theirs: float | None, ours: float | None) -> bool:
    if theirs is None or ours is None:
        return theirs is ours
    return abs(theirs - ours) <= _SAME

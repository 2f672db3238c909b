"""What all platforms have in common: a request is sent once and judged, and looked for if that left it unclear."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from api.platforms.answers import Outcome, Reason, Refused, TryAgain
from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.found import Arrived, Fetched, Found, LookAgain, NotArrived, Undecided
from api.platforms.judging import fetched_of, outcome_of, scrubbed_outcome, usual_reason
from api.platforms.moments import SLACK, on_their_clock
from api.platforms.requests import PlatformRequest
from api.platforms.said import Said
from api.platforms.wire import Answered, Ask, Wire


class NotReadError(Exception):
    """Tells ``read_back`` that something could not be read, and what that makes of the verdict."""

    def __init__(self, found: Found) -> None:
        self.found = found
        super().__init__()


@dataclass(frozen=True, slots=True)
class Sending:
    """How a request was sent that is looked for.

    first_sent, last_sent : by our clock, before the first and the last try; both aware
    known : ids of what other requests of ours have left behind, so that it is not taken for what this one did
    """

    first_sent: datetime
    last_sent: datetime
    known: Collection[str] = frozenset()

    def __post_init__(self) -> None:
        if self.first_sent.tzinfo is None or self.last_sent.tzinfo is None or self.first_sent > self.last_sent:
            raise PlatformRequestError(
                f"first_sent {self.first_sent} and last_sent {self.last_sent}: state moments with their zone, in order"
            )

    def could_be(self, began: datetime, by: Fetched) -> bool:
        """Tell whether what began at a moment of the platform's clock may be what was sent; ``by`` tells its clock."""
        return began >= on_their_clock(self.first_sent, by.date, by.received) - SLACK


class Platform(ABC):
    """One platform, with one account of ours. Safe to share by threads.

    Attributes
    ----------
    name, title : as in the registry; for people
    settle : seconds after sending, within which a request may still be under way at the platform, so that nobody may
        conclude from its absence that it did not arrive
    """

    name: ClassVar[str]
    title: ClassVar[str]
    settle: ClassVar[float]

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._wire.address!r})"

    def require_sendable(self, request: PlatformRequest) -> None:
        """Refuse a request that could never be sent.

        Raises
        ------
        PlatformRequestError
            If it is a request of another platform, or holds the token.
        """
        self._require_own(request)
        self._wire.require_sendable(Ask(request.method, request.path, body=request.body))

    def submit(self, request: PlatformRequest, *, attempt: int = 1) -> Outcome:
        """Send a request once, when it is its turn, and return what became of it.

        Parameters
        ----------
        request : of this platform
        attempt : from 1, how often it is sent with this; the more often, the longer the wait before the next try

        Raises
        ------
        PlatformRequestError
            If it is a request of another platform, or holds the token.
        """
        self._require_own(request)
        exchange = self._wire.send(Ask(request.method, request.path, body=request.body, attempt=attempt))
        outcome = outcome_of(
            exchange,
            title=self.title,
            settle=self.settle,
            repeatable=request.repeatable,
            ids=lambda status, said: self._ids(request, status, said),
            reason=self._reason,
        )
        return scrubbed_outcome(self._refined(request, outcome), self._wire.scrubbed)

    def read_back(self, request: PlatformRequest, sending: Sending, *, attempt: int = 1) -> Found:
        """Look whether a request has arrived that was sent, and return the verdict.

        That something did not arrive is concluded only when ``settle`` seconds have passed since it was last sent.
        Until then the verdict is to look again.

        Raises
        ------
        PlatformRequestError
            If it is a request of another platform.
        """
        self._require_own(request)
        # Before looking: what comes in between the look and the verdict has not been seen.
        looked_at = self._wire.outside.now()
        try:
            missing, ids = self._looked_for(request, sending, attempt)
        except NotReadError as unread:
            return unread.found
        except PayloadError as error:
            return Undecided(self._wire.scrubbed(str(error)))
        if not missing and request.sought:
            return Arrived({name: self._wire.scrubbed(value) for name, value in ids.items()})
        early = sending.last_sent + timedelta(seconds=self.settle) - looked_at
        if early > timedelta(0) and request.sought:
            return LookAgain(early.total_seconds(), f"it is not there yet, and may still be under way at {self.title}")
        return NotArrived(missing)

    @abstractmethod
    def rest(self, request: PlatformRequest, missing: Collection[int]) -> PlatformRequest:
        """Return a request of the items that did not arrive, by their places in ``sought``."""

    @abstractmethod
    def _ids(self, request: PlatformRequest, status: int, said: Said) -> Mapping[str, str]:
        """Return the ids in an answer below 300; raise PayloadError if it is no acceptance."""

    @abstractmethod
    def _looked_for(
        self, request: PlatformRequest, sending: Sending, attempt: int
    ) -> tuple[tuple[int, ...], dict[str, str]]:
        """Return the places of what is not there, and the ids of what is.

        Raises
        ------
        NotReadError
            If something cannot be read or decided.
        PayloadError
            If the platform answers otherwise than expected.
        """

    def _reason(self, answer: Answered) -> Reason:
        """Return why the platform refuses."""
        return usual_reason(answer)

    def _refined(self, request: PlatformRequest, outcome: Outcome) -> Outcome:
        """Return an outcome with what this platform's own words tell."""
        return outcome

    def fetch(
        self, path: str, query: Mapping[str, str] | None = None, *, attempt: int = 1
    ) -> Fetched | Refused | TryAgain:
        """Read something from the platform, when it is its turn."""
        exchange = self._wire.send(Ask("GET", path, query or {}, attempt=attempt))
        return fetched_of(exchange, title=self.title, reason=self._reason)

    def _read(self, path: str, query: Mapping[str, str] | None, attempt: int) -> Fetched:
        """Read something that a verdict depends on."""
        match self.fetch(path, query, attempt=attempt):
            case Fetched() as fetched:
                return fetched
            case TryAgain(seconds=seconds, why=why):
                raise NotReadError(LookAgain(seconds, why))
            case Refused() as refused:
                said = "; ".join(fault.message for fault in refused.faults[:3]) or "without a word"
                told = self._wire.scrubbed(f"{self.title} does not let us look ({refused.status}): {said}")
                raise NotReadError(Undecided(told))

    def _require_own(self, request: PlatformRequest) -> None:
        if request.platform != self.name:
            raise PlatformRequestError(f"a request of {request.platform} cannot be sent to {self.name}")

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

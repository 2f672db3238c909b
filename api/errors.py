"""Every error the service raises on purpose, besides those of the engine.

    ServiceError
    ├── UnknownScenarioError   a scenario id that the store does not hold
    ├── UnknownRecordError     another id or number that the store does not hold
    ├── UnauthenticatedError   no key, or one that does not work
    ├── ForbiddenError         a key that may not do this
    ├── ConflictError          a request that contradicts what is stored
    │   ├── InFlightError      the same request is being worked on
    │   └── RunCancelledError  a run that was cancelled while somebody waited for it
    ├── StaleError             a change to something that has changed since it was read
    ├── UnconditionalError     a change that does not say what it was based on
    ├── KeyReusedError         an Idempotency-Key that came with another request before
    ├── MediaTypeError         a body that does not say it is JSON
    ├── NotJsonError           a body that is not JSON text
    ├── BodyTooLargeError      a body beyond the limit
    ├── BodyTooSlowError       a body that did not arrive in time
    ├── RequestRefusedError    a body whose fields cannot be accepted; holds all its faults
    ├── ParameterError         a query parameter that cannot be accepted
    ├── TooMuchWorkError       work dearer than one request may be
    ├── OutdatedForecastError  a recorded forecast that this release cannot run
    ├── BusyError              no room for another computation now
    │   └── StoreUnavailableError  the database cannot be reached, or is locked
    └── ClientGoneError        nobody is left to read the answer

None of them knows its HTTP status: ``problems`` maps them, and the engine's, in one table.
"""

from collections.abc import Iterable, Sequence

from forecast.errors import Fault, Pointer
from forecast.version import VERSION


class ServiceError(Exception):
    """Base of the service's deliberate errors."""


class UnknownScenarioError(ServiceError):
    """A scenario id that the store does not hold."""


class UnknownRecordError(ServiceError):
    """Another id or number that the store does not hold: of a version, an entry, a run, a forecast, a key."""


class UnauthenticatedError(ServiceError):
    """No key, or one that does not work; the message never repeats it, ``reason`` is one of ``REASONS``."""

    REASONS = ("missing", "malformed", "unknown", "expired", "revoked")

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class MisdirectedError(ServiceError):
    """A request without a key under a name that is not this machine's own, as somebody else's page would send it."""


class ForbiddenError(ServiceError):
    """A key whose scopes do not include what it was used for."""


class ConflictError(ServiceError):
    """A request that contradicts what is stored."""


class InFlightError(ConflictError):
    """The same request, by its Idempotency-Key, is being worked on; ``retry_after`` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class RunCancelledError(ConflictError):
    """A run that ended without a forecast while somebody waited for it."""


class StaleError(ServiceError):
    """A change based on something that has changed since; ``changed`` says what, in words, ``tag`` is today's."""

    def __init__(self, message: str, tag: str, changed: Sequence[str] = ()) -> None:
        self.tag, self.changed = tag, tuple(changed)
        super().__init__(message)


class UnconditionalError(ServiceError):
    """A change without If-Match, so that it could undo somebody else's unseen."""


class KeyReusedError(ServiceError):
    """An Idempotency-Key that came with another request before."""


class MediaTypeError(ServiceError):
    """A body that does not say it is JSON."""


class NotJsonError(ServiceError):
    """The bytes of a body are not JSON text; the message says where and why."""


class BodyTooLargeError(ServiceError):
    """A body beyond the limit; ``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the body has more than {limit:,} bytes, the most that this server reads: send less")


class BodyTooSlowError(ServiceError):
    """A body that did not arrive in time; how many bytes came in how many seconds."""

    def __init__(self, size: int, seconds: float) -> None:
        super().__init__(f"only {size:,} bytes of the body came in {seconds:g} s: send it again, whole")


class RequestRefusedError(ServiceError):
    """A body whose fields cannot be accepted; ``faults`` lists what was found, ``more`` counts what it leaves out."""

    def __init__(self, faults: Iterable[Fault], more: int = 0) -> None:
        self.faults, self.more = tuple(faults), more
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in self.faults))


class ParameterError(ServiceError):
    """A query parameter that cannot be accepted; ``parameter`` is its name."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(message)


class TooMuchWorkError(ServiceError):
    """Work dearer than one request may be: ``price`` and ``limit`` in draws × parts, or in rows × columns.

    ``pointer`` leads to what makes it dear, if the request has a body.
    """

    def __init__(self, price: int, limit: int, message: str, pointer: Pointer | None = ("draws",)) -> None:
        self.price, self.limit, self.pointer = price, limit, pointer
        super().__init__(message)


class OutdatedForecastError(ServiceError):
    """A recorded forecast whose scenario or settings this release of the engine refuses."""

    def __init__(self, forecast_id: str, release: str, refusal: Exception) -> None:
        super().__init__(
            f"forecast '{forecast_id}' was made by branchcast {release}, and this is {VERSION}, which refuses its "
            f"scenario ({refusal}): use that release"
        )


class BusyError(ServiceError):
    """No room for another computation now; ``retry_after`` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class StoreUnavailableError(BusyError):
    """The database cannot be reached, or another transaction holds it for too long."""


class ClientGoneError(ServiceError):
    """Nobody is left to read the answer."""

"""Every error the service raises on purpose, besides those of the engine.

    ServiceError
    ├── UnknownScenarioError   a scenario id that the catalogue does not hold
    ├── MediaTypeError         a body that does not say it is JSON
    ├── NotJsonError           a body that is not JSON text
    ├── BodyTooLargeError      a body beyond the limit
    ├── BodyTooSlowError       a body that did not arrive in time
    ├── RequestRefusedError    a body whose fields cannot be accepted; holds all its faults
    ├── TooMuchWorkError       a run dearer than one request may be
    ├── BusyError              no room for another computation now
    └── ClientGoneError        nobody is left to read the answer

None of them knows its HTTP status: ``problems`` maps them, and the engine's, in one table.
"""

from collections.abc import Iterable

from forecast.errors import Fault


class ServiceError(Exception):
    """Base of the service's deliberate errors."""


class UnknownScenarioError(ServiceError):
    """A scenario id that the catalogue does not hold."""


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


class TooMuchWorkError(ServiceError):
    """A run dearer than one request may be; ``price`` and ``limit`` in draws × parts."""

    def __init__(self, price: int, limit: int, message: str) -> None:
        self.price, self.limit = price, limit
        super().__init__(message)


class BusyError(ServiceError):
    """No room for another computation now; ``retry_after`` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ClientGoneError(ServiceError):
    """Nobody is left to read the answer."""

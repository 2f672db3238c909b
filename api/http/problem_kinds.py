"""The kinds of problem that answers may name, and the one table from exception to kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    BusyError,
    ConflictError,
    ForbiddenError,
    InFlightError,
    KeyReusedError,
    MediaTypeError,
    MisdirectedError,
    NotJsonError,
    OutdatedForecastError,
    ParameterError,
    RequestRefusedError,
    RunCancelledError,
    StaleError,
    StoreUnavailableError,
    TooMuchWorkError,
    UnauthenticatedError,
    UnconditionalError,
    UnknownRecordError,
    UnknownScenarioError,
)
from api.tabular import MissingExtraError
from forecast.errors import EvidenceError, RunError, ScenarioError
from forecast.tournaments.exports import ExportError


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: what its type URI stands for."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """Return the type URI, relative to the server: it can be fetched there."""
        return f"/problems/{self.slug}"


NOT_JSON = Kind("not-json", 400, "The body is not JSON", "The request body cannot be read as JSON text in UTF-8.")
UNAUTHENTICATED = Kind("unauthenticated", 401, "A key is needed", "The request has no key, or one that does not work.")
FORBIDDEN = Kind("forbidden", 403, "The key may not do this", "The scope of the key does not include this request.")
NOT_FOUND = Kind("not-found", 404, "Nothing is here", "The server has no resource at this address.")
UNKNOWN_SCENARIO = Kind("unknown-scenario", 404, "No such scenario", "The store holds no scenario of this id.")
UNKNOWN_RECORD = Kind(
    "unknown-record",
    404,
    "No such record",
    "The store has no version, node, entry, run, forecast or key of this name.",
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "Not with this method",
    "The resource exists, but answers only to the methods in `Allow`.",
)
BODY_TOO_SLOW = Kind(
    "body-too-slow", 408, "The body came too slowly", "The request body did not arrive whole within the time allowed."
)
CONFLICT = Kind(
    "conflict", 409, "It contradicts what is stored", "What is asked for cannot stand beside what is stored."
)
IN_FLIGHT = Kind(
    "in-flight", 409, "It is being worked on", "A request with this Idempotency-Key is being worked on; `Retry-After`."
)
RUN_CANCELLED = Kind("run-cancelled", 409, "The run was cancelled", "The run ended without a forecast.")
STALE = Kind(
    "stale",
    412,
    "It has changed since",
    "What the change is based on (`If-Match`) is not the newest; `changed` says what is new, `ETag` is today's.",
)
BODY_TOO_LARGE = Kind(
    "body-too-large", 413, "The body is too large", "The request body has more bytes (`limit`) than this server reads."
)
MEDIA_TYPE_REFUSED = Kind(
    "unsupported-media-type", 415, "The body must be JSON", "The request body must be sent as `application/json`."
)
MISDIRECTED = Kind(
    "misdirected", 421, "It was asked under another name", "Without keys, a server answers to names of its own machine."
)
INVALID_REQUEST = Kind(
    "invalid-request", 422, "The request cannot be accepted", "Fields of the request, named in `errors`, are wrong."
)
KEY_REUSED = Kind(
    "key-reused", 422, "The key came with another request", "An Idempotency-Key belongs to one request, body included."
)
INVALID_SCENARIO = Kind(
    "invalid-scenario",
    422,
    "The scenario is not valid",
    "The scenario, as sent or as changed by `priors`, is not a valid one; `errors` lists every fault.",
)
RUN_REFUSED = Kind(
    "run-refused", 422, "The scenario does not allow this run", "A setting of the run does not fit the scenario."
)
EVIDENCE_REFUSED = Kind(
    "evidence-refused",
    422,
    "The evidence leaves too little weight",
    "What is known or assumed is impossible under the priors, or too unlikely to be sampled.",
)
EXPORT_REFUSED = Kind(
    "export-refused",
    422,
    "The platform would refuse it",
    "What the forecast says cannot be put in the form that the platform takes; `detail` names listing, value and rule.",
)
TOO_MUCH_WORK = Kind(
    "too-much-work",
    422,
    "The run is too large for one request",
    "Its price (`price`), draws × parts of the scenario or rows × columns of a table, exceeds what one request may "
    "cost (`limit`).",
)
UNCONDITIONAL = Kind(
    "unconditional",
    428,
    "Say what it is based on",
    "A change carries `If-Match`, so that nobody's work is undone unseen.",
)
INTERNAL_ERROR = Kind(
    "internal-error", 500, "The server failed", "The fault is the server's; it is logged under the request id."
)
MISSING_EXTRA = Kind(
    "missing-extra",
    501,
    "A library is not installed",
    "What is asked for needs a library that the server was installed without; `detail` names it.",
)
OUTDATED_FORECAST = Kind(
    "outdated-forecast",
    501,
    "This release cannot make it again",
    "The forecast was recorded by a release whose scenarios this one refuses; `detail` names both.",
)
BUSY = Kind("busy", 503, "The server is busy", "No computation can start now; `Retry-After` says when to ask again.")

STORE_UNAVAILABLE = Kind(
    "store-unavailable",
    503,
    "The database does not answer",
    "It cannot be reached or is locked; `Retry-After`.",
)

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        NOT_JSON,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        UNKNOWN_SCENARIO,
        UNKNOWN_RECORD,
        METHOD_NOT_ALLOWED,
        BODY_TOO_SLOW,
        CONFLICT,
        IN_FLIGHT,
        RUN_CANCELLED,
        STALE,
        BODY_TOO_LARGE,
        MEDIA_TYPE_REFUSED,
        MISDIRECTED,
        INVALID_REQUEST,
        KEY_REUSED,
        INVALID_SCENARIO,
        RUN_REFUSED,
        EVIDENCE_REFUSED,
        EXPORT_REFUSED,
        TOO_MUCH_WORK,
        UNCONDITIONAL,
        INTERNAL_ERROR,
        MISSING_EXTRA,
        OUTDATED_FORECAST,
        BUSY,
        STORE_UNAVAILABLE,
    )
}

TABLE: Mapping[type[Exception], Kind] = {
    NotJsonError: NOT_JSON,
    UnauthenticatedError: UNAUTHENTICATED,
    MisdirectedError: MISDIRECTED,
    ForbiddenError: FORBIDDEN,
    UnknownScenarioError: UNKNOWN_SCENARIO,
    UnknownRecordError: UNKNOWN_RECORD,
    ConflictError: CONFLICT,
    InFlightError: IN_FLIGHT,
    RunCancelledError: RUN_CANCELLED,
    StaleError: STALE,
    UnconditionalError: UNCONDITIONAL,
    KeyReusedError: KEY_REUSED,
    ParameterError: INVALID_REQUEST,
    BodyTooSlowError: BODY_TOO_SLOW,
    BodyTooLargeError: BODY_TOO_LARGE,
    MediaTypeError: MEDIA_TYPE_REFUSED,
    RequestRefusedError: INVALID_REQUEST,
    ScenarioError: INVALID_SCENARIO,
    RunError: RUN_REFUSED,
    EvidenceError: EVIDENCE_REFUSED,
    ExportError: EXPORT_REFUSED,
    TooMuchWorkError: TOO_MUCH_WORK,
    MissingExtraError: MISSING_EXTRA,
    OutdatedForecastError: OUTDATED_FORECAST,
    BusyError: BUSY,
    StoreUnavailableError: STORE_UNAVAILABLE,
}

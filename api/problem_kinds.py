"""The kinds of problem that answers may name, and the one table from exception to kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    BusyError,
    MediaTypeError,
    NotJsonError,
    RequestRefusedError,
    TooMuchWorkError,
    UnknownScenarioError,
)
from forecast.errors import EvidenceError, RunError, ScenarioError


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
NOT_FOUND = Kind("not-found", 404, "Nothing is here", "The server has no resource at this address.")
UNKNOWN_SCENARIO = Kind("unknown-scenario", 404, "No such scenario", "The catalogue holds no scenario of this id.")
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "Not with this method",
    "The resource exists, but answers only to the methods in `Allow`.",
)
BODY_TOO_SLOW = Kind(
    "body-too-slow", 408, "The body came too slowly", "The request body did not arrive whole within the time allowed."
)
BODY_TOO_LARGE = Kind(
    "body-too-large", 413, "The body is too large", "The request body has more bytes (`limit`) than this server reads."
)
MEDIA_TYPE_REFUSED = Kind(
    "unsupported-media-type", 415, "The body must be JSON", "The request body must be sent as `application/json`."
)
INVALID_REQUEST = Kind(
    "invalid-request", 422, "The request cannot be accepted", "Fields of the request, named in `errors`, are wrong."
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
TOO_MUCH_WORK = Kind(
    "too-much-work",
    422,
    "The run is too large for one request",
    "The price of the run, draws × parts of the scenario (`price`), exceeds what one request may cost (`limit`).",
)
INTERNAL_ERROR = Kind(
    "internal-error", 500, "The server failed", "The fault is the server's; it is logged under the request id."
)
BUSY = Kind("busy", 503, "The server is busy", "No computation can start now; `Retry-After` says when to ask again.")

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        NOT_JSON,
        NOT_FOUND,
        UNKNOWN_SCENARIO,
        METHOD_NOT_ALLOWED,
        BODY_TOO_SLOW,
        BODY_TOO_LARGE,
        MEDIA_TYPE_REFUSED,
        INVALID_REQUEST,
        INVALID_SCENARIO,
        RUN_REFUSED,
        EVIDENCE_REFUSED,
        TOO_MUCH_WORK,
        INTERNAL_ERROR,
        BUSY,
    )
}

TABLE: Mapping[type[Exception], Kind] = {
    NotJsonError: NOT_JSON,
    UnknownScenarioError: UNKNOWN_SCENARIO,
    BodyTooSlowError: BODY_TOO_SLOW,
    BodyTooLargeError: BODY_TOO_LARGE,
    MediaTypeError: MEDIA_TYPE_REFUSED,
    RequestRefusedError: INVALID_REQUEST,
    ScenarioError: INVALID_SCENARIO,
    RunError: RUN_REFUSED,
    EvidenceError: EVIDENCE_REFUSED,
    TooMuchWorkError: TOO_MUCH_WORK,
    BusyError: BUSY,
}

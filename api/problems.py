"""Errors as RFC 9457 problem documents: one table from exception to kind of problem, one shape for all answers.

``tests/api/test_error_shape.py`` is the specification. Whatever goes wrong, the answer has the media
type ``application/problem+json`` and says the thing, the value and the way out; where a field of the
request is at fault, ``errors[].pointer`` names it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.errors import (
    BodyTooLargeError,
    BusyError,
    ClientGoneError,
    MediaTypeError,
    NotJsonError,
    RequestRefusedError,
    ServiceError,
    TooMuchWorkError,
    UnknownScenarioError,
)
from api.methods import allowed_methods
from forecast.errors import BranchcastError, EvidenceError, Fault, RunError, ScenarioError

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100
"""More errors than this have one cause; the rest is counted, not listed."""

CLIENT_GONE = 499
"""Status in the log of a request whose client left; nobody receives it."""


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
    "method-not-allowed", 405, "Not with this method", "The resource exists, but only the methods in `Allow` work on it."
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
BUSY = Kind("busy", 503, "The server is busy", "No computation can be started now; `Retry-After` says when to ask again.")

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        NOT_JSON,
        NOT_FOUND,
        UNKNOWN_SCENARIO,
        METHOD_NOT_ALLOWED,
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
    BodyTooLargeError: BODY_TOO_LARGE,
    MediaTypeError: MEDIA_TYPE_REFUSED,
    RequestRefusedError: INVALID_REQUEST,
    ScenarioError: INVALID_SCENARIO,
    RunError: RUN_REFUSED,
    EvidenceError: EVIDENCE_REFUSED,
    TooMuchWorkError: TOO_MUCH_WORK,
    BusyError: BUSY,
}

_BY_STATUS: Mapping[int, Kind] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}


class ProblemError(BaseModel):
    """One thing wrong with the request: where (JSON pointer into the body, or the parameter's name) and what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detail: str
    pointer: Annotated[str | None, Field(description="RFC 6901 JSON pointer into the request body.")] = None
    parameter: Annotated[str | None, Field(description="Name of the query, path or header parameter.")] = None


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[str, Field(description="URI of the kind of problem, relative to the server.")]
    title: str
    status: int
    detail: Annotated[str, Field(description="What is wrong in this request, and the way out.")]
    errors: Annotated[list[ProblemError] | None, Field(description="Every field at fault.")] = None
    price: Annotated[int | None, Field(description="What the run would cost, in draws × parts.")] = None
    limit: Annotated[int | None, Field(description="The most that one request may cost, or bytes a body may have.")] = None


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an answer.

    Text from the request may hold halves of characters that UTF-8 cannot carry, so all that is not
    ASCII is escaped.
    """
    body = json.dumps(problem.model_dump(exclude_none=True), separators=(",", ":"))
    return Response(body, problem.status, headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """Return the problem that a deliberate error amounts to."""
    kind = next(TABLE[each] for each in type(error).__mro__ if each in TABLE)
    faults = _faults(error)
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=_detail(error, faults),
        errors=_errors(faults),
        price=error.price if isinstance(error, TooMuchWorkError) else None,
        limit=error.limit if isinstance(error, TooMuchWorkError | BodyTooLargeError) else None,
    )


def _faults(error: Exception) -> Sequence[Fault]:
    if isinstance(error, RequestRefusedError | ScenarioError):
        return error.faults
    if isinstance(error, RunError):
        return (Fault(error.pointer, str(error)),)
    return (Fault(("draws",), str(error)),) if isinstance(error, TooMuchWorkError) else ()


def _detail(error: Exception, faults: Sequence[Fault]) -> str:
    if not faults:
        return str(error)
    if len(faults) == 1:
        return faults[0].message
    listed = "" if len(faults) <= MAX_ERRORS else f" (the first {MAX_ERRORS} are listed)"
    return f"{len(faults)} faults{listed}: correct each; the first is: {faults[0].message}"


def _errors(faults: Sequence[Fault]) -> list[ProblemError] | None:
    return [ProblemError(pointer=fault.path, detail=fault.message) for fault in faults[:MAX_ERRORS]] or None


def internal_problem(request_id: str) -> Problem:
    """Return what a client learns of a failure of the server: nothing but the id it is logged under."""
    return Problem(
        type=INTERNAL_ERROR.type,
        title=INTERNAL_ERROR.title,
        status=INTERNAL_ERROR.status,
        detail=f"the server could not answer; report it with the request id {request_id}",
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Let every error of the app, the framework's own included, be answered with a problem."""
    app.add_exception_handler(ServiceError, _answer_deliberate)
    app.add_exception_handler(BranchcastError, _answer_deliberate)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_parameters)


async def _answer_deliberate(request: Request, error: Exception) -> Response:
    if isinstance(error, ClientGoneError):
        return Response(status_code=CLIENT_GONE)
    return problem_response(problem_of(error), _headers(error))


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, BusyError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, BodyTooLargeError):
        # The rest of the body is not read, so the connection cannot carry another request.
        return {"Connection": "close"}
    return {"Accept": "application/json"} if isinstance(error, MediaTypeError) else {}


async def _answer_framework(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses before any route is reached: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    path, detail = request.url.path, error.detail
    if kind is NOT_FOUND:
        detail = f"there is nothing at {path}: GET / lists where to start"
    elif kind is METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        detail = f"{request.method} does not work on {path}: use {headers['Allow']}"
    return problem_response(
        Problem(
            type=kind.type if kind else "about:blank",
            title=kind.title if kind else status.phrase,
            status=error.status_code,
            detail=detail,
        ),
        headers,
    )


async def _answer_parameters(request: Request, error: Exception) -> Response:
    """Answer parameters outside the body; bodies are checked by ``bodies``."""
    assert isinstance(error, RequestValidationError)
    errors = [
        ProblemError(parameter=str(each["loc"][-1]), detail=f"'{each['loc'][-1]}': {each['msg']}")
        for each in error.errors()[:MAX_ERRORS]
    ]
    return problem_response(
        Problem(
            type=INVALID_REQUEST.type,
            title=INVALID_REQUEST.title,
            status=INVALID_REQUEST.status,
            detail=errors[0].detail,
            errors=errors,
        )
    )

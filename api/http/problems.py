"""Errors as RFC 9457 problem documents: one shape for every answer that is not what was asked for.

``tests/api/test_error_shape.py`` is the specification. Whatever goes wrong, the answer has the media
type ``application/problem+json`` and says the thing, the value and the way out; where a field of the
request is at fault, ``errors[].pointer`` names it.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from api.errors import (
    BodyTooLargeError,
    BusyError,
    ClientGoneError,
    InFlightError,
    MediaTypeError,
    ParameterError,
    RequestRefusedError,
    StaleError,
    TooMuchWorkError,
    UnauthenticatedError,
)
from api.http.methods import allowed_methods
from api.http.problem_kinds import INTERNAL_ERROR, INVALID_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, TABLE, Kind
from forecast.errors import Fault, RunError, ScenarioError
from forecast.statements.wording import sentence

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100
"""More errors than this have one cause; the rest is counted, not listed."""

MAX_SHOWN = 200
"""Characters of an address that are repeated in an answer."""

MAX_SENTENCE = 1_000
"""Characters of a sentence or pointer: what it repeats of the request may be long."""

CLIENT_GONE = 499
"""Status in the log of a request whose client left; nobody receives it."""


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
    price: Annotated[int | None, Field(description="What it would cost, in draws × parts or in rows × columns.")] = None
    changed: Annotated[list[str] | None, Field(description="What has changed since, in words.")] = None
    limit: Annotated[int | None, Field(description="The most that a request may cost, or a body weigh.")] = None


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an answer."""
    return Response(problem_body(problem), problem.status, headers, MEDIA_TYPE)


def problem_body(problem: Problem) -> bytes:
    """Return the bytes that say a problem."""
    return json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False, separators=(",", ":")).encode()


def is_told(error: Exception) -> bool:
    """Tell whether an error is one that clients are told of; of any other they learn that the server failed."""
    return any(each in TABLE for each in type(error).__mro__)


def problem_of(error: Exception) -> Problem:
    """Return the problem that a deliberate error amounts to, one that ``is_told``."""
    kind = next(TABLE[each] for each in type(error).__mro__ if each in TABLE)
    faults = _faults(error)
    errors = [ProblemError(pointer=_sayable(each.path), detail=_sayable(each.message)) for each in faults[:MAX_ERRORS]]
    if isinstance(error, ParameterError):
        errors = [ProblemError(parameter=error.parameter, detail=_sayable(str(error)))]
    problem = _problem(kind, _detail(error, faults), errors or None)
    if isinstance(error, StaleError) and error.changed:
        return problem.model_copy(update={"changed": [_sayable(each) for each in error.changed[:MAX_ERRORS]]})
    if isinstance(error, TooMuchWorkError):
        return problem.model_copy(update={"price": error.price, "limit": error.limit})
    return problem.model_copy(update={"limit": error.limit}) if isinstance(error, BodyTooLargeError) else problem


def _problem(kind: Kind, detail: str, errors: list[ProblemError] | None = None) -> Problem:
    return Problem(type=kind.type, title=kind.title, status=kind.status, detail=_sayable(detail), errors=errors)


def _sayable(text: str) -> str:
    """Shorten text that repeats the request, and write out halves of characters, which UTF-8 cannot carry."""
    shortened = text if len(text) <= MAX_SENTENCE else text[: MAX_SENTENCE - 1] + "…"
    return shortened.encode("utf-8", "backslashreplace").decode("utf-8")


def _faults(error: Exception) -> Sequence[Fault]:
    if isinstance(error, RequestRefusedError | ScenarioError):
        return error.faults
    if isinstance(error, RunError):
        return (Fault(error.pointer, str(error)),)
    if isinstance(error, TooMuchWorkError) and error.pointer is not None:
        return (Fault(error.pointer, str(error)),)
    return ()


def _detail(error: Exception, faults: Sequence[Fault]) -> str:
    if not faults:
        return str(error)
    if len(faults) == 1:
        return faults[0].message
    more = getattr(error, "more", 0)
    count = f"at least {len(faults) + more:,}" if more else f"{len(faults):,}"
    listed = "" if len(faults) <= MAX_ERRORS else f" (the first {MAX_ERRORS} are listed)"
    return f"{count} faults{listed}: correct each; the first is: {faults[0].message}"


def address_problem(path: str) -> Problem:
    """Return the problem of an address that leads nowhere."""
    return _problem(NOT_FOUND, f"there is nothing at {path[:MAX_SHOWN]}: GET / lists where to start")


def method_problem(method: str, path: str, allowed: str) -> Problem:
    """Return the problem of a method that a resource does not answer to."""
    return _problem(METHOD_NOT_ALLOWED, f"{method} does not work on {path[:MAX_SHOWN]}: use {allowed}")


def internal_problem(request_id: str) -> Problem:
    """Return what a client learns of a failure of the server: nothing but the id it is logged under."""
    return _problem(INTERNAL_ERROR, f"the server could not answer; report it with the request id {request_id}")


def broken_run_problem(run_id: str) -> Problem:
    """Return the problem of a run that a failure of the server ended: nothing but the id it is logged under."""
    return _problem(INTERNAL_ERROR, f"the server could not finish the run; report it with the run's id {run_id}")


def given_up_problem(attempts: int) -> Problem:
    """Return the problem of a run that nobody could finish."""
    return _problem(INTERNAL_ERROR, f"{attempts} attempts ended without a result: the servers' logs say why")


def install_problem_handlers(app: FastAPI) -> None:
    """Let every error of the app, the framework's own included, be answered with a problem."""
    for deliberate in TABLE:
        app.add_exception_handler(deliberate, _answer_deliberate)
    app.add_exception_handler(ClientGoneError, _answer_nobody)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_parameters)


async def _answer_nobody(_: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)


async def _answer_deliberate(_: Request, error: Exception) -> Response:
    return problem_response(problem_of(error), headers_of(error))


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers that tell machines the way out of a problem."""
    if isinstance(error, BusyError | InFlightError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, StaleError):
        return {"ETag": error.tag}
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": "Bearer"}
    return {"Accept": "application/json"} if isinstance(error, MediaTypeError) else {}


async def _answer_framework(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses before any route is reached: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    status, path = error.status_code, request.url.path
    if status == HTTPStatus.NOT_FOUND:
        return problem_response(address_problem(path))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(allowed_methods(request))
        return problem_response(method_problem(request.method, path, allowed), {"Allow": allowed})
    unnamed = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=error.detail)
    return problem_response(unnamed, error.headers)


async def _answer_parameters(_: Request, error: Exception) -> Response:
    """Answer parameters outside the body; bodies are checked by ``bodies``."""
    assert isinstance(error, RequestValidationError)
    errors = [
        ProblemError(parameter=str(each["loc"][-1]), detail=_sayable(_about_parameter(each)))
        for each in error.errors()[:MAX_ERRORS]
    ]
    return problem_response(_problem(INVALID_REQUEST, errors[0].detail, errors))


def _about_parameter(error: ErrorDetails) -> str:
    place, name = error["loc"][0], error["loc"][-1]
    if error["type"] == "missing":
        return sentence(error, "the header" if place == "header" else "the address")
    return sentence(error, f"'{name}'")

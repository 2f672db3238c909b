"""Addresses that can be looked up: no name holds a NUL character, and PostgreSQL does not compare text with one."""

from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ParameterError
from api.http.problems import Problem, address_problem, problem_of, problem_response

_NUL = "\x00"


class AddressCheck:
    """Answers 404 to a path with a NUL character in it, and 422 to a query parameter with one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _problem(scope) if scope["type"] == "http" else None
        await (self.app if problem is None else problem_response(problem))(scope, receive, send)


def _problem(scope: Scope) -> Problem | None:
    if _NUL in scope["path"]:
        return address_problem(scope["path"])
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if _NUL in value:
            return problem_of(ParameterError(name, f"'{name}' holds a NUL character: remove it"))
    return None

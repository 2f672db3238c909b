"""Parameters of the address: one that a route does not know, or that is stated twice, is refused."""

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query

from api.errors import ParameterError
from api.http.bodies import JsonRoute
from api.suggestions import did_you_mean

_MAX_NAME = 100
"""Characters of a name that are repeated in an answer."""


class StrictRoute(JsonRoute):
    """A route that answers what it was asked or refuses it: address and body have nothing that it does not know."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        fields = get_flat_params(self.dependant)
        known = frozenset(field.alias for field in fields if isinstance(field.field_info, Query))

        async def check_and_handle(request: Request) -> Response:
            if request.scope["query_string"]:
                _require_known([name for name, _ in request.query_params.multi_items()], known)
            return await handle(request)

        return check_and_handle


def _require_known(stated: Collection[str], known: Collection[str]) -> None:
    """Refuse names beyond the known ones, and the same name twice: every parameter has one value.

    Raises
    ------
    ParameterError
        For the first such name.
    """
    seen: set[str] = set()
    for name in stated:
        shown = name[:_MAX_NAME]
        if name not in known:
            raise ParameterError(shown, f"unknown parameter '{shown}'{_way_out(shown, known)}")
        if name in seen:
            raise ParameterError(shown, f"the parameter '{shown}' is stated twice: state it once")
        seen.add(name)


def _way_out(name: str, known: Collection[str]) -> str:
    if not known:
        return ": this request takes none, leave it out"
    takes = f"this request takes {', '.join(sorted(known))}"
    hint = did_you_mean(name, known, "this request takes")
    return hint if hint.endswith(takes) else f"{hint} {takes[0].upper()}{takes[1:]}"

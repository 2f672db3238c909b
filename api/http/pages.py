"""Pages of lists: so many at a time, each page saying where the next begins, whatever is added meanwhile."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from api.errors import ParameterError

Item = TypeVar("Item")

MOST = 200
USUAL = 50

Limit = Annotated[int, Query(ge=1, le=MOST, description=f"How many at the most, up to {MOST}.")]
Cursor = Annotated[str | None, Query(max_length=400, description="Where to go on; follow `next` of the page before.")]


_OF_A_PAGE = ("cursor", "limit")
"""Parameters that say which page of a list is asked for; all others say which list."""


def list_asked(path: str, query: Iterable[tuple[str, str]]) -> str:
    """Return what stands for one list in its cursors: a digest of its address and of what it is filtered by."""
    filters = sorted((name, value) for name, value in query if name not in _OF_A_PAGE)
    return hashlib.blake2b(json.dumps([path, filters]).encode(), digest_size=6).hexdigest()


def _list_of(request: Request) -> str:
    return list_asked(request.url.path, request.query_params.multi_items())


def read_cursor(request: Request, text: str | None, kinds: tuple[type, ...]) -> tuple[Any, ...] | None:
    """Return where a page begins, as values of these kinds; None for the first page.

    Raises
    ------
    ParameterError
        If the text is not one that a page of the list asked for gave, by its address and filters.
    """
    if text is None:
        return None
    try:
        said = json.loads(base64.b64decode(text.encode("ascii"), b"-_", validate=True))
        if isinstance(said, list) and len(said) == 1 + len(kinds) and said[0] == _list_of(request):
            values = tuple(_value(value, kind) for value, kind in zip(said[1:], kinds, strict=True))
            if None not in values:
                return values
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise ParameterError("cursor", "the cursor is not one that this list gave: leave it out, or follow `next`")


def _value(value: object, kind: type) -> Any:  # noqa: ANN401 -- a value of the kind, or None
    if kind is datetime:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment if moment is not None and moment.tzinfo is not None else None
    if kind is int:
        return value if type(value) is int and 0 <= value < 2**31 else None
    # Ids and names are plain ASCII; not every database can look for anything else.
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def cursor_after(listed: str, *values: object) -> str:
    """Return the text that stands for the place after these values in a list, which ``list_asked`` tells."""
    said = [listed, *(value.isoformat() if isinstance(value, datetime) else value for value in values)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def on_page(
    request: Request, found: Sequence[Item], limit: int, place: Callable[[Item], tuple[object, ...]]
) -> tuple[Sequence[Item], str | None]:
    """Return the items of a page, and the address of the page that follows; None if there is none.

    Parameters
    ----------
    request : for the page
    found : up to ``limit`` + 1 items, one more than the page may have
    limit : how many it may have
    place : gives the values that the next page goes on after
    """
    if len(found) <= limit:
        return found, None
    return found[:limit], _next_link(request, *place(found[limit - 1]))


def _next_link(request: Request, *last: object) -> str:
    """Return this page's address with another cursor."""
    after = cursor_after(_list_of(request), *last)
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', after)])}"

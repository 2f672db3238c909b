"""The faults that the body of a refusal lists, whatever its shape.

Seen on platforms (``index`` counts the items of a request):

    {"non_field_errors": [{}, {"non_field_errors": ["…"]}]}     Metaculus, a list aligned with the request
    {"non_field_errors": {"1": {"non_field_errors": ["…"]}}}    Metaculus, indexes as keys
    {"detail": "…"}, {"error": "…"}                             Metaculus
    {"message": "…", "details": [{"field": "amount", "error": "…"}]}   Manifold
    {"errors": {"rationale": ["…"]}}                            Cultivate, as Rails writes them
    a page of HTML                                              whatever stands before or behind any of them
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

MOST_FAULTS = 100
MOST_CHARACTERS = 1_000
"""Of one fault's message."""

_NEUTRAL = frozenset({"non_field_errors", "__all__", "detail", "details", "error", "errors", "message"})
"""Names that say that something is wrong, and not what."""

_DEEPEST = 10
_MOST_READ = 100_000
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class PlatformFault:
    """One thing that a platform finds wrong.

    message : in its own words
    item : which item of the request, from 0; None if it does not say
    field : which field of it; None if it does not say
    """

    message: str
    item: int | None = None
    field: str | None = None


def faults_in(text: str) -> tuple[PlatformFault, ...]:
    """Return the faults that the body of a refusal lists, at most ``MOST_FAULTS``.

    Examples
    --------
    >>> faults_in('{"non_field_errors": [{}, {"probability_yes": ["A valid number is required."]}]}')
    (PlatformFault(message='A valid number is required.', item=1, field='probability_yes'),)
    >>> faults_in("<html><head><title>Server Error (500)</title></head></html>")
    (PlatformFault(message='Server Error (500)', item=None, field=None),)
    """
    try:
        return tuple(islice(_faults(json.loads(text), None, None, 0), MOST_FAULTS))
    except (ValueError, RecursionError):
        return tuple(_messages(_page(text[:_MOST_READ]), None, None))


def _faults(value: object, item: int | None, field: str | None, depth: int) -> Iterator[PlatformFault]:
    if isinstance(value, dict) and depth < _DEEPEST:
        yield from _of_object(value, item, field, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, entry in enumerate(value):
            of_item = item is None and field is None and isinstance(entry, dict) and not _says_field(entry)
            yield from _faults(entry, index if of_item else item, field, depth + 1)
    elif value is not None:
        yield from _messages(value if isinstance(value, str) else json.dumps(value), item, field)


def _of_object(value: dict[str, object], item: int | None, field: str | None, depth: int) -> Iterator[PlatformFault]:
    if _says_field(value):
        yield from _messages(str(value["error"]), item, value["field"] if isinstance(value["field"], str) else field)
        return
    for name, entry in value.items():
        if name in _NEUTRAL:
            yield from _faults(entry, item, field, depth)
        elif name.isascii() and name.isdigit() and len(name) < 10:
            place = int(name)
            if item is None and field is None:
                yield from _faults(entry, place, None, depth)
            else:
                yield from _faults(entry, item, f"{field or ''}[{place}]", depth)
        else:
            yield from _faults(entry, item, name if field is None else f"{field}.{name}", depth)


def _says_field(entry: dict[str, object]) -> bool:
    return entry.keys() == {"field", "error"}


def _messages(text: str, item: int | None, field: str | None) -> Iterator[PlatformFault]:
    """Yield a fault for each line; a first line that ends with a colon stands before every other."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heading = f"{lines.pop(0)} " if len(lines) > 1 and lines[0].endswith(":") else ""
    for line in lines:
        yield PlatformFault((heading + line)[:MOST_CHARACTERS], item, field)


def _page(text: str) -> str:
    """Return what a text that is no JSON says: the title of a page of HTML, else its first words."""
    title = _TITLE.search(text)
    said = title[1] if title else _TAG.sub(" ", text)
    return " ".join(html.unescape(said).split())[:MOST_CHARACTERS]

"""What routes say about themselves in the OpenAPI document, beyond what their types already say.

Components named here (``Problem``, ``Scenario`` and its parts, ``Prior``, ``PlainPrior``) are added by ``openapi``.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import UnionType
from typing import Any

from api.http.problems import MEDIA_TYPE

Answers = dict[int | str, dict[str, Any]]

COMPONENTS = "#/components/schemas/"
NAMED = "x-component"
"""Key of a placeholder for a component that only ``openapi`` adds; it names the component."""

DOCUMENT_SCHEMA = {NAMED: "Scenario"}
PRIOR_SCHEMA = {NAMED: "Prior"}
PLAIN_PRIOR_SCHEMA = {NAMED: "PlainPrior"}
ENTRY_SCHEMA = {NAMED: "Scenario.Evidence"}

_TEXT = {"type": "string"}
_BYTES = {"type": "string", "format": "binary"}
_EVENT = {"type": "object", "properties": {"event": _TEXT, "data": _TEXT}, "required": ["event", "data"]}
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {"application/json": {NAMED: "Forecast"}, "text/csv": _TEXT}
_HEADERS: Mapping[int, Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    401: {"WWW-Authenticate": ("How to send a key.", _TEXT)},
    405: {"Allow": ("Methods that work here.", _TEXT)},
    412: {"ETag": ("Tag of what is there now.", _TEXT)},
    415: {"Accept": ("Media type to send.", _TEXT)},
    503: {"Retry-After": ("Seconds after which to ask again.", {"type": "integer"})},
}


def problem_answers(*statuses: int) -> Answers:
    """Return the entries of ``responses`` for problems with these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(_HEADERS.get(status, {})),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"{COMPONENTS}Problem"}}},
        }
        for status in statuses
    }


def guarded_answers(*statuses: int) -> Answers:
    """Return the entries of ``responses`` for problems of a route that needs a key."""
    return problem_answers(401, 403, *statuses)


def conditional_answers(model: type[Any] | UnionType, *statuses: int) -> Answers:
    """Return the entries of ``responses`` for a JSON representation with an entity tag, and for problems."""
    return {
        200: {"description": "The representation", "model": model, "headers": _TAG},
        304: _NOT_MODIFIED,
        **problem_answers(*statuses),
    }


def timed_answers(description: str, model: type[Any]) -> Answers:
    """Return the entry of ``responses`` for something that is computed and not kept."""
    timing = _headers({"Server-Timing": ("Milliseconds to check, run and write.", _TEXT)})
    return {200: {"description": description, "model": model, "headers": timing}}


def created_answers(model: type[Any]) -> Answers:
    """Return the entry of ``responses`` for something new that is stored."""
    return {201: {"description": "Stored", "model": model, "headers": {**_TAG, **_LOCATION}}}


def secret_answers(model: type[Any]) -> Answers:
    """Return the entry of ``responses`` for something new that is shown once."""
    return {201: {"description": "Made", "model": model, "headers": {**_LOCATION, **_NOT_STORED}}}


def added_answers(model: type[Any]) -> Answers:
    """Return the entries of ``responses`` for something that is added once, however often it is sent."""
    return {
        200: {"description": "It was there already", "model": model, "headers": _LOCATION},
        201: {"description": "Recorded", "model": model, "headers": _LOCATION},
    }


def forecast_answers(forecast: type[Any], run: type[Any]) -> Answers:
    """Return the entries of ``responses`` for a forecast that was made, and for one that will be."""
    return {
        201: {"description": "The forecast, recorded", "model": forecast, "headers": _LOCATION},
        202: {"description": "The run that will make it", "model": run, "headers": {**_LOCATION, **_APPLIED}},
    }


def file_answers(*media_types: str) -> Answers:
    """Return the entries of ``responses`` for a file with an entity tag, of one of these types."""
    plain = (each.partition(";")[0] for each in media_types)
    content = {each: {"schema": _SCHEMAS.get(each, _BYTES)} for each in plain}
    return {
        200: {"description": "The file", "headers": {**_TAG, **_NAMED_FILE}, "content": content},
        304: _NOT_MODIFIED,
    }


def event_answers() -> Answers:
    """Return the entry of ``responses`` for a stream of server-sent events."""
    return {200: {"description": "Events", "content": {"text/event-stream": {"schema": _EVENT}}}}


def revised_answers(model: type[Any]) -> Answers:
    """Return the entry of ``responses`` for a change that is stored."""
    return {200: {"description": "Stored", "model": model, "headers": {**_TAG, **_LOCATION}}}


def conditional_text_answers(media_type: str) -> Answers:
    """Return the entries of ``responses`` for a text with an entity tag."""
    schema = _TEXT if media_type.startswith("text/") else {}
    content = {media_type: {"schema": schema}}
    return {200: {"description": "The text", "headers": _TAG, "content": content}, 304: _NOT_MODIFIED}


def _headers(stated: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    return {name: {"description": text, "schema": dict(schema)} for name, (text, schema) in stated.items()}


_TAG = _headers({"ETag": ("Tag of this very representation.", _TEXT)})
_LOCATION = _headers({"Location": ("Address of what was stored.", _TEXT)})
_NOT_STORED = _headers({"Cache-Control": ("`no-store`: nothing on the way may keep it.", _TEXT)})
_NAMED_FILE = _headers({"Content-Disposition": ("Name to save it by.", _TEXT)})
_APPLIED = _headers({"Preference-Applied": ("`respond-async`, if that is why it was queued.", _TEXT)})
_NOT_MODIFIED: dict[str, Any] = {"description": "The client's copy is current", "headers": _TAG}

"""What routes say about themselves in the OpenAPI document, beyond what their types already say.

Components named here (``Problem``, ``Scenario``, ``Prior``) are added by ``openapi``.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from api.problems import MEDIA_TYPE
from forecast.result import Forecast

Answers = dict[int | str, dict[str, Any]]

COMPONENTS = "#/components/schemas/"
NAMED = "x-component"
"""Key of a placeholder for a component that only ``openapi`` adds; it names the component."""

DOCUMENT_SCHEMA = {NAMED: "Scenario"}
PRIOR_SCHEMA = {NAMED: "Prior"}

_TEXT = {"type": "string"}
_HEADERS: Mapping[int, Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    405: {"Allow": ("Methods that work here.", _TEXT)},
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


def conditional_answers(model: type[Any]) -> Answers:
    """Return the entries of ``responses`` for a JSON representation with an entity tag."""
    return {200: {"description": "The representation", "model": model, "headers": _TAG}, 304: _NOT_MODIFIED}


def conditional_text_answers() -> Answers:
    """Return the entries of ``responses`` for a text with an entity tag."""
    return {200: {"description": "The text", "headers": _TAG}, 304: _NOT_MODIFIED}


def _headers(stated: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    return {name: {"description": text, "schema": dict(schema)} for name, (text, schema) in stated.items()}


_TAG = _headers({"ETag": ("Tag of this very representation.", _TEXT)})
_NOT_MODIFIED: dict[str, Any] = {"description": "The client's copy is current", "headers": _TAG}

PREVIEW_ANSWER: Answers = {
    200: {
        "description": "The forecast",
        "model": Forecast,
        "headers": _headers({"Server-Timing": ("Milliseconds to check, run and write.", _TEXT)}),
    }
}

"""What routes say about themselves in the OpenAPI document, beyond what their types already say.

Components named here (``Problem``, ``Scenario``, ``Prior``) are added by ``openapi``.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from api.problems import MEDIA_TYPE
from api.request_log import REQUEST_ID
from forecast.result import Forecast

Answers = dict[int | str, dict[str, Any]]

COMPONENTS = "#/components/schemas/"
DOCUMENT_SCHEMA: Mapping[str, Any] = {"$ref": f"{COMPONENTS}Scenario"}
PRIOR_SCHEMA: Mapping[str, Any] = {"$ref": f"{COMPONENTS}Prior"}

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


def conditional_answers(model: type[Any], media_type: str) -> Answers:
    """Return the entries of ``responses`` for a representation with an entity tag."""
    tag = _headers({"ETag": ("Tag of this very representation.", _TEXT)})
    return {
        200: {"description": "Successful Response", "model": model, "headers": tag, "content": {media_type: {}}},
        304: {"description": "The client's copy is current", "headers": tag},
    }


PREVIEW_ANSWER: Answers = {
    200: {
        "description": "The forecast",
        "model": Forecast,
        "headers": _TIMING if False else {},
    }
}


def _headers(stated: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    return {name: {"description": text, "schema": dict(schema)} for name, (text, schema) in stated.items()}

"""The OpenAPI document: what the framework derives from the routes, made true and given recorded examples.

``python -m api.openapi`` prints it; ``docs/reference/openapi.json`` is a copy.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.bodies import BODY_SECONDS
from api.computations import busy
from api.errors import BodyTooSlowError
from api.examples import EXAMPLES, Example, recorded_answer
from api.openapi_parts import COMPONENTS, NAMED, problem_answers
from api.problems import MEDIA_TYPE, Problem, internal_problem, method_problem, problem_of
from api.request_log import REQUEST_ID
from forecast.documents import scenario_schema

Json = dict[str, Any]

DESCRIPTION = """\
Scenario forecasting you can check. Every error is a problem document (RFC 9457) of type
`application/problem+json`: `detail` says what is wrong and the way out, `errors[].pointer` names the field.
Every answer carries `X-Request-Id`; send your own to find a request in the server's log."""


_REQUEST_ID = {"description": "Id of the request in the server's log.", "schema": {"type": "string"}}

_EVERYWHERE = (405, 500)
_MADE: Mapping[int, Problem] = {
    408: problem_of(BodyTooSlowError(1_460, BODY_SECONDS)),
    405: method_problem("PATCH", "/v1/preview", "POST, OPTIONS"),
    500: internal_problem("9f0c3c5a4b7e4c0d8a51b8f3f1f7c2aa"),
    503: problem_of(busy(66)),
}
"""Problems that no single request brings about, so that no recorded example shows them."""


def openapi_document(app: FastAPI) -> Json:
    """Return the document of an app; it depends on the routes only, not on settings."""
    document: Json = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    document = _with_references(document)
    schemas = document["components"]["schemas"]
    _leave_out_framework_errors(document)
    schemas["Problem"] = _rebased(Problem.model_json_schema(), "Problem", schemas)
    schemas["Scenario"] = _rebased(scenario_schema(), "Scenario", schemas)
    schemas["Prior"] = schemas["Scenario.Node"]["properties"]["prior"]
    schemas["Forecast"]["required"].remove("document")
    for operation in _operations(document):
        operation["responses"].update({str(code): said for code, said in problem_answers(*_EVERYWHERE).items()})
        for status, answer in operation["responses"].items():
            answer["headers"] = {**answer.get("headers", {}), REQUEST_ID: _REQUEST_ID}
            if (made := _MADE.get(int(status))) is not None:
                answer["content"][MEDIA_TYPE]["example"] = made.model_dump(exclude_none=True)
    for example in EXAMPLES:
        _attach(document, example)
    return document


def openapi_text(app: FastAPI) -> str:
    """Return the document as indented JSON text, ready to be kept in a file."""
    return json.dumps(openapi_document(app), indent=2, ensure_ascii=False) + "\n"


def _operations(document: Json) -> Iterator[Json]:
    for path in document["paths"].values():
        yield from path.values()


def _leave_out_framework_errors(document: Json) -> None:
    """Drop the framework's own validation answer: no route of ours sends it."""
    for operation in _operations(document):
        if "HTTPValidationError" in json.dumps(operation["responses"].get("422", {})):
            del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _with_references(part: Any) -> Any:  # noqa: ANN401 -- any part of a JSON document
    """Put a reference where a route's type names a component that the framework does not know."""
    if isinstance(part, list):
        return [_with_references(each) for each in part]
    if not isinstance(part, dict):
        return part
    if NAMED in part:
        return {"$ref": COMPONENTS + part[NAMED]}
    return {key: _with_references(value) for key, value in part.items()}


def _rebased(schema: Json, name: str, schemas: Json) -> Json:
    """Move a schema's own definitions among the components, as ``name.definition``, and return the schema."""
    text = json.dumps(schema).replace('"#/$defs/', f'"{COMPONENTS}{name}.')
    moved: Json = json.loads(text)
    moved.pop("$schema", None)
    schemas.update({f"{name}.{part}": definition for part, definition in moved.pop("$defs", {}).items()})
    return moved


def _attach(document: Json, example: Example) -> None:
    """Put a recorded example beside the parameters, the body and the answer that it shows."""
    operation = document["paths"][example.template][example.method.lower()]
    shown = {"summary": example.summary}
    for parameter in operation.get("parameters", []):
        value = example.parameters[parameter["name"]]
        parameter.setdefault("examples", {})[example.name] = {**shown, "value": value}
    if example.body is not None:
        content = operation["requestBody"]["content"]["application/json"]
        content.setdefault("examples", {})[example.name] = {**shown, "value": example.body}
    recorded = recorded_answer(example)
    content = operation["responses"][str(example.status)]["content"][recorded.media_type]
    content.setdefault("examples", {})[example.name] = {**shown, "value": recorded.body}

"""The OpenAPI document: what the framework derives from the routes, made true and given recorded examples.

``python -m api.http.openapi`` prints it; ``docs/reference/openapi.json`` is a copy.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    ForbiddenError,
    InFlightError,
    MediaTypeError,
    NotJsonError,
    ParameterError,
    StaleError,
    UnauthenticatedError,
    UnconditionalError,
    UnknownRecordError,
)
from api.examples import EXAMPLES, recorded_answer
from api.examples.example import Example, with_names
from api.http.bodies import BODY_SECONDS
from api.http.openapi_parts import COMPONENTS, NAMED, problem_answers
from api.http.problems import MEDIA_TYPE, Problem, internal_problem, method_problem, problem_of
from api.http.request_log import REQUEST_ID
from api.tabular import MissingExtraError
from api.work.computations import busy
from forecast.documents import scenario_schema

Json = dict[str, Any]

DESCRIPTION = """\
Scenario forecasting you can check. Every error is a problem document (RFC 9457) of type
`application/problem+json`: `detail` says what is wrong and the way out, `errors[].pointer` names the field.
Every answer carries `X-Request-Id`; send your own to find a request in the server's log."""


_REQUEST_ID = {"description": "Id of the request in the server's log.", "schema": {"type": "string"}}

_EVERYWHERE = (405, 500)
_MADE: Mapping[int, Problem] = {
    400: problem_of(NotJsonError("the body is empty: send a JSON object")),
    401: problem_of(
        UnauthenticatedError("expired", "key 'a2b3c4d5' is expired: create one with `branchcast keys create`")
    ),
    403: problem_of(ForbiddenError("this needs a key with scope 'write', and 'dashboard' has scope 'read'")),
    404: problem_of(UnknownRecordError("there is no forecast '01kexamp1e': GET /v1/forecasts lists them")),
    405: method_problem("PATCH", "/v1/preview", "POST, OPTIONS"),
    408: problem_of(BodyTooSlowError(1_460, BODY_SECONDS)),
    409: problem_of(InFlightError("the same request is being worked on: ask again in a moment", 1)),
    412: problem_of(StaleError("scenario 'talks' has changed since you read it", '"v4-0f1e2d3c4b5a6978"')),
    413: problem_of(BodyTooLargeError(1_000_000)),
    415: problem_of(MediaTypeError("the header Content-Type is missing: send the body as application/json")),
    422: problem_of(ParameterError("limit", "'limit' is '0', but must be at least 1")),
    428: problem_of(UnconditionalError("send the header If-Match with the ETag that your change is based on")),
    500: internal_problem("9f0c3c5a4b7e4c0d8a51b8f3f1f7c2aa"),
    501: problem_of(MissingExtraError("Parquet", "branchcast[parquet]")),
    503: problem_of(busy(66)),
}
"""A problem for each status, shown where no recorded example brings it about."""

_USUAL: Mapping[str, object] = {
    "as_of": "2026-08-20",
    "base_rate": 0.25,
    "cursor": "WyI0ZDMyZTdiODRlMTEiLCAidGFsa3MiXQ==",
    "forecast_id": "01kexamp1e0000000000000002",
    "Idempotency-Key": "re-forecast-2026-08-20",
    "If-Match": '"v3-0f1e2d3c4b5a6978"',
    "limit": 50,
    "ordered": True,
    "Prefer": "respond-async",
    "question": "deal-in-2026",
    "scenario": "talks",
    "source": "manifold",
    "version": 3,
}
"""A value for each parameter that several routes share, shown where no recorded example has one."""


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
    (schemas["PlainPrior"],) = schemas["Scenario.PanelPrior"]["properties"]["experts"]["patternProperties"].values()
    schemas["Forecast"]["required"].remove("document")
    for operation in _operations(document):
        operation["responses"].update({str(code): said for code, said in problem_answers(*_EVERYWHERE).items()})
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "If-Match":  # left out of the signature, so that its absence gets 428 and not 422
                parameter |= {"required": True, "schema": {"type": "string"}}
        for answer in operation["responses"].values():
            answer["headers"] = {**answer.get("headers", {}), REQUEST_ID: _REQUEST_ID}
    for example in EXAMPLES:
        _attach(document, example)
    for operation in _operations(document):
        _complete(operation)
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
    recorded = recorded_answer(example)
    sent = with_names({**example.parameters, **example.query, **example.headers}, recorded.names)
    for parameter in operation.get("parameters", []):
        if parameter["name"] in sent:
            value = _typed(sent[parameter["name"]], parameter["schema"])
            parameter.setdefault("examples", {})[example.name] = {**shown, "value": value}
    if example.body is not None:
        content = operation["requestBody"]["content"]["application/json"]
        body = with_names(example.body, recorded.names)
        content.setdefault("examples", {})[example.name] = {**shown, "value": body}
    content = operation["responses"][str(example.status)]["content"][recorded.media_type]
    content.setdefault("examples", {})[example.name] = {**shown, "value": recorded.body}


def _typed(text: str, schema: Json) -> object:
    """Return a parameter's text as the type that its schema gives it."""
    kinds = {each.get("type") for each in (schema, *schema.get("anyOf", []))}
    if "integer" in kinds:
        return int(text)
    return text == "true" if "boolean" in kinds else text


def _complete(operation: Json) -> None:
    """Show a made-up value wherever no request was recorded that has one."""
    for parameter in operation.get("parameters", []):
        if "examples" not in parameter and parameter["name"] in _USUAL:
            parameter["example"] = _USUAL[parameter["name"]]
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get(MEDIA_TYPE)
        if content is not None and "examples" not in content:
            content["example"] = _MADE[int(status)].model_dump(exclude_none=True)

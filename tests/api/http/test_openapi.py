"""The OpenAPI document: current, true, complete, and with examples that were sent."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.app import create_app
from api.examples import EXAMPLES
from api.http.openapi import openapi_document, openapi_text

pytestmark = pytest.mark.anyio

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "reference" / "openapi.json"
FILES = ("application/x-npy", "application/vnd.apache.parquet", "text/html")
"""What is not shown in the document: nobody reads bytes there, or a page of HTML."""

PROBLEM = {"$ref": "#/components/schemas/Problem"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(create_app())


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield everything with a schema and examples: bodies, answers, parameters."""
    for method, path, operation in _operations(document):
        name = f"{method} {path}"
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{name} body", content
        for status, answer in operation["responses"].items():
            for media_type, content in answer.get("content", {}).items():
                if media_type not in FILES:
                    yield f"{name} {status} {media_type}", content
        for parameter in operation.get("parameters", []):
            yield f"{name} {parameter['name']}", parameter


def _events(stream: str) -> list[dict[str, str]]:
    """Return server-sent events as the objects that their schema speaks of."""
    blocks = [block.splitlines() for block in stream.strip().split("\n\n")]
    return [dict(line.split(": ", 1) for line in lines) for lines in blocks]


async def test_the_committed_document_is_the_served_one(client: httpx.AsyncClient, app: FastAPI) -> None:
    """Otherwise write it anew: ``python -m api.http.openapi > docs/reference/openapi.json``."""
    committed = COMMITTED.read_text(encoding="utf-8")
    assert (await client.get("/openapi.json")).json() == json.loads(committed)
    assert openapi_text(app) == committed


async def test_no_default_of_the_framework_is_left(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in json.dumps(document)


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))) <= named
    assert "x-component" not in json.dumps(document)


async def test_every_error_is_a_documented_problem(document: dict[str, Any]) -> None:
    """One schema, one media type, whatever the status; 405 and 500 may come from everywhere."""
    for method, path, operation in _operations(document):
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"405", "500"} <= refusals.keys(), f"{method} {path}"
        for answer in refusals.values():
            assert answer["content"].keys() == {"application/problem+json"}
            assert answer["content"]["application/problem+json"]["schema"] == PROBLEM
    preview = document["paths"]["/v1/preview"]["post"]["responses"]
    assert {"200", "400", "413", "415", "422", "503"} <= preview.keys()


async def test_every_operation_is_explained(document: dict[str, Any]) -> None:
    """Name, summary, description; every answer names the header that leads to the log."""
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(set(names)) == len(names)
    for _, path, operation in _operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert all("X-Request-Id" in answer["headers"] for answer in operation["responses"].values())
    schema = document["components"]["schemas"]["PreviewRequest"]
    assert all("description" in field for field in schema["properties"].values())


async def test_every_status_of_v1_has_an_example(document: dict[str, Any]) -> None:
    """An answer with content shows one; a body and a parameter do too."""
    for name, content in _contents(document):
        if "/v1/" in name:
            assert content.get("examples") or content.get("example"), name


async def test_every_example_is_one_that_was_sent(document: dict[str, Any]) -> None:
    """Nothing in the document was made up; problems that no single request brings about are checked elsewhere."""
    shown = {key for _, content in _contents(document) for key in content.get("examples", {})}
    assert shown == {example.name for example in EXAMPLES}


async def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    """Request bodies that are refused may not fit; all others, and every answer, do."""
    refused = {example.name for example in EXAMPLES if example.status >= 400}
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:openapi", resource)
    checked = 0
    for name, content in _contents(document):
        schema = json.loads(json.dumps(content["schema"]).replace('"#/components', '"urn:openapi#/components'))
        validator = jsonschema.Draft202012Validator(schema, registry=registry)
        for key, example in content.get("examples", {}).items():
            if key not in refused or not name.endswith("body"):
                for value in _events(example["value"]) if "event-stream" in name else [example["value"]]:
                    validator.validate(value)
                checked += 1
        if "example" in content:
            validator.validate(content["example"])
            checked += 1
    assert checked > len(EXAMPLES)

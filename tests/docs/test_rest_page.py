"""``docs/reference/rest.md`` has a row for every route, every problem and every key of a body, and for nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.http.problem_kinds import KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "rest.md").read_text(encoding="utf-8")
METHODS = {"GET", "POST", "PUT"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


def _rows(heading: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the table under a heading."""
    table = re.split(r"\n\n", PAGE.split(f"{heading}\n|---")[1])[0]
    for row in table.splitlines()[1:]:
        yield [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def _any_names(path: str) -> str:
    """Return an address without what its parameters are called."""
    return re.sub(r"\{\w+\}", "{}", path)


def _stated() -> set[tuple[str, str]]:
    """Return the routes of the page: ``GET``, ``PUT /x`` stands for both methods of one address."""
    stated, waiting = set(), set()
    for routes, _ in _rows("| route | answers |"):
        for named in re.findall(r"`([^`]+)`", routes):
            method, _, path = named.partition(" ")
            assert method in METHODS, named
            waiting.add(method)
            if path:
                stated |= {(each, _any_names(path)) for each in waiting}
                waiting.clear()
    return stated


def test_every_route_has_its_row(document: dict[str, Any]) -> None:
    served = {(method.upper(), _any_names(path)) for path, methods in document["paths"].items() for method in methods}
    assert _stated() == served


def test_every_problem_has_its_row() -> None:
    """In the order of their statuses, with the titles that they have."""
    rows = list(_rows("| type | status | title |"))
    assert rows == [[f"`{kind.type}`", str(kind.status), kind.title] for kind in KINDS.values()]
    assert [int(row[1]) for row in rows] == sorted(int(row[1]) for row in rows)


def test_every_key_of_a_body_is_explained(document: dict[str, Any]) -> None:
    """In code, where a reader looks for it."""
    said = set(re.findall(r"[A-Za-z_]\w*", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                body = schemas[content["schema"]["$ref"].rpartition("/")[2]]
                assert body["properties"].keys() <= said, operation["operationId"]

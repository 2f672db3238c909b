"""Every example of the OpenAPI document is sent, and gets the answer that was recorded for it."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from api.catalogue import FileCatalogue
from api.examples import EXAMPLES, SCENARIO, Example, recorded_answer
from api.examples.recording import answer_to, as_recorded, recorded_answers

pytestmark = pytest.mark.anyio


@pytest.fixture
def catalogue(catalogue: FileCatalogue) -> FileCatalogue:
    """Return what the examples were recorded with."""
    return FileCatalogue({SCENARIO: catalogue.get(SCENARIO)})


def _expected(recorded: Any, answered: Any) -> Any:  # noqa: ANN401 -- any JSON document
    """Return what was recorded, but for what differs between machines: versions, and the digest over last bits."""
    if not isinstance(recorded, dict):
        return recorded
    own = {name: answered[name] for name in ("versions", "digest") if "versions" in recorded}
    return _nearly({**recorded, **own})


def _nearly(part: Any) -> Any:  # noqa: ANN401 -- any part of a JSON document
    if isinstance(part, dict):
        return {name: _nearly(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_nearly(each) for each in part]
    return pytest.approx(part, rel=1e-9, abs=1e-12) if isinstance(part, float) else part


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.key)
async def test_an_example_is_answered_as_recorded(app: FastAPI, example: Example) -> None:
    """After a change that is meant to change answers, run ``python -m api.examples``."""
    answer = await answer_to(app, example)
    answered, recorded = as_recorded(answer), recorded_answer(example)
    assert answer.status_code == example.status
    assert answered["media_type"] == recorded.media_type
    assert answered["body"] == _expected(recorded.body, answered["body"])


async def test_recording_notes_every_answer() -> None:
    """What is recorded anew has the shape of what is kept."""
    recorded = json.loads(await recorded_answers())
    assert {key: (said["status"], said["media_type"]) for key, said in recorded.items()} == {
        example.key: (example.status, recorded_answer(example).media_type) for example in EXAMPLES
    }


async def test_names_tell_examples_apart() -> None:
    assert len({example.key for example in EXAMPLES}) == len(EXAMPLES)

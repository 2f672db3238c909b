"""Every example of the OpenAPI document is sent, and gets the answer that was recorded for it."""

import json
import re
from typing import Any
from unittest.mock import ANY

import pytest

from api.examples import EXAMPLES, recorded_answer
from api.examples.example import Example
from api.examples.recording import Answered, answers, example_app, recorded_answers

pytestmark = pytest.mark.anyio

_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")


@pytest.fixture(scope="module")
async def answered() -> dict[str, Answered]:
    """Return the answer to every example, sent in order to a new server."""
    with example_app() as app:
        async with app.router.lifespan_context(app):
            return {each.example.key: each for each in await answers(app)}


def _nearly(part: Any) -> Any:  # noqa: ANN401 -- any part of a JSON document
    """Return what was recorded, but for what differs between machines: last bits, digests over them, versions."""
    if isinstance(part, dict):
        return {name: ANY if name == "versions" else _nearly(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_nearly(each) for each in part]
    if isinstance(part, str) and _DIGEST.fullmatch(part):
        return Digest()
    return pytest.approx(part, rel=1e-9, abs=1e-12) if isinstance(part, float) else part


class Digest:
    """Equal to every digest."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and _DIGEST.fullmatch(other) is not None

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.key)
async def test_an_example_is_answered_as_recorded(answered: dict[str, Answered], example: Example) -> None:
    """After a change that is meant to change answers, run ``python -m api.examples``."""
    answer, recorded = answered[example.key], recorded_answer(example)
    assert answer.status == example.status, answer.body
    assert answer.media_type == recorded.media_type
    assert answer.body == _nearly(recorded.body)


async def test_recording_notes_every_answer() -> None:
    """What is recorded anew has the shape of what is kept."""
    recorded = json.loads(await recorded_answers())
    assert {key: (said["status"], said["media_type"]) for key, said in recorded.items()} == {
        example.key: (example.status, recorded_answer(example).media_type) for example in EXAMPLES
    }


async def test_names_tell_examples_apart() -> None:
    assert len({example.key for example in EXAMPLES}) == len(EXAMPLES)

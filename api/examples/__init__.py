"""Example requests of the OpenAPI document, and the answers recorded from a real run of each.

Every example is sent by a test, which compares the answer with the recorded one. After a change that is
meant to change answers, ``python -m api.examples`` records them anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from api.examples.example import Example
from api.examples.previews import PREVIEWS
from api.examples.story import STORY
from api.examples.tournaments import TOURNAMENTS

RECORDED = "recorded.json"

EXAMPLES = PREVIEWS + STORY + TOURNAMENTS
"""In the order in which they are sent."""


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What answered an example: its body, for JSON the data and else the text; and what ``@names`` stood for."""

    media_type: str
    body: Any
    names: Mapping[str, str]


@cache
def _recorded() -> Mapping[str, Any]:
    recorded: Mapping[str, Any] = json.loads(files(__name__).joinpath(RECORDED).read_text(encoding="utf-8"))
    return recorded


def recorded_answer(example: Example) -> RecordedAnswer:
    """Return the answer recorded for an example."""
    said = _recorded()[example.key]
    return RecordedAnswer(said["media_type"], said["body"], said["names"])

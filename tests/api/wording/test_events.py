"""Events of a document, as people read them."""

from typing import Any

import pytest

from api.wording.events import event_words
from api.wording.text import spoken


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("icbm_only", "icbm only"),
        ({"attribute": "nuclear_test"}, "nuclear test"),
        ({"branch": "summit", "by": "2026-12-31"}, "summit by 2026-12-31"),
        ({"branch": "deal", "within_years": 1.0, "of": "summit"}, "deal within 1 year of summit"),
        ({"quantity": "launches", "at_least": 1.0}, "launches at least 1"),
        ({"quantity": "share", "above": 0.0}, "share above 0"),
        ({"not": "summit"}, "not summit"),
        ({"any": ["a", "b", {"attribute": "c"}]}, "a or b or c"),
        ({"any": ["a", {"all": ["b", {"not": "c"}]}]}, "a or (b and not c)"),
        ({"not": {"any": ["a", "b"]}}, "not (a or b)"),
        ({"all": [{"any": ["a"]}, "b"]}, "a and b"),
    ],
)
def test_events_are_phrases(event: Any, said: str) -> None:  # noqa: ANN401
    assert event_words(event, spoken, spoken) == said

"""Topics of questions: what scores can be told by, and nothing that moves a document that states none."""

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import parse_scenario
from forecast.statements.questions import BinaryQuestion

ASKED = {"type": "binary", "text": "Will it?", "resolution": "It does.", "event": "yes"}


def _document(**stated: object) -> dict[str, object]:
    return {
        "scenario": "s",
        "title": "t",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {"n": {"branches": ["yes", "no"], "prior": {"family": "fixed", "p": {"yes": 0.5, "no": 0.5}}}},
        "questions": {"q": ASKED | stated},
    }


def test_topics_belong_to_the_digest_only_where_they_are_stated() -> None:
    """A document that was stored before there were topics keeps its digest, and its forecasts stay its own."""
    silent, about = parse_scenario(_document()), parse_scenario(_document(topics=["trade", "North Korea"]))
    assert "topics" not in silent.model_dump(mode="json")["questions"]["q"]
    assert about.digest != silent.digest
    assert parse_scenario(about.model_dump(mode="json")) == about
    question = about.questions["q"]
    assert isinstance(question, BinaryQuestion)
    assert question.topics == ("trade", "North Korea")


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        (["trade", "trade"], "'trade' is stated twice"),
        ([f"topic {i}" for i in range(11)], "10"),
        ([""], "topics.0"),
        ("trade", "topics"),
    ],
)
def test_topics_are_a_few_different_words(topics: object, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse_scenario(_document(topics=topics))

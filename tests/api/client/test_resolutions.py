"""What happened and how good the forecasts were, asked by the client of a real server."""

from datetime import date

import pytest

from api.client import AnswerError, Client
from tests.api.cli.support import TALKS

OPENED = {"type": "node", "branch": "opens"}


def test_what_happened_is_said_and_read_back(client: Client) -> None:
    """The bridge opens with 0.7: its log score is ln 0.7, and the two-sided Brier score 2 · 0.3²."""
    made = client.forecasts.create("minimal", draws=4_096, author="ana")
    noun = client.resolutions("minimal")
    found = noun.add("nodes.opening", OPENED, happened_on=date(2026, 3, 10), reason="seen", source="quay", author="ben")
    assert (found.words, found.author, found.reason, found.source) == ("opens", "ben", "seen", "quay")
    assert found.score is not None
    assert found.score.scores["brier_two_sided"] == pytest.approx(0.18, abs=1e-3)
    assert found.score.history is not None
    assert [each.forecast for each in found.score.history] == [made.id]
    assert noun.get("nodes.opening").id == found.id
    assert [each.id for each in noun.list()] == [found.id]
    assert list(noun.list(as_of="2026-03-09")) == []


def test_corrections_are_in_the_history(client: Client) -> None:
    noun = client.resolutions("minimal")
    for value in ({"type": "annulled"}, OPENED):
        noun.add("nodes.opening", value, happened_on="2026-03-10", reason="seen")
    assert [each.words for each in noun.list()] == ["opens"]
    assert [each.words for each in noun.list(history=True)] == ["opens", "annulled"]


def test_scores_are_asked_for_in_all_ways(client: Client) -> None:
    client.scenarios.create(TALKS, reason="first")
    client.forecasts.create("talks", draws=4_096, author="ana")
    place = "questions.which"
    value = {"type": "multiple_choice", "option": "A deal"}
    client.resolutions("talks").add(place, value, happened_on="2026-03-10", reason="seen")
    page = client.scores("talks", by="analyst", ordered=True, opens="2026-03-10", each="first")
    (card,) = page.places
    assert (card.place, card.history, "ordered_brier" in card.scores) == (place, None, True)
    assert page.averages is not None
    assert [group.key for group in page.averages] == ["ana"]
    assert client.scores("talks", of=place).places[0].history is not None
    assert client.scores("talks", base_rate=0.2).places[0].skill is None
    found = client.calibration(each="first")
    assert (found.scenarios, found.calibration == page.calibration) == (1, True)
    assert client.calibration(as_of="2026-03-09").calibration is None


def test_problems_name_the_field(client: Client) -> None:
    with pytest.raises(AnswerError) as refused:
        client.resolutions("minimal").add("nodes.opening", {"type": "maybe"}, happened_on="2026-03-10", reason="r")
    assert [each.pointer for each in refused.value.errors] == ["/value/type"]
    with pytest.raises(AnswerError) as unresolved:
        client.scores("minimal", of="nodes.opening")
    assert [each.parameter for each in unresolved.value.errors] == ["of"]

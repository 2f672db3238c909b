"""A clock that tests move, and drafts of scenarios to store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.store.scenarios import Draft
from forecast.documents import scenario_to_yaml
from forecast.scenario import parse_scenario

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class SetClock:
    """Tells the time that a test has set."""

    def __init__(self, now: datetime = NEW_YEAR) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        """Move on by a span, such as ``days=3``, and return the time."""
        self.now += timedelta(**span)
        return self.now


def coin(a: float = 2.0, *, scenario: str = "coin", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- parts of a document
    """Return a document with one node, whose mean is a / (a + 5)."""
    prior = {"family": "beta", "branch": "deal", "a": a, "b": 5.0}
    return {
        "scenario": scenario,
        "title": "A deal or none",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {"talks": {"branches": ["deal", "no_deal"], "prior": prior}},
        **more,
    }


def draft(document: dict[str, Any], reason: str = "a test", author: str = "ann") -> Draft:
    """Return a draft of a version."""
    scenario = parse_scenario(document)
    return Draft(scenario, scenario_to_yaml(scenario), author, reason)

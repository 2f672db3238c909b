"""What the clients of a crash test write about: small scenarios that any day of this century may be forecast from."""

from pathlib import Path
from typing import Any

from forecast.documents import scenario_to_yaml
from forecast.scenario import parse_scenario

SHARED = ("talks-0", "talks-1")
"""Scenarios that every client changes."""

NODES = ("talks", "terms")

QUESTION = "agreed"
"""The question of each scenario."""


def beta(a: float, b: float) -> dict[str, Any]:
    """Return a prior of either node."""
    return {"family": "beta", "branch": "yes", "a": a, "b": b}


def scenario(scenario_id: str) -> dict[str, Any]:
    """Return a scenario's document: two nodes in a row, each answered yes or no."""
    return {
        "scenario": scenario_id,
        "title": "Talks, and then terms",
        "as_of": "2020-01-01",
        "horizon": "2099-12-31",
        "root": "talks",
        "nodes": {
            "talks": {"branches": {"yes": "terms", "no": {"outcome": "no_talks"}}, "prior": beta(2, 5)},
            "terms": {
                "branches": {"yes": {"outcome": "terms_agreed"}, "no": {"outcome": "no_terms"}},
                "prior": beta(3, 3),
            },
        },
        "questions": {
            QUESTION: {"type": "binary", "text": "Will they agree?", "resolution": "They do.", "event": "terms_agreed"}
        },
    }


def entry(node: str, ratio: float) -> dict[str, Any]:
    """Return an evidence entry that speaks a little for or against a node's yes."""
    return {"date": "2020-06-01", "what": "a report", "likelihood_ratio": {f"{node}.yes": ratio}}


def write_shared(folder: Path) -> None:
    """Write the shared scenarios as files that a server stores when it starts."""
    for scenario_id in SHARED:
        text = scenario_to_yaml(parse_scenario(scenario(scenario_id)))
        (folder / f"{scenario_id}.yaml").write_text(text, encoding="utf-8")

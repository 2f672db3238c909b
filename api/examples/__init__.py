"""Example requests of the OpenAPI document, and the answers recorded from a real run of each.

Every example is sent by a test, which compares the answer with the recorded one. After a change that is
meant to change answers, ``python -m api.examples`` records them anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

SCENARIO = "minimal"
"""The one scenario that the catalogue of the examples holds."""

RECORDED = "recorded.json"

_INLINE: Mapping[str, Any] = {
    "scenario": "talks",
    "title": "Will talks end in a deal?",
    "as_of": "2026-01-01",
    "horizon": "2026-12-31",
    "nodes": {
        "start": {
            "branches": {"talks": "talks", "no_talks": {}},
            "prior": {"family": "beta", "branch": "talks", "a": 3, "b": 7},
        },
        "talks": {
            "branches": ["deal", "no_deal"],
            "prior": {"family": "dirichlet", "mean": {"deal": 0.25, "no_deal": 0.75}, "equivalent_sample_size": 8},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """One request and the status of its answer; ``body`` is sent as JSON, ``raw`` as it is, with ``headers``."""

    name: str
    summary: str
    method: str
    template: str
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None

    @property
    def path(self) -> str:
        """Return the address, its parameters filled in."""
        return self.template.format_map(self.parameters)

    @property
    def key(self) -> str:
        """Return the name under which the answer is recorded."""
        return f"{self.method} {self.template} {self.name}"


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The body that answered an example: for JSON its data, else the text."""

    media_type: str
    body: Any


def _read(template: str, name: str, summary: str, status: int = 200, **parameters: str) -> Example:
    return Example(name, summary, "GET", template, status, parameters)


def _preview(name: str, summary: str, body: object, status: int = 200) -> Example:
    return Example(name, summary, "POST", "/v1/preview", status, body=body)


def _raw_preview(name: str, summary: str, status: int, raw: bytes, media_type: str = "application/json") -> Example:
    return Example(name, summary, "POST", "/v1/preview", status, headers={"Content-Type": media_type}, raw=raw)


EXAMPLES: tuple[Example, ...] = (
    _read("/v1/scenarios", "all", "Every scenario"),
    _read("/v1/scenarios/{scenario_id}", "known", "A scenario", scenario_id=SCENARIO),
    _read("/v1/scenarios/{scenario_id}", "unknown", "No such scenario", 404, scenario_id="minimum"),
    _read("/v1/scenarios/{scenario_id}.yaml", "known", "A scenario as it was written", scenario_id=SCENARIO),
    _read("/v1/scenarios/{scenario_id}.yaml", "unknown", "No such scenario", 404, scenario_id="minimum"),
    _preview("stored", "A stored scenario as it is", {"scenario": SCENARIO}),
    _preview(
        "changed_prior",
        "Another prior, from other points",
        {
            "scenario": SCENARIO,
            "priors": {"opening": {"family": "beta", "branch": "opens", "mean": 0.4, "equivalent_sample_size": 20}},
            "draws": 8192,
            "seed": 7,
        },
    ),
    _preview("sent_along", "A scenario sent along, if talks take place", {"scenario": _INLINE, "assume": ["talks"]}),
    _preview("replayable", "A forecast that can be replayed", {"scenario": SCENARIO, "include": ["document"]}),
    _preview(
        "wrong_prior",
        "A prior that cannot be",
        {"scenario": SCENARIO, "priors": {"opening": {"family": "beta", "branch": "opens", "a": -1, "b": 3}}},
        422,
    ),
    _preview("unknown_branch", "A branch that is not there", {"scenario": SCENARIO, "assume": ["open"]}, 422),
    _preview(
        "contradiction", "Both branches of a node", {"scenario": SCENARIO, "assume": ["opens", "stays_closed"]}, 422
    ),
    _preview(
        "impossible",
        "A branch that the prior rules out",
        {
            "scenario": SCENARIO,
            "priors": {"opening": {"family": "fixed", "p": {"opens": 0, "stays_closed": 1}}},
            "assume": ["opens"],
        },
        422,
    ),
    _preview("too_dear", "More draws than one request may take", {"scenario": SCENARIO, "draws": 100_000_000}, 422),
    _preview("unknown_key", "A misspelt key", {"scenario": SCENARIO, "draw": 8192}, 422),
    _raw_preview("not_json", "A body that is not JSON", 400, b"scenario: minimal"),
    _raw_preview("not_marked", "A body that is not marked as JSON", 415, b'{"scenario": "minimal"}', "text/plain"),
    _raw_preview("too_large", "A body beyond the limit", 413, b" " * 1_000_001),
)


@cache
def _recorded() -> Mapping[str, Any]:
    recorded: Mapping[str, Any] = json.loads(files(__name__).joinpath(RECORDED).read_text(encoding="utf-8"))
    return recorded


def recorded_answer(example: Example) -> RecordedAnswer:
    """Return the answer recorded for an example."""
    said = _recorded()[example.key]
    return RecordedAnswer(said["media_type"], said["body"])

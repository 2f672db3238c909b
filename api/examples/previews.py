"""Requests that keep nothing: reads of the scenario that is there, and previews."""

from collections.abc import Mapping
from typing import Any

from api.examples.example import Example

SCENARIO = "minimal"
"""The one scenario that the store of the examples begins with."""

TALKS: Mapping[str, Any] = {
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


def _read(template: str, name: str, summary: str, status: int = 200, **parameters: str) -> Example:
    return Example(name, summary, "GET", template, status, parameters)


def _preview(name: str, summary: str, body: object, status: int = 200) -> Example:
    return Example(name, summary, "POST", "/v1/preview", status, body=body)


def _raw_preview(name: str, summary: str, status: int, raw: bytes, media_type: str = "application/json") -> Example:
    return Example(name, summary, "POST", "/v1/preview", status, headers={"Content-Type": media_type}, raw=raw)


PREVIEWS: tuple[Example, ...] = (
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
    _preview("sent_along", "A scenario sent along, if talks take place", {"scenario": TALKS, "assume": ["talks"]}),
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

"""A story told in requests: a scenario is stored, argued about, forecast, and looked back at."""

from typing import Any

from api.examples.example import Example
from api.examples.previews import SCENARIO, TALKS

_AT = {"scenario_id": "talks"}
_START = {**_AT, "node": "start"}
_PRIOR = "/v1/scenarios/{scenario_id}/nodes/{node}/prior"
_STATEMENT = "/v1/scenarios/{scenario_id}/nodes/{node}/statements/{expert}"
_RETITLED = {**TALKS, "title": "Will the new talks end in a deal?"}
_FORECAST = {"scenario": "talks", "as_of": "2026-06-30", "draws": 4096}
_SMALL = {"scenario": SCENARIO, "as_of": "2026-06-30", "draws": 16}


def _get(
    template: str,
    name: str,
    summary: str,
    parameters: dict[str, str],
    *,
    status: int = 200,
    query: dict[str, str] | None = None,
    keeps: dict[str, str] | None = None,
) -> Example:
    return Example(name, summary, "GET", template, status, parameters, query or {}, keeps=keeps or {})


def _beta(mean: float) -> dict[str, Any]:
    return {"family": "beta", "branch": "talks", "mean": mean, "equivalent_sample_size": 10}


_ANN = {"prior": _beta(0.4), "reason": "the delegations are senior"}
_NEWS = {
    "name": "date-set",
    "entry": {
        "date": "2026-06-12",
        "what": "Both capitals name a date and a place.",
        "source": "joint statement",
        "likelihood_ratio": {"talks": 4},
    },
    "reason": "named dates were kept three times in four",
    "dedupe_key": "joint-statement-2026-06-12",
}

STORY: tuple[Example, ...] = (
    Example(
        "stored",
        "A new scenario",
        "POST",
        "/v1/scenarios",
        201,
        body={"document": TALKS, "reason": "first draft, from the desk's base rates"},
        keeps={"version": "ETag"},
    ),
    Example(
        "taken",
        "An id that is taken",
        "POST",
        "/v1/scenarios",
        409,
        body={"document": TALKS, "reason": "sent again by mistake"},
    ),
    Example(
        "revised",
        "A new version",
        "PUT",
        "/v1/scenarios/{scenario_id}",
        200,
        _AT,
        headers={"If-Match": "@version"},
        body={"document": _RETITLED, "reason": "a title that says which talks"},
    ),
    Example(
        "stale",
        "A version based on one that is not the newest any more",
        "PUT",
        "/v1/scenarios/{scenario_id}",
        412,
        _AT,
        headers={"If-Match": "@version"},
        body={"document": TALKS, "reason": "did not know of the new title"},
    ),
    _get(_PRIOR, "known", "What is believed of one node", _START, keeps={"prior": "ETag"}),
    Example(
        "set",
        "A prior is set",
        "PUT",
        _PRIOR,
        200,
        _START,
        headers={"If-Match": "@prior", "Idempotency-Key": "start-after-the-letter"},
        body={"prior": _beta(0.4), "reason": "both sides have named a delegation", "author": "Ann"},
    ),
    Example(
        "too_late",
        "A colleague was faster",
        "PUT",
        _PRIOR,
        412,
        _START,
        headers={"If-Match": "@prior"},
        body={"prior": _beta(0.2), "reason": "the letter means nothing", "author": "Ben"},
    ),
    _get("/v1/scenarios/{scenario_id}/versions", "all", "Who stored what and why", _AT),
    _get(
        "/v1/scenarios/{scenario_id}/diff",
        "last",
        "What changed",
        _AT,
        query={"from": "1", "to": "3", "numbers": "true"},
    ),
    Example(
        "stated",
        "What an expert states",
        "PUT",
        _STATEMENT,
        201,
        {**_START, "expert": "ann"},
        body=_ANN,
    ),
    Example(
        "again",
        "The same statement again",
        "PUT",
        _STATEMENT,
        200,
        {**_START, "expert": "ann"},
        body=_ANN,
    ),
    Example(
        "other",
        "What another states",
        "PUT",
        _STATEMENT,
        201,
        {**_START, "expert": "ben"},
        body={"prior": _beta(0.2), "reason": "they named delegations before, and never met"},
    ),
    _get(
        "/v1/scenarios/{scenario_id}/nodes/{node}/statements",
        "newest",
        "The newest of each expert",
        _START,
        query={"history": "false"},
    ),
    _get(_STATEMENT, "one", "What one expert stated", {**_START, "expert": "ben"}),
    Example(
        "pooled",
        "The statements become the prior",
        "POST",
        "/v1/scenarios/{scenario_id}/nodes/{node}/panel",
        200,
        _START,
        headers={"If-Match": "*"},
        body={"pool": "mixture", "weights": {"ann": 0.5, "ben": 0.5}, "reason": "Tuesday's panel"},
    ),
    Example(
        "recorded",
        "News is recorded",
        "POST",
        "/v1/scenarios/{scenario_id}/evidence",
        201,
        _AT,
        body=_NEWS,
    ),
    Example(
        "repeated",
        "The same news from a second feed",
        "POST",
        "/v1/scenarios/{scenario_id}/evidence",
        200,
        _AT,
        body=_NEWS,
    ),
    _get("/v1/scenarios/{scenario_id}/evidence", "all", "What is on file", _AT),
    _get("/v1/scenarios/{scenario_id}/evidence/{name}", "one", "One entry", {**_AT, "name": "date-set"}),
    Example("made", "A forecast", "POST", "/v1/forecasts", 201, body=_FORECAST, keeps={"forecast": "id", "run": "run"}),
    Example(
        "retracted",
        "An entry no longer counts",
        "POST",
        "/v1/scenarios/{scenario_id}/evidence/{name}/retraction",
        201,
        {**_AT, "name": "date-set"},
        body={"reason": "one of the capitals denies it"},
    ),
    Example(
        "after",
        "A forecast after the retraction",
        "POST",
        "/v1/forecasts",
        201,
        body={**_FORECAST, "reason": "the denial"},
        keeps={"later": "id"},
    ),
    Example("small", "A forecast from few draws", "POST", "/v1/forecasts", 201, body=_SMALL, keeps={"small": "id"}),
    Example(
        "queued",
        "A forecast that takes its time",
        "POST",
        "/v1/forecasts",
        202,
        headers={"Prefer": "respond-async"},
        body=_SMALL,
    ),
    _get("/v1/forecasts", "all", "Recorded forecasts of one scenario", {}, query={"scenario": "talks"}),
    _get("/v1/forecasts/{forecast_id}", "one", "A forecast", {"forecast_id": "@forecast"}),
    _get("/v1/forecasts/{forecast_id}", "unknown", "No such forecast", {"forecast_id": "nowhere"}, status=404),
    _get(
        "/v1/forecasts/{forecast_id}",
        "replayable",
        "A forecast with its document",
        {"forecast_id": "@forecast"},
        query={"include": "document"},
    ),
    _get(
        "/v1/forecasts/{forecast_id}/comparison",
        "moved",
        "What moved between two",
        {"forecast_id": "@forecast"},
        query={"with": "@later"},
    ),
    _get(
        "/v1/forecasts/{forecast_id}/explanation",
        "why",
        "Why it moved",
        {"forecast_id": "@forecast"},
        query={"with": "@later", "draws": "1024"},
    ),
    _get(
        "/v1/forecasts/{forecast_id}/draws",
        "csv",
        "Its draws",
        {"forecast_id": "@small"},
        query={"format": "csv"},
    ),
    _get(
        "/v1/forecasts/{forecast_id}/worlds",
        "csv",
        "Its worlds",
        {"forecast_id": "@small"},
        query={"format": "csv"},
    ),
    _get("/v1/forecasts/{forecast_id}/file", "whole", "A forecast as a file", {"forecast_id": "@forecast"}),
    _get(
        "/v1/scenarios/{scenario_id}/forecasts/latest",
        "newest",
        "The newest forecast",
        _AT,
        query={"include": "document"},
    ),
    _get("/v1/scenarios/{scenario_id}/history", "deal", "How one figure went", _AT, query={"of": "outcomes.deal"}),
    _get("/v1/runs", "all", "Runs of one scenario", {}, query={"scenario": "talks"}),
    _get("/v1/runs/{run_id}", "done", "A run that is done", {"run_id": "@run"}),
    _get("/v1/runs/{run_id}/events", "done", "The events of a run that is done", {"run_id": "@run"}),
    Example(
        "done",
        "A run that is done stays as it is",
        "POST",
        "/v1/runs/{run_id}/cancellation",
        202,
        {"run_id": "@run"},
    ),
    Example(
        "forced",
        "What if the talks were made to take place",
        "POST",
        "/v1/what-if",
        200,
        body={"scenario": "talks", "do": ["start.talks"], "draws": 4096},
    ),
    Example(
        "made",
        "A key for a dashboard",
        "POST",
        "/v1/keys",
        201,
        body={"name": "dashboard", "scope": "read", "expires_at": "2027-08-20T00:00:00Z"},
        keeps={"key": "prefix"},
    ),
    _get("/v1/keys", "all", "Every key, without its secret", {}),
    _get("/v1/keys/{prefix}", "one", "A key", {"prefix": "@key"}),
    Example("revoked", "A key stops working", "POST", "/v1/keys/{prefix}/revocation", 200, {"prefix": "@key"}),
    _get("/v1/audit", "one", "What was done to one scenario", {}, query={"subject": "scenarios/talks/versions/1"}),
)

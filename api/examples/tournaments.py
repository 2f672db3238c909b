"""The story goes on at tournaments: a question is listed, a forecast exported, submitted, resolved and scored."""

from typing import Any

from api.examples.example import Example
from api.examples.previews import TALKS

_AT = {"scenario_id": "talks-asked"}
_FORECAST = {"forecast_id": "@asked"}
_LISTING = "/v1/scenarios/{scenario_id}/listings/{name}"
_QUOTE = "/v1/scenarios/{scenario_id}/quotes/{quote_id}"
_QUESTIONS: dict[str, Any] = {
    "deal-in-2026": {
        "type": "binary",
        "text": "Will there be a deal in 2026?",
        "resolution": "A text that both governments publish.",
        "event": "deal",
    },
    "state": {
        "type": "multiple_choice",
        "text": "How will 2026 end?",
        "resolution": "By the same texts.",
        "options": {"No talks": "no_talks", "Talks, no deal": "no_deal", "Deal": "deal"},
    },
}
_DEAL = {
    "platform": "metaculus",
    "question": "deal-in-2026",
    "id": 40123,
    "post": 39876,
    "type": "binary",
}

_CSV = """\
place,question,kind,item,value,valid_at
our-club,Will there be a deal this year?,probability,,0.2,2026-08-19T18:00:00Z
"""
_QUOTED = {"question": "deal-in-2026", "source": "csv", "text": _CSV}
_HAPPENED = {
    "place": "questions.deal-in-2026",
    "value": {"type": "binary", "happened": False},
    "happened_on": "2026-08-20",
    "reason": "both delegations went home, and said so",
}
_STATED = {"quote": "@quote", "branch": "deal", "equivalent_sample_size": 20}
_STATEMENT = "/v1/scenarios/{scenario_id}/nodes/{node}/statements/{expert}/quote"
_EXPERT = {**_AT, "node": "talks", "expert": "club"}

TOURNAMENTS: tuple[Example, ...] = (
    Example(
        "with_questions",
        "A scenario that answers questions",
        "POST",
        "/v1/scenarios",
        201,
        body={
            "document": {**TALKS, "scenario": "talks-asked", "questions": _QUESTIONS},
            "reason": "two tournaments ask about the talks",
        },
    ),
    Example(
        "new",
        "A question of Metaculus that ours answers",
        "PUT",
        _LISTING,
        201,
        {**_AT, "name": "deal"},
        body={"listing": _DEAL, "reason": "the post's clause is ours, word for word"},
    ),
    Example(
        "same",
        "What is listed already",
        "PUT",
        _LISTING,
        200,
        {**_AT, "name": "deal"},
        body={"listing": _DEAL, "reason": "sent again"},
    ),
    Example(
        "no_question",
        "A listing without a question of ours",
        "PUT",
        _LISTING,
        422,
        {**_AT, "name": "deal"},
        body={"listing": {**_DEAL, "question": "deal-in-2025"}, "reason": "a slip"},
    ),
    Example("all", "What is listed where", "GET", "/v1/scenarios/{scenario_id}/listings", 200, _AT),
    Example("one", "A listing", "GET", _LISTING, 200, {**_AT, "name": "deal"}),
    Example(
        "to_export",
        "A forecast to export",
        "POST",
        "/v1/forecasts",
        201,
        body={"scenario": "talks-asked", "draws": 4096},
        keeps={"asked": "id"},
    ),
    Example(
        "metaculus",
        "What Metaculus would get",
        "POST",
        "/v1/forecasts/{forecast_id}/exports",
        200,
        _FORECAST,
        body={"format": "metaculus"},
    ),
    Example(
        "unknown_format",
        "A format that is not there",
        "POST",
        "/v1/forecasts/{forecast_id}/exports",
        422,
        _FORECAST,
        body={"format": "metaculos"},
    ),
    Example(
        "dry_run",
        "What would be sent",
        "POST",
        "/v1/forecasts/{forecast_id}/submissions",
        200,
        _FORECAST,
        body={"platform": "metaculus", "reason": "a look before the first one"},
    ),
    Example(
        "sent",
        "Have it sent",
        "POST",
        "/v1/forecasts/{forecast_id}/submissions",
        202,
        _FORECAST,
        body={"platform": "metaculus", "dry_run": False, "reason": "the monthly forecast"},
    ),
    Example(
        "would_withdraw",
        "What would withdraw it",
        "POST",
        "/v1/scenarios/{scenario_id}/withdrawals",
        200,
        _AT,
        body={"platform": "metaculus", "reason": "a look before the clause changes"},
    ),
    Example(
        "withdrawn",
        "Withdraw what stands there",
        "POST",
        "/v1/scenarios/{scenario_id}/withdrawals",
        202,
        _AT,
        body={"platform": "metaculus", "dry_run": False, "reason": "the clause was changed"},
        keeps={"submission": "submissions.0.id"},
    ),
    Example("all", "What was sent", "GET", "/v1/submissions", 200, query={"scenario": "talks-asked"}),
    Example(
        "one", "What became of it", "GET", "/v1/submissions/{submission_id}", 200, {"submission_id": "@submission"}
    ),
    Example(
        "csv",
        "What others say, from a file of one's own",
        "POST",
        "/v1/scenarios/{scenario_id}/quotes",
        201,
        _AT,
        body=_QUOTED,
        keeps={"quote": "quotes.0.id"},
    ),
    Example("again", "The same once more", "POST", "/v1/scenarios/{scenario_id}/quotes", 200, _AT, body=_QUOTED),
    Example("all", "What others say", "GET", "/v1/scenarios/{scenario_id}/quotes", 200, _AT),
    Example("one", "A quote", "GET", _QUOTE, 200, {**_AT, "quote_id": "@quote"}),
    Example("raw", "A quote as it came", "GET", f"{_QUOTE}/raw", 200, {**_AT, "quote_id": "@quote"}),
    Example("beside", "Ours beside theirs", "GET", "/v1/scenarios/{scenario_id}/outside", 200, _AT),
    Example("stated", "A quote as a panel member states it", "POST", _STATEMENT, 201, _EXPERT, body=_STATED),
    Example("stated_again", "The same once more", "POST", _STATEMENT, 200, _EXPERT, body=_STATED),
    Example(
        "no",
        "What happened",
        "POST",
        "/v1/scenarios/{scenario_id}/resolutions",
        201,
        _AT,
        body=_HAPPENED,
    ),
    Example(
        "no_again",
        "The same once more",
        "POST",
        "/v1/scenarios/{scenario_id}/resolutions",
        200,
        _AT,
        body=_HAPPENED,
    ),
    Example("all", "What happened so far", "GET", "/v1/scenarios/{scenario_id}/resolutions", 200, _AT),
    Example(
        "one",
        "What happened at one place",
        "GET",
        "/v1/scenarios/{scenario_id}/resolutions/{place}",
        200,
        {**_AT, "place": "questions.deal-in-2026"},
    ),
    Example("all", "How good the forecasts were", "GET", "/v1/scenarios/{scenario_id}/scores", 200, _AT),
    Example(
        "everything",
        "What was recorded, corrections and what they correct",
        "GET",
        "/v1/scenarios/{scenario_id}/resolutions",
        200,
        _AT,
        {"history": "true"},
    ),
    Example(
        "in_full",
        "One question in full",
        "GET",
        "/v1/scenarios/{scenario_id}/scores",
        200,
        _AT,
        {"of": "questions.deal-in-2026", "opens": "2026-08-01", "each": "first"},
    ),
    Example(
        "by_type",
        "Averages by type of question",
        "GET",
        "/v1/scenarios/{scenario_id}/scores",
        200,
        _AT,
        {"by": "type"},
    ),
    Example("first", "First predictions only", "GET", "/v1/scores", 200, query={"each": "first"}),
    Example("all", "Calibration over all scenarios", "GET", "/v1/scores", 200),
    Example(
        "ended",
        "A listing ends",
        "POST",
        "/v1/scenarios/{scenario_id}/listings/{name}/end",
        201,
        {**_AT, "name": "deal"},
        body={"reason": "the platform has closed the question"},
    ),
)

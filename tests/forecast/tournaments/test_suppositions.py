"""What would be, if something were so: told where it has a place, refused where a platform asks what will happen."""

import json
from dataclasses import replace
from typing import Any

import pytest

from forecast.predictions.predict import predict
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from forecast.tournaments.exports import ExportError
from forecast.tournaments.registry import FORMATS, read_listing, read_settings
from tests.forecast.tournaments.predictions_by_hand import binary, predicted

SUPPOSING = replace(predicted(binary(0.3)), supposed="it assumes 'summit'")

TALKS: dict[str, Any] = {
    "scenario": "talks",
    "title": "Will they agree?",
    "as_of": "2026-01-01",
    "horizon": "2026-12-31",
    "nodes": {
        "summit": {
            "branches": {"met": "terms", "never_met": {}},
            "prior": {"family": "fixed", "p": {"met": 0.4, "never_met": 0.6}},
            "rationale": "Four of ten.",
        },
        "terms": {"branches": ["deal", "no_deal"], "prior": {"family": "fixed", "p": {"deal": 0.5, "no_deal": 0.5}}},
    },
    "quantities": {"price": {"unit": "EUR", "default": {"family": "fixed", "value": 3.0}, "rationale": "Listed."}},
    "questions": {
        "agreed": {"type": "binary", "text": "Will they?", "resolution": "Yes.", "event": "deal", "note": "Narrow."},
        "cost": {"type": "numeric", "text": "How much?", "resolution": "Paid.", "quantity": "price"},
    },
}


@pytest.mark.parametrize("platform", sorted(FORMATS.keys() - {"table", "hubverse"}))
def test_a_platform_that_asks_what_will_happen_gets_no_supposition(platform: str) -> None:
    with pytest.raises(ExportError, match="it assumes 'summit'.: export one that supposes nothing"):
        FORMATS[platform].exported([], SUPPOSING, None)


def test_a_table_says_what_is_supposed() -> None:
    form = FORMATS["table"]
    listing, settings = read_listing({"platform": "table", "question": "meet"}), read_settings(form, {})
    export = form.exported([listing], SUPPOSING, settings)
    assert json.loads(export.documents[1].content)["supposed"] == "it assumes 'summit'"
    assert [(each.place, each.figures) for each in export.distortions] == [("table", {})]
    assert "it assumes 'summit'" in export.distortions[0].reason
    assert form.exported([listing], predicted(binary(0.3)), settings).distortions == ()


@pytest.mark.parametrize(
    ("asked", "supposed"),
    [
        ({}, ""),
        ({"assume": ("met",)}, "it assumes 'met'"),
        ({"do": ("met",), "assume": ("deal",)}, "it assumes 'deal' and forces 'met'"),
        ({"evidence": "none"}, "it uses other evidence than what is accepted"),
    ],
)
def test_predictions_know_what_their_forecast_supposes(asked: dict[str, Any], supposed: str) -> None:
    found = predict(run(parse_scenario(TALKS), RunSettings(draws=1_024, **asked)))
    assert found.supposed == supposed


def test_predictions_know_why() -> None:
    """From the root on, as far as it is stated: of the nodes on the way, and of quantities."""
    found = predict(run(parse_scenario(TALKS), RunSettings(draws=1_024)))
    assert found.rationales == {"agreed": ("Narrow.", "summit: Four of ten."), "cost": ("price: Listed.",)}

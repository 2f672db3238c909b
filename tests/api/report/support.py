"""Forecasts that the tests of the report share."""

from functools import cache
from typing import Any

from api.cli.files import read_text
from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings

PACKAGED = ("minimal", "central-bank-path-2026", "drug-approval-2026", "trump-kim-2025")


@cache
def packaged_forecast(name: str) -> Forecast:
    """Return a quick forecast of a scenario that comes with branchcast."""
    return run(read_scenario(read_text(name)), RunSettings(draws=16_384))


def small(**changed: Any) -> Forecast:  # noqa: ANN401
    """Return a forecast of one node, with other parts of the document in place or besides."""
    document = {
        "scenario": "small",
        "title": "Small",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {
            "start": {"branches": ["deal", "no_deal"], "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5}}
        },
        **changed,
    }
    return run(parse_scenario(document), RunSettings(draws=256))


def wide(outcomes: int) -> Forecast:
    """Return a forecast of one node with many outcomes, the later the likelier."""
    names = [f"way_{i}" for i in range(outcomes)]
    total = outcomes * (outcomes + 1) / 2
    prior = {"family": "dirichlet", "alpha": {name: (i + 1) * 100 / total for i, name in enumerate(names)}}
    return small(nodes={"start": {"branches": names, "prior": prior}})

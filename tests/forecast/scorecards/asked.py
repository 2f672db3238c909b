"""A scenario with a question of every type, and forecasts that say at one place what a test wants."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from forecast.resolutions import Settled, read_resolution
from forecast.result import Histogram, QuantitySummary
from forecast.scenario import Scenario, parse_scenario
from forecast.scorecards.cards import Recorded
from forecast.scorecards.stated import Chance, Stated, UnscoredError

OPENS = datetime(2026, 1, 1, tzinfo=UTC)
CLOSES = date(2027, 9, 29)
"""The last of 637 days from ``OPENS`` on."""

_ASKED: dict[str, Any] = {"text": "What comes of it?", "resolution": "By the news.", "closes": CLOSES.isoformat()}

SCENARIO: Scenario = parse_scenario(
    {
        "scenario": "talks",
        "title": "Will the talks end in a deal?",
        "as_of": "2026-01-01",
        "horizon": "2027-12-31",
        "checkpoints": ["2026-06-30"],
        "nodes": {
            "meeting": {
                "branches": {"met": "talks", "never_met": None},
                "prior": {"family": "hazard", "event": "met", "rate": {"family": "fixed", "per_year": 1.0}},
            },
            "talks": {
                "branches": {
                    "deal": {"lag": {"family": "uniform", "low": 0.0, "high": 4.0}, "eventually": True},
                    "no_deal": {},
                },
                "prior": {"family": "fixed", "p": {"deal": 0.25, "no_deal": 0.75}},
            },
        },
        "quantities": {"price": {"unit": "crowns", "default": {"family": "uniform", "low": 0.0, "high": 1.0}}},
        "questions": {
            "deal": {"type": "binary", "event": "deal", **_ASKED},
            "open": {"type": "binary", "event": "deal", **_ASKED, "closes": None},
            "cost": {"type": "numeric", "quantity": "price", **_ASKED},
            "when": {"type": "date", "branch": "met", **_ASKED},
            "which": {
                "type": "multiple_choice",
                "options": {"A deal": "deal", "No deal": "no_deal", "Nothing": "rest"},
                **_ASKED,
            },
            "pair": {"type": "conditional", "event": "deal", "given": "met", **_ASKED},
        },
    }
)


def at(days: float) -> datetime:
    """Return the moment so many days after the opening."""
    return OPENS + timedelta(days=days)


def happened(place: str, on: date = CLOSES, **value: Any) -> Settled:  # noqa: ANN401 -- parts of a resolution
    """Return what happened at a place."""
    return Settled(place, read_resolution(value), on)


def said(
    place: str, *predictions: tuple[float, Stated | UnscoredError], author: str = "ann", name: str = "f"
) -> list[Recorded]:
    """Return a forecast for each (days after the opening, what it says)."""
    return [Recorded(f"{name}{days}", author, at(days), {place: stated}) for days, stated in predictions]


def chances(place: str, yes: bool, *predictions: tuple[float, float], author: str = "ann") -> list[Recorded]:
    """Return a forecast for each (days after the opening, probability of yes)."""
    return said(place, *((days, Chance(p, yes)) for days, p in predictions), author=author)


def in_order(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Return forecasts as they were recorded."""
    return sorted(recorded, key=lambda each: each.recorded_at)


def evenly(low: float, high: float) -> QuantitySummary:
    """Return what a forecast keeps of a number that is as likely anywhere between two."""
    levels = {"0.05": 0.05, "0.25": 0.25, "0.5": 0.5, "0.75": 0.75, "0.95": 0.95}
    return QuantitySummary(
        unit="crowns",
        mean=(low + high) / 2,
        mc_error=0.0,
        sd=1.0,
        quantiles={name: low + level * (high - low) for name, level in levels.items()},
        exact=None,
        exact_sd=None,
        exact_reason=None,
        atoms=(),
        histogram=Histogram(edges=(low, high), probabilities=(1.0,)),
    )

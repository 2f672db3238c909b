"""Spans of days include their first and their last, for windows of a hazard as for windows of evidence."""

import math
from datetime import date

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import parse_scenario
from tests.strategies import Document, changed, document, forecast_of, node

PER_YEAR = 3.65


def _meeting(*windows: tuple[str, str, float]) -> Document:
    prior = {
        "family": "hazard",
        "event": "meet",
        "rate": {"family": "fixed", "per_year": PER_YEAR},
        "windows": [{"from": start, "to": end, "multiplier": times} for start, end, times in windows],
    }
    return document({"meeting": node(["meet", "no_meeting"], prior)})


def _open_days(described: Document) -> float:
    """Days on which the event may happen, from its exact probability."""
    exact = forecast_of(described).outcomes["meet"].exact
    assert exact is not None
    return -math.log1p(-exact) / PER_YEAR * 365.25


def test_windows_of_neighbouring_days_leave_no_day_between() -> None:
    scenario = parse_scenario(_meeting())
    days = (scenario.horizon - scenario.as_of).days
    assert _open_days(_meeting()) == pytest.approx(days)
    closed = _meeting(("2026-01-01", "2026-06-29", 0.0), ("2026-06-30", "2027-01-01", 0.0))
    assert _open_days(closed) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("start", "end", "times", "more"),
    [
        ("2026-04-01", "2026-05-31", 0.0, -61),
        ("2026-09-01", "2026-09-30", 3.0, 60),
        ("2026-06-30", "2026-06-30", 0.0, -1),
    ],
)
def test_a_window_counts_both_its_ends(start: str, end: str, times: float, more: int) -> None:
    assert _open_days(_meeting((start, end, times))) - _open_days(_meeting()) == pytest.approx(more)


def test_windows_that_share_a_day_overlap() -> None:
    with pytest.raises(ScenarioError, match="windows overlap"):
        parse_scenario(_meeting(("2026-01-10", "2026-02-01", 0.0), ("2026-02-01", "2026-03-01", 2.0)))


def test_evidence_about_a_month_speaks_of_all_its_days() -> None:
    """A ratio that rules everything but May out leaves the 31 days of May."""
    entry = {"date": "2026-01-02", "what": "An invitation for May", "likelihood_ratio": {"meet": 1e6}}
    may = {**entry, "window": {"from": "2026-05-01", "to": "2026-05-31"}}
    described = changed(
        _meeting(), evidence={"invitation": may}, checkpoints=["2026-04-30", "2026-05-15", "2026-05-31"]
    )
    by = forecast_of(described, as_of=date(2026, 1, 2)).dates["meet"].by
    shares = [by[day].mean for day in ("2026-04-30", "2026-05-15", "2026-05-31")]
    rate = PER_YEAR / 365.25
    expected = -math.expm1(-15 * rate) / -math.expm1(-31 * rate)
    assert shares == pytest.approx([0.0, expected, 1.0], abs=5e-5)

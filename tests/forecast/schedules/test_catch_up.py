"""Ticks that were missed: the last one, all up to a number, or none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.schedules.catch_up import GRACE, Policy, ticks_due
from forecast.schedules.rules import Rule

DAILY = Rule("0 6 * * *", "UTC")
SIX = datetime(2026, 1, 10, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("policy", "most", "days"),
    [("latest", 5, [10]), ("all", 5, [6, 7, 8, 9, 10]), ("all", 100, [4, 5, 6, 7, 8, 9, 10]), ("skip", 5, [10])],
)
def test_of_a_week_that_was_missed(policy: Policy, most: int, days: list[int]) -> None:
    """The last tick was on the 3rd; now it is a few seconds after that of the 10th."""
    found = ticks_due(DAILY, SIX - 7 * DAY, SIX + timedelta(seconds=5), policy, most)
    assert [tick.day for tick in found] == days


@pytest.mark.parametrize(("late", "count"), [(timedelta(0), 1), (GRACE, 1), (GRACE + timedelta(seconds=1), 0)])
def test_a_little_late_is_not_missed(late: timedelta, count: int) -> None:
    assert len(ticks_due(DAILY, SIX - DAY, SIX + late, "skip", 10)) == count


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.sampled_from(["latest", "all", "skip"]), st.integers(1, 20))
def test_no_tick_is_due_twice_or_before_its_time(first: int, then: int, policy: Policy, most: int) -> None:
    after = SIX + timedelta(seconds=first)
    now = after + timedelta(seconds=then)
    found = ticks_due(DAILY, after, now, policy, most)
    assert list(found) == sorted(set(found))
    assert all(after < tick <= now for tick in found)
    if found:
        assert ticks_due(DAILY, found[-1], now, policy, most) == ()

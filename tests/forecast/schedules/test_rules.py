"""Ticks of cron expressions in time zones: counts by the calendar, both changes of the clocks, and refusals."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.schedules.rules import Rule, RuleError

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Seoul", "Pacific/Apia", "UTC")


def of_year(rule: Rule, year: int = 2026) -> list[datetime]:
    """Return the ticks of a year of the rule's zone."""
    begin, end = (datetime(each, 1, 1, tzinfo=ZoneInfo(rule.zone)).astimezone(UTC) for each in (year, year + 1))
    return list(takewhile(lambda tick: tick < end, rule.after(begin - timedelta(seconds=1))))


def local(rule: Rule, day: date) -> list[str]:
    """Return the ticks of a day as its clocks show them."""
    ticks = (tick.astimezone(ZoneInfo(rule.zone)) for tick in of_year(rule, day.year))
    return [f"{tick:%H:%M%z}" for tick in ticks if tick.date() == day]


@pytest.mark.parametrize(
    ("cron", "zone"),
    [("30 2 * * *", "Europe/Paris"), ("45 1 * * *", "America/New_York"), ("45 1 * * *", "Australia/Lord_Howe")],
)
def test_what_is_daily_comes_365_times_in_2026(cron: str, zone: str) -> None:
    """Also where its time is left out on one day of the year, and comes twice on another."""
    rule = Rule(cron, zone)
    ticks = of_year(rule)
    days = [tick.astimezone(ZoneInfo(zone)).date() for tick in ticks]
    assert len(ticks) == len(set(days)) == 365
    assert all(before < after for before, after in pairwise(ticks))


def test_what_is_left_out_comes_right_after() -> None:
    assert local(Rule("30 2 * * *", "Europe/Paris"), date(2026, 3, 29)) == ["03:00+0200"]
    assert local(Rule("15 2 * * *", "Australia/Lord_Howe"), date(2026, 10, 4)) == ["02:30+1100"]


def test_what_is_hourly_goes_on_through_both_changes() -> None:
    """23 and 25 ticks in Paris; on Lord Howe, whose clocks move by half an hour, the gap of 01:30 to 02:30 has 24."""
    hourly = Rule("0 * * * *", "Europe/Paris")
    assert local(hourly, date(2026, 3, 29))[:3] == ["00:00+0100", "01:00+0100", "03:00+0200"]
    assert local(hourly, date(2026, 10, 25))[1:4] == ["01:00+0200", "02:00+0200", "02:00+0100"]
    assert [len(local(hourly, day)) for day in (date(2026, 3, 29), date(2026, 10, 25))] == [23, 25]
    assert len(of_year(hourly)) == 8_760
    assert len(of_year(Rule("*/30 * * * *", "Australia/Lord_Howe"))) == 17_520


def test_days_that_some_months_have_not() -> None:
    assert len(of_year(Rule("0 0 31 * *", "UTC"))) == 7
    assert [len(of_year(Rule("0 0 29 2 *", "UTC"), year)) for year in (2026, 2027, 2028)] == [0, 0, 1]
    assert Rule("0 0 29 2 *", "UTC").first(1, datetime(2096, 3, 1, tzinfo=UTC))[0].year == 2104


def test_the_next_five() -> None:
    ticks = Rule("0 9 * * MON-FRI", "Asia/Seoul").first(5, datetime(2026, 11, 26, 23, 0, tzinfo=UTC))
    assert [tick.isoformat() for tick in ticks] == [
        "2026-11-27T00:00:00+00:00",
        "2026-11-30T00:00:00+00:00",
        "2026-12-01T00:00:00+00:00",
        "2026-12-02T00:00:00+00:00",
        "2026-12-03T00:00:00+00:00",
    ]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["30 2 * * *", "*/20 1-3 * * *", "0 0 1 * *", "15 */6 * * SUN"]),
    st.integers(0, 2 * 365 * 86_400).map(lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
)
def test_looking_back_finds_the_same_ticks(zone: str, cron: str, moment: datetime) -> None:
    """And a tick at the moment itself is behind it, not before it."""
    rule = Rule(cron, zone)
    following = rule.first(6, moment)
    assert following[0] > moment
    back = [tick for _, tick in zip(range(6), rule.until(following[-1]), strict=False)]
    assert tuple(reversed(back)) == following
    assert next(rule.until(following[0])) == following[0]


@pytest.mark.parametrize(
    ("cron", "zone", "field", "said"),
    [
        ("0 7 * *", "UTC", "cron", "'0 7 * *' has 4 fields, not five"),
        ("0 0 7 * * *", "UTC", "cron", "has 6 fields, not five"),
        ("61 7 * * *", "UTC", "cron", "'61 7 * * *' is no cron expression: bad minute"),
        ("0 7 31 2 *", "UTC", "cron", "bad day-of-month"),
        ("@daily", "UTC", "cron", "has 1 fields, not five"),
        ("", "UTC", "cron", "has 0 fields"),
        ("0 7 * * *", "Europe/Pariss", "zone", "did you mean 'Europe/Paris'?"),
        ("0 7 * * *", "+09:00", "zone", "'+09:00' is no IANA time zone"),
        ("0 7 * * *", "../../etc/passwd", "zone", "is no IANA time zone"),
        ("0 7 * * *", "", "zone", "is no IANA time zone"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(cron: str, zone: str, field: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rule(cron, zone)
    assert caught.value.field == field
    assert said in str(caught.value)

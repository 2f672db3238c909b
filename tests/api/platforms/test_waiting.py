"""How long to wait: as long as the platform says, else ever longer by chance."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.waiting import LONGEST, LONGEST_TOLD, back_off, http_date, told_wait

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 400, LONGEST_TOLD),
        ("Tue, 10 Mar 2026 12:01:30 GMT", 90.0),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_TOLD),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_seconds_and_dates_are_read(stated: str | None, seconds: float | None) -> None:
    assert told_wait(stated, None, NOW) == seconds


@given(st.integers(-100_000, 100_000), st.integers(0, 80_000))
def test_a_date_counts_from_that_of_the_answer(wrong: int, wait: int) -> None:
    """However wrong either clock is."""
    theirs = NOW + timedelta(seconds=wrong)
    until = format_datetime(theirs + timedelta(seconds=wait), usegmt=True)
    assert told_wait(until, theirs, NOW) == wait


def test_a_date_is_read_in_utc() -> None:
    assert http_date("Tue, 10 Mar 2026 14:00:00 +0200") == NOW
    assert http_date("Tue, 10 Mar 2026 12:00:00 -0000") == NOW
    assert http_date(format_datetime(NOW.astimezone(timezone(timedelta(hours=9))))) == NOW
    assert http_date("yesterday") is None


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_back_off_is_anything_up_to_a_bound_that_doubles(attempt: int, chance: float) -> None:
    bound = back_off(attempt, 1.0)
    assert 0 <= back_off(attempt, chance) <= bound <= LONGEST
    assert back_off(attempt, 0.5) == bound / 2
    assert back_off(attempt + 1, 1.0) == min(2 * bound, LONGEST)

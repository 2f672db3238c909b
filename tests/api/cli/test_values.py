"""Option values as people type them."""

from datetime import date

import click
import pytest

from api.cli.values import branch, count, day, days, evidence


@pytest.mark.parametrize(
    "text", ["1000000", "1_000_000", "1,000,000", "1e6", "1E+6", "1.0e6", "1M", "1m", "1000k", "0.001G", " 1M "]
)
def test_a_million_in_many_spellings(text: str) -> None:
    assert count(1, 10**9)(text) == 1_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.5", "not a whole number"),
        ("1.0005k", "not a whole number"),
        ("0", "is not from 1 to 1,000,000,000"),
        ("2G", "is not from 1 to 1,000,000,000"),
        ("1e999", "is not from 1 to 1,000,000,000"),
        ("-5", "is not a count"),
        ("1e9999999999", "is not a count"),
        ("1,5", "is not a count"),
        ("1__0", "is not a count"),
        ("1T", "is not a count"),
        ("٣", "is not a count"),
        ("nan", "is not a count"),
        ("", "is not a count"),
    ],
)
def test_other_counts_are_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        count(1, 10**9)(text)


def test_days_are_iso_days_separated_by_commas() -> None:
    assert day("2026-02-28") == date(2026, 2, 28)
    assert days("2026-02-28, 2027-01-01") == (date(2026, 2, 28), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02-30", "not in the calendar"),
        ("20260228", "not a day"),
        ("2026-W08-6", "not a day"),
        ("2026-02-28T12:00", "not a day"),
        ("tomorrow", "not a day"),
        ("", "not a day"),
    ],
)
def test_other_days_are_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        day(text)
    with pytest.raises(click.BadParameter, match=said):
        days(f"2026-01-01,{text}")


@pytest.mark.parametrize(
    ("text", "reference"), [("talks=deal", "talks.deal"), ("talks.deal", "talks.deal"), ("deal", "deal")]
)
def test_a_branch_has_an_equals_sign_a_dot_or_neither(text: str, reference: str) -> None:
    assert branch(text) == reference


@pytest.mark.parametrize("text", ["", "=deal", "talks=", "a=b=c", "a b", "talks=deal,x=y", "1st"])
def test_what_is_no_branch_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write node=branch"):
        branch(text)


def test_evidence_is_a_word_or_a_list_of_entries() -> None:
    assert [evidence(word) for word in ("accepted", "all", "none")] == ["accepted", "all", "none"]
    assert evidence("tip, denial") == ("tip", "denial")
    with pytest.raises(click.BadParameter, match="name entries"):
        evidence("tip,,denial")

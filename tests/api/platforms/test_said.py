"""JSON that others wrote, and times in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.platforms.errors import PayloadError
from api.platforms.moments import from_iso, from_milliseconds, from_seconds, on_their_clock
from api.platforms.said import Said, read_json

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
POST = read_json('{"question": {"id": 7, "values": [0.5, null], "unit": "", "p": "0.25", "none": null}}', "Metaculus")


def test_values_are_read_as_what_they_are() -> None:
    question = POST.at("question")
    assert (question.at("id").whole(), question.at("id").identifier()) == (7, "7")
    assert (question.at("p").text(), question.at("p").decimal(), question.at("id").decimal()) == ("0.25", 0.25, 7.0)
    assert [entry.value for entry in question.at("values").items()] == [0.5, None]
    assert question.get("none") is None
    assert question.get("nothing") is None
    assert [name for name, _ in POST.members()] == ["question"]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("7", "number"),
        (True, "number"),
        (True, "whole"),
        (7.0, "whole"),
        (7, "text"),
        (1, "flag"),
        ("seven", "decimal"),
        ("nan", "decimal"),
        ("inf", "decimal"),
        (10**400, "number"),
        (None, "text"),
        ({}, "items"),
        ([], "members"),
        (7.5, "identifier"),
    ],
    ids=lambda each: repr(each)[:20],
)
def test_what_is_of_another_kind_is_refused_with_its_place(value: object, read: str) -> None:
    said = Said(value, "Metaculus.question.x")
    with pytest.raises(PayloadError, match="^Metaculus.question.x is "):
        getattr(said, read)()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(PayloadError, match="Metaculus.question has no 'none'"):
        POST.at("question").at("none")
    with pytest.raises(PayloadError, match=r"Metaculus.question.values\[1\] is no number"):
        POST.at("question").at("values").items()[1].number()
    with pytest.raises(PayloadError, match="Metaculus.question.values is no object"):
        POST.at("question").at("values").get("x")


@pytest.mark.parametrize(
    "text", ["", "<html>", "NaN", '{"p": Infinity}', "[" * 100_000, b"\xff\xfe"], ids=lambda each: repr(each)[:20]
)
def test_what_is_no_json_is_refused(text: bytes | str) -> None:
    with pytest.raises(PayloadError, match="Kalshi does not answer in JSON"):
        read_json(text, "Kalshi")


def said(value: object) -> Said:
    return Said(json.loads(json.dumps(value)), "x")


def test_moments_are_read_in_their_unit() -> None:
    seconds = NOON.timestamp()
    assert from_seconds(said(seconds + 0.25)) == NOON + timedelta(milliseconds=250)
    assert from_milliseconds(said(int(seconds * 1_000))) == NOON
    assert from_iso(said("2026-03-10T12:00:00Z")) == from_iso(said("2026-03-10T21:00:00.000+09:00")) == NOON


@pytest.mark.parametrize("read", [from_seconds, from_milliseconds])
def test_a_moment_in_another_unit_is_refused(read: Callable[[Said], datetime]) -> None:
    """Seconds read as milliseconds lie in 1970, milliseconds read as seconds beyond the year 9999."""
    wrong = NOON.timestamp() * (1_000 if read is from_seconds else 1)
    with pytest.raises(PayloadError, match="is its unit another"):
        read(said(wrong))


@pytest.mark.parametrize(
    "text", ["2026-03-10T12:00:00", "2026-03-10", "noon", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_without_a_zone_or_beyond_these_centuries_is_none(text: str) -> None:
    with pytest.raises(PayloadError):
        from_iso(said(text))


def test_our_moments_on_another_clock() -> None:
    behind = NOON - timedelta(minutes=3)
    assert on_their_clock(NOON - timedelta(hours=1), behind, NOON) == behind - timedelta(hours=1)
    assert on_their_clock(NOON, None, NOON + timedelta(hours=1)) == NOON

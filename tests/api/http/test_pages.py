"""Pages: a cursor is a place in one list, and neither a made-up one nor what is added meanwhile leads astray."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ParameterError
from api.http.pages import cursor_after, list_asked, on_page, read_cursor

NOON = datetime(2026, 8, 20, 12, 0, 0, 123_456, tzinfo=UTC)


LISTED = list_asked("/v1/forecasts", ())


def _asked(path: str = "/v1/forecasts", query: bytes = b"") -> Request:
    return Request({"type": "http", "path": path, "query_string": query, "headers": []})


def _cursor(said: object) -> str:
    """Return a cursor of the list that ``_asked`` asks for, whatever it says."""
    bound = [LISTED, *said] if isinstance(said, list) else said
    return base64.urlsafe_b64encode(json.dumps(bound).encode()).decode()


def test_the_first_page_has_no_cursor() -> None:
    assert read_cursor(_asked(), None, (str,)) is None


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40),
    st.integers(0, 2**31 - 1),
)
def test_a_cursor_is_read_as_what_it_was_made_of(moment: datetime, name: str, number: int) -> None:
    """To the microsecond, so that nothing recorded in the same instant is left out or repeated."""
    assert read_cursor(_asked(), cursor_after(LISTED, moment, name, number), (datetime, str, int)) == (
        moment,
        name,
        number,
    )


def test_moments_keep_their_meaning_in_any_zone() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert read_cursor(_asked(), cursor_after(LISTED, there, "x"), (datetime, str)) == (NOON, "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "????",
        "ü",
        base64.urlsafe_b64encode(b"\xff").decode(),
        base64.urlsafe_b64encode(b"[" * 300).decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 250 + b"]").decode(),
        _cursor("a"),
        _cursor({"0": "a"}),
        _cursor([]),
        _cursor(["a", "b"]),
        _cursor([None]),
        _cursor([["a"]]),
        _cursor([1]),
        _cursor(["a\x00"]),
        _cursor(["\ud800"]),
        _cursor(["a\nb"]),
    ],
)
def test_a_cursor_that_this_list_never_gave_is_refused(text: str) -> None:
    """A client's fault, whatever it holds: no database is asked with it."""
    with pytest.raises(ParameterError, match="leave it out, or follow `next`") as caught:
        read_cursor(_asked(), text, (str,))
    assert caught.value.parameter == "cursor"


@pytest.mark.parametrize("said", [["1"], [True], [-1], [2**31], [1.0], [None]])
def test_numbers_are_whole_and_within_what_databases_count(said: list[object]) -> None:
    with pytest.raises(ParameterError):
        read_cursor(_asked(), _cursor(said), (int,))


@pytest.mark.parametrize("said", ["2026-08-20T12:00:00", "2026-08-20", "noon", "", 1_787_216_400, None])
def test_moments_have_their_zone(said: object) -> None:
    with pytest.raises(ParameterError):
        read_cursor(_asked(), _cursor([said, "x"]), (datetime, str))


def _number(item: int) -> tuple[object, ...]:
    return (item,)


def _following(query: bytes, *last: object) -> str:
    """Return the address of the page after an item of these values."""
    _, following = on_page(_asked(query=query), ["last", "more"], 1, lambda _: last)
    assert following is not None
    return following


def test_one_more_than_fits_tells_that_there_is_a_next_page() -> None:
    """The last item shown is where it begins."""
    assert on_page(_asked(), [1, 2, 3], 3, _number) == ([1, 2, 3], None)
    assert on_page(_asked(), [], 3, _number) == ([], None)
    shown, following = on_page(_asked(), [1, 2, 3, 4], 3, _number)
    assert (shown, following) == ([1, 2, 3], _following(b"", 3))


def test_the_next_page_is_asked_for_like_this_one() -> None:
    """The same address with another cursor; what it says is escaped."""
    query = b"limit=2&as_of=2026-08-20T09%3A30%3A00%2B02%3A00&cursor=old&scenario=a%26b"
    filters = [("as_of", "2026-08-20T09:30:00+02:00"), ("scenario", "a&b")]
    link = urlsplit(_following(query, NOON, "x"))
    assert link.path == "/v1/forecasts"
    assert parse_qs(link.query) == {
        "limit": ["2"],
        "as_of": ["2026-08-20T09:30:00+02:00"],
        "scenario": ["a&b"],
        "cursor": [cursor_after(list_asked("/v1/forecasts", filters), NOON, "x")],
    }


def _follow(query: bytes, path: str, following: bytes) -> object:
    cursor = parse_qs(urlsplit(_following(query, NOON, "x")).query)["cursor"][0]
    return read_cursor(_asked(path, following), cursor, (datetime, str))


@pytest.mark.parametrize(
    "following", [b"scenario=a&as_of=b", b"as_of=b&scenario=a&limit=7", b"cursor=c&as_of=b&scenario=a"]
)
def test_a_cursor_goes_on_in_its_own_list(following: bytes) -> None:
    """Whatever the order of the filters, and however many are asked for at a time."""
    assert _follow(b"scenario=a&as_of=b&limit=2", "/v1/forecasts", following) == (NOON, "x")


@pytest.mark.parametrize(
    ("path", "following"),
    [
        ("/v1/runs", b"scenario=a"),
        ("/v1/forecasts", b""),
        ("/v1/forecasts", b"scenario=b"),
        ("/v1/forecasts", b"scenario=a&as_of=2026-08-20"),
        ("/v1/forecasts", b"as_of=a"),
    ],
)
def test_a_cursor_of_another_list_is_refused(path: str, following: bytes) -> None:
    """Another address, or other filters: it would begin in the middle of what nobody has seen."""
    with pytest.raises(ParameterError, match="leave it out, or follow `next`"):
        _follow(b"scenario=a", path, following)

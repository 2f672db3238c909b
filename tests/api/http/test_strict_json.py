"""JSON text that readers disagree about is refused where it stands; all other text means what it says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import NotJsonError, RequestRefusedError
from api.http.strict_json import MAX_DEPTH, MAX_DIGITS, read_json
from forecast.documents.reader import MAX_VALUES

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_sound_text_reads_as_what_was_written(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Strictness costs nothing: whatever can be written is read back the same."""
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b'{"a": NaN}', ["/a"]),
        (b"[Infinity, -Infinity, 1]", ["/0", "/1"]),
        (b'{"a": {"b": [0, 1e999, -1e400]}}', ["/a/b/1", "/a/b/2"]),
        (b'{"a": 1, "a": 1}', ["/a"]),
        (b'{"p/q": {"~": 1, "~": 2}, "r": NaN}', ["/p~1q/~0", "/r"]),
        (b"9" * (MAX_DIGITS + 1), [""]),
    ],
)
def test_every_refused_value_is_located(text: bytes, places: list[str]) -> None:
    """Pointers name each place, in the order of the text."""
    with pytest.raises(RequestRefusedError) as caught:
        read_json(text)
    assert [fault.path for fault in caught.value.faults] == places


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the body is empty"),
        (b" \r\n", "the body is empty"),
        (b"{} {}", "line 1, column 4"),
        (b'{"a":\n  tru}', "line 2, column 3"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"a": "\xe4"}', "byte 8 of the body is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "byte 1 of the body is not UTF-8"),
    ],
)
def test_text_that_is_not_json_is_located(text: bytes, said: str) -> None:
    """The sentence says where reading ended."""
    with pytest.raises(NotJsonError, match=said):
        read_json(text)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)])
def test_depth_is_bounded(text: bytes) -> None:
    """Neither the reader's stack nor ours can be exhausted."""
    with pytest.raises(NotJsonError, match=f"deeper than {MAX_DEPTH}"):
        read_json(text)


def test_the_deepest_allowed_text_is_read() -> None:
    """The limit is met exactly."""
    assert json.dumps(read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_the_number_of_values_is_bounded() -> None:
    """A small text can hold many values; looking into them takes time."""
    with pytest.raises(RequestRefusedError, match="more than 200,000 values"):
        read_json(b"[" + b"0," * MAX_VALUES + b"0]")


def test_large_whole_numbers_stay_exact() -> None:
    """A number as long as may be is not rounded on the way."""
    assert read_json(b"9" * MAX_DIGITS) == 10**MAX_DIGITS - 1

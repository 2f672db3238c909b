"""A token is sent and never shown."""

import copy
import html
import json
import pickle
import string
from collections.abc import Callable, Sequence
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.secret import Secret

ALPHABET = string.ascii_letters + string.digits + "-._~+/="
TOKENS = st.text(ALPHABET, min_size=16, max_size=80)


@given(TOKENS)
def test_nothing_but_reveal_shows_it(text: str) -> None:
    secret = Secret(text)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), repr({"token": secret})]
    assert all(text not in each for each in shown)
    assert secret.reveal() == text
    assert not hasattr(secret, "__dict__")


WRITINGS: Sequence[Callable[[str], str]] = (
    str,
    str.upper,
    str.lower,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(json.dumps(text))[3:-3],
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    lambda text: quote(text, safe=""),
    quote,
    html.escape,
    lambda text: "".join(f"\\u{ord(each):04X}" for each in text),
    lambda text: "".join(f"%{ord(each):02x}" for each in text),
    lambda text: "".join(f"&#{ord(each)};" for each in text),
    lambda text: "".join(f"&#x{ord(each):04X};" for each in text),
)


@given(TOKENS, st.sampled_from(range(len(WRITINGS))), st.sampled_from(["", "key=", '{"k": "', "Token "]))
def test_it_is_blotted_out_however_it_is_written(text: str, how: int, before: str) -> None:
    """Plain and in either case, in JSON and JSON in JSON, in addresses, in HTML."""
    secret, written = Secret(text), WRITINGS[how](text)
    assert secret.scrubbed(f"{before}{written}!") == f"{before}***!"
    assert secret.is_in(written)


@given(TOKENS, st.binary(max_size=200))
def test_what_does_not_hold_it_stays_as_it_is(text: str, data: bytes) -> None:
    secret, other = Secret(text), data.decode("latin-1")
    if not secret.is_in(other):
        assert secret.scrubbed(other) == other


def test_it_is_not_copied_into_bytes() -> None:
    secret = Secret("0123456789abcdef")
    for spill in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not copied"):
            spill(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    "text", ["", "short", "0123456789abcde", "a b" * 10, "ä" * 20, "x" * 1_001, "a" * 20 + "\n", "a" * 20 + "\\"]
)
def test_what_is_no_token_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="one word of 16 to 1,000") as refused:
        Secret(text)
    assert not text or text not in str(refused.value)

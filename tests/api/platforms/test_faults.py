"""The faults that the body of a refusal lists, in every shape that was seen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.faults import MOST_CHARACTERS, MOST_FAULTS, PlatformFault, faults_in

REQUIRED = "A valid number is required."


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"non_field_errors": [{}, {"non_field_errors": ["no"]}]}, [PlatformFault("no", 1)]),
        ({"non_field_errors": {"1": {"non_field_errors": ["no"]}}}, [PlatformFault("no", 1)]),
        ([{}, {"probability_yes": [REQUIRED]}], [PlatformFault(REQUIRED, 1, "probability_yes")]),
        ({"0": {"continuous_cdf": {"3": [REQUIRED]}}}, [PlatformFault(REQUIRED, 0, "continuous_cdf[3]")]),
        ({"scaling": {"range_min": [REQUIRED]}}, [PlatformFault(REQUIRED, None, "scaling.range_min")]),
        ({"detail": "Invalid token."}, [PlatformFault("Invalid token.")]),
        ({"error": "Question 8 is already closed"}, [PlatformFault("Question 8 is already closed")]),
        (["At least one forecast is required"], [PlatformFault("At least one forecast is required")]),
        (
            {"message": "too small", "details": [{"field": "amount", "error": "x"}, {"field": None, "error": "y"}]},
            [PlatformFault("too small"), PlatformFault("x", None, "amount"), PlatformFault("y")],
        ),
        ({"errors": {"rationale": ["can't be blank"]}}, [PlatformFault("can't be blank", None, "rationale")]),
        (
            {"non_field_errors": ["CDF Invalid:\na\nb\n"]},
            [PlatformFault("CDF Invalid: a"), PlatformFault("CDF Invalid: b")],
        ),
        ({"detail": None}, []),
        ("gone", [PlatformFault("gone")]),
        ({"code": 7}, [PlatformFault("7", None, "code")]),
    ],
    ids=str,
)
def test_every_shape_is_read(body: object, faults: list[PlatformFault]) -> None:
    assert list(faults_in(json.dumps(body))) == faults


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "<html><head><title>\n Server Error &amp; more (500)</title></head><body>x</body></html>",
            "Server Error & more (500)",
        ),
        ("<h1>Bad gateway</h1><hr>nginx", "Bad gateway nginx"),
        ("upstream timed out", "upstream timed out"),
    ],
)
def test_a_page_says_its_title_or_its_words(page: str, said: str) -> None:
    assert faults_in(page) == (PlatformFault(said),)


def test_nothing_says_nothing() -> None:
    assert faults_in("") == ()


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, '{"a":' * 9_000 + "1" + "}" * 9_000, "<" * 300_000, "<title>" * 40_000, "1" * 10_000],
    ids=["lists", "objects", "brackets", "titles", "digits"],
)
def test_a_hostile_body_is_read_too(text: str) -> None:
    faults = faults_in(text)
    assert all(len(fault.message) <= MOST_CHARACTERS for fault in faults)


def test_a_book_of_faults_is_cut() -> None:
    assert len(faults_in(json.dumps(["no"] * 1_000))) == MOST_FAULTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read(body: object) -> None:
    for fault in faults_in(json.dumps(body)):
        assert fault.message
        assert fault.item is None or fault.item >= 0


@given(st.lists(st.lists(st.sampled_from(["too high", "too low"]), max_size=2), min_size=1, max_size=6))
def test_both_shapes_of_a_list_say_the_same(faults: list[list[str]]) -> None:
    aligned = [{"non_field_errors": each} if each else {} for each in faults]
    indexed = {str(place): entry for place, entry in enumerate(aligned) if entry}
    found = faults_in(json.dumps({"non_field_errors": aligned}))
    assert found == faults_in(json.dumps({"non_field_errors": indexed}))
    assert [(fault.item, fault.message) for fault in found] == [
        (place, message) for place, each in enumerate(faults) for message in each
    ]

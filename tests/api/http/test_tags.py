"""Entity tags: they change when what they stand for does, and a change is held to the one it states."""

import pytest

from api.errors import ParameterError, UnconditionalError
from api.http.tags import if_match, prior_tag, version_in, version_tag

TODAY = version_tag(7, "sha256:aa")
PRIOR = prior_tag(3, "summit", "sha256:bb")


def test_a_tag_is_strong_and_quoted() -> None:
    """RFC 9110 §8.8.3: an opaque text in quotation marks; without W/ in front, every byte counts."""
    for tag in (TODAY, PRIOR):
        assert tag[0] == tag[-1] == '"'
        assert set(tag[1:-1]) <= set("0123456789abcdefvp-")


def test_a_version_has_another_tag_when_it_says_something_else() -> None:
    assert version_tag(7, "sha256:aa") == TODAY
    assert len({TODAY, version_tag(8, "sha256:aa"), version_tag(7, "sha256:ab")}) == 3


def test_a_prior_has_the_tag_of_the_version_that_it_is_from() -> None:
    """Two nodes whose priors are from one version have tags of their own, and none is that of the version."""
    others = {
        prior_tag(4, "summit", "sha256:bb"),
        prior_tag(3, "talks", "sha256:bb"),
        prior_tag(3, "summit", "sha256:c"),
    }
    assert len({PRIOR, version_tag(3, "sha256:bb"), *others}) == 5


@pytest.mark.parametrize(("tag", "version"), [(TODAY, 7), (PRIOR, 3)])
def test_a_tag_tells_its_version(tag: str, version: int) -> None:
    assert version_in(tag) == version


@pytest.mark.parametrize(
    "tag", ["", "*", '""', TODAY.strip('"'), f"W/{TODAY}", '"v7"', '"v-7-0123456789abcdef"', f"{TODAY} "]
)
def test_what_is_no_tag_of_ours_tells_no_version(tag: str) -> None:
    assert version_in(tag) is None


@pytest.mark.parametrize("stated", [TODAY, f'"other", {TODAY}', f'{TODAY},"other"', f"  {TODAY}  ", "*"])
def test_a_change_based_on_today_holds(stated: str) -> None:
    assert if_match(stated, "").holds(TODAY)


@pytest.mark.parametrize("stated", ['"other"', TODAY.upper(), PRIOR])
def test_a_change_based_on_anything_else_does_not(stated: str) -> None:
    assert not if_match(stated, "").holds(TODAY)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (f"W/{TODAY}", "is a weak tag"),
        (TODAY.strip('"'), "is no ETag"),
        ("garbage", "'garbage' is no ETag"),
        (f"{TODAY}, garbage", "'garbage' is no ETag"),
        ('"', "is no ETag"),
    ],
)
def test_what_can_never_match_is_refused_and_not_called_changed(stated: str, said: str) -> None:
    """If-Match compares strongly (RFC 9110 §13.1.1): a weak tag never matches; and a tag has quotation marks."""
    with pytest.raises(ParameterError, match=said):
        if_match(stated, "read it")


def test_one_of_several_tags_of_today_is_enough() -> None:
    """A prior may be set by its own tag, or by that of the whole scenario."""
    assert if_match(PRIOR, "").holds(TODAY, PRIOR)
    assert if_match(TODAY, "").holds(TODAY, PRIOR)


def test_the_first_tag_that_tells_is_what_was_seen() -> None:
    assert if_match(f'"other", {PRIOR}, {TODAY}', "").seen() == 3
    assert if_match('"other"', "").seen() is None
    assert if_match("*", "").seen() is None


@pytest.mark.parametrize("stated", [None, "", " ", ",", " , "])
def test_a_change_must_state_one(stated: str | None) -> None:
    """The sentence says where to find it."""
    with pytest.raises(UnconditionalError, match="send the header If-Match .*: GET /v1/x has it"):
        if_match(stated, "GET /v1/x has it")

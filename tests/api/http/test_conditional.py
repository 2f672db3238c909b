"""Entity tags: equal for equal representations, compared as RFC 9110 asks."""

import pytest
from fastapi import Request

from api.http.conditional import conditional


def _asked(if_none_match: str | None) -> Request:
    headers = [] if if_none_match is None else [(b"if-none-match", if_none_match.encode())]
    return Request({"type": "http", "headers": headers})


TAG = conditional(_asked(None), b"{}", "application/json").headers["etag"]


def test_a_first_answer_is_whole_and_tagged() -> None:
    answer = conditional(_asked(None), b"{}", "application/json")
    assert (answer.status_code, answer.body, answer.headers["content-type"]) == (200, b"{}", "application/json")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("stated", [TAG, f"W/{TAG}", f'"other", {TAG}', "*"])
def test_a_held_representation_is_not_sent_again(stated: str) -> None:
    answer = conditional(_asked(stated), b"{}", "application/json")
    assert (answer.status_code, answer.body, answer.headers["etag"]) == (304, b"", TAG)


@pytest.mark.parametrize("stated", ["", '"other"', TAG.strip('"'), TAG.upper()])
def test_another_representation_is_sent(stated: str) -> None:
    assert conditional(_asked(stated), b"{}", "application/json").status_code == 200


def test_the_tag_follows_the_bytes() -> None:
    assert conditional(_asked(None), b"{ }", "application/json").headers["etag"] != TAG

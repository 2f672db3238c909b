"""Requests, outcomes and verdicts are kept as JSON and read back the same."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.answers import Accepted, Outcome, Refused, TryAgain, Unclear, outcome_json, read_outcome
from api.platforms.errors import PlatformRequestError
from api.platforms.faults import PlatformFault
from api.platforms.found import Arrived, Found, LookAgain, NotArrived, Undecided, found_json, read_found
from api.platforms.requests import PlatformRequest, read_request
from api.platforms.sought import (
    Sought,
    SoughtCancellation,
    SoughtCdf,
    SoughtComment,
    SoughtOptions,
    SoughtOrder,
    SoughtPredictionSet,
    SoughtProbability,
    SoughtWithdrawal,
)

IDS = st.integers(1, 2**53)
SHARES = st.floats(0, 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SOUGHT: st.SearchStrategy[Sought] = st.one_of(
    st.builds(SoughtProbability, IDS, IDS, SHARES),
    st.builds(SoughtOptions, IDS, IDS, st.dictionaries(TEXTS, SHARES, max_size=3)),
    st.builds(SoughtCdf, IDS, IDS, st.lists(SHARES, max_size=5).map(tuple)),
    st.builds(SoughtWithdrawal, IDS, IDS, st.none() | st.datetimes(timezones=st.just(UTC))),
    st.builds(SoughtComment, IDS, TEXTS),
    st.builds(SoughtOrder, TEXTS, st.none() | TEXTS, st.sampled_from(["YES", "NO"]), SHARES, st.none() | SHARES),
    st.builds(SoughtCancellation, TEXTS),
    st.builds(SoughtPredictionSet, IDS, IDS, st.dictionaries(IDS, SHARES, max_size=3)),
)
REQUESTS = st.builds(
    PlatformRequest,
    platform=TEXTS,
    kind=st.sampled_from(["forecast", "withdraw", "comment", "order"]),
    method=st.just("POST"),
    path=st.sampled_from(["/", "/api/questions/forecast/", "/v0/bet"]),
    body=TEXTS,
    sought=st.lists(SOUGHT, max_size=4).map(tuple),
    repeatable=st.booleans(),
)
FAULTS = st.builds(PlatformFault, TEXTS, st.none() | st.integers(0, 99), st.none() | TEXTS)
WAITS = st.floats(0, 1e6)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Accepted, st.integers(200, 299), st.dictionaries(TEXTS, TEXTS, max_size=2), TEXTS),
    st.builds(Refused, st.just("closed"), st.integers(300, 499), st.lists(FAULTS, max_size=3).map(tuple), TEXTS),
    st.builds(TryAgain, WAITS, TEXTS, st.none() | st.integers(400, 599)),
    st.builds(Unclear, WAITS, TEXTS, st.none() | st.integers(500, 599)),
)
VERDICTS: st.SearchStrategy[Found] = st.one_of(
    st.builds(Arrived, st.dictionaries(TEXTS, TEXTS, max_size=2)),
    st.builds(NotArrived, st.lists(st.integers(0, 99), max_size=4).map(tuple)),
    st.builds(LookAgain, WAITS, TEXTS),
    st.builds(Undecided, TEXTS),
)


@given(REQUESTS)
def test_a_request_is_kept_whole(request: PlatformRequest) -> None:
    text = request.to_json()
    assert read_request(text) == request
    assert read_request(text.encode()).to_json() == text
    assert json.loads(text)["body"] == request.body


@given(OUTCOMES)
def test_an_outcome_is_kept_whole(outcome: Outcome) -> None:
    assert read_outcome(outcome_json(outcome)) == outcome


@given(VERDICTS)
def test_a_verdict_is_kept_whole(found: Found) -> None:
    assert read_found(found_json(found)) == found


def test_what_is_kept_reads_as_it_is_documented() -> None:
    sought = SoughtWithdrawal(7, 70, datetime(2026, 4, 1, tzinfo=UTC))
    request = PlatformRequest("metaculus", "withdraw", "POST", "/api/questions/withdraw/", "[]", (sought,))
    assert json.loads(request.to_json()) == {
        "platform": "metaculus",
        "kind": "withdraw",
        "method": "POST",
        "path": "/api/questions/withdraw/",
        "body": "[]",
        "sought": [{"question": 7, "post": 70, "at": "2026-04-01T00:00:00Z", "look": "withdrawal"}],
        "repeatable": False,
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("nonsense", "all of it"),
        ("{}", "platform"),
        ('{"platform": "metaculus", "kind": "steal"}', "kind"),
    ],
)
def test_what_is_no_request_is_refused(text: str, place: str) -> None:
    with pytest.raises(PlatformRequestError, match=place):
        read_request(text)


@pytest.mark.parametrize("path", ["", "api", "//elsewhere.example/", "https://elsewhere.example", "/a b", "/ä", "/a\n"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """It would take the token there."""
    with pytest.raises(PlatformRequestError, match="no path of a platform"):
        PlatformRequest("metaculus", "forecast", "POST", path, "[]", ())
    kept = PlatformRequest("metaculus", "forecast", "POST", "/kept", "[]", ()).to_json()
    with pytest.raises(PlatformRequestError):
        read_request(kept.replace('"/kept"', json.dumps(path)))

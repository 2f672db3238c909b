"""Sending to Metaculus: what it accepts, refuses and says about it."""

import json

import pytest

from api.platforms.answers import Accepted, Reason, Refused, TryAgain, Unclear
from api.platforms.errors import PlatformRequestError
from api.platforms.faults import PlatformFault
from api.platforms.found import Fetched
from api.platforms.metaculus import Metaculus
from api.platforms.metaculus_requests import comment_request, forecast_request, withdraw_request
from api.platforms.requests import PlatformRequest
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_metaculus import TOKEN, FakeMetaculus
from tests.api.platforms.fakes import HTML, Reply

POSTS = {7: 70, 8: 80, 9: 90, 10: 100, 11: 110, 12: 110, 999_999: 1}


def forecasts(*items: dict[str, object]) -> PlatformRequest:
    return forecast_request(json.dumps(items), POSTS)


def binary(question: int, probability: float) -> dict[str, object]:
    return {"question": question, "probability_yes": probability}


def comment(text: str = "By the scenario.") -> PlatformRequest:
    return comment_request(json.dumps({"on_post": 70, "text": text, "is_private": True, "included_forecast": True}))


def test_a_list_is_sent_byte_for_byte_with_the_token_and_the_last_slash(
    metaculus: Metaculus, metaculus_site: FakeMetaculus
) -> None:
    text = '[{"question":7,"probability_yes":0.30000000000000004},\n {"question":12,"probability_yes":0.5}]\n'
    outcome = metaculus.submit(forecast_request(text.encode(), POSTS))
    assert outcome == Accepted(201, {}, "{}")
    (asked,) = metaculus_site.asked
    assert (asked.method, asked.path, asked.body.decode()) == ("POST", "/api/questions/forecast/", text)
    assert asked.headers["authorization"] == f"Token {TOKEN}"
    assert asked.headers["content-type"] == "application/json"
    assert metaculus_site.values(7) == [[1 - 0.30000000000000004, 0.30000000000000004]]


def test_a_comment_is_accepted_with_its_id(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    outcome = metaculus.submit(comment())
    assert isinstance(outcome, Accepted)
    assert outcome.ids == {"comment": "900"}
    assert [each["text"] for each in metaculus_site.comments] == ["By the scenario."]


def test_a_withdrawal_ends_what_stands(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    metaculus.submit(forecasts(binary(7, 0.3)))
    assert metaculus_site.questions[7].forecasts[0]["end_time"] is None
    assert isinstance(metaculus.submit(withdraw_request('[{"question": 7}]', POSTS)), Accepted)
    assert metaculus_site.questions[7].forecasts[0]["end_time"] is not None


@pytest.mark.parametrize("indexed", [False, True])
def test_faults_name_the_item_in_both_shapes(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, indexed: bool
) -> None:
    """The older framework lists them beside the request, the newer has indexes as keys."""
    metaculus_site.indexed = indexed
    outcome = metaculus.submit(forecasts(binary(7, 0.3), binary(12, 0.0009999)))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == ("invalid", 400)
    assert outcome.faults == (PlatformFault("probability_yes should be between 0.001 and 0.999 (inclusive)", item=1),)
    assert metaculus_site.values(7) == []


def test_each_fault_of_a_cdf_is_one(metaculus: Metaculus) -> None:
    """The platform lists them in one text, line by line."""
    cdf = {"question": 10, "continuous_cdf": [0.0, 0.5, 1.0]}
    outcome = metaculus.submit(forecasts(binary(7, 0.3), cdf))
    assert isinstance(outcome, Refused)
    assert outcome.faults == (
        PlatformFault("CDF Invalid: continuous_cdf for question 10 must have 201 values.", item=1),
        PlatformFault("CDF Invalid: continuous_cdf must be increasing by no more than 0.2 at every step.", item=1),
    )


@pytest.mark.parametrize(
    ("item", "reason", "status", "message", "place"),
    [
        (binary(8, 0.3), "closed", 405, "Question 8 is already closed to forecasting !", 1),
        (binary(999_999, 0.3), "invalid", 400, "question with id 999999 does not exist. Check if you are", 1),
        (
            {"question": 9, "probability_yes_per_category": {"deal": 0.5, "no deal": 0.3, "other": 0.3}},
            "invalid",
            400,
            "Forecast values must sum to 1.0. Received 1.1",
            1,
        ),
    ],
)
def test_a_refusal_says_why_and_of_which_item(
    metaculus: Metaculus, item: dict[str, object], reason: Reason, status: int, message: str, place: int
) -> None:
    """Of a closed question the platform says no place, but its number."""
    outcome = metaculus.submit(forecasts(binary(7, 0.3), item))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == (reason, status)
    (fault,) = outcome.faults
    assert fault.message.startswith(message)
    assert fault.item == place


def test_a_token_that_does_not_work_is_refused_for_good(metaculus_site: FakeMetaculus) -> None:
    """With 403, where others say 401."""
    with connected(Metaculus, metaculus_site, token="f" * 40) as platform:
        outcome = platform.submit(forecasts(binary(7, 0.3)))
    assert outcome == Refused("credentials", 403, (PlatformFault("Invalid token."),), '{"detail": "Invalid token."}')


def test_a_token_that_may_not_do_it_is_another_matter(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    metaculus_site.script = [Reply(403, {"detail": "You do not have permission to make a forecast"})]
    outcome = metaculus.submit(forecasts(binary(7, 0.3)))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "forbidden"


def test_a_redirect_is_a_fault_of_ours_and_is_not_followed(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    """Followed, a request without the last slash becomes a GET, which is refused with a misleading 405."""
    request = forecasts(binary(7, 0.3))
    slashless = PlatformRequest("metaculus", "forecast", "POST", request.path.rstrip("/"), request.body, request.sought)
    outcome = metaculus.submit(slashless)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == ("address", 301)
    assert "leads to /api/questions/forecast/" in outcome.said
    assert len(metaculus_site.asked) == 1


def test_a_405_of_the_wrong_method_is_no_closed_question(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    metaculus_site.script = [Reply(405, {"detail": 'Method "GET" not allowed.'})]
    outcome = metaculus.submit(forecasts(binary(7, 0.3)))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "address"


def test_of_a_long_answer_the_beginning_is_kept(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    metaculus_site.script = [Reply(400, {"detail": "no " * 5_000})]
    outcome = metaculus.submit(forecasts(binary(7, 0.3)))
    assert isinstance(outcome, Refused)
    assert outcome.said.startswith('{"detail": "no no')
    assert (len(outcome.said), len(outcome.faults[0].message)) == (2_000, 1_000)


def test_a_withdrawal_in_the_past_is_invalid_and_not_closed(metaculus: Metaculus) -> None:
    past = '[{"question": 7, "withdraw_at": "2020-01-01T00:00:00Z"}]'
    outcome = metaculus.submit(withdraw_request(past, POSTS))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == ("invalid", 405)


def test_an_error_page_of_the_server_leaves_it_unclear(metaculus: Metaculus) -> None:
    """An empty CDF breaks the server: 500, and a page of HTML."""
    outcome = metaculus.submit(forecasts({"question": 10, "continuous_cdf": []}))
    assert outcome == Unclear(120.0, "Metaculus answers 500: Server Error (500)", 500)


@pytest.mark.parametrize("status", [408, 425, 429])
def test_what_passes_is_tried_again(metaculus: Metaculus, metaculus_site: FakeMetaculus, status: int) -> None:
    metaculus_site.script = [Reply(status, {}, {"Retry-After": "7"})]
    assert metaculus.submit(forecasts(binary(7, 0.3))) == TryAgain(7.0, f"Metaculus answers {status}", status)
    assert metaculus_site.values(7) == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html><title>One moment</title></html>"),
        Reply(200, {}),
        Reply(201, b"<html></html>"),
        Reply(201, []),
        Reply(204, b""),
    ],
)
def test_a_success_that_metaculus_does_not_give_is_no_acceptance(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, reply: Reply
) -> None:
    """What stands before a platform answers 200 too, with a page that asks whether one is human."""
    metaculus_site.script = [reply]
    outcome = metaculus.submit(forecasts(binary(7, 0.3)))
    assert isinstance(outcome, Unclear)
    assert outcome.status == reply.status


def test_a_post_is_fetched_for_listings(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    fetched = metaculus.fetch_post(110, with_cp=True)
    assert isinstance(fetched, Fetched)
    group = fetched.json.at("group_of_questions").at("questions")
    assert [question.at("id").value for question in group.items()] == [11, 12]
    assert json.loads(fetched.payload) == fetched.json.value
    assert metaculus_site.asked[0].query == {"with_cp": "true"}
    assert metaculus.fetch_post(5) == Refused(
        "missing", 404, (PlatformFault("Not found."),), '{"detail": "Not found."}'
    )


@pytest.mark.parametrize("reply", [Reply(500, HTML), Reply(200, b"<html>"), Reply(429, {})])
def test_what_cannot_be_read_now_may_be_read_later(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, reply: Reply
) -> None:
    metaculus_site.script = [reply]
    fetched = metaculus.fetch_post(70)
    assert isinstance(fetched, TryAgain)
    assert (fetched.seconds, fetched.status) == (2.0, reply.status)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[]", "is empty"),
        ("{}", "is no list"),
        ("nonsense", "is no JSON"),
        (b"\xff", "UTF-8"),
        ('[{"question": 7, "probability_yes": NaN}]', "is no JSON"),
        ('[{"question": 7}]', "states 0 of probability_yes"),
        ('[{"question": 7, "probability_yes": 0.0, "continuous_cdf": [0, 1]}]', "states 2 of probability_yes"),
        ('[{"probability_yes": 0.3}]', "has no 'question'"),
        ('[{"question": 7, "probability_yes": "0.3"}]', "is no number"),
        ('[{"question": 6, "probability_yes": 0.3}]', "question 6 has no post"),
    ],
)
def test_a_body_that_is_no_list_of_forecasts_is_refused_before_it_is_kept(body: bytes | str, said: str) -> None:
    with pytest.raises(PlatformRequestError, match=said):
        forecast_request(body, POSTS)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"on_post": 70, "text": "x"}', "not private"),
        ('{"on_post": 70, "text": "x", "is_private": false}', "not private"),
        ('{"on_post": 70, "is_private": true}', "has no 'text'"),
    ],
)
def test_a_body_that_is_no_private_comment_is_refused_before_it_is_kept(body: str, said: str) -> None:
    with pytest.raises(PlatformRequestError, match=said):
        comment_request(body)


def test_a_withdrawal_has_a_moment_with_its_zone() -> None:
    with pytest.raises(PlatformRequestError, match="no zone"):
        withdraw_request('[{"question": 7, "withdraw_at": "2026-01-01T12:00:00"}]', POSTS)


def test_a_request_of_another_platform_is_not_sent(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    with pytest.raises(PlatformRequestError, match="a request of manifold cannot be sent to metaculus"):
        metaculus.submit(PlatformRequest("manifold", "order", "POST", "/v0/bet", "{}", ()))
    assert metaculus_site.asked == []

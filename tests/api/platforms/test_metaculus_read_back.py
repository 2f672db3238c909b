"""Looking at Metaculus whether a request arrived whose answer was lost."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.errors import PlatformRequestError
from api.platforms.found import Arrived, LookAgain, NotArrived, Undecided
from api.platforms.metaculus import Metaculus
from api.platforms.metaculus_requests import comment_request, forecast_request, withdraw_request
from api.platforms.platform import Sending
from api.platforms.requests import PlatformRequest
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.fakes import HTML, Mishap, Reply, serving
from tests.api.platforms.world import START, World

POSTS = {7: 70, 9: 90, 10: 100, 11: 110, 12: 110}
SENT = Sending(START, START)
OPTIONS = {"deal": 0.2, "no deal": 0.3, "other": 0.5}
CDF = [round(0.001 + 0.998 * place / 200, 12) for place in range(201)]


def forecasts(*items: dict[str, object]) -> PlatformRequest:
    return forecast_request(json.dumps(items), POSTS)


EVERY_TYPE = forecasts(
    {"question": 7, "probability_yes": 0.1 + 0.2},
    {"question": 9, "probability_yes_per_category": OPTIONS},
    {"question": 10, "continuous_cdf": CDF},
    {"question": 11, "continuous_cdf": [place / 11 for place in range(12)]},
    {"question": 12, "probability_yes": 0.999},
)
ONE = forecasts({"question": 7, "probability_yes": 0.3})
WITHDRAWAL = withdraw_request('[{"question": 7}]', POSTS)
COMMENT = comment_request('{"on_post": 70, "text": " So it is.\\n", "is_private": true}')


def test_forecasts_of_every_type_are_found(metaculus: Metaculus, world: World, metaculus_site: FakeMetaculus) -> None:
    """Binary ones as [1 - p, p], options with null for one that was removed, CDFs to ten decimals."""
    metaculus.submit(EVERY_TYPE)
    assert metaculus_site.values(9) == [[0.2, None, 0.3, 0.5]]
    world.sleep(1)
    assert isinstance(metaculus.read_back(EVERY_TYPE, SENT), Arrived)
    assert [asked.path for asked in metaculus_site.sent("GET")] == [
        f"/api/posts/{post}/" for post in (70, 90, 100, 110)
    ], "two questions of one post are read at once"


def test_absence_counts_only_when_nothing_can_be_under_way(metaculus: Metaculus, world: World) -> None:
    world.sleep(119)
    assert metaculus.read_back(ONE, SENT) == LookAgain(
        1.0, "it is not there yet, and may still be under way at Metaculus"
    )
    world.sleep(1)
    assert metaculus.read_back(ONE, SENT) == NotArrived((0,))


def test_the_wait_counts_from_the_last_time_it_was_sent(metaculus: Metaculus, world: World) -> None:
    world.sleep(300)
    twice = Sending(START, START + timedelta(seconds=290))
    assert isinstance(metaculus.read_back(ONE, twice), LookAgain)


@pytest.mark.parametrize("first", [START.replace(tzinfo=None), START + timedelta(seconds=1)])
def test_what_is_sent_is_sent_at_moments_in_order(first: datetime) -> None:
    with pytest.raises(PlatformRequestError, match="state moments with their zone, in order"):
        Sending(first, START)


def test_an_equal_forecast_from_before_is_not_what_was_sent(metaculus: Metaculus, world: World) -> None:
    metaculus.submit(ONE)
    world.sleep(3_600)
    again = Sending(world.now(), world.now())
    world.sleep(200)
    assert metaculus.read_back(ONE, again) == NotArrived((0,))


@pytest.mark.parametrize("ahead", [-3_600, -20, 20, 3_600])
def test_a_clock_that_is_wrong_makes_no_difference(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World, ahead: int
) -> None:
    """The platform's clock shows in its answers."""
    metaculus_site.ahead = timedelta(seconds=ahead)
    metaculus.submit(ONE)
    sent = Sending(START, START)
    world.sleep(600)
    later = Sending(world.now(), world.now())
    world.sleep(200)
    assert isinstance(metaculus.read_back(ONE, sent), Arrived)
    assert metaculus.read_back(ONE, later) == NotArrived((0,))


def test_without_a_clock_of_theirs_both_count_as_equal(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    metaculus_site.tells_date = False
    metaculus.submit(ONE)
    world.sleep(200)
    assert isinstance(metaculus.read_back(ONE, SENT), Arrived)


def test_one_that_has_been_replaced_since_did_arrive(metaculus: Metaculus, world: World) -> None:
    metaculus.submit(ONE)
    world.sleep(60)
    metaculus.submit(forecasts({"question": 7, "probability_yes": 0.6}))
    world.sleep(200)
    assert isinstance(metaculus.read_back(ONE, SENT), Arrived)


UNTIL = START + timedelta(days=30)
ENDING = forecasts({"question": 7, "probability_yes": 0.3, "end_time": UNTIL.isoformat()})


def test_a_forecast_has_the_end_that_was_sent(metaculus: Metaculus, world: World) -> None:
    """Also when that has come, or a newer one has ended it before."""
    metaculus.submit(ENDING)
    assert isinstance(metaculus.read_back(ENDING, SENT), Arrived)
    metaculus.submit(forecasts({"question": 7, "probability_yes": 0.6}))
    world.sleep(60)
    assert isinstance(metaculus.read_back(ENDING, SENT), Arrived)
    world.sleep(31 * 86_400)
    assert isinstance(metaculus.read_back(ENDING, SENT), Arrived)


@pytest.mark.parametrize("forgets", [True, False])
def test_an_equal_forecast_with_another_end_is_left_to_a_person(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, forgets: bool
) -> None:
    metaculus_site.forgets_ends = forgets
    sent, sought = (ENDING, ENDING) if forgets else (ENDING, ONE)
    metaculus.submit(sent)
    found = metaculus.read_back(sought, SENT)
    assert isinstance(found, Undecided)
    never, then = "never", "2026-04-09 12:00:00Z"
    ends, meant = (never, then) if forgets else (then, never)
    assert f"its end {ends} where {meant} was sent" in found.why


def test_what_another_request_left_behind_is_not_what_was_sent(metaculus: Metaculus, world: World) -> None:
    """Known by its question and start, for want of an id: of two equal forecasts a moment apart, each is its own."""
    metaculus.submit(ONE)
    first = metaculus.read_back(ONE, SENT)
    assert isinstance(first, Arrived)
    assert first.ids == {"forecast of 7": f"7 at {START.isoformat()}"}
    world.sleep(1)
    second = Sending(world.now(), world.now(), frozenset(first.ids.values()))
    world.sleep(200)
    assert metaculus.read_back(ONE, second) == NotArrived((0,))
    metaculus.submit(ONE)
    arrived = metaculus.read_back(ONE, second)
    assert isinstance(arrived, Arrived)
    assert arrived.ids != first.ids


def test_one_is_not_declared_absent_if_to_send_it_would_end_a_newer_one(metaculus: Metaculus, world: World) -> None:
    world.sleep(60)
    metaculus.submit(forecasts({"question": 7, "probability_yes": 0.6}))
    world.sleep(200)
    found = metaculus.read_back(ONE, SENT)
    assert isinstance(found, Undecided)
    assert "question 7 has another forecast of ours, of 2026-03-10 12:01:00Z" in found.why


def test_what_arrived_in_part_is_sent_in_part(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    """Lists are checked as a whole but not made in one transaction: an error of the server may leave a part."""
    metaculus_site.dies_after = 2
    metaculus.submit(EVERY_TYPE)
    world.sleep(120)
    found = metaculus.read_back(EVERY_TYPE, SENT)
    assert found == NotArrived((2, 3, 4))
    assert isinstance(found, NotArrived)
    rest = metaculus.rest(EVERY_TYPE, found.missing)
    assert [item["question"] for item in json.loads(rest.body)] == [10, 11, 12]
    assert json.loads(rest.body) == json.loads(EVERY_TYPE.body)[2:]
    assert rest.sought == EVERY_TYPE.sought[2:]
    assert metaculus.rest(EVERY_TYPE, range(5)) is EVERY_TYPE


def test_a_withdrawal_has_arrived_when_nothing_stands(metaculus: Metaculus, world: World) -> None:
    metaculus.submit(ONE)
    world.sleep(60)
    sent = Sending(world.now(), world.now())
    world.sleep(200)
    assert metaculus.read_back(WITHDRAWAL, sent) == NotArrived((0,))
    metaculus.submit(WITHDRAWAL)
    world.sleep(200)
    assert metaculus.read_back(WITHDRAWAL, sent) == Arrived()


@pytest.mark.parametrize(("end", "found"), [(63, Arrived), (66, LookAgain)])
def test_a_withdrawal_of_this_very_second_has_arrived(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World, end: int, found: type
) -> None:
    """What tells the time in a platform's answers may be a little behind what ends forecasts there."""
    world.sleep(60)
    mine = {"start_time": START.timestamp() - 60, "end_time": START.timestamp() + end, "forecast_values": [0.7, 0.3]}
    asked = {"id": 7, "my_forecasts": {"history": [mine], "latest": mine}}
    metaculus_site.script = [Reply(200, {"id": 70, "question": asked})]
    assert isinstance(metaculus.read_back(WITHDRAWAL, SENT), found)


@pytest.mark.parametrize("values", [None, [], [0.7], [0.7, 0.3, 0.0], [0.7, None]])
def test_values_of_another_length_are_others(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, values: list[float | None] | None
) -> None:
    mine = {"start_time": START.timestamp(), "end_time": None, "forecast_values": values}
    asked = {"id": 7, "my_forecasts": {"history": [mine], "latest": mine}}
    metaculus_site.script = [Reply(200, {"id": 70, "question": asked})]
    assert isinstance(metaculus.read_back(ONE, SENT), Undecided)


def test_a_withdrawal_in_the_future_has_arrived_when_the_end_is_set(metaculus: Metaculus, world: World) -> None:
    future = withdraw_request('[{"question": 7, "withdraw_at": "2026-04-01T00:00:00Z"}]', POSTS)
    metaculus.submit(ONE)
    world.sleep(60)
    sent = Sending(world.now(), world.now())
    world.sleep(200)
    assert metaculus.read_back(future, sent) == NotArrived((0,))
    metaculus.submit(future)
    assert metaculus.read_back(future, sent) == Arrived()
    assert metaculus.read_back(WITHDRAWAL, sent) == NotArrived((0,)), "until then the forecast stands"


def test_a_withdrawal_is_not_declared_absent_if_it_would_end_a_newer_forecast(
    metaculus: Metaculus, world: World
) -> None:
    world.sleep(60)
    metaculus.submit(ONE)
    world.sleep(200)
    found = metaculus.read_back(WITHDRAWAL, SENT)
    assert isinstance(found, Undecided)
    assert "began after the withdrawal was sent" in found.why


def test_a_comment_is_found_by_its_text(metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World) -> None:
    """The platform cuts white space off both ends, and lists private comments only to their author."""
    metaculus.submit(COMMENT)
    world.sleep(120)
    assert metaculus.read_back(COMMENT, SENT) == Arrived({"comment": "900"})
    assert metaculus_site.sent("GET")[-1].query["author"] == "41"
    assert metaculus.read_back(COMMENT, Sending(START, START, {"900"})) == NotArrived((0,)), "that one is another's"
    other = comment_request('{"on_post": 70, "text": "So it is not.", "is_private": true}')
    assert metaculus.read_back(other, SENT) == NotArrived((0,))


def test_a_comment_beyond_what_is_listed_is_left_to_a_person(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    for number in range(100):
        text = json.dumps({"on_post": 70, "text": f"No. {number}", "is_private": True})
        metaculus_site.script.append(None)
        metaculus.submit(comment_request(text))
    world.sleep(200)
    assert isinstance(metaculus.read_back(COMMENT, SENT), Undecided)


@pytest.mark.parametrize(
    "deed",
    [Mishap.DROPPED_ANSWER, Mishap.CUT_ANSWER, Mishap.DROPPED_UNREAD, Reply(500, HTML), Reply(429), Reply(200, HTML)],
)
def test_who_cannot_look_looks_again(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World, deed: Mishap | Reply
) -> None:
    world.sleep(200)
    metaculus_site.script = [deed]
    assert isinstance(metaculus.read_back(ONE, SENT), LookAgain)
    assert metaculus.read_back(ONE, SENT) == NotArrived((0,))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(403, {"detail": "Invalid token."}), "does not let us look (403): Invalid token."),
        (Reply(404, {"detail": "Not found."}), "does not let us look (404): Not found."),
        (Reply(200, {"id": 70, "question": {"id": 6}}), "has no question 7 in this post"),
        (Reply(200, {"id": 70, "question": {"id": 7}}), "Metaculus.question has no 'my_forecasts'"),
        (
            Reply(200, {"question": {"id": 7, "my_forecasts": {"history": [{"start_time": 1.77e12}]}}}),
            "is no moment of this century",
        ),
    ],
)
def test_what_cannot_be_told_is_left_to_a_person(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World, reply: Reply, said: str
) -> None:
    """To conclude from it that nothing arrived would send it twice."""
    world.sleep(200)
    metaculus_site.script = [reply]
    found = metaculus.read_back(ONE, SENT)
    assert isinstance(found, Undecided)
    assert said in found.why


def test_halves_of_a_pair_are_found(metaculus: Metaculus, metaculus_site: FakeMetaculus) -> None:
    def half(number: int, value: float) -> dict[str, object]:
        mine = {"start_time": START.timestamp() + 1, "end_time": None, "forecast_values": [1 - value, value]}
        return {"id": number, "my_forecasts": {"history": [], "latest": mine}}

    pair = {"condition": {"id": 1}, "question_yes": half(2, 0.25), "question_no": half(3, 0.75)}
    request = forecast_request(
        '[{"question": 2, "probability_yes": 0.25}, {"question": 3, "probability_yes": 0.75}]', {2: 5, 3: 5}
    )
    metaculus_site.script = [Reply(200, {"id": 5, "conditional": pair})]
    assert isinstance(metaculus.read_back(request, SENT), Arrived)


@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=5), st.integers(0, 4), st.floats(1e-6, 1e-2))
def test_a_forecast_that_differs_anywhere_is_another(values: list[float], where: int, by: float) -> None:
    """Also in the sixth decimal of one value."""
    cdf = sorted(values)
    moved = list(cdf)
    moved[where % len(cdf)] += by
    world = World()
    question = Question(10, post=100, type="numeric", outcomes=len(cdf) - 1)
    with serving(FakeMetaculus(world, question)) as site, connected(Metaculus, site) as platform:
        platform.submit(forecasts({"question": 10, "continuous_cdf": cdf}))
        equal, other = (forecasts({"question": 10, "continuous_cdf": each}) for each in (cdf, moved))
        assert isinstance(platform.read_back(equal, SENT), Arrived)
        assert isinstance(platform.read_back(other, SENT), Undecided)

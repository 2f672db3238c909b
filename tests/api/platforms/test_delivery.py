"""Delivering in a bad network: nothing is sent twice, nothing is lost, and what is said of it is true."""

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.platforms.answers import Accepted, Refused, TryAgain, Unclear
from api.platforms.cultivate import Cultivate, prediction_set_request
from api.platforms.found import Arrived, LookAgain, NotArrived
from api.platforms.manifold import Manifold, order_request
from api.platforms.metaculus import Metaculus
from api.platforms.metaculus_requests import comment_request, forecast_request
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_cultivate import FakeCultivate
from tests.api.platforms.fake_manifold import FakeManifold
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.fakes import HTML, Mishap, Reply, Script, serving
from tests.api.platforms.little_outbox import deliver
from tests.api.platforms.world import START, World

FORECAST = forecast_request('[{"question": 7, "probability_yes": 0.3}]', {7: 70})
ORDER = order_request('{"contractId": "c1", "outcome": "NO", "amount": 5, "limitProb": 0.4, "dryRun": false}')

DEEDS: Sequence[Script] = (
    None,
    Mishap.DROPPED_UNREAD,
    Mishap.DROPPED_ANSWER,
    Mishap.CUT_ANSWER,
    Reply(429, {"error": "too many requests"}),
    Reply(429, {}, {"Retry-After": "90"}),
    Reply(408),
    Reply(500, HTML),
    Reply(502, b"<html>Bad gateway</html>"),
    Reply(503, {}, {"Retry-After": "30"}),
    Reply(200, b"<html>One moment</html>"),
)
"""What may happen to a request, one that sends or one that looks."""

SCRIPTS = st.lists(st.sampled_from(DEEDS), max_size=8)
FEWER = settings(max_examples=20)


def test_a_lost_answer_to_an_accepted_forecast(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    """It is looked for, found, and not sent again."""
    metaculus_site.script = [Mishap.DROPPED_ANSWER]
    delivered = deliver(metaculus, FORECAST, world)
    assert [type(step) for step in delivered.told] == [Unclear, Arrived]
    assert metaculus_site.values(7) == [[0.7, 0.3]]
    assert world.now().timestamp() - START.timestamp() >= 120


def test_a_connection_that_was_dropped_unread(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    """From here it looks the same: only what is read back tells that it may be sent again."""
    metaculus_site.script = [Mishap.DROPPED_UNREAD]
    delivered = deliver(metaculus, FORECAST, world)
    assert [type(step) for step in delivered.told] == [Unclear, NotArrived, Accepted]
    assert metaculus_site.values(7) == [[0.7, 0.3]]


def test_an_answer_that_takes_too_long(metaculus_site: FakeMetaculus) -> None:
    metaculus_site.script = [Mishap.SILENCE]
    with connected(Metaculus, metaculus_site, timeout=0.05) as platform:
        outcome = platform.submit(FORECAST)
    assert isinstance(outcome, Unclear)
    assert "ReadTimeout" in outcome.why
    assert metaculus_site.values(7) == [[0.7, 0.3]]


def test_a_platform_that_is_not_there_is_tried_again(world: World) -> None:
    """Nothing was sent, so nothing is unclear."""
    with serving(FakeMetaculus(world, Question(7, post=70))) as site:
        pass
    with connected(Metaculus, site) as platform:
        outcomes = [platform.submit(FORECAST, attempt=attempt) for attempt in (1, 2, 3)]
    assert [outcome.seconds for outcome in outcomes if isinstance(outcome, TryAgain)] == [2.0, 4.0, 8.0]


@given(SCRIPTS)
def test_a_forecast_is_made_once(script: list[Script]) -> None:
    world = World()
    with serving(FakeMetaculus(world, Question(7, post=70))) as site, connected(Metaculus, site) as platform:
        site.script = list(script)
        delivered = deliver(platform, FORECAST, world)
        assert isinstance(delivered.end, Accepted | Arrived)
        assert site.values(7) == [[0.7, 0.3]]


@FEWER
@given(SCRIPTS, st.none() | st.integers(0, 2))
def test_a_list_is_made_once_also_where_the_server_dies_over_it(script: list[Script], dies_after: int | None) -> None:
    world, posts = World(), {7: 70, 12: 110, 13: 110}
    request = forecast_request(json.dumps([{"question": n, "probability_yes": n / 100} for n in posts]), posts)
    questions = [Question(number, post=post) for number, post in posts.items()]
    with serving(FakeMetaculus(world, *questions)) as site, connected(Metaculus, site) as platform:
        site.dies_after, site.script = dies_after, list(script)
        assert isinstance(deliver(platform, request, world).end, Accepted | Arrived)
        assert [site.values(number) for number in posts] == [[[1 - n / 100, n / 100]] for n in posts]


@FEWER
@given(SCRIPTS)
def test_a_comment_is_made_once(script: list[Script]) -> None:
    world = World()
    comment = comment_request('{"on_post": 70, "text": "Why.", "is_private": true}')
    with serving(FakeMetaculus(world, Question(7, post=70))) as site, connected(Metaculus, site) as platform:
        site.script = list(script)
        delivered = deliver(platform, comment, world)
        assert [each["text"] for each in site.comments] == ["Why."]
        assert delivered.ids == {"comment": "900"}


@FEWER
@given(SCRIPTS, SCRIPTS)
def test_each_of_two_equal_orders_is_placed_once(first: list[Script], second: list[Script]) -> None:
    """Each is told its own id: who keeps those of others, and hands them in, loses none."""
    world = World()
    with serving(FakeManifold(world)) as site, connected(Manifold, site) as platform:
        site.script = list(first)
        one = deliver(platform, ORDER, world)
        site.script = list(second)
        other = deliver(platform, ORDER, world, known=set(one.ids.values()))
        assert len(site.bets) == 2
        assert {one.ids["bet"], other.ids["bet"]} == {"bet-1", "bet-2"}
        assert site.balance == 990


@FEWER
@given(SCRIPTS)
def test_a_prediction_set_is_made_once(script: list[Script]) -> None:
    world = World()
    body = '{"prediction_set": {"rationale": "r", "predictions_attributes": [' + (
        '{"answer_id": 140, "forecasted_probability": 0.42}]}}'
    )
    request = prediction_set_request("api/v1/questions/123/prediction_sets", body, membership=5)
    with serving(FakeCultivate(world)) as site, connected(Cultivate, site) as platform:
        site.script = list(script)
        delivered = deliver(platform, request, world)
        assert len(site.sets) == 1
        assert isinstance(delivered.end, Accepted | Arrived)


@FEWER
@given(SCRIPTS)
def test_what_is_refused_is_nowhere_and_said_so(script: list[Script]) -> None:
    """Whatever happens before the refusal comes through."""
    world = World()
    with (
        serving(FakeMetaculus(world, Question(7, post=70, closed=True))) as site,
        connected(Metaculus, site) as platform,
    ):
        site.script = list(script)
        delivered = deliver(platform, FORECAST, world)
        assert isinstance(delivered.end, Refused)
        assert delivered.end.reason == "closed"
        assert site.values(7) == []


@FEWER
@given(SCRIPTS)
def test_nothing_is_sent_while_it_is_unclear(script: list[Script]) -> None:
    """Between two sends there is a reason: either nothing was done, or a read-back has found nothing."""
    world = World()
    with serving(FakeMetaculus(world, Question(7, post=70))) as site, connected(Metaculus, site) as platform:
        site.script = list(script)
        told = deliver(platform, FORECAST, world).told
    for before, after in pairwise(told):
        if isinstance(before, Unclear | LookAgain):
            assert isinstance(after, Arrived | NotArrived | LookAgain)


def test_the_wait_that_a_platform_asks_for_is_kept(
    metaculus: Metaculus, metaculus_site: FakeMetaculus, world: World
) -> None:
    metaculus_site.script = [Reply(429, {}, {"Retry-After": "90"})]
    delivered = deliver(metaculus, FORECAST, world)
    assert [type(step) for step in delivered.told] == [TryAgain, Accepted]
    assert sum(world.slept) == pytest.approx(90)

"""Several submissions about one question: the last one is what stands, and a comment falls with its forecast."""

import json
from datetime import timedelta

import pytest

from api.platforms.metaculus_requests import comment_request, withdraw_request
from api.platforms.requests import PlatformRequest
from api.store.database import Database
from api.work.courier import Courier
from forecast.tournaments.exports import ExportError
from tests.api.platforms.fake_metaculus import TOKEN, FakeMetaculus
from tests.api.platforms.fakes import HTML, Mishap, Reply
from tests.api.platforms.world import World
from tests.api.work.courier.carried import POSTS, ask, forecast, found, settle, steps, told

LATER = timedelta(seconds=1)
SOON = Reply(429, {}, {"Retry-After": "12"})
COMMENT = comment_request('{"on_post": 70, "text": "Why.", "is_private": true}')


def withdrawal() -> PlatformRequest:
    return withdraw_request('[{"question": 7}]', POSTS)


def stands(site: FakeMetaculus, question: int = 7) -> list[float] | None:
    """Return the values of the forecast that has no end, None if there is none."""
    standing = [each for each in site.questions[question].forecasts if each["end_time"] is None]
    assert len(standing) <= 1
    return standing[0]["forecast_values"] if standing else None


@pytest.mark.parametrize("lost", [SOON, Reply(500, HTML), Mishap.DROPPED_ANSWER])
def test_what_was_withdrawn_does_not_come_back(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World, lost: Reply | Mishap
) -> None:
    """Whether the platform took the forecast or not, the withdrawal that was asked for later is what counts."""
    site.script = [lost]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    world.sleep(1)
    ask(database, withdrawal(), "s2")
    settle(carrier, database, world)
    assert found(database, "s2").status == "confirmed"
    assert found(database).status == ("confirmed" if lost is Mishap.DROPPED_ANSWER else "refused")
    assert stands(site) is None


def test_a_withdrawal_that_was_put_off_ends_nothing_newer(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    site.script = [SOON]
    ask(database, withdrawal(), "s2")
    assert carrier.carry_one()
    world.sleep(1)
    ask(database, forecast(0.4), "s3")
    settle(carrier, database, world)
    assert [found(database, each).status for each in ("s2", "s3")] == ["refused", "confirmed"]
    assert told(database, "s2")[-1]["answer"]["why"] == "asked for later: s3"
    assert stands(site) == [0.6, 0.4]


def test_of_a_list_only_what_is_asked_for_later_is_left_out(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """Also by a process that takes over after the first one was put off."""
    site.script = [SOON]
    ask(database, forecast(0.1, 0.2, 0.3), listings=["a", "b", "c"])
    assert carrier.carry_one()
    world.sleep(1)
    ask(database, forecast(0.8, questions=(12,)), "s2", listings=["b"])
    site.script = [SOON]
    world.sleep(12)
    assert carrier.carry_one()
    assert steps(database)[-3:] == [("send", "superseded_in_part"), ("send", "begun"), ("send", "try_again")]
    settle(carrier, database, world)
    assert [found(database, each).status for each in ("s1", "s2")] == ["confirmed", "confirmed"]
    assert [site.values(number) for number in (7, 12, 13)] == [[[0.9, 0.1]], [[1 - 0.8, 0.8]], [[0.7, 0.3]]]


def test_a_comment_waits_for_its_forecast(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Reply(500, HTML)]
    ask(database, forecast(0.3))
    ask(database, COMMENT, "s2", created_at=world.now() + LATER)
    assert carrier.carry_one()
    assert not carrier.carry_one()
    settle(carrier, database, world)
    assert [found(database, each).status for each in ("s1", "s2")] == ["confirmed", "confirmed"]
    made, commented = site.questions[7].forecasts[0]["start_time"], site.comments[0]["created_at"]
    assert commented > world.now().fromtimestamp(made, world.now().tzinfo).isoformat().replace("+00:00", "Z")


def test_a_comment_falls_with_its_forecast(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.questions[7].closed = True
    ask(database, forecast(0.3))
    ask(database, COMMENT, "s2", created_at=world.now() + LATER)
    settle(carrier, database, world)
    assert [found(database, each).status for each in ("s1", "s2")] == ["refused", "refused"]
    assert steps(database, "s2") == [("send", "without_forecast")]
    assert told(database, "s2")[-1]["answer"]["why"] == "its forecast, s1, is refused"
    assert site.comments == []


def test_a_request_that_holds_the_token_is_not_sent(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """It is refused before it is stored; one that was stored before the token was known ends, and says why."""
    leaky = comment_request(json.dumps({"on_post": 70, "text": f"Token {TOKEN}", "is_private": True}))
    with pytest.raises(ExportError, match="holds the token"):
        carrier.require_sendable([COMMENT, leaky])
    ask(database, leaky)
    settle(carrier, database, world)
    assert (found(database).status, steps(database)) == ("refused", [("send", "refused")])
    assert TOKEN not in str(told(database))
    assert site.asked == []
